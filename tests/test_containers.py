"""compose.yaml and the Dockerfile say what our programs know, and what they run does what it must
across a restart of the server. Whether containers themselves work is for those who have them."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import click
import httpx2
import psutil
import pytest
from msgspec import Struct

from intheloop import commands as c
from intheloop import events as e
from intheloop.cli import main
from intheloop.client import Client, Replica, to_record
from intheloop.folder import read_secret
from intheloop.notebook import Execution
from intheloop.server import COMMAND_LINE
from intheloop.settings import Settings, read_settings, table
from tests.command_line import CommandLine
from tests.containers import COMPOSE, Container, container, dockerfile, document
from tests.desk import WAIT_S, shown
from tests.needs import ROOT

SERVER, RUNTIME = container("server"), container("runtime")
IMAGE = dockerfile()[-1]


def validated(file: Path) -> subprocess.CompletedProcess[str]:
    """The verdict of the schema of compose files, with no network to get it by."""
    tool = Path(sys.executable).with_name("check-jsonschema")
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:1")
    return subprocess.run(
        [tool, "--builtin-schema", "vendor.compose-spec", file],
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def test_the_compose_file_is_what_the_schema_wants(tmp_path: Path) -> None:
    said = validated(COMPOSE)
    assert said.returncode == 0, said.stdout
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text().replace("stop_grace_period", "stop_grace_time"))
    assert "stop_grace_time" in validated(wrong).stdout


def parsed(argv: tuple[str, ...], on: Container, volume: Path) -> click.Context:
    """A command line as our own command reads it. Raises click.UsageError."""
    program, name, *arguments = (on.on_host(word, volume) for word in argv)
    assert program == "intheloop"
    command = main.get_command(click.Context(main), name)
    assert command is not None, name
    return command.make_context(name, arguments)


def volume_of_image(tmp_path: Path) -> Path:
    """A volume with the folders that the image puts into a fresh one."""
    root = tmp_path / "volume"
    made = re.findall(r"(?<= )/[\w/]+(?=\s|$)", IMAGE["RUN"].partition("install ")[2])
    for folder in made:
        place = SERVER.in_volume(folder)
        assert place is not None, f"{folder} is in no volume"
        (root / place).mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


def test_the_commands_and_options_are_ours(tmp_path: Path) -> None:
    volume = volume_of_image(tmp_path)
    server = parsed(SERVER.argv, SERVER, volume)
    runtime = parsed(RUNTIME.argv, RUNTIME, volume)
    assert server.params["runtime_token"] == runtime.params["token_file"]
    assert runtime.params["workdir"] == volume / "work"
    assert runtime.params["data"] == volume / "undelivered"
    alone = (*json.loads(IMAGE["ENTRYPOINT"]), *json.loads(IMAGE["CMD"]))
    assert parsed(alone, SERVER, volume).params["host"] == "0.0.0.0"
    how, *check = SERVER.service["healthcheck"]["test"]
    assert how == "CMD"
    assert parsed(tuple(check), SERVER, volume).command.name == "status"
    with pytest.raises(click.UsageError):
        parsed((*RUNTIME.argv, "--no-such-option"), RUNTIME, volume)


def test_every_variable_is_a_setting_and_has_a_value_of_its_kind() -> None:
    text = COMPOSE.read_text() + (ROOT / "Dockerfile").read_text()
    assert set(re.findall(r"INTHELOOP_\w+", text)) <= {setting.variable for setting in table()}
    settings = read_settings(SERVER.environment)
    assert str(settings.data) == "/data"
    assert settings.remote_adrift_s < Settings().remote_adrift_s


def test_the_server_is_reached_by_its_name_inside_and_from_this_machine_alone() -> None:
    url = urlsplit(next(word for word in RUNTIME.argv if "--url=" in word).partition("=")[2])
    assert url.hostname == SERVER.name
    assert SERVER.name in read_settings(SERVER.environment).hosts
    port = str(Settings().port)
    assert str(url.port) == port == IMAGE["EXPOSE"]
    assert SERVER.service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert "ports" not in RUNTIME.service


def test_the_runtime_sees_its_own_part_of_the_volume_alone(tmp_path: Path) -> None:
    settings = read_settings(SERVER.environment)
    data = SERVER.in_volume(str(settings.data))
    assert data is not None
    for mount in RUNTIME.mounts:
        assert not data.is_relative_to(mount.subpath), "the log would be seen"
        assert mount.subpath != PurePosixPath(".")
    places = {str(mount.subpath): mount for mount in RUNTIME.mounts}
    # What code in a kernel can change is never what the server reads or replaces.
    writable = {place for place, mount in places.items() if not mount.read_only}
    assert set(places) - writable == {"runtime"}
    assert writable == {"undelivered", "work"}
    word = next(word for word in RUNTIME.argv if "--token-file=" in word).partition("=")[2]
    kept = RUNTIME.in_volume(word)
    assert kept is not None and kept.parent == PurePosixPath("runtime")
    # An engine that knows no `subpath` mounts all of the volume: then there is no credential at
    # this place, and nothing runs beside the log.
    assert not (volume_of_image(tmp_path) / PurePosixPath(word).name).exists()
    assert PurePosixPath(word).name not in {f"{COMMAND_LINE}.token", "runtime.token"}


def test_both_are_told_to_stop_and_have_time_for_it() -> None:
    assert IMAGE["ENTRYPOINT"].startswith("[")
    for one in (SERVER, RUNTIME):
        assert one.service["init"] is True
        assert one.service["restart"] == "unless-stopped"
        assert grace_s(one) > 15
    assert RUNTIME.service["depends_on"] == {"server": {"condition": "service_healthy"}}
    assert list(document()["volumes"]) == ["data"]


def grace_s(one: Container) -> int:
    return int(one.service["stop_grace_period"].removesuffix("s"))


def test_the_image_is_built_of_pinned_packages_and_holds_no_tool_that_built_it() -> None:
    first, build, final = dockerfile()
    assert first == {"ARG": "BASE=python:3.13-slim"}
    assert build["FROM"] == "${BASE} AS build"
    installs = re.findall(r"pip install [^\n]*", build["RUN"])
    assert installs
    assert all("--constraint constraints.txt" in one for one in installs)
    assert "pip" not in final["RUN"]
    assert final["COPY"] == "--from=build /opt/intheloop /opt/intheloop"
    user = re.search(r"useradd .* (\w+) *&&", final["RUN"].replace("\n", " "))
    assert user and final["USER"] == user[1] != "root"


def test_what_git_ignores_is_kept_out_of_the_image_too() -> None:
    ignored = (ROOT / ".gitignore").read_text().split()
    kept_out = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"**/{one}" for one in ignored} <= set(kept_out)
    assert not {"app", "agents", "README.md", "pyproject.toml", "constraints.txt"} & set(kept_out)


# The same commands as processes, with the volume in a folder of this machine.


class Box:
    """The processes of the containers: one volume, one port."""

    def __init__(self, volume: Path) -> None:
        self.volume = volume
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    @contextmanager
    def up(self, one: Container) -> "Generator[subprocess.Popen[str]]":
        """The command of a container inside the block; it is told to end before."""
        words = [one.on_host(word, self.volume) for word in one.argv]
        argv = [word.replace("http://server:8765", self.url) for word in words]
        given = {name: one.on_host(text, self.volume) for name, text in one.environment.items()}
        at = CommandLine(
            self.volume, self.volume, {**ours(given), "INTHELOOP_PORT": str(self.port)}
        )
        assert argv[0] == "intheloop"
        with at.start(*argv[1:]) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def ready(self, server: "subprocess.Popen[str]") -> None:
        """Until the server has told where it is."""
        assert server.stdout is not None
        line = server.stdout.readline()
        assert f"In The Loop is at {self.url}/?code=" in line, server.communicate()[1]


def ours(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in environment.items() if name.startswith("INTHELOOP_")}


def stopped(process: "subprocess.Popen[str]", one: Container) -> None:
    """Tell it to stop as an engine does; it ends in time and in order."""
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=grace_s(one))
    assert process.returncode == 0, said


COUNTING = """
import os, time
n = 0
while not os.path.exists("stop"):
    print(n, flush=True)
    n += 1
    time.sleep(0.002)
