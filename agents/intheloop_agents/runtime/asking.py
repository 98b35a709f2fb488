"""Answers what people ask of the kernel of one notebook: completion, inspection, variables, memory.

Asks a living kernel alone, starts none, and leaves no trace of a question in it or in any log.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import msgspec

from intheloop.client import (
    Answer,
    Client,
    Complete,
    Inspect,
    Memory,
    MemoryHeld,
    NoAnswer,
    Question,
    Signal,
    Variables,
    fitted,
)
from intheloop.errors import LoopError
from intheloop_agents.masking import Secrets
from intheloop_agents.runtime.delivery.screen import screened_value
from intheloop_agents.runtime.jupyter.kernel import CannotTell, Kernel, KernelGone
from intheloop_agents.runtime.jupyter.memory import held_by
from intheloop_agents.runtime.jupyter.replies import (
    code_points,
    read_completions,
    read_inspection,
    read_variables,
)

log = logging.getLogger(__name__)

ANSWER_S = 15.0
"""What has no answer by then is answered so."""
MOST_OPEN = 64
"""Questions of one notebook that may be open at once."""
_TELL_S = 15.0
# More than fit into one answer.
_VARIABLES = 400


class Asking:
    """The questions of one notebook. `kernel` gives its kernel if that lives; `secrets` are masked
    in the answers.

    A kernel that holds more than `memory_limit` bytes is ended by others; here it is only told.
    """

    def __init__(
        self,
        client: Client,
        notebook_id: str,
        kernel: Callable[[], Kernel | None],
        secrets: Secrets,
        memory_limit: int = 0,
    ) -> None:
        self._client = client
        self._notebook_id = notebook_id
        self._kernel = kernel
        self._secrets = secrets
        self._memory_limit = memory_limit
        self._asked: asyncio.Queue[Signal] = asyncio.Queue()
        self._open = 0
        self._code_turn, self._variables_turn = Turn(), Turn()

    def take(self, signal: Signal) -> None:
        """A signal of kind `ask` has come."""
        self._asked.put_nowait(signal)

    async def run(self) -> None:
        """Answer each question, for ever."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._see_to(await self._asked.get()))

    async def _see_to(self, signal: Signal) -> None:
        answer: Answer
        try:
            answer, _ = screened_value(await self._answer(signal), self._secrets)
            answer = fitted(answer)
        except Exception as error:
            # No question may end the serving of a notebook, and its text is for no log.
            log.warning("A question could not be answered: %s", type(error).__name__)
            answer = NoAnswer("The runtime failed at this question; its log names the error.")
        try:
            async with asyncio.timeout(_TELL_S):
                await self._client.signal(
                    self._notebook_id, "answer", signal.key, answer, to=signal.actor.id
                )
        except (LoopError, TimeoutError) as error:
            log.info("An answer could not be sent: %s", type(error).__name__)

    async def _answer(self, signal: Signal) -> Answer:
        if self._open >= MOST_OPEN:
            return NoAnswer("Too many questions are open; ask again when some are answered.")
        try:
            question = msgspec.json.decode(signal.value, type=Question)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return NoAnswer("This is no question that the runtime knows; see docs/protocol.md.")
        self._open += 1
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._told(question)
        except TimeoutError:
            return NoAnswer(f"The kernel did not answer within {ANSWER_S:g} s; ask again later.")
        except KernelGone as error:
            return NoAnswer(f"{error} Run a cell and ask again.")
        except CannotTell as error:
            return NoAnswer(str(error))
        finally:
            self._open -= 1

    async def _told(self, question: Question) -> Answer:
        self._living()
        match question:
            case Variables(contains=contains, offset=offset):
                async with self._variables_turn.taken():
                    kernel = self._living()
                    return read_variables(await kernel.variables(contains, offset, _VARIABLES))
            case Memory():
                return await self._told_of_memory()
            case Complete() | Inspect():
                return await self._told_of_code(question)

    async def _told_of_memory(self) -> Answer:
        pid = self._living().pid
        held = None if pid is None else await held_by(pid)
        if held is None:
            raise CannotTell("The kernel does not run on the machine of its runtime.")
        return MemoryHeld(held, self._memory_limit)

    async def _told_of_code(self, question: Complete | Inspect) -> Answer:
        at = code_points(question.code, question.cursor)
        if at is None:
            return NoAnswer("The cursor is at no place of the code; count in UTF-16 units.")
        content = {"code": question.code, "cursor_pos": at}
        self._living().check_askable()
        # A later completion makes the earlier ones old: they wait, and have their answer all the
        # same.
        async with self._code_turn.taken(first=isinstance(question, Complete)):
            kernel = self._living()
            if isinstance(question, Complete):
                reply = await kernel.ask("complete_request", content)
                return read_completions(reply, question.code)
            content["detail_level"] = question.detail
            return read_inspection(await kernel.ask("inspect_request", content))

    def _living(self) -> Kernel:
        kernel = self._kernel()
        if kernel is None:
            raise CannotTell("No kernel is running; run a cell and ask again.")
        return kernel


class Turn:
    """One at a time, so that what waits is ordered here and not in the kernel."""

    def __init__(self) -> None:
        self._busy = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def taken(self, *, first: bool = False) -> AsyncGenerator[None]:
        """Wait for the turn, as the next one if `first`, and have it in the block."""
        if self._busy:
            mine = asyncio.get_running_loop().create_future()
            (self._waiting.appendleft if first else self._waiting.append)(mine)
            try:
                await mine
            except asyncio.CancelledError:
                if not mine.cancelled():
                    self._pass_on()
                raise
        self._busy = True
        try:
            yield
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting:
            # One that was given up while it waited is still among them.
            if not (next_one := self._waiting.popleft()).done():
                next_one.set_result(None)
                return
        self._busy = False
