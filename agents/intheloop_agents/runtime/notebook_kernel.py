"""The one kernel of a notebook over all its lives: started when needed, replaced, told about.

Tells of each start and each death once, through `report`. When to replace it is for the caller.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from intheloop import commands as c
from intheloop.events import Kernel as KernelIs
from intheloop_agents.runtime.backlog import Backlog
from intheloop_agents.runtime.kernel import (
    Kernel,
    KernelGone,
    KernelNotFound,
    KernelStartFailed,
    NoPromptOpen,
    kernelspecs,
)
from intheloop_agents.runtime.outputs import Finished, KernelOutput, Part

log = logging.getLogger(__name__)

DEFAULT_KERNEL = "python3"
# What the log takes of a dead kernel's last words.
_LAST_WORDS = 8000


class NotebookKernel:
    """No kernel until `freshen`; end it with `shutdown`.

    `name` is the kernelspec that is wanted, "" for any; one not installed becomes `python3`.
    `late` gives what comes of executions that have ended.
    """

    def __init__(
        self,
        name: str,
        workdir: Path,
        report: Callable[[c.KernelIsUp | c.KernelIsDown], None],
    ) -> None:
        self._name = name or DEFAULT_KERNEL
        self._workdir = workdir
        self._report = report
        self._kernel: Kernel | None = None
        self._told = True
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

    async def freshen(self) -> bool:
        """A fresh kernel in place of none, a dead or a living one. False when none starts."""
        try:
            if self._kernel is None:
                installed = {spec.name for spec in await asyncio.to_thread(kernelspecs)}
                if self._name not in installed:
                    log.warning("The kernel %r is not installed; taking another.", self._name)
                    self._name = DEFAULT_KERNEL
                self._kernel = await Kernel.start(self._name, self._workdir)
                self.late = self._kernel.late
            else:
                await self._kernel.restart()
        except (KernelStartFailed, KernelNotFound) as error:
            log.warning("%s", error)
            self._told = True
            self._report(c.KernelIsDown(None, str(error)[-_LAST_WORDS:]))
            return False
        self.count, self._told = 0, False
        self._report(c.KernelIsUp(self.described))
        return True

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
            report = c.KernelIsDown(death.exit_code, death.last_stderr[-_LAST_WORDS:])
        else:
            report = c.KernelIsDown(finished.exit_code if finished else None)
        self._report(report)

    async def interrupt(self) -> None:
        """Interrupt what it runs."""
        if self._kernel is not None:
            with suppress(KernelGone):
                await self._kernel.interrupt()

    def answer(self, text: str) -> None:
        """Give the open prompt its line; nothing when none is open any more."""
        if self._kernel is not None:
            with suppress(KernelGone, NoPromptOpen):
                self._kernel.answer_input(text)

    async def shutdown(self, *, now: bool) -> None:
        """End the process; what runs ends with it."""
        if self._kernel is not None:
            await self._kernel.shutdown(now=now)
