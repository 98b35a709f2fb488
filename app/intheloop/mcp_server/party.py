"""Who calls through this door: what they may use, and how their calls reach the notebooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from msgspec import Struct

from intheloop import commands as c
from intheloop.events import ActorKind, Client, Scope

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext  # takes a second

_LONGEST_NAME = 64

Told: TypeAlias = Callable[[str], None]
"""Is told the id of a notebook."""


class Party(Protocol):
    """Somebody with a credential, for the length of one call."""

    @property
    def kind(self) -> ActorKind:
        """What kind of actor they are here."""

    @property
    def scopes(self) -> frozenset[Scope]:
        """What their credential may be used for."""

    @property
    def url(self) -> str:
        """Where their person finds the page; "" when that is not known."""

    @property
    def actor_id(self) -> str:
        """By which id the log knows them."""

    async def call(
        self, tool: c.Tool, trace_id: str | None = None, command_id: str | None = None
    ) -> Struct:
        """Use a tool. Raises one of `errors`."""

    def others_may_have_acted(self, notebook_id: str, after: int) -> bool:
        """Whether somebody else may have done something after this seq; certain only if False."""

    async def head(self, notebook_id: str) -> int:
        """The seq of its last record. Raises, and has it noted, unless they may read it."""

    def watch(self, after: Mapping[str, int], changed: Told, gone: Told) -> Callable[[], None]:
        """Be told the id of each of these notebooks when it has changed since this seq, and that
        of one which they may read no more, until what is given back is called."""


def may_use(party: Party, tool: type[c.Tool]) -> bool:
    """Whether a tool is worth listing to them: the rest is decided when it is used."""
    return party.kind in tool.ACTORS and (
        not tool.SCOPES or bool(party.scopes.intersection(tool.SCOPES))
    )


def client_of(ctx: ServerRequestContext[Any, Any]) -> Client | None:
    """What the client of a request calls itself: kept as via, never as who."""
    params = ctx.session.client_params
    if params is None:
        return None
    info = params.client_info
    name = _printable(info.title or info.name)
    return Client(name, _printable(info.version) or None) if name else None


def _printable(text: str | None) -> str:
    return "".join(one for one in text or "" if one.isprintable()).strip()[:_LONGEST_NAME]
