"""The one writer of a store: it decides each command against pending state, commits the batch, and
only then lets anybody see it.

A thread of its own. Commands come in by a bounded queue; once queued, a command no longer depends
on its caller staying. A failed commit fails all its commands as retryable and drops the pending
state.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from asyncio import Future
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from intheloop import commands as c
from intheloop.decider import Caller, Context, Decision, admit, decide, fresh_notebook_id
from intheloop.errors import BadArgument, LoopError, NotFound, Unavailable
from intheloop.events import decode_event
from intheloop.log import CommandKey, Log, Remembered, Stamp, open_stored
from intheloop.notebook import WORKSPACE_ID, Notebook, Workspace
from intheloop.reducer import apply

from .answers import filled, remembered_form
from .clock import Clock
from .draft import Draft, Published, Tip, empty_tip
from .gathering import Gathering
from .settings import ServiceSettings
from .shelf import open_tip

QUEUE_SIZE = 4096
BATCH_SIZE = 512
KEPT_OPEN = 256

_logger = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode

Outcome: TypeAlias = Struct | LoopError
"""The answer of a command, or its refusal."""


class Order(Struct, frozen=True):
    """A command on its way to the writer. All that could be done before the queue is done.

    `answer` belongs to the event loop; the writer's thread hands over what resolves it.
    `succeeded` is called there just before an answer that is no refusal, in the same step.
    """

    command: c.Command
    caller: Caller
    command_id: str
    args_sha256: str
    stamp: Stamp
    answer: Future[Struct]
    succeeded: Callable[[], None]
    untrusted: bool = False

    @property
    def alone(self) -> bool:
        """Whether it must be the only one of its commit: it rewrites what others would read."""
        return isinstance(self.command, c.Redact | c.DeleteNotebook)


class Writer:
    """Owns the pending state of all logs of a store.

    `publish` is called on the writer's thread with what a commit did and the answers that it
    allows, in commit order.
    """

    def __init__(
        self,
        log: Log,
        clock: Clock,
        settings: ServiceSettings,
        publish: Callable[[list[Published], list[Callable[[], None]]], None],
    ) -> None:
        self._log = log
        self._clock = clock
        self._gathering = Gathering(log, settings)
        self._publish = publish
        self._tips: OrderedDict[str, Tip] = OrderedDict()
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Order] = deque()
        self._bell: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._rings = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is queued, then end."""
        self._bell.put(False)
        self._thread.join()

    def put(self, order: Order) -> None:
        """Queue a command, on the event loop. Raises Unavailable when too many wait."""
        if len(self._waiting) >= QUEUE_SIZE:
            raise Unavailable("Too many commands wait to be written; send it again soon.")
        self._waiting.append(order)
        if not self._rings:
            # Once the loop has heard all callers: a writer woken for the first would take the
            # interpreter from the others, and commit that one alone.
            self._rings = True
            self._loop.call_soon(self._ring)

    def _ring(self) -> None:
        self._rings = False
        self._bell.put(True)

    def _run(self) -> None:
        for batch in self._batches():
            while batch:
                size = _size_of_first(batch)
                self._commit_batch(batch[:size])
                batch = batch[size:]

    def _batches(self) -> Iterator[list[Order]]:
        """All that waits, at most BATCH_SIZE at once."""
        goes_on = True
        while goes_on:
            goes_on = self._bell.get()
            while self._waiting:
                size = min(len(self._waiting), BATCH_SIZE)
                yield [self._waiting.popleft() for _ in range(size)]

    def _commit_batch(self, batch: list[Order]) -> None:
        draft = Draft(self._clock)
        try:
            before = self._log.remembered([_key(order) for order in batch])
            outcomes = [self._outcome(order, draft, before) for order in batch]
            if not draft.is_empty:
                self._log.commit(draft.finished())
        except LoopError as error:
            self._fail(batch, error)
            return
        except Exception:
            self._fail_unforeseen(batch)
            return
        published = draft.published()
        for each in published:
            self._keep(each.notebook_id, each.tip)
        self._publish(published, [partial(_tell, batch, outcomes)])

    def _fail(self, batch: list[Order], error: LoopError) -> None:
        """Nothing of the batch happened; what was assumed about its logs is read again."""
        self._tips.clear()
        self._publish([], [partial(_tell, batch, [error] * len(batch))])

    def _fail_unforeseen(self, batch: list[Order]) -> None:
        """A defect of ours, in one of these: the draft may hold half of it. The others go alone."""
        if len(batch) > 1:
            for order in batch:
                self._commit_batch([order])
            return
        _logger.exception("The command %s failed.", type(batch[0].command).__name__)
        self._fail(batch, Unavailable("The server failed to do this; tell its owner."))

    def _keep(self, notebook_id: str, tip: Tip | None) -> None:
        self._tips.pop(notebook_id, None)
        if tip is not None:
            self._tips[notebook_id] = tip
        while len(self._tips) > KEPT_OPEN:
            oldest = next(key for key in self._tips if key != WORKSPACE_ID)
            del self._tips[oldest]

    def _outcome(self, order: Order, draft: Draft, before: dict[CommandKey, Remembered]) -> Outcome:
        """What to answer once the batch is durable."""
        try:
            return self._decide(order, draft, before)
        except LoopError as error:
            return error

    def _decide(self, order: Order, draft: Draft, before: dict[CommandKey, Remembered]) -> Struct:
        command = order.command
        workspace = cast(Workspace, self._begin(WORKSPACE_ID, draft).state)
        now = order.stamp.recorded_at
        context = self._gathering.context(
            order.caller,
            workspace,
            now,
            order.command_id,
            order.stamp.correlation_id,
            untrusted=order.untrusted,
        )
        key = _key(order)
        known = before.get(key) or draft.remembered(key)
        # Who has deleted a notebook may hear so again: it is no longer a place to be let into.
        place = None if known and isinstance(command, c.DeleteNotebook) else _place(command)
        admit(workspace, order.caller, type(command), place, now)
        if known is not None:
            return self._again(order, known, draft)
        target = _target(command, context)
        tip = self._target_tip(command, target, draft)
        context = self._gathering.complete(context, command, tip, draft)
        decision = decide(_state(tip), command, context)
        self._take(order, target, decision, draft)
        return decision.result

    def _target_tip(self, command: c.Command, target: str, draft: Draft) -> Tip:
        if isinstance(command, c.CreateNotebook | c.ImportNotebook):
            draft.begin(target, empty_tip(target))
            return empty_tip(target)
        tip = self._begin(target, draft)
        if tip.seq == 0 and target != WORKSPACE_ID:
            raise NotFound(f"There is no notebook {target}; list_notebooks shows those there are.")
        return tip

    def _begin(self, notebook_id: str, draft: Draft) -> Tip:
        pending = draft.tip(notebook_id)
        if pending is not None:
            return pending
        tip = self._tips.get(notebook_id)
        if tip is None:
            tip = open_tip(self._log, notebook_id)
            if tip.seq:
                self._keep(notebook_id, tip)
        draft.begin(notebook_id, tip)
        return tip

    def _take(self, order: Order, target: str, decision: Decision, draft: Draft) -> None:
        if decision.stand_ins:
            tip = cast(Tip, draft.tip(target))
            draft.rebase(target, self._rewritten(cast(Notebook, tip.state), decision))
        stamp = order.stamp
        if decision.causation_id is not None:
            stamp = replace(stamp, causation_id=decision.causation_id)
        draft.append(target, decision.events, stamp)
        draft.append(WORKSPACE_ID, decision.workspace_events, stamp)
        draft.side_effects(target, decision)
        forgotten = order.command.REPEATABLE or not decision.remembered
        if forgotten or order.caller.credential_id is None:
            return
        notebook_id, principal_id, command_id = _key(order)
        answer = _encode(remembered_form(decision.result))
        draft.remember(Remembered(notebook_id, principal_id, command_id, order.args_sha256, answer))

    def _rewritten(self, state: Notebook, decision: Decision) -> Notebook:
        """The state that the log adds up to with stand-ins in place of what is erased."""
        stand_ins = dict(decision.stand_ins)
        rewritten = Notebook(state.notebook_id)
        for stored in self._log.records(state.notebook_id):
            record = open_stored(stored)
            if stored.seq in stand_ins:
                envelope = record.envelope
                event = decode_event(envelope.type, envelope.schema_version, stand_ins[stored.seq])
                record = replace(record, event=event)
            rewritten = apply(rewritten, record)
        return rewritten

    def _again(self, order: Order, known: Remembered, draft: Draft) -> Struct:
        """The first answer once more."""
        if known.args_sha256 is not None and known.args_sha256 != order.args_sha256:
            raise BadArgument(
                f"The command id {order.command_id} was used for another command; "
                "choose a fresh one."
            )
        answer = msgspec.json.decode(known.result, type=order.command.ANSWER)
        return filled(answer, self._begin(known.notebook_id, draft).state)


