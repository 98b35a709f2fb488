"""A server as a process of its own, for tests that end it or take its disk away."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from intheloop.folder import read_secret
from intheloop.server import COMMAND_LINE
from intheloop.settings import PREFIX
from tests.needs import ROOT

END_S = 30


class ServerProcess:
    """Started and ready. `fate` is what `tests.killable_server` takes after the folder, `environ`
    has its settings among others."""

    def __init__(self, data: Path, *fate: object, environ: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.errors = data.with_name(data.name + ".stderr")
        with self.errors.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.killable_server", str(data), *map(str, fate)],
                cwd=ROOT,
                env={**_unset(), **(environ or {})},
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self.wait_for_end()
            raise AssertionError(f"the server ended with {code}: {self.errors.read_text()}")
        told: dict[str, Any] = json.loads(line)
        self.url: str = told["url"]
        self.pid: int = told["pid"]
        assert self.pid == self._process.pid
        token = read_secret(data, COMMAND_LINE)
        assert token is not None
        self.token = token

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.wait_for_end()

    def arm(self) -> None:
        """Let its fate begin."""
        self._process.send_signal(signal.SIGUSR1)

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.terminate()
        return self.wait_for_end()

    def wait_for_end(self) -> int:
        """Its exit code, once it has ended."""
        code = self._process.wait(END_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code


def _unset() -> dict[str, str]:
    """This environment without any setting of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def steady_port() -> int:
    """A free port that no outgoing connection takes while its server is away: those have others."""
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")
