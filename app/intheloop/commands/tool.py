"""What makes a class a tool: its base fields, its scope, its result, and to whom it is listed."""

from __future__ import annotations

import re
from functools import cache
from typing import ClassVar, Literal, TypeAlias

from msgspec import Struct

from intheloop.events import ActorKind, Scope
from intheloop.values import Id

Target: TypeAlias = Literal["notebook", "new notebook", "workspace", "nothing"]
"""Which log a command appends to; a query appends to nothing."""

Deed: TypeAlias = Literal["edit", "remove", "run", "stop"]
"""What a tool does to a notebook, by which policies tell tools apart."""

EVERYBODY: frozenset[ActorKind] = frozenset(("human", "assistant", "service"))
READERS: frozenset[ActorKind] = EVERYBODY | {"runtime"}
PEOPLE: frozenset[ActorKind] = frozenset(("human",))
RUNTIMES: frozenset[ActorKind] = frozenset(("runtime",))
ASSISTANTS: frozenset[ActorKind] = frozenset(("assistant",))
NOBODY: frozenset[ActorKind] = frozenset()


class Tool(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Arguments of a tool. The class says the rest; its docstring is what a model reads.

    `SCOPES`: any one of them opens the tool; none means that being signed in is enough.
    `ACTORS`: the kinds of actor that it is for; others are refused. The empty set is the system
    alone, behind no door. `REPEATABLE`: doing it twice is doing it once, so it is not remembered.
    `FOR_MODELS`: listed to assistants. `DESTRUCTIVE`: it may take away what others made.
    `DEED`: what a notebook's policy may hold up; None for what no policy is about.
    """

    ANSWER: ClassVar[type[Struct]]
    SCOPES: ClassVar[tuple[Scope, ...]] = ()
    ACTORS: ClassVar[frozenset[ActorKind]] = EVERYBODY
    TARGET: ClassVar[Target] = "notebook"
    REPEATABLE: ClassVar[bool] = False
    FOR_MODELS: ClassVar[bool] = False
    DESTRUCTIVE: ClassVar[bool] = False
    DEED: ClassVar[Deed | None] = None

    @classmethod
    @cache
    def tool_name(cls) -> str:
        """`EditCell` is `edit_cell`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class NotebookTool(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tool that names its notebook; there is no current one."""

    notebook_id: Id


class Done(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The least that a command answers: the seq of its last record, or of the state without one."""

    seq: int
