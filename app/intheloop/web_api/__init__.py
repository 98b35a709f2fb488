"""The HTTP door: the rows of docs/protocol.md, and the page. It translates and decides nothing.

Bytes come in, are decoded once and handed to the service; what comes back is sent as it is.
"""

from .answers import Streams
from .app import create_app
from .built import BuiltPage
from .mcp import Endpoint, Mcp
from .rows import Machine

__all__ = ["BuiltPage", "Endpoint", "Machine", "Mcp", "Streams", "create_app"]
