"""Writes docs/tools.md from the command table: `python -m tests.make_docs`.

The page is never edited by hand; a test holds it to the table.
"""

from __future__ import annotations

import inspect
from pathlib import Path

from intheloop.commands import PUBLIC_TOOLS, Tool

PAGE = Path(__file__).parent.parent / "docs" / "tools.md"

HEAD = """\
# The tools

Every door offers this one set: HTTP (`POST /api/tools/{tool}`), the command line, and MCP, which
lists what a model would use ([mcp.md](mcp.md)). This page is made from the command table
(`python -m tests.make_docs`); the types of all arguments and answers stand in `/openapi.json`.

A tool needs any one of its scopes in the notebook that it names, and its caller must be of a kind
that it is for. Each answer has `seq`. Each refusal is a sentence with the next step.
"""

GROUPS = {
    "query diff": "Reading",
    "notebook": "Notebooks",
    "cell": "Cells",
    "undo": "Undoing",
    "execution": "Running",
    "comment": "Together",
    "proposal": "Review",
    "approval": "What programs may do",
    "assistant": "The assistant",
    "runtime": "For runtimes",
    "workspace": "The workspace",
}


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for module, title in GROUPS.items():
        tools = [tool for tool in PUBLIC_TOOLS.values() if _module(tool) in module.split()]
        parts.append(f"## {title}\n")
        parts.extend(_entry(tool) for tool in tools)
    return "\n".join(parts)


def _module(tool: type[Tool]) -> str:
    return tool.__module__.rpartition(".")[2]


def _entry(tool: type[Tool]) -> str:
    words = inspect.cleandoc(tool.__doc__ or "")
    scopes = " or ".join(f"`{scope}`" for scope in tool.SCOPES) or "being signed in"
    kinds = ", ".join(sorted(tool.ACTORS))
    fields = ", ".join(f"`{name}`" for name in tool.__struct_encode_fields__)
    return (
        f"### `{tool.tool_name()}`\n\n{words}\n\n"
        f"Arguments: {fields or 'none'}. Needs {scopes}; for {kinds}.\n"
    )


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
