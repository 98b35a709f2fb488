"""One run worked on: the next action is looked up in the log, done, and recorded, until the end.

Holds no state that the log does not hold, so another process can go on wherever this one ends.
What was done and not recorded is done again under the same id, which does nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any, assert_never

import msgspec
from msgspec.structs import replace

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client
from intheloop.errors import Conflict, Denied, LoopError, NotFound, Unauthenticated
from intheloop_agents.masking import masked

from .deciding import Action, ApplyTool, Assemble, CallModel, Done, Finish, Wait, next_action
from .drafts import Drafts
from .following import Following
from .hidden import Hidden
from .hiding import refuse_hidden, without_hidden
from .identity import derived, sha256_of, tool_call_id
from .limits import tightened
from .model import Answered, Model, NoAnswer
from .pricing import usage_of
from .prompts import Prompt
from .rebuilding import Rebuilding
from .request import canonical, request_sha256
from .seeing import look
from .setup import Setup
from .thread import Run, Turn, asked_at, before, goes_by_outputs, last_seen
from .tools import refused, told, tool_of, tool_uses
from .trimming import to_trim

log = logging.getLogger(__name__)


class LetGo(Exception):
    """The run waits for a person, and whoever is there takes it up by their word."""


class Lost(Exception):
    """The run is no longer this process's to work on."""


