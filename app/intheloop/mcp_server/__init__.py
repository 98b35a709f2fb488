"""The MCP door: the table of tools for models, and notebooks as resources, over HTTP and stdio.

It has no rule of its own: what somebody may do is decided where everything is. `mcp` is imported
by the modules of this room alone, and takes a second: import them when they are first used.
"""
