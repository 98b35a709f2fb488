"""How an MCP client is told of the notebooks: as a line for a shell, and as an entry of its file.

Values alone: nothing is read, written or made here.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from msgspec import Struct

from intheloop.errors import BadArgument

_SECRET = re.compile(r"it[ls]_[A-Za-z0-9_-]+")
_INDENT = re.compile(r"\n([ \t]+)\S")


class Connection(Struct, frozen=True):
    """A command that the client starts, or (`url`) an address that it calls. `secret` is the
    credential, if the client must have one."""

    command: tuple[str, ...] = ()
    variables: dict[str, str] = {}
    url: str = ""
    secret: str = ""

    def entry(self) -> dict[str, Any]:
        """As a client keeps it, under the name of the server."""
        if self.url:
            return {
                "type": "http",
                "url": self.url,
                "headers": {"Authorization": f"Bearer {self.secret}"},
            }
        first, *rest = self.command
        return {"command": first, "args": rest, **({"env": self._given()} if self._given() else {})}

    def claude_line(self, name: str) -> str:
        """The line that adds it to Claude Code."""
        add = ["claude", "mcp", "add"]
        if self.url:
            header = f"Authorization: Bearer {self.secret}"
            return shlex.join([*add, "--transport", "http", name, self.url, "--header", header])
        # The name comes first: `--env` takes all words up to the next option.
        given = [word for pair in self._given().items() for word in ("--env", "=".join(pair))]
        return shlex.join([*add, name, *given, "--", *self.command])

    def _given(self) -> dict[str, str]:
        token = {"INTHELOOP_TOKEN": self.secret} if self.secret else {}
        return {**self.variables, **token}


def shown(name: str, entry: Any) -> str:
    """An entry as people may see it again and again: without its secret."""
    return _SECRET.sub("itl_…", f"{json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}")


def known_servers(text: str) -> dict[str, Any]:
    """The entries of a client's file, by name. Raises BadArgument for a file of another form."""
    kept = _read(text).get("mcpServers", {})
    if not isinstance(kept, dict):
        raise BadArgument(f"`mcpServers` in the file is no JSON object. {_MEND}")
    return kept


def with_server(text: str, name: str, entry: dict[str, Any]) -> str:
    """The text of a client's file with this entry; all else in it stays as it is."""
    servers = known_servers(text)
    if servers.get(name) == entry:
        return text
    whole = {**_read(text), "mcpServers": {**servers, name: entry}}
    found = _INDENT.search(text)
    return json.dumps(whole, indent=found[1] if found else 2, ensure_ascii=False) + "\n"


def _read(text: str) -> dict[str, Any]:
    try:
        whole = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise BadArgument(f"The file is not JSON ({error}). {_MEND}") from None
    if not isinstance(whole, dict):
        raise BadArgument(f"The file holds no JSON object. {_MEND}")
    return whole


_MEND = "Mend it, or leave --write out and put in by hand what is then printed."