class Working:
    """Works on one run that was claimed. `own` acts with the credential of the run."""

    def __init__(
        self,
        own: Client,
        following: Following,
        model: Model,
        setup: Setup,
        prompts: tuple[Prompt, Prompt],
        notebook_id: str,
        run_id: str,
    ) -> None:
        self._own = own
        self._following = following
        self._model = model
        self._setup = setup
        self._prompts = prompts
        self._notebook_id = notebook_id
        self._run_id = run_id
        self._drafts = Drafts(own, notebook_id, run_id)
        self._rebuilding = Rebuilding(own, notebook_id, {p.ref.sha256: p.text for p in prompts})
        self._hidden = Hidden(own, notebook_id)
        self._waiting: dict[str, str] = {}
        self._began = time.monotonic()

    @property
    def _runs(self) -> tuple[Run, ...]:
        return self._following.threads.of(self._run_id)

    @property
    def _this(self) -> Run:
        return self._following.threads.runs[self._run_id]

    @property
    def _limits(self) -> e.Limits:
        return tightened(self._setup.limits, self._this.asked.limits)

    @property
    def _worked_s(self) -> float:
        """Seconds that this process has worked on the run; those that it waited do not count."""
        return time.monotonic() - self._began

    async def run(self) -> None:
        """Work until the run is over. Raises Lost when it is somebody else's, or nobody's."""
        sending = asyncio.create_task(self._drafts.run())
        try:
            while not self._following.is_over(self._run_id):
                action = next_action(self._this, self._limits, self._worked_s, self._waiting)
                if isinstance(action, Done):
                    return
                await self._bounded(self._do(action), waits=isinstance(action, Wait))
        except Unauthenticated as error:
            raise Lost(str(error)) from None
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _bounded(self, effect: Coroutine[Any, Any, None], *, waits: bool) -> None:
        """The effect, until it is done, the run is over, or (but when it waits) its time is up."""
        entered = time.monotonic()
        over = self._following.until(lambda: self._following.is_over(self._run_id))
        tasks = (asyncio.create_task(effect), asyncio.create_task(over))
        seconds = 0 if waits else self._limits.seconds
        left_s = max(0.0, seconds - self._worked_s) + 0.01 if seconds else None
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=left_s)
        finally:
            self._began += time.monotonic() - entered if waits else 0
            done = tasks[0].done()
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        if done and isinstance(ends[0], BaseException):
            if self._following.is_over(self._run_id):
                return
            raise ends[0]

    async def _do(self, action: Action) -> None:
        match action:
            case Assemble(turn=turn):
                await self._assemble(turn)
            case CallModel(turn=turn):
                await self._call_model(turn)
            case ApplyTool(use=use):
                await self._apply(use.proposed)
            case Wait(tool_call_id=call_id, approval_id=approval_id):
                await self._let_go(approval_id)
                await self._following.until(lambda: approval_id in self._following.decided)
                del self._waiting[call_id]
            case Finish(outcome=outcome, reason=reason):
                await self._finish(outcome, reason)
            case Done():
                return
            case _:
                assert_never(action)

    # ------------------------------------------------------------------ records

    async def _record(self, turn: int, step: c.Step, *names: object) -> None:
        """Record a step; the state that follows is that of the log."""
        generation = self._this.generation
        command = c.RecordStep(
            notebook_id=self._notebook_id, run_id=self._run_id, turn=turn, step=step
        )
        command_id = derived(self._run_id, generation, turn, type(step).__name__, *names)
        try:
            answer: c.Done = await self._own.call(command, command_id)
        except (Conflict, Denied, NotFound) as error:
            raise Lost(str(error)) from None
        await self._following.caught_up(answer.seq)

    async def _let_go(self, approval_id: str) -> None:
        """Nobody knows for how long: raises LetGo, unless the word is there already."""
        turn = self._this.turns[-1].context.turn
        await self._record(turn, c.LetGo(approval_id), approval_id)
        if not self._this.held:
            raise LetGo(f"It waits for a word on the approval {approval_id}.")

    async def _finish(self, outcome: e.RunOutcome, reason: str) -> None:
        command = c.FinishAssistantRun(
            notebook_id=self._notebook_id, run_id=self._run_id, outcome=outcome, reason=reason
        )
        try:
            answer: c.Done = await self._own.call(command, derived(self._run_id, "finish"))
        except (Conflict, Denied, NotFound) as error:
            raise Lost(str(error)) from None
        await self._following.caught_up(answer.seq)

    # ------------------------------------------------------------------- seeing

    async def _assemble(self, turn: int) -> None:
        runs, at = before(self._runs, turn), self._following.seq
        since = last_seen(runs)
        seen = await look(self._own, self._notebook_id, runs, at, since)
        prompt, tools = self._prompts[0].ref, self._prompts[1].ref
        if runs[-1].turns:  # a run keeps what it began with
            prompt, tools = runs[-1].turns[0].context.prompt, runs[-1].turns[0].context.tools
        context = e.ContextAssembled(
            self._run_id, turn, at, sha256_of(seen.text), prompt, tools, since_seq=since
        )
        trimmed = await self._trimmed(runs, context, seen.text)
        step = c.Assemble(
            as_of_seq=at,
            text_sha256=context.text_sha256,
            prompt=prompt,
            tools=tools,
            cells=seen.cells,
            since_seq=since,
            hidden=seen.hidden,
            trimmed=trimmed,
            masked=seen.masked,
            cut=seen.cut,
        )
        await self._record(turn, step, at)
        self._rebuilding.saw(self._run_id, turn, seen.text)

    async def _trimmed(
        self, runs: tuple[Run, ...], context: e.ContextAssembled, text: str
    ) -> tuple[str, ...]:
        """What this turn leaves out, by the size that its request would have."""
        last = replace(runs[-1], turns=(*runs[-1].turns, Turn(context)))
        self._rebuilding.saw(self._run_id, context.turn, text)
        started = self._starting(context.turn, 1)
        body = await self._rebuilding.body((*runs[:-1], last), started)
        return to_trim(runs, len(canonical(body)), self._setup.request_limit)

    # ------------------------------------------------------------------- asking

    def _starting(self, turn: int, attempt: int, sha256: str = "") -> e.ModelCallStarted:
        asked = self._this.asked
        return e.ModelCallStarted(
            run_id=self._run_id,
            turn=turn,
            attempt=attempt,
            model=self._setup.model_for(asked.model),
            request_sha256=sha256,
            max_tokens=self._setup.max_tokens,
            effort=asked.effort or self._setup.effort,
        )

    async def _call_model(self, turn: int) -> None:
        attempt = self._this.turns[-1].attempts + 1
        runs = asked_at(self._runs, turn)
        body = await self._rebuilding.body(runs, self._starting(turn, attempt))
        started = self._starting(turn, attempt, request_sha256(body))
        step = c.Call(
            attempt=attempt,
            model=started.model,
            request_sha256=started.request_sha256,
            max_tokens=started.max_tokens,
            effort=started.effort,
        )
        await self._record(turn, step, attempt)

        async def retried(number: int, reason: str, delay_s: float) -> None:
            again = c.Retry(attempt=number, reason=reason, delay_ms=round(delay_s * 1000))
            await self._record(turn, again, number)

        def heard(number: int, piece: Any) -> None:
            self._drafts.begin(turn, number)
            self._drafts.add(piece)

        try:
            answered = await self._model.ask(canonical(body), heard, retried, attempt)
        except NoAnswer as error:
            await self._drafts.end()
            await self._record(turn, c.GiveUp(reason=str(error)), attempt)
            return
        await self._drafts.end()
        await self._record(turn, self._answered(turn, answered, started.model), attempt)

    def _answered(self, turn: int, answered: Answered, model: str) -> c.Answer:
        """The answer as it is recorded, with the tools that it wants."""
        answer = answered.answer
        stop_reason = answer.stop_reason or ""
        wanted = tool_uses(answer.blocks()) if stop_reason == "tool_use" else ()
        calls = tuple(
            c.WantedCall(
                tool_call_id=tool_call_id(self._run_id, turn, position),
                tool=str(block.get("name", ""))[:200],
                arguments=_json(block.get("input", {})),
            )
            for position, block in enumerate(wanted)
        )
        return c.Answer(
            content=answer.content(),
            stop_reason=stop_reason,
            model=answer.model or model,
            usage=usage_of(answer.usage, self._setup.prices.get(model)),
            calls=calls,
            request_id=answered.request_id,
            stop_details=_json(answer.stop_details) if answer.stop_details else None,
            duration_ms=answered.duration_ms,
        )

    # -------------------------------------------------------------------- tools

    async def _apply(self, proposed: e.ToolCallProposed) -> None:
        call_id = proposed.tool_call_id
        try:
            tool = tool_of(proposed.tool, proposed.arguments, self._notebook_id)
            refuse_hidden(tool, await self._hidden.ids())
            answer = await self._own.call(
                tool,
                derived(self._run_id, call_id),
                causation_id=call_id,
                untrusted=goes_by_outputs(asked_at(self._runs, proposed.turn)),
            )
            if isinstance(answer, c.Asked):
                self._waiting[call_id] = answer.approval_id
                return
            text = told(without_hidden(answer, await self._hidden.ids()), tool)
        except Unauthenticated:
            raise
        except LoopError as error:
            text, keys = masked(refused(error))
            report = c.Report(call_id, text, is_error=True, masked=keys)
        else:
            made = answer.seq if tool.TARGET != "nothing" and answer.seq else None
            text, keys = masked(text)
            report = c.Report(call_id, text, made_seq=made, masked=keys)
        await self._record(proposed.turn, report, call_id)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
