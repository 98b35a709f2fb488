"""A kernel as an async iterator of outputs: start, execute, interrupt, answer, restart, end.

The face of this room. It knows no log, merges no outputs and decides nothing after an error or a
death: that is for its caller. Every execution ends in exactly one Finished, whatever happens.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from intheloop_agents.runtime.jupyter.backlog import Backlog
from intheloop_agents.runtime.jupyter.beside import CannotTell
from intheloop_agents.runtime.jupyter.life import (
    Death,
    KernelGone,
    KernelInfo,
    Life,
    NoPromptOpen,
    stillborn,
)
from intheloop_agents.runtime.jupyter.outputs import Finished, KernelOutput, Part
from intheloop_agents.runtime.jupyter.process import (
    KernelNotFound,
    KernelSpec,
    KernelStartFailed,
    kernelspecs,
)

__all__ = [
    "CannotTell",
    "Death",
    "Kernel",
    "KernelGone",
    "KernelInfo",
    "KernelNotFound",
    "KernelSpec",
    "KernelStartFailed",
    "NoPromptOpen",
    "kernelspecs",
]


class Kernel:
    """A running kernel. Make it with `Kernel.start`; end it with `shutdown`.

    `late` receives (execution key, output) for outputs of executions that have finished: threads
    that print on, callbacks. It lives as long as the Kernel, restarts included.
    """

    def __init__(self, kernel_name: str, cwd: Path, environment: Mapping[str, str]) -> None:
        self._name = kernel_name
        self._cwd = cwd
        self._environment = dict(environment)
        self._life: Life | None = None
        self._changing = asyncio.Lock()
        self.late: Backlog[tuple[str, Part]] = Backlog()

    @classmethod
    async def start(
        cls,
        kernel_name: str,
        cwd: str | Path,
        env: Mapping[str, str] | None = None,
        *,
        start_timeout_s: float = 60.0,
    ) -> "Kernel":
        """Start a kernel in the folder `cwd` and wait until it answers.

        `env` is its whole environment, by default this process's own; `INTHELOOP_` variables are
        taken out in any case. Raises KernelNotFound or KernelStartFailed.
        """
        kernel = cls(kernel_name, Path(cwd), os.environ if env is None else env)
        kernel._life = await kernel._begin(start_timeout_s)
        return kernel

    @property
    def info(self) -> KernelInfo:
        """Language, version and banner of the kernel, from when it started."""
        return self._living().info

    @property
    def death(self) -> Death | None:
        """How the kernel ended by itself; None while it lives and after `shutdown`."""
        return None if self._life is None else self._life.death

    @property
    def pid(self) -> int | None:
        """The kernel's process, if there is one and it runs on this machine."""
        return None if self._life is None else self._life.pid

    async def wait_for_death(self) -> Death:
        """Wait until the present kernel process ends by itself (within about 0.1 s of it).

        Raises KernelGone when it is restarted or shut down instead.
        """
        death = await asyncio.shield(self._living().over)
        if death is None:
            raise KernelGone("The kernel was restarted or shut down while its death was awaited.")
        return death

    def execute(
        self,
        code: str,
        *,
        key: str | None = None,
        stop_on_error: bool = False,
        allow_stdin: bool = True,
        store_history: bool = True,
    ) -> Backlog[KernelOutput]:
        """Send code to the kernel at once and give its outputs, ending in exactly one Finished.

        `key` names the execution in `late`. Several may be in flight; the kernel runs them in
        order, and with `stop_on_error` an error makes it abort what is queued in it at that time.
        Not to read the iterator costs memory alone. On a kernel that has ended it is Finished too.
        """
        if self._life is None:
            return stillborn(Finished("died", reason="The kernel was shut down."))
        content = {
            "code": code,
            "silent": False,
            "store_history": store_history,
            "user_expressions": {},
            "allow_stdin": allow_stdin,
            "stop_on_error": stop_on_error,
        }
        return self._life.execute(key, content)

    async def request(
        self,
        msg_type: str,
        content: Mapping[str, Any],
        timeout_s: float,
        channel: Literal["shell", "control"] = "shell",
    ) -> dict[str, Any]:
        """Ask the kernel something, such as `complete_request`, and give the content of its reply.

        The shell channel answers only between executions. Raises TimeoutError, and KernelGone
        when the kernel ends first.
        """
        return await self._living().request(msg_type, content, timeout_s, channel)

    def check_askable(self) -> None:
        """Raises CannotTell when `ask` could not be answered before what runs has ended."""
        self._living().beside.check()

    async def ask(self, msg_type: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Ask something such as `complete_request` beside what runs; the content of the reply.

        It waits without a bound. Raises CannotTell, at once when the kernel can answer only between
        executions and one runs, and KernelGone when the kernel ends first.
        """
        return await self._living().beside.ask(msg_type, content)

    async def variables(self, contains: str, offset: int, limit: int) -> dict[str, Any]:
        """What the kernel tells of its variables, by `namespace.listed`. Raises as `ask` does."""
        return await self._living().beside.variables(contains, offset, limit)

    @property
    def prompt_open(self) -> bool:
        """Whether code waits for `answer_input`."""
        return self._life is not None and self._life.prompt_open

    def answer_input(self, text: str) -> None:
        """Give the open InputRequest its line, without a line end. Raises NoPromptOpen."""
        self._living().answer_input(text)

    async def interrupt(self) -> None:
        """Interrupt what runs, by signal or message as the kernel wants it; harmless when idle."""
        await self._living().interrupt()

    def kill(self, reason: str) -> None:
        """Have the process die at once, with all that it started; its death tells `reason`."""
        if self._life is not None:
            self._life.kill(reason)

    async def restart(
        self, kernel_name: str = "", *, now: bool = False, start_timeout_s: float = 60.0
    ) -> None:
        """Replace the process by a fresh one, of another kernel if one is named; also after a
        death.

        What runs ends at once with Finished `died`. `now` kills without asking first.
        """
        async with self._changing:
            await self._end("The kernel was restarted.", now=now)
            self._name = kernel_name or self._name
            self._life = await self._begin(start_timeout_s)

    async def shutdown(self, *, now: bool = False) -> None:
        """End the process; what runs ends with Finished `died`. Harmless when repeated."""
        async with self._changing:
            await self._end("The kernel was shut down.", now=now)

    async def _begin(self, timeout_s: float) -> Life:
        return await Life.begin(self._name, self._cwd, self._environment, self.late, timeout_s)

    async def _end(self, reason: str, *, now: bool) -> None:
        life, self._life = self._life, None
        if life is not None:
            await life.end(reason, now=now)

    def _living(self) -> Life:
        if self._life is None:
            raise KernelGone("The kernel was shut down; restart it first.")
        return self._life