print("in all", n, os.getpid())
"""


class Counting(Struct):
    """A cell that counts until there is a file `stop` in its folder, followed by its owner."""

    me: Client
    replica: Replica
    execution_id: str

    async def come_on(self) -> None:
        """Until it shows more than now."""
        before = shown(self.replica.notebook.executions.get(self.execution_id))
        await self.replica.wait_for(
            lambda state: shown(state.executions.get(self.execution_id)) != before, WAIT_S
        )

    async def ended(self) -> Execution:
        """Once it is over."""
        state = await self.replica.wait_for(
            lambda state: not state.executions[self.execution_id].is_open, WAIT_S
        )
        return state.executions[self.execution_id]

    async def count(self, kind: type[e.Event]) -> int:
        """How many records of this kind the log has."""
        records, _ = await self.me.records(self.replica.notebook.notebook_id, limit=1000)
        return sum(isinstance(to_record(record).event, kind) for record in records)


@asynccontextmanager
async def counting(box: Box) -> AsyncGenerator[Counting]:
    token = read_secret(box.volume, COMMAND_LINE)
    assert token
    async with Client(box.url, token, "test", "1") as me:
        cell = c.GivenCell(cell_id="c1", source=COUNTING)
        made: c.Created = await me.call(c.CreateNotebook(cells=[cell]))
        async with Replica.following(me, made.notebook_id) as replica:
            asked: c.Requested = await me.call(c.RunCells(notebook_id=made.notebook_id, wait_s=0))
            yield Counting(me, replica, asked.execution_ids[0])


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_restart_of_the_server_kills_no_running_cell(tmp_path: Path) -> None:
    box = Box(volume_of_image(tmp_path))
    with box.up(SERVER) as first:
        await asyncio.to_thread(box.ready, first)
        assert [answer_as(box, host) for host in ("server:8765", "example.org")] == [200, 403]
        assert (box.volume / "runtime" / "token").stat().st_mode & 0o077 == 0
        with box.up(RUNTIME) as runtime:
            async with counting(box) as cell:
                await cell.come_on()
                family = psutil.Process(runtime.pid).children(recursive=True)
                await asyncio.to_thread(stopped, first, SERVER)
                with box.up(SERVER) as second:
                    await asyncio.to_thread(box.ready, second)
                    await cell.come_on()
                    (box.volume / "work" / "stop").touch()
                    ended = await cell.ended()
                    assert ended.status == "ok"
                    check_whole(shown(ended), {process.pid for process in family})
                    assert await cell.count(e.ExecutionCompleted) == 1
                    assert await cell.count(e.KernelStarted) == 1
                    await asyncio.to_thread(stopped, runtime, RUNTIME)
                    await asyncio.to_thread(stopped, second, SERVER)
        _, alive = psutil.wait_procs(family, WAIT_S)
        assert not alive


def answer_as(box: Box, host: str) -> int:
    """The status of an answer to who calls the server by this name."""
    health = f"{box.url}/api/health"
    return httpx2.get(health, headers={"Host": host}, trust_env=False).status_code


def check_whole(text: str, pids: set[int]) -> None:
    """Every number from 0 on once and in order, told by one of these processes."""
    *lines, last = text.splitlines()
    assert lines == [str(n) for n in range(len(lines))]
    _, _, total, pid = last.split()
    assert int(total) == len(lines)
    assert int(pid) in pids


@pytest.mark.slow
def test_a_runtime_whose_credential_is_not_there_says_where_it_looked(tmp_path: Path) -> None:
    box = Box(volume_of_image(tmp_path))
    with box.up(RUNTIME) as runtime:
        _, said = runtime.communicate(timeout=WAIT_S)
    assert runtime.returncode == 1
    assert said == (
        f"The file {box.volume}/runtime/token holds no credential; `intheloop serve "
        "--runtime-token` writes one.\n"
    )
