"""`intheloop mcp` without a server: it starts one, shares it, and leaves it to end by itself."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from intheloop.cli.joining import DIARY
from intheloop.events import ExecutionCompleted
from intheloop.folder import STARTING, find_server
from intheloop.log import SqlLog, open_stored, sqlite_url
from tests.command_line import CommandLine, serving
from tests.mcp_callers import called
from tests.mcp_stdio import connected, raw, stdio

pytestmark = [pytest.mark.slow, pytest.mark.anyio, pytest.mark.timeout(300)]

END_S = 60.0


@pytest.fixture
def at(tmp_path: Path) -> Iterator[CommandLine]:
    """A data folder without a server. What still runs on it at the end is stopped."""
    here = tmp_path / "here"
    here.mkdir()
    folder = CommandLine(tmp_path / "data", here, {"INTHELOOP_PORT": "0"})
    yield folder
    folder.process("stop")


def servers(at: CommandLine) -> list[psutil.Process]:
    """The processes that serve the data folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "serve" in words and str(at.data) in words:
            found.append(process)
    return found


class Family:
    """A server that runs on a data folder, with its runtime and kernels."""

    def __init__(self, at: CommandLine) -> None:
        (self.server,) = servers(at)
        self._at = at
        self._members = [self.server, *self.server.children(recursive=True)]

    def stays(self, seconds: float) -> bool:
        """Whether it is still there after so long."""
        try:
            self.server.wait(seconds)
        except psutil.TimeoutExpired:
            return True
        return False

    def ends(self) -> bool:
        """Whether it ends by itself, to the last process."""
        _, alive = psutil.wait_procs(self._members, END_S)
        return not alive and find_server(self._at.data) is None


def test_three_at_once_start_one_server_with_one_credential_and_it_leaves_after_all(
    at: CommandLine,
) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(raw(at, "--leave-after", "5")) for _ in range(3)]
        for one in clients:
            one.begin()
        assert len(servers(at)) == 1
        assert (at.data / DIARY).read_text() == ""  # no other one was tried and refused
        kinds = [line.split()[1] for line in at.ok("token", "list").splitlines()]
        # That of the three, and that of the assistant beside the server.
        assert sorted(kinds) == ["assistant", "assistant", "human", "runtime"]
        family = Family(at)
        for one in clients:
            one.end_input()
            assert one.process.wait(END_S) == 0
    assert family.ends()


def test_a_client_that_does_nothing_keeps_the_server_that_was_started_for_it(
    at: CommandLine,
) -> None:
    with raw(at, "--leave-after", "3") as client:
        client.begin()
        family = Family(at)
        assert family.stays(6)
        client.process.kill()
    assert family.ends()


async def test_a_run_goes_on_when_its_client_has_left_and_then_the_server_leaves_too(
    at: CommandLine,
) -> None:
    gate = at.here / "gate"
    os.mkfifo(gate)
    async with connected(stdio(at, "--leave-after", "3")) as client:
        cells = [{"source": "import os\nprint(os.getcwd())\nprint(open('gate').read())"}]
        made = await called(client, "create_notebook", title="Long", cells=cells)
        await called(client, "run_cells", notebook_id=made["notebook_id"], wait_s=0)
        family = Family(at)
    assert family.stays(6)
    gate.write_text("open sesame")
    assert family.ends()
    log = SqlLog(sqlite_url(at.data / "log.sqlite"))
    records = [open_stored(one) for one in log.records(made["notebook_id"])]
    log.close()
    (end,) = [one.event for one in records if isinstance(one.event, ExecutionCompleted)]
    assert end.status == "ok"


async def test_who_has_lost_its_server_finds_the_next_one_or_else_starts_one(
    at: CommandLine,
) -> None:
    with serving(at, "--no-runtime"):
        first = find_server(at.data)
        client = connected(stdio(at))
        speaking = await client.__aenter__()
        made = await called(speaking, "create_notebook", title="Birds")
    try:
        assert find_server(at.data) is None
        with serving(at, "--no-runtime"):
            second = find_server(at.data)
            assert first is not None and second is not None and second.url != first.url
            await called(
                speaking, "rename_notebook", notebook_id=made["notebook_id"], title="Gulls"
            )
        await called(speaking, "rename_notebook", notebook_id=made["notebook_id"], title="Terns")
        assert len(servers(at)) == 1
    finally:
        await client.__aexit__(None, None, None)


def test_why_no_server_could_be_started_is_told_with_the_next_step(at: CommandLine) -> None:
    wrong = CommandLine(at.data, at.here, {"INTHELOOP_HOST": "192.0.2.1"})
    said = wrong.process("mcp")
    assert (said.code, said.out) == (1, "")
    assert "No server could be started" in said.err and "cannot listen on 192.0.2.1" in said.err
    assert said.err.endswith("`intheloop serve` tells more.\n")
    assert (at.data / STARTING).exists()
