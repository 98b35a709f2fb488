"""Code that asks: answered by whoever may run it, once; and a password that is on no disk."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from intheloop import commands as c
from intheloop import events as e
from intheloop.blobs import FolderBlobs
from intheloop.client import Client, Replica
from intheloop.errors import BadArgument, Conflict, Denied
from intheloop.log import SqlLog, sqlite_url
from intheloop.notebook import Input, Notebook
from tests.desk import WAIT_S, desk, shown
from tests.pipe import Pipe
from tests.runtime_process import RuntimeProcess
from tests.server_process import ServerProcess, steady_port
from tests.serving import Served, served, serving

__all__ = ["served"]
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

ASK = "print(input('Who? '))"
WORD = "s3cret-Wörd-0815"
ASK_WORD = "import getpass\nword = getpass.getpass('Word? ')\nprint(len(word), sum(map(ord, word)))"


async def question(replica: Replica, execution_id: str) -> Input:
    """What an execution asks."""

    def asks(state: Notebook) -> bool:
        execution = state.executions.get(execution_id)
        return execution is not None and execution.input is not None

    state = await replica.wait_for(asks, WAIT_S)
    asked = state.executions[execution_id].input
    assert asked is not None
    return asked


def somebody(served: Served, notebook_id: str, name: str, role: e.Role) -> str:
    """The secret of another person with this role."""
    person = served.person(name)
    served.grant(notebook_id, person, role)
    return served.secret(person)


async def test_the_first_answer_of_whoever_may_run_counts(served: Served, tmp_path: Path) -> None:
    async with desk(served, tmp_path, ASK) as at:
        bob = somebody(served, at.notebook_id, "Bob", "runner")
        eve = somebody(served, at.notebook_id, "Eve", "viewer")
        (asking,) = await at.run()
        asked = await question(at.replica, asking)
        assert (asked.prompt, asked.password) == ("Who? ", False)
        given = c.ProvideInput(
            notebook_id=at.notebook_id, input_id=asked.input_id, value="Bob himself"
        )
        async with Client(served.url, eve, "test", "1") as hers:
            with pytest.raises(Denied):
                await hers.call(given)
        async with Client(served.url, bob, "test", "1") as his:
            await his.call(given)
        with pytest.raises(Conflict, match="answered or taken"):
            await at.me.call(given)
        (ended,) = await at.ended(asking)
        assert shown(ended) == "Bob himself\n"
        (answer,) = [one for one in await at.events() if isinstance(one, e.InputProvided)]
        assert (answer.value, answer.by) == ("Bob himself", served.caller(bob).actor.id)


async def test_an_interrupt_takes_the_question_back(served: Served, tmp_path: Path) -> None:
    async with desk(served, tmp_path, ASK, "'next'") as at:
        (asking,) = await at.run("c1")
        asked = await question(at.replica, asking)
        await at.me.call(c.InterruptKernel(notebook_id=at.notebook_id))
        late = c.ProvideInput(notebook_id=at.notebook_id, input_id=asked.input_id, value="late")
        with pytest.raises(Conflict, match="answered or taken"):
            await at.me.call(late)
        (ended,) = await at.ended(asking)
        assert (ended.status, ended.input) == ("error", None)
        (after,) = await at.ran("c2")
        assert shown(after) == "\"'next'\""


class Store(Struct, frozen=True):
    """A server on a store on disk."""

    served: Served
    data: Path


@contextmanager
def stored(data: Path) -> Iterator[Store]:
    """A server whose log and blobs are files in `data`."""
    data.mkdir()
    log = SqlLog(sqlite_url(data / "log.sqlite"))
    try:
        with serving(log, FolderBlobs(data / "blobs")) as served:
            yield Store(served, data)
            # While the server is up its write-ahead log is there too.
            assert b"Word? " in (data / "log.sqlite-wal").read_bytes()  # So a look finds things.
            _look_for_the_word(data)
    finally:
        log.close()


async def test_a_password_that_somebody_else_gives_is_on_no_disk(tmp_path: Path) -> None:
    folder = tmp_path / "runtime"
    folder.mkdir()
    with stored(tmp_path / "data") as store:
        served = store.served
        ana = served.person()
        mine = served.secret(ana)
        notebook_id = served.notebook(mine, sources=[ASK_WORD])
        bob = somebody(served, notebook_id, "Bob", "runner")
        secret = served.secret(ana, "runtime", ["notebook:read", "runtime"])
        async with (
            Client(served.url, mine, "test", "1") as me,
            Client(served.url, bob, "test", "1") as his,
            Replica.following(me, notebook_id) as replica,
        ):
            with RuntimeProcess(served.url, secret, folder):
                asked: c.Requested = await me.call(c.RunCells(notebook_id=notebook_id, wait_s=0))
                (asking,) = asked.execution_ids
                prompt = await question(replica, asking)
                assert prompt.password
                (runtime,) = replica.notebook.runtimes.values()
                given = c.ProvideInput(
                    notebook_id=notebook_id, input_id=prompt.input_id, value="not here"
                )
                with pytest.raises(BadArgument, match="never written into the log"):
                    await his.call(given)
                await his.signal(
                    notebook_id, "answer", prompt.input_id, WORD, to=runtime.principal_id
                )
                state = await replica.wait_for(
                    lambda state: not state.executions[asking].is_open, WAIT_S
                )
                assert shown(state.executions[asking]) == f"{len(WORD)} {sum(map(ord, WORD))}\n"
                _look_for_the_word(folder)
    _look_for_the_word(tmp_path)


GO_ON = """
_ = open('here', 'w').write('x')
print('has it', flush=True)
_ = open('go', 'rb', 0).read(1)"""


@pytest.mark.slow
async def test_a_password_is_on_no_disk_while_its_server_is_away_and_after(tmp_path: Path) -> None:
    """The server is a process that is killed, so that what the code prints waits on disk too."""
    data = tmp_path / "data"
    with stored(data) as store:
        served = store.served
        ana = served.person()
        mine = served.secret(ana)
        notebook_id = served.notebook(mine, sources=[ASK_WORD + GO_ON])
        bob = somebody(served, notebook_id, "Bob", "runner")
        secret = served.secret(ana, "runtime", ["notebook:read", "runtime"])
    environ = {"INTHELOOP_PORT": str(steady_port())}
    with (
        Pipe(tmp_path / "here") as here,
        Pipe(tmp_path / "go") as go,
        ServerProcess(data, environ=environ) as server,
        RuntimeProcess(server.url, secret, tmp_path) as runtime,
    ):
        async with (
            Client(server.url, mine, "test", "1") as me,
            Client(server.url, bob, "test", "1") as his,
            Replica.following(me, notebook_id) as replica,
        ):
            asked: c.Requested = await me.call(c.RunCells(notebook_id=notebook_id))
            (asking,) = asked.execution_ids
            prompt = await question(replica, asking)
            (serves,) = replica.notebook.runtimes.values()
            await his.signal(notebook_id, "answer", prompt.input_id, WORD, to=serves.principal_id)
            await here.take()
            server.kill()
            server.wait_for_end()
            _look_for_the_word(tmp_path)
            go.give()
            with ServerProcess(data, environ=environ) as server:
                state = await replica.wait_for(lambda state: not state.queue, WAIT_S)
                assert shown(state.executions[asking]).endswith("has it\n")
                assert runtime.stop() == 0
                _look_for_the_word(tmp_path)
                assert server.stop() == 0
    _look_for_the_word(tmp_path)


def _forms() -> Iterator[bytes]:
    """The bytes that the word may stand as: encoded as is usual, and in base64 at any place."""
    yield from (WORD.encode("unicode_escape"), b"s3cret-W")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        raw = WORD.encode(encoding)
        yield from (raw, raw.hex().encode())
        # What depends on the neighbours at both ends is cut off.
        yield from (base64.b64encode(bytes(at) + raw + bytes(3))[4:-8] for at in range(3))


def _look_for_the_word(folder: Path) -> None:
    """It stands in no file, in no form that it is likely to take."""
    forms = list(_forms())
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        data = path.read_bytes()
        assert not any(form in data for form in forms), path
