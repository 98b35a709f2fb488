"""Who did something, as the server stamps it from the credential; a client cannot name another."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

ActorKind: TypeAlias = Literal["human", "assistant", "runtime", "service", "system"]


class Client(Struct, frozen=True, omit_defaults=True):
    """What a program calls itself. Kept as "via", never believed as who."""

    name: str
    version: str | None = None


class Agent(Struct, frozen=True, omit_defaults=True):
    """The assistant that acted: its name, version and model."""

    name: str
    version: str | None = None
    model: str | None = None


class Actor(Struct, frozen=True, omit_defaults=True):
    """Who did it, as stamped by the server from the credential.

    `id` is the principal: a person's id, or a program's from its first credential. `on_behalf_of`
    holds the ids of those it acts for, nearest first.
    """

    kind: ActorKind
    id: str
    name: str
    on_behalf_of: tuple[str, ...] = ()
    client: Client | None = None
    agent: Agent | None = None
