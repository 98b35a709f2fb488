"""The client and a replica on a real server: the same state, also after what was erased."""

import asyncio

import pytest

from intheloop import commands as c
from intheloop.canonical import digest
from intheloop.client import Client, Replica, Signal
from intheloop.errors import NotFound
from intheloop.notebook import Notebook
from intheloop.values import sha256_hex
from tests.serving import Served, served

__all__ = ["served"]
WAIT_S = 30.0


def client(served: Served, secret: str) -> Client:
    return Client(served.url, secret, "test", "1")


async def edited(caller: Client, notebook_id: str, source: str, rev: int) -> int:
    command = c.EditCell(notebook_id=notebook_id, cell_id="c1", base_rev=rev, source=source)
    answer: c.Done = await caller.call(command)
    return answer.seq


@pytest.mark.anyio
async def test_a_replica_goes_through_every_state_and_has_the_servers_digest(
    served: Served,
) -> None:
    secret = served.secret(served.person())
    notebook_id = served.notebook(secret, sources=["0"])
    async with client(served, secret) as me, Replica.following(me, notebook_id) as replica:
        # One that is there only between two records of a batch of calls.
        fleeting = asyncio.create_task(
            replica.wait_for(lambda state: state.cells["c1"].source == "'3'", WAIT_S)
        )
        seq = replica.notebook.cells["c1"].rev
        for number in range(1, 10):
            seq = await edited(me, notebook_id, f"'{number}'", seq)
        await replica.wait_for(lambda state: state.seq == seq, WAIT_S)
        assert (await fleeting).cells["c1"].source == "'3'"
        at = await me.state(notebook_id)
        assert (at.seq, at.digest) == (seq, digest(replica.notebook))
        assert at.notebook == replica.notebook
        before = await me.state(notebook_id, at=2)
        assert before.notebook.cells["c1"].source == "0"
        with pytest.raises(TimeoutError):
            await replica.wait_for(lambda _: False, 0.01)


@pytest.mark.anyio
async def test_a_replica_forgets_what_was_erased(served: Served) -> None:
    secret = served.secret(served.person())
    notebook_id = served.notebook(secret, sources=["the secret word"])
    async with client(served, secret) as me, Replica.following(me, notebook_id) as replica:
        await me.call(c.Redact(notebook_id=notebook_id, seqs=[2], reason="It was a password."))

        def erased(state: Notebook) -> bool:
            return "secret" not in state.cells["c1"].source

        state = await replica.wait_for(erased, WAIT_S)
        assert state.cells["c1"].source == "█" * len("the secret word")
        assert digest(state) == (await me.state(notebook_id)).digest


@pytest.mark.anyio
async def test_whoever_waits_on_a_notebook_that_goes_out_of_sight_is_told(served: Served) -> None:
    owner, reader = served.person(), served.person("Ben")
    mine, theirs = served.secret(owner), served.secret(reader)
    notebook_id = served.notebook(mine)
    served.grant(notebook_id, reader, "viewer")
    async with (
        client(served, mine) as me,
        client(served, theirs) as ben,
        Replica.following(ben, notebook_id) as replica,
    ):
        waiting = asyncio.create_task(replica.wait_for(lambda _: False, WAIT_S))
        await me.call(c.RevokeRole(notebook_id=notebook_id, person_id=reader))
        with pytest.raises(NotFound):
            await waiting
        with pytest.raises(NotFound):
            await replica.wait_for(lambda _: False, WAIT_S)


@pytest.mark.anyio
async def test_blobs_signals_files_and_pages_of_the_log_go_over_the_wire(served: Served) -> None:
    ana = served.person()
    secret = served.secret(ana)
    notebook_id = served.notebook(secret, sources=["1 + 1"])
    async with client(served, secret) as me:
        data = bytes(range(256)) * 400
        await me.put_blob(notebook_id, sha256_hex(data), data)
        assert await me.get_blob(notebook_id, sha256_hex(data)) == data
        page, head = await me.records(notebook_id, after=1, limit=1)
        assert ([one.seq for one in page], head) == ([2], 2)
        assert (await me.records(notebook_id, event_type="notebookCreated"))[0][0].seq == 1
        assert '"1 + 1"' in (await me.export(notebook_id)).content
        assert (await me.export(notebook_id, "log")).content.count("\n") == 2
        assert (await me.health())["status"] == "ok"
        heard: asyncio.Queue[Signal] = asyncio.Queue()

        async def listen() -> None:
            async for item in me.follow({notebook_id: head}):
                if isinstance(item, Signal):
                    heard.put_nowait(item)

        listening = asyncio.create_task(listen())
        # It lives for a while, so it comes whether the listener is there already or not.
        await me.signal(notebook_id, "caret", "c1", {"at": 3}, ttl_s=60)
        async with asyncio.timeout(WAIT_S):
            signal = await heard.get()
        assert (signal.kind, signal.key, bytes(signal.value)) == ("caret", "c1", b'{"at":3}')
        assert signal.actor.id == ana
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
