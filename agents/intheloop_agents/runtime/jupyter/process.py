"""The operating-system side of one kernel: its process, private folder, environment and console.

Owns start, signals and the end of the process. It speaks no messages with the kernel; that is for
`channels`.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import psutil
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.session import Session

from intheloop_agents.runtime.jupyter.private_folder import PrivateFolder

CONSOLE_BYTES = 8 * 1024
_POLL_S = 0.05
# Names for which Jupyter takes the interpreter that this process runs in.
_THIS_PYTHON = frozenset(f"python{version}" for version in ("", "3", f"3.{sys.version_info.minor}"))


class KernelNotFound(LookupError):
    """No kernel of this name is installed: choose one that is."""


class KernelStartFailed(RuntimeError):
    """The kernel did not come up: the message ends with `said`, what it wrote to its console."""

    def __init__(self, sentence: str, said: str = "") -> None:
        super().__init__(f"{sentence} It wrote:\n{said}" if said else sentence)
        self.sentence = sentence
        self.said = said


class KernelSpec(msgspec.Struct, frozen=True):
    """An installed kernel; `missing` is its program when that is not there."""

    name: str
    display_name: str
    language: str
    missing: str = ""


def kernelspecs() -> list[KernelSpec]:
    """The kernels that are installed on this machine, by name."""
    found = KernelSpecManager().get_all_specs()
    return [_described(name, entry["spec"]) for name, entry in sorted(found.items())]


def _described(name: str, spec: Mapping[str, Any]) -> KernelSpec:
    program = next(iter(spec.get("argv") or ()), "")
    path = (spec.get("env") or {}).get("PATH")
    there = not program or program in _THIS_PYTHON or shutil.which(program, path=path) is not None
    return KernelSpec(
        name,
        display_name=spec.get("display_name", name),
        language=spec.get("language", ""),
        missing="" if there else program,
    )


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the server's own settings, among which are its credentials."""
    return {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith("INTHELOOP_")
    }


class Console:
    """The last 8 KiB of what a process wrote to its standard output and error.

    An IPython kernel sends both as outputs; here stands what it says about itself and what a
    crash leaves behind.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._tail = bytearray()
        self._open = True
        self._loop.add_reader(self._reader, self._drain)

    def close_writer(self) -> None:
        """Leave the writing end to the processes that inherited it."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def text(self) -> str:
        """What was written last, cut at the front, where no part of a line is left."""
        if self._open:
            self._drain()
        cut = len(self._tail) == CONSOLE_BYTES
        from_ = self._tail.find(b"\n") + 1 if cut else 0
        return self._tail[from_:].decode("utf-8", "replace")

    def close(self) -> None:
        """Stop reading; the text stays."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._reader)
            os.close(self._reader)
        self.close_writer()

    def _drain(self) -> None:
        # At most one pipe's worth at a time, so that a chatty process cannot hold the loop.
        for _ in range(16):
            try:
                some = os.read(self._reader, 65536)
            except BlockingIOError:
                return
            if not some:
                self._open = False
                self._loop.remove_reader(self._reader)
                os.close(self._reader)
                return
            self._tail += some
            del self._tail[:-CONSOLE_BYTES]


class KernelProcess:
    """A started kernel process. Use `start`; `stop` must be called also after it has died."""

    def __init__(
        self, manager: AsyncKernelManager, folder: PrivateFolder, console: Console
    ) -> None:
        self._manager = manager
        self._folder = folder
        self._console = console

    @classmethod
    async def start(
        cls,
        kernel_name: str,
        cwd: Path,
        environment: Mapping[str, str],
        context: zmq.asyncio.Context,
    ) -> "KernelProcess":
        """Launch the kernel of this name in `cwd`; it listens on sockets in a private folder."""
        _check(kernel_name, cwd)
        folder = PrivateFolder()
        manager = AsyncKernelManager(
            kernel_name=kernel_name,
            transport="ipc",
            connection_file=str(folder.path / "kernel.json"),
            ip=str(folder.path / "k"),
            context=context,
        )
        console = Console()
        process = cls(manager, folder, console)
        try:
            await manager.start_kernel(
                cwd=str(cwd),
                env=clean_environment(environment),
                stdout=console.writer,
                stderr=console.writer,
            )
        except BaseException as error:
            await process.stop(now=True)
            if isinstance(error, OSError):
                raise KernelStartFailed(
                    f"The kernel {kernel_name!r} could not be launched ({error}); "
                    "`intheloop doctor` looks for the cause."
                ) from error
            raise
        console.close_writer()
        return process

    @property
    def session(self) -> Session:
        """Makes and signs messages with the kernel's key."""
        session: Session = self._manager.session
        return session

    @property
    def interrupted_by_message(self) -> bool:
        """Whether the kernel asks to be interrupted by a message instead of a signal."""
        spec = self._manager.kernel_spec
        return spec is not None and spec.interrupt_mode == "message"

    def url(self, channel: str) -> str:
        """The address of one of the kernel's channels."""
        info: Mapping[str, Any] = self._manager.get_connection_info()
        separator = ":" if info["transport"] == "tcp" else "-"
        return f"{info['transport']}://{info['ip']}{separator}{info[f'{channel}_port']}"

    @property
    def pid(self) -> int | None:
        """The process that was started; None when it is none of this machine's."""
        return None if self._process is None else self._process.pid

    def console_text(self) -> str:
        """The last 8 KiB of the process's own standard output and error."""
        return self._console.text()

    async def interrupt(self) -> None:
        """Send SIGINT to the kernel and its children."""
        await self._manager.signal_kernel(signal.SIGINT)

    def kill(self) -> None:
        """End the kernel and all that it started, at once and without asking."""
        kernel = self._process
        if kernel is None or kernel.poll() is not None:
            return
        started: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            started = psutil.Process(kernel.pid).children(recursive=True)
        # A kernel leads a process group of its own, which what it started may have left.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(kernel.pid, signal.SIGKILL)
        for process in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    async def wait_for_exit(self) -> int:
        """The exit code once the process has ended by itself; negative for a signal."""
        while True:
            provisioner = self._manager.provisioner
            code = 0 if provisioner is None else await provisioner.poll()
            if code is not None:
                return code
            await asyncio.sleep(_POLL_S)

    async def stop(self, *, now: bool) -> None:
        """End the process and remove what it leaves; `now` kills it without asking first.

        Who does not wait for the end has the process killed all the same.
        """
        try:
            if self._manager.has_kernel:
                with contextlib.suppress(ProcessLookupError):
                    await self._manager.shutdown_kernel(now=now)
            else:
                await self._manager.cleanup_resources()
        except asyncio.CancelledError:
            self.kill()
            if self._process is not None:
                self._process.wait()
            raise
        finally:
            self._console.close()
            self._folder.remove()

    @property
    def _process(self) -> "subprocess.Popen[bytes] | None":
        return getattr(self._manager.provisioner, "process", None)


def _check(kernel_name: str, cwd: Path) -> None:
    try:
        KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        names = ", ".join(spec.name for spec in kernelspecs()) or "none"
        raise KernelNotFound(
            f"No kernel named {kernel_name!r} is installed; installed are: {names}."
        ) from None
    if not cwd.is_dir():
        raise KernelStartFailed(f"The working folder {str(cwd)!r} does not exist; create it.")