def _size_of_first(batch: list[Order]) -> int:
    """How many of the batch go into one commit: all, but for those that must be alone."""
    if batch[0].alone:
        return 1
    for size, order in enumerate(batch):
        if order.alone:
            return size
    return len(batch)


def _place(command: c.Command) -> str | None:
    """The notebook in which the caller must be allowed to do this."""
    if command.TARGET == "new notebook":
        return None
    return getattr(command, "notebook_id", None)


def _target(command: c.Command, context: Context) -> str:
    """The log that the command appends to."""
    if command.TARGET == "workspace":
        return WORKSPACE_ID
    if isinstance(command, c.CreateNotebook | c.ImportNotebook):
        return fresh_notebook_id(command, context)
    return cast(c.NotebookTool, command).notebook_id


def _key(order: Order) -> CommandKey:
    """A deletion is remembered with the workspace, as nothing stays of the notebook."""
    command, scope = order.command, WORKSPACE_ID
    if command.TARGET == "notebook" and not isinstance(command, c.DeleteNotebook):
        scope = cast(c.NotebookTool, command).notebook_id
    return (scope, order.caller.actor.id, order.command_id)


def _state(tip: Tip) -> Notebook:
    """The notebook; commands on the workspace find theirs in the context."""
    return tip.state if isinstance(tip.state, Notebook) else Notebook(WORKSPACE_ID)


def _tell(batch: Sequence[Order], outcomes: Sequence[Outcome]) -> None:
    """Give everybody who still waits the outcome of the command."""
    for order, outcome in zip(batch, outcomes, strict=True):
        if order.answer.done():
            continue
        if isinstance(outcome, LoopError):
            order.answer.set_exception(outcome)
        else:
            order.succeeded()
            order.answer.set_result(outcome)
