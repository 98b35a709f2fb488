"""A thread as its log adds up: its runs in order, what each was shown, asked and did.

Pure: the records of the assistant in, values out. Whatever the next step needs stands here, so that
another process can go on from the log alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from intheloop import events as e

from .tools import shows_outputs

KINDS: tuple[str, ...] = tuple(
    e.TYPE_NAMES[cls]
    for cls in (
        e.MessagePosted,
        e.AssistantRunRequested,
        e.AssistantRunClaimed,
        e.AssistantRunClaimLapsed,
        e.ContextAssembled,
        e.ModelCallStarted,
        e.ModelCallRetried,
        e.ModelCallCompleted,
        e.ModelCallFailed,
        e.ToolCallProposed,
        e.ToolCallCompleted,
        e.AssistantRunFinished,
    )
)
"""The types of the records that a thread is made of."""


class ToolUse(Struct, frozen=True):
    """A tool that the model wants used, and what came of it, once it is recorded."""

    proposed: e.ToolCallProposed
    completed: e.ToolCallCompleted | None = None
    completed_seq: int = 0


class Turn(Struct, frozen=True):
    """One call of the model: what it was shown, what it answered, the tools that it wanted."""

    context: e.ContextAssembled
    started: e.ModelCallStarted | None = None
    attempts: int = 0
    answer: e.ModelCallCompleted | None = None
    failed: e.ModelCallFailed | None = None
    uses: tuple[ToolUse, ...] = ()


class Run(Struct, frozen=True):
    """One run: the message that it answers, and its turns so far. `began_at` is UTC; `held`: an
    assistant has it."""

    asked: e.AssistantRunRequested
    message: e.MessagePosted
    began_at: str
    generation: int = 0
    held: bool = False
    turns: tuple[Turn, ...] = ()
    finished: e.AssistantRunFinished | None = None

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.asked.run_id

    @property
    def uses(self) -> tuple[ToolUse, ...]:
        """All tools that it has wanted so far, in order."""
        return tuple(use for turn in self.turns for use in turn.uses)


class Threads(Struct, frozen=True):
    """All threads of a notebook's log, as far as runs of the assistant are concerned."""

    runs: dict[str, Run] = {}
    messages: dict[str, e.MessagePosted] = {}

    def of(self, run_id: str) -> tuple[Run, ...]:
        """The runs of the same thread up to this one, which comes last."""
        last = self.runs[run_id]
        thread_id = last.asked.thread_id
        runs = [run for run in self.runs.values() if run.asked.thread_id == thread_id]
        return tuple(runs[: runs.index(last) + 1])


def replayed(records: Iterable[e.Record], start: Threads | None = None) -> Threads:
    """What these records add up to."""
    thread = start or Threads()
    for record in records:
        thread = apply(thread, record)
    return thread


def apply(thread: Threads, record: e.Record) -> Threads:
    """The threads after one more record; those that say nothing about them change nothing."""
    event = record.event
    if isinstance(event, e.MessagePosted):
        return replace(thread, messages={**thread.messages, event.message_id: event})
    if isinstance(event, e.AssistantRunRequested):
        message = thread.messages.get(event.message_id)
        if message is None or event.run_id in thread.runs:
            return thread
        run = Run(event, message, record.envelope.recorded_at)
        return replace(thread, runs={**thread.runs, event.run_id: run})
    known = thread.runs.get(getattr(event, "run_id", ""))
    if known is None or known.finished is not None:
        return thread
    return replace(thread, runs={**thread.runs, known.run_id: _changed(known, record)})


def _changed(run: Run, record: e.Record) -> Run:
    event = record.event
    match event:
        case e.AssistantRunClaimed(generation=generation):
            return replace(run, generation=generation, held=True)
        case e.AssistantRunClaimLapsed():
            return replace(run, held=False)
        case e.ContextAssembled():
            kept = tuple(one for one in run.turns if one.context.turn < event.turn)
            return replace(run, turns=(*kept, Turn(event)))
        case e.AssistantRunFinished():
            return replace(run, finished=event)
        case _ if run.turns:
            *earlier, last = run.turns
            return replace(run, turns=(*earlier, _grown(last, record)))
        case _:
            return run


def _grown(turn: Turn, record: e.Record) -> Turn:
    match record.event:
        case e.ModelCallStarted() as started:
            return replace(turn, started=started, attempts=turn.attempts + 1, failed=None)
        case e.ModelCallRetried(attempt=attempt):
            return replace(turn, attempts=max(turn.attempts, attempt + 1))
        case e.ModelCallCompleted() as answer:
            return replace(turn, answer=answer)
        case e.ModelCallFailed() as failed:
            return replace(turn, failed=failed)
        case e.ToolCallProposed() as proposed:
            return replace(turn, uses=(*turn.uses, ToolUse(proposed)))
        case e.ToolCallCompleted() as completed:
            uses = tuple(_completed(use, completed, record.seq) for use in turn.uses)
            return replace(turn, uses=uses)
        case _:
            return turn


def _completed(use: ToolUse, event: e.ToolCallCompleted, seq: int) -> ToolUse:
    if use.proposed.tool_call_id != event.tool_call_id:
        return use
    return replace(use, completed=event, completed_seq=seq)


def before(runs: Sequence[Run], turn: int) -> tuple[Run, ...]:
    """The runs as they stood before this turn of the last one was shown anything."""
    last = runs[-1]
    turns = tuple(one for one in last.turns if one.context.turn < turn)
    return (*runs[:-1], replace(last, turns=turns, finished=None))


def asked_at(runs: Sequence[Run], turn: int) -> tuple[Run, ...]:
    """The runs as they stood when this turn of the last one asked the model."""
    last = runs[-1]
    turns = tuple(one for one in last.turns if one.context.turn <= turn)
    turns = (*turns[:-1], replace(turns[-1], answer=None, failed=None, uses=()))
    return (*runs[:-1], replace(last, turns=turns, finished=None))


def goes_by_outputs(runs: Sequence[Run]) -> bool:
    """Whether what code put out stands in what the model was shown so far: such words are of nobody
    here, and may want something."""
    turns = [turn for run in runs for turn in run.turns]
    told = [use.completed.text for turn in turns for use in turn.uses if use.completed]
    return any(map(shows_outputs, told)) or any(
        cell.outputs for turn in turns for cell in turn.context.cells
    )


def last_seen(runs: Sequence[Run]) -> int | None:
    """The seq up to which the thread was shown the notebook; None before the first time."""
    return max((turn.context.as_of_seq for run in runs for turn in run.turns), default=None)
