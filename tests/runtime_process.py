"""A runtime as a process of its own, for tests that end it; its kernels end with the test."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psutil

from intheloop.cli.local_runtime import credential_input, runtime_command, runtime_environment

END_S = 30


class RuntimeProcess:
    """Started, in `folder`, where its kernels work and its spool and what it writes are kept."""

    def __init__(self, url: str, token: str, folder: Path, *arguments: str) -> None:
        self.errors = folder / "runtime.stderr"
        self.spool = folder / "spool"
        command = runtime_command("--url", url, "--workdir", folder, "--spool", self.spool)
        # ipykernel behaves differently when it sees that it is tested.
        environ = {k: v for k, v in runtime_environment().items() if k != "PYTEST_CURRENT_TEST"}
        with self.errors.open("ab") as errors, credential_input(token) as stdin:
            self._process = psutil.Popen(
                [*command, *arguments],
                cwd=folder,
                env=environ,
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self._kernels: list[psutil.Process] = []

    def __enter__(self) -> RuntimeProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()
        for kernel in self._kernels:
            kernel.kill()
        psutil.wait_procs(self._kernels, END_S)

    @property
    def kernels(self) -> list[psutil.Process]:
        """The processes that it has started."""
        found: list[psutil.Process] = self._process.children(recursive=True)
        return found

    def kill(self) -> None:
        """End it at once, and it alone."""
        self._kernels += self.kernels
        self._process.kill()
        self._process.wait(END_S)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self._process.terminate()
        code: int = self._process.wait(END_S)
        return code
