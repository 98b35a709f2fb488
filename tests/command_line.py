"""The console script as a process of its own, and a server that it runs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from click.testing import CliRunner
from msgspec import Struct

from intheloop.cli import main
from intheloop.folder import STORE
from intheloop.log import SqlLog, sqlite_url
from tests.endings import check_endings

WAIT_S = 60.0


class Said(Struct, frozen=True):
    """What a command ended with."""

    code: int
    out: str
    err: str


class CommandLine(Struct, frozen=True):
    """A data folder and the commands on it; `here` is where they are given."""

    data: Path
    here: Path
    variables: dict[str, str] = {}

    def environment(self) -> dict[str, str]:
        """A clean one: nothing of the machine's own settings comes in."""
        own = {k: v for k, v in os.environ.items() if not k.startswith("INTHELOOP_")}
        return {**own, "INTHELOOP_DATA": str(self.data), **self.variables}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Begin a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "intheloop", *arguments],
            cwd=self.here,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # What runs in the background of a shell is deaf to SIGINT, and so are its children.
            preexec_fn=_heed_interrupts,
        )

    def process(self, *arguments: str) -> Said:
        """A command to its end, as a process of its own."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=WAIT_S)
        return Said(process.returncode, out, err)

    def __call__(self, *arguments: str) -> Said:
        """A command to its end, in this process: that spares the start of a Python."""
        unset = {name: None for name in os.environ if name.startswith("INTHELOOP_")}
        ended = CliRunner(env={**unset, **self.environment()}).invoke(main, arguments)
        return Said(ended.exit_code, ended.stdout, ended.stderr)

    def ok(self, *arguments: str) -> str:
        """What a command that succeeds prints."""
        said = self(*arguments)
        assert said.code == 0, said.err
        return said.out


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def serving(at: CommandLine, *arguments: str) -> Generator["subprocess.Popen[str]"]:
    """`intheloop serve` inside the block, ready, on a free port."""
    with serving_at_a_link(at, *arguments) as (process, _):
        yield process


@contextmanager
def serving_at_a_link(
    at: CommandLine, *arguments: str
) -> Generator[tuple["subprocess.Popen[str]", str]]:
    """The same with the link that signs one browser in."""
    process = at.start("serve", "--port", "0", "--no-browser", "--json", *arguments)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        ready = json.loads(line)
        assert ready["event"] == "ready"
        yield process, ready["link"]
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=WAIT_S)
    with closing(SqlLog(sqlite_url(at.data / STORE))) as log:
        check_endings(log)
