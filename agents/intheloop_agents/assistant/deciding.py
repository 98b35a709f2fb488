"""next_action(run, limits, ...): what comes next in a run, from what its log says. Pure.

Every stop reason of a model leads to one outcome, named here; what is not known is an end, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from intheloop import events as e

from .limits import over_limit
from .thread import Run, ToolUse, Turn


class Assemble(Struct, frozen=True):
    """Look at the notebook, for the next call of the model."""

    turn: int


class CallModel(Struct, frozen=True):
    """Ask the model."""

    turn: int


class ApplyTool(Struct, frozen=True):
    """Use a tool that the model wants used."""

    use: ToolUse


class Wait(Struct, frozen=True):
    """Nothing can be done until an approval comes."""

    tool_call_id: str
    approval_id: str


class Finish(Struct, frozen=True):
    """The end of the run."""

    outcome: e.RunOutcome
    reason: str


class Done(Struct, frozen=True):
    """The run is over already."""


Action: TypeAlias = Assemble | CallModel | ApplyTool | Wait | Finish | Done

_ENDS: dict[str, Finish] = {
    "end_turn": Finish("completed", "It answered."),
    "stop_sequence": Finish("completed", "It answered."),
    "refusal": Finish("refused", "The model refused to answer."),
    "max_tokens": Finish("limit", "The answer grew too long and was cut; nothing of it was done."),
    "model_context_window_exceeded": Finish(
        "limit",
        "The conversation no longer fits into the model's memory; begin a new thread, or ask about "
        "fewer cells.",
    ),
}
"""What each stop reason leads to, but for those after which the run goes on."""


def next_action(run: Run, limits: e.Limits, elapsed_s: float, waiting: Mapping[str, str]) -> Action:
    """What to do now. `waiting`: tool calls that wait for an approval, with its id."""
    if run.finished is not None:
        return Done()
    reason = over_limit(run, limits, elapsed_s)
    if reason is not None:
        return Finish("limit", reason)
    if not run.turns:
        return Assemble(1)
    turn = run.turns[-1]
    if turn.answer is not None:
        return _after(turn, turn.answer, waiting)
    if turn.failed is not None:
        return Finish("failed", turn.failed.reason)
    return CallModel(turn.context.turn)


def _after(turn: Turn, answer: e.ModelCallCompleted, waiting: Mapping[str, str]) -> Action:
    match answer.stop_reason:
        case "tool_use" if turn.uses:
            for use in turn.uses:
                if use.completed is None:
                    tool_call_id = use.proposed.tool_call_id
                    if tool_call_id in waiting:
                        return Wait(tool_call_id, waiting[tool_call_id])
                    return ApplyTool(use)
            return Assemble(turn.context.turn + 1)
        case "tool_use":
            return Finish("failed", "The model wanted a tool used and named none.")
        case "pause_turn":
            return Assemble(turn.context.turn + 1)
        case reason if reason in _ENDS:
            return _ENDS[reason]
        case reason:
            return Finish("failed", f"The model stopped for a reason that is not known: {reason}.")
