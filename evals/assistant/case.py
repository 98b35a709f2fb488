"""A case: a notebook, what a person asks, how a good and a broken model go about it, graders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from intheloop import events as e
from intheloop_agents.scripted_model import Fault, Part, Reply

from .graders import Grader
from .outcome import Outcome

Turn: TypeAlias = Reply | Sequence[Part] | str | Callable[[dict[str, Any]], Sequence[Part]]
"""A reply, or what makes one of the request: it may name what it has read there."""
Spoil: TypeAlias = Callable[[Outcome], Outcome]


class Case(Struct, frozen=True):
    """`script` is what a good model does, turn by turn; `broken` what a bad one does, or `spoil`
    what a broken product would make of the outcome. The graders pass the one and not the other.

    `meanwhile` is what happens just before the reply of a turn is sent: `edit`, `stop`, `crash`.
    `word` is what a person says to each call that waits for one, for the rest of its run.
    `kernel`: the notebook is run again from the top in a fresh kernel, and `values` evaluated.
    """

    case_id: str
    asks: tuple[str, ...]
    script: tuple[Turn, ...]
    graders: tuple[Grader, ...]
    cells: tuple[str, ...] = ()
    files: dict[str, str] = {}
    broken: tuple[Turn, ...] | None = None
    spoil: Spoil | None = None
    kernel: bool = False
    values: tuple[str, ...] = ()
    role: str = "owner"
    hidden: tuple[str, ...] = ()
    scope: tuple[str, ...] | None = None
    limits: e.Limits = e.Limits()
    meanwhile: dict[int, str] = {}
    faults: dict[int, Fault] = {}
    word: Literal["allow", "deny"] = "allow"
