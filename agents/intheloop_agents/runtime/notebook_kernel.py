"""The one kernel of a notebook over all its lives: started when needed, replaced, told about.

Tells of each start and each death once, through `report`. When to replace it is for the caller.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from intheloop import commands as c
from intheloop.events import Kernel as KernelIs
from intheloop_agents.masking import NO_SECRETS, Secrets, masked
from intheloop_agents.runtime.jupyter.backlog import Backlog
from intheloop_agents.runtime.jupyter.choosing import DEFAULT_KERNEL, Wanted, choose
from intheloop_agents.runtime.jupyter.kernel import (
    Kernel,
    KernelGone,
    KernelNotFound,
    KernelStartFailed,
    NoPromptOpen,
    kernelspecs,
)
from intheloop_agents.runtime.jupyter.memory import wait_for_excess
from intheloop_agents.runtime.jupyter.outputs import Failure, Finished, KernelOutput, Part
from intheloop_agents.runtime.limits import over_memory

# What the log takes of a dead kernel's last words.
_LAST_WORDS = 8000
_REASON = 1000


class NoKernel(RuntimeError):
    """No kernel could be started: `sentence` says why, `said` is what it wrote."""

    def __init__(self, sentence: str, said: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.said = said

    def as_output(self) -> Failure:
        """How it is shown in the place of a result."""
        first = f"{type(self).__name__}: {self.sentence}"
        return Failure(type(self).__name__, self.sentence, [first, *self.said.splitlines()])


class NotebookKernel:
    """No kernel until `freshen`; end it with `shutdown`.

    One that holds more than `memory_limit` bytes (0 is no limit) is ended. `secrets` are masked in
    what is told of it. `late` gives what comes
    of executions that have ended.
    """

    def __init__(
        self,
        workdir: Path,
        report: Callable[[c.KernelIsUp | c.KernelIsDown], None],
        memory_limit: int = 0,
        secrets: Secrets = NO_SECRETS,
    ) -> None:
        self._name = DEFAULT_KERNEL
        self._workdir = workdir
        self._report = report
        self._secrets = secrets
        self._kernel: Kernel | None = None
        self._told = True
        self._memory_limit = memory_limit
        self._watching: asyncio.Task[None] | None = None
        # As the kernel counts executions: of the last one that it counted.
        self.count = 0
        self.late: Backlog[tuple[str, Part]] = Backlog()

    @property
    def described(self) -> KernelIs:
        """What is known of it: its name, and of a living one language and version."""
        if self.alive and self._kernel is not None:
            info = self._kernel.info
            return KernelIs(self._name, info.language, info.language_version)
        return KernelIs(self._name)

    @property
    def alive(self) -> bool:
        """Whether there is a kernel, as far as is known."""
        return self.living is not None

    @property
    def living(self) -> Kernel | None:
        """The kernel itself while there is one, as far as is known."""
        if self._kernel is not None and self._kernel.death is None:
            with suppress(KernelGone):
                return self._kernel if self._kernel.info else None
        return None

    def announce(self, wanted: Wanted) -> None:
        """Be described as what is wanted, until it has started."""
        self._name = wanted.name or DEFAULT_KERNEL

    async def freshen(self, wanted: Wanted) -> None:
        """A fresh kernel in place of none, a dead or a living one. Raises NoKernel; there is none
        then, and `tell_absence` is still to be called."""
        self._watch_no_more()
        try:
            await self._start(wanted)
        except KernelNotFound as error:
            raise NoKernel(str(error)) from error
        except KernelStartFailed as error:
            raise NoKernel(self._masked(error.sentence), self._masked(error.said)) from error
        self.count, self._told = 0, False
        if self._memory_limit:
            self._watching = asyncio.create_task(self._watch_memory())
        self._report(c.KernelIsUp(self.described))

    async def _start(self, wanted: Wanted) -> None:
        try:
            self._name = choose(wanted, await asyncio.to_thread(kernelspecs))
        except KernelNotFound:
            await self.shutdown(now=True)
            raise
        if self._kernel is None:
            self._kernel = await Kernel.start(self._name, self._workdir)
            self.late = self._kernel.late
        else:
            await self._kernel.restart(self._name)

    def tell_absence(self, why: NoKernel) -> None:
        """Report that no kernel could be started."""
        self._told = True
        self._report(c.KernelIsDown(None, why.said[-_LAST_WORDS:], why.sentence[:_REASON]))

    def execute(self, source: str, key: str) -> Backlog[KernelOutput]:
        """Have it run some code; on one that has ended, the end comes at once."""
        if self._kernel is None:
            raise KernelGone("No kernel was started.")
        return self._kernel.execute(source, key=key)

    async def wait_for_death(self) -> None:
        """Until the present process ends by itself, or is ended."""
        if self._kernel is not None:
            with suppress(KernelGone):
                await self._kernel.wait_for_death()

    def tell_death(self, finished: Finished | None = None) -> None:
        """Report that it ended by itself, unless that is known or it lives. `finished` tells what
        is known when the process itself could not be asked."""
        death = self._kernel.death if self._kernel is not None else None
        if self._told or (death is None and finished is None):
            return
        self._told = True
        if death is not None:
            reason = death.reason if death.killed else None
            report = c.KernelIsDown(
                death.exit_code, self._masked(death.last_stderr)[-_LAST_WORDS:], reason
            )
        else:
            report = c.KernelIsDown(finished.exit_code if finished else None)
        self._report(report)

    async def interrupt(self) -> None:
        """Interrupt what it runs."""
        if self._kernel is not None:
            with suppress(KernelGone):
                await self._kernel.interrupt()

    def kill(self, reason: str) -> None:
        """End it at once, which is then told as a death for this reason."""
        if self._kernel is not None:
            self._kernel.kill(reason)

    def answer(self, text: str) -> None:
        """Give the open prompt its line; nothing when none is open any more."""
        if self._kernel is not None:
            with suppress(KernelGone, NoPromptOpen):
                self._kernel.answer_input(text)

    async def shutdown(self, *, now: bool) -> None:
        """End the process; what runs ends with it."""
        self._watch_no_more()
        if self._kernel is not None:
            await self._kernel.shutdown(now=now)

    def _masked(self, text: str) -> str:
        return masked(text, self._secrets)[0]

    async def _watch_memory(self) -> None:
        pid = None if self._kernel is None else self._kernel.pid
        held = None if pid is None else await wait_for_excess(pid, self._memory_limit)
        if held is not None:
            self.kill(over_memory(held, self._memory_limit))

    def _watch_no_more(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
