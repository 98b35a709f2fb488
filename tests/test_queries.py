"""Queries answer from committed state and the store; waiting ends with what happens, or on time."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.canonical import digest
from intheloop.errors import (
    BadArgument,
    NotFound,
)
from intheloop.notebook import WORKSPACE_ID, PortableNotebook, unpack
from intheloop.reducer import REDUCER_VERSION
from tests.house import House, appending, completing, house, stores

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        yield opened


async def test_the_state_at_every_seq_is_the_replay_up_to_it(home: House) -> None:
    nb = await home.notebook("1", "2")
    await home.caller("runtime", name="rt")
    running = await home.running(nb)
    await home.do(appending(nb, running, 0, "out"), "rt")
    await home.do(completing(nb, running), "rt")
    await home.write(nb, "3")
    await home.do(c.DeleteCells(notebook_id=nb, cell_ids=["b"]))
    head = (await home.state(nb)).seq
    assert head > 9
    for seq in range(head + 1):
        for outputs in ("inline", "refs"):
            answer = await home.service.state(nb, home.callers["ana"], seq, outputs)
            assert (answer.seq, answer.digest) == (seq, home.replayed(nb, seq))
            packed = msgspec.json.decode(answer.state, type=PortableNotebook)
            assert digest(unpack(packed)) == answer.digest
            assert answer.reducer_version == REDUCER_VERSION
    await home.refused(BadArgument, c.ReadNotebook(notebook_id=nb, at=head + 1))


async def test_history_is_read_by_page_and_by_what_one_looks_for(home: House) -> None:
    nb = await home.notebook("1", "2")
    await home.caller("assistant", name="bot")
    await home.write(nb, "3", cell="b")
    await home.comment(nb, "hm", by="bot")

    async def seqs(**more: Any) -> list[int]:
        history: c.History = await home.do(c.ReadHistory(notebook_id=nb, records=True, **more))
        assert history.head == 5
        return [msgspec.json.decode(record)["seq"] for record in history.records]

    assert await seqs() == [1, 2, 3, 4, 5]
    assert await seqs(after=2, limit=2) == [3, 4]
    assert await seqs(cell="b") == [3, 4]
    assert await seqs(actor="bot") == [5]
    assert await seqs(event_type="cellCreated") == [2, 3]
    assert await seqs(after=5) == []


async def test_a_list_shows_what_one_may_see_the_last_changed_first(home: House) -> None:
    first, second = await home.notebook("1"), await home.notebook("1", "2")
    await home.member("bob", "viewer", first)
    await home.pass_time(1)
    await home.comment(first, "newer")
    await home.do(c.ArchiveNotebook(notebook_id=second))
    lines = (await home.do(c.ListNotebooks(archived=True))).notebooks
    assert {one.notebook_id for one in lines} == {first, second}
    assert [one.notebook_id for one in (await home.do(c.ListNotebooks())).notebooks] == [first]
    (line,) = (await home.do(c.ListNotebooks(archived=True), "bob")).notebooks
    assert (line.notebook_id, line.role, line.cells, line.seq) == (first, "viewer", 1, 3)
    bound = await home.caller("service", ["notebook:read"], notebooks=[second])
    (line,) = (await home.do(c.ListNotebooks(archived=True), bound)).notebooks
    assert (line.notebook_id, line.cells, line.archived) == (second, 2, True)


async def test_an_output_is_read_in_parts(home: House) -> None:
    nb = await home.notebook("1")
    await home.caller("runtime", name="rt")
    await home.attach(nb)
    await home.do(c.RunCells(notebook_id=nb))
    claimed = await home.claim(nb)
    await home.do(appending(nb, claimed.execution_id, 0, "hello ", "world"), "rt")
    query = c.ReadOutput(notebook_id=nb, cell_id="a", limit=8)
    part = await home.do(query)
    assert (part.text, part.total, part.next_offset) == ("hello wo", 11, 8)
    rest = await home.do(msgspec.structs.replace(query, offset=8))
    assert (rest.text, rest.next_offset) == ("rld", None)
    await home.refused(NotFound, c.ReadOutput(notebook_id=nb, cell_id="a", output=1))


async def test_the_runtime_and_its_queue_can_be_read(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    empty = await home.do(c.ReadRuntime(notebook_id=nb))
    assert (empty.runtime, empty.running, empty.queue) == (None, None, ())
    running = await home.running(nb)
    queued = await home.run(nb)
    busy = await home.do(c.ReadRuntime(notebook_id=nb))
    assert (busy.runtime.runtime_id, busy.running, busy.queue) == ("r1", running, (queued,))


async def test_an_export_is_a_file_or_a_log(home: House) -> None:
    nb = await home.notebook("1+1")
    await home.write(nb, "1+2")
    now = await home.do(c.ExportNotebook(notebook_id=nb))
    assert now.name == "Penguins.ipynb"
    assert msgspec.json.decode(now.content)["cells"][0]["source"] == ["1+2"]
    past = await home.do(c.ExportNotebook(notebook_id=nb, at=2))
    assert msgspec.json.decode(past.content)["cells"][0]["source"] == ["1+1"]
    log = await home.do(c.ExportNotebook(notebook_id=nb, format="log"))
    assert len(log.content.splitlines()) == 3


async def test_people_and_credentials_are_listed_without_secrets(home: House) -> None:
    nb = await home.notebook()
    await home.member("bob", "viewer", nb)
    await home.caller("assistant", name="bot", of="bob")
    people = await home.do(c.ListPeople(notebook_id=nb))
    assert {one.person.person_id: one.role for one in people.people} == {
        "ana": "owner",
        "bob": "viewer",
    }
    everybodys = await home.do(c.ListCredentials())
    bobs = await home.do(c.ListCredentials(), "bob")
    assert len(everybodys.credentials) == 3
    assert {one.person_id for one in bobs.credentials} == {"bob"}


async def test_everybody_learns_who_they_are_and_what_their_credential_opens(home: House) -> None:
    nb = await home.notebook()
    reads: list[e.Scope] = ["notebook:read"]
    await home.caller("assistant", name="bot", scopes=reads, notebooks=[nb])
    bot: c.Myself = await home.do(c.WhoAmI(), "bot")
    assert (bot.kind, bot.id, bot.name, bot.on_behalf_of) == ("assistant", "bot", "bot", ("ana",))
    assert (bot.scopes, bot.notebooks) == (["notebook:read"], [nb])
    ana: c.Myself = await home.do(c.WhoAmI())
    assert (ana.kind, ana.id, ana.on_behalf_of, ana.notebooks) == ("human", "ana", (), None)
    assert "notebook:admin" in ana.scopes


async def test_an_execution_that_has_left_state_is_read_from_the_log(home: House) -> None:
    nb = await home.notebook("print('first')")
    await home.caller("runtime", name="rt")
    await home.attach(nb)
    await home.do(c.RunCells(notebook_id=nb))
    first = (await home.claim(nb)).execution_id
    await home.do(appending(nb, first, 0, "first"), "rt")
    await home.do(completing(nb, first), "rt")
    before = await home.do(c.ReadExecution(notebook_id=nb, execution_id=first))
    await home.do(c.RunCells(notebook_id=nb))
    second = (await home.claim(nb)).execution_id
    assert first not in (await home.state(nb)).executions
    after = await home.do(c.ReadExecution(notebook_id=nb, execution_id=first))
    assert after.execution == before.execution
    assert after.execution.cell_id == "a"
    await home.do(completing(nb, second), "rt")
    await home.refused(NotFound, c.ReadExecution(notebook_id=nb, execution_id="nowhere"))


async def test_a_wait_for_an_execution_ends_with_it(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    running = await home.running(nb)
    query = c.ReadExecution(notebook_id=nb, execution_id=running, wait_s=25)
    waiting = await home.begun(home.do(query))
    await home.do(appending(nb, running, 0), "rt")
    await home.pass_time(24)
    assert not waiting.done()
    await home.do(completing(nb, running), "rt")
    answer = await waiting
    assert answer.execution.state == "ok"
    assert (await home.do(query)).execution == answer.execution


async def test_a_wait_for_an_execution_ends_on_time(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    running = await home.running(nb)
    query = c.ReadExecution(notebook_id=nb, execution_id=running, wait_s=20)
    waiting = await home.begun(home.do(query))
    await home.pass_time(19)
    assert not waiting.done()
    await home.pass_time(1)
    assert (await waiting).execution.state == "running"


async def test_a_wait_for_history_ends_with_the_first_record_that_fits(home: House) -> None:
    nb = await home.notebook("1")
    query = c.ReadHistory(notebook_id=nb, after=2, event_type="cellSourceEdited", wait_s=60)
    waiting = await home.begun(home.do(query))
    await home.comment(nb, "not this")
    await home.settled()
    assert not waiting.done()
    await home.write(nb, "2")
    answer = await waiting
    assert [(line.seq, line.text) for line in answer.lines] == [(4, "Ana edited cell a (+1 -1).")]
    query = c.ReadHistory(notebook_id=nb, after=answer.head, wait_s=60)
    waiting = await home.begun(home.do(query))
    await home.pass_time(60)
    assert (await waiting).lines == []


async def test_who_loses_access_while_waiting_gets_no_answer(home: House) -> None:
    nb = await home.notebook("1")
    await home.member("bob", "viewer", nb)
    query = c.ReadHistory(notebook_id=nb, after=2, wait_s=600)
    waiting = await home.begun(home.do(query, "bob"))
    await home.settled()
    assert not waiting.done()
    await home.grant("bob", None, nb)
    with pytest.raises(NotFound):
        await waiting
    event = home.logged(WORKSPACE_ID)[-1].event
    assert isinstance(event, e.ActionDenied) and event.tool == "read_history"
