"""Any interleaving of commands: a log without gaps, whole commands, one state however computed.

The reference is a model that does one command after the other, with nothing sealed, stored or sent.
"""

import asyncio
from collections.abc import Iterator
from itertools import count, groupby
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intheloop import commands as c
from intheloop import events as e
from intheloop.canonical import Digester, digest
from intheloop.errors import LoopError
from intheloop.log import (
    Log,
    MemoryLog,
    SqlLog,
    Stored,
    check,
    export_line,
    open_stored,
    read_line,
    sqlite_url,
    wire,
)
from intheloop.notebook import WORKSPACE_ID, Notebook, PortableNotebook, pack, unpack
from intheloop.notebooks import Origin, ServiceSettings
from intheloop.reducer import apply, replay
from tests.frames import Stream
from tests.house import START, House, completing, house, ticks
from tests.interleaving import NB, PYTHON, Doing, Round, gated_rounds, resolved, rounds
from tests.model import Model
from tests.replaying import record_of
from tests.web import Node

pytestmark = pytest.mark.anyio


_CELLS = [
    c.GivenCell(source, cell_id=cell_id)
    for cell_id, source in zip("abc", ("1 + 1", "", "x\n\U0001f600y"), strict=True)
]
BEGINNING = [
    Doing(c.CreateNotebook(title="Penguins", cells=_CELLS, notebook_id=NB), "ana"),
    Doing(c.GrantRole(notebook_id=NB, person_id="bob", role="editor"), "ana"),
    Doing(c.RunCells(notebook_id=NB), "bob"),
    Doing(c.AttachRuntime(notebook_id=NB, runtime_id="rt", kernel=PYTHON), "rt"),
    Doing(c.ClaimExecution(notebook_id=NB, runtime_id="rt", start=START), "rt"),
]
"""Three cells, the first of them running."""


class Account:
    """What was sent, by command id in the order of its sending, and what came of it."""

    def __init__(self) -> None:
        self.done: dict[str, tuple[Doing, Any]] = {}
        self._numbers = count(1)

    async def tell(self, home: House, doing: Doing) -> None:
        """Send a command and note the answer, or the refusal."""
        command_id = f"command-{next(self._numbers)}"
        self.done[command_id] = (doing, None)
        caller = home.callers[doing.by]
        try:
            answer = await home.service.execute(doing.command, caller, Origin(command_id))
        except LoopError as refusal:
            answer = refusal
        self.done[command_id] = (doing, answer)


async def _people(home: House) -> None:
    await home.person("bob")
    await home.caller("assistant", name="bot")
    await home.caller("runtime", name="rt")
    await home.caller("runtime", name="other-rt")


async def _play(home: House, account: Account, played: list[Round]) -> None:
    """All rounds, each begun from one state."""
    for each in played:
        state = await home.state(NB)
        doings = [doing for deed in each.deeds if (doing := resolved(state, deed))]
        tasks = []
        if each.at_once:
            home.log.hold()
            ahead = Doing(c.AddComment(notebook_id=NB, text="ahead"), "ana")
            tasks.append(asyncio.create_task(account.tell(home, ahead)))
            await home.log.is_held()
        tasks += [asyncio.create_task(account.tell(home, doing)) for doing in doings]
        await ticks(5)
        home.log.release()
        await asyncio.gather(*tasks)


def _stored(home: House) -> list[Stored]:
    return list(home.log.inner.records(NB))


def _modelled(account: Account) -> Model:
    """The model after all commands, which answered each as the service did."""
    model = Model()
    model.person("ana")
    model.person("bob")
    model.program("bot", "assistant")
    model.program("rt", "runtime")
    model.program("other-rt", "runtime")
    for command_id, (doing, answer) in account.done.items():
        try:
            expected = model.do(doing.command, doing.by, command_id)
        except LoopError as refusal:
            expected = refusal
        if isinstance(expected, LoopError):
            assert type(answer) is type(expected), (doing, answer, expected)
            assert answer.detail == expected.detail
        elif not isinstance(doing.command, c.GrantRole):  # it counts records of the workspace
            assert answer == expected, doing
    return model


def _assert_whole(home: House, account: Account) -> None:
    """No gap, a sound chain, and each command in one piece or not at all."""
    stored = _stored(home)
    assert [one.seq for one in stored] == list(range(1, len(stored) + 1))
    assert check(home.log.inner, NB) is None
    assert check(home.log.inner, WORKSPACE_ID) is None
    runs = [command_id for command_id, _ in groupby(map(_of, stored))]
    assert len(runs) == len(set(runs)), "the records of a command stand together"
    refused = {
        command_id
        for command_id, (_, answer) in account.done.items()
        if isinstance(answer, LoopError)
    }
    assert not refused.intersection(runs)
    model = _modelled(account)
    assert [one.data for one in stored] == [
        e.encode_event(record.event) for record in model.records[NB]
    ]


_HARMLESS = (e.ApprovalRequested, e.ApprovalVoided, e.ChangesProposed, e.CommentAdded)


def _assert_gated(stored: list[Stored]) -> None:
    """Where a person is to be asked, a program did only what was allowed, each of it once."""
    state = Notebook(NB)
    for _, group in groupby(map(open_stored, stored), key=lambda one: one.envelope.command_id):
        records = list(group)
        asks = state.policy.preset in ("ask", "propose")
        if records[0].envelope.actor.kind == "assistant" and asks:
            first = records[0].event
            if isinstance(first, e.ApprovalUsed):
                allowed = {one.approval_id: one.status for one in state.approvals}
                assert allowed[first.approval_id] == "granted"
                assert not any(isinstance(one.event, e.ApprovalUsed) for one in records[1:])
            else:
                assert all(isinstance(one.event, _HARMLESS) for one in records)
        for record in records:
            state = apply(state, record)


def _of(stored: Stored) -> str:
    return open_stored(stored).envelope.command_id


def _through_json(state: Notebook) -> Notebook:
    packed = msgspec.json.encode(pack(state))
    return unpack(msgspec.json.decode(packed, type=PortableNotebook))


def _assert_replays(stored: list[Stored], every: int, expected: str) -> None:
    """From the beginning, from a snapshot after every so many records, and after a round trip."""
    lines = [read_line(export_line(one)) for one in stored]
    assert lines == stored
    state, digester, snapshots = Notebook(NB), Digester(), []
    for one in lines:
        if state.seq % every == 0:
            snapshots.append(_through_json(state))
        state = apply(state, open_stored(one))
        assert digester.digest(state) == digest(state)
    assert digest(state) == expected
    for snapshot in snapshots:
        rest = map(open_stored, stored[snapshot.seq :])
        assert digest(replay(rest, snapshot)) == expected


async def _assert_followed(home: House, stream: Stream, expected: str) -> None:
    """The replica of one that followed all the time, and reloads where something was erased."""
    replica = Notebook(NB)
    for frame in await stream.so_far():
        if frame.event != "record":
            continue
        record = record_of(frame.record)
        assert record.seq == replica.seq + 1
        replica = apply(replica, record)
        if isinstance(record.event, e.PayloadRedacted):
            answer = await home.service.state(NB, home.callers["ana"], at=record.seq)
            packed = msgspec.json.decode(answer.state, type=PortableNotebook)
            replica = unpack(packed)
    assert digest(replica) == expected


async def _play_and_check(log: Log, played: list[Round], every: int, *first: Doing) -> list[Stored]:
    async with house(log, settings=ServiceSettings(snapshot_records=every)) as home:
        await _people(home)
        account = Account()
        for doing in (*BEGINNING, *first):
            await account.tell(home, doing)
        async with home.follow(NB) as stream:
            await _play(home, account, played)
            seq, live = await home.service.desk.digest(NB)
            assert live == digest(await home.state(NB))
            stored = _stored(home)
            assert seq == len(stored)
            await _assert_followed(home, stream, live)
        _assert_whole(home, account)
        _assert_gated(stored)
        _assert_replays(stored, every, live)
        await home.reopen()
        assert await home.service.desk.digest(NB) == (seq, live)
        return stored


@given(played=rounds, every=st.integers(2, 9))
async def test_any_interleaving_is_one_log_of_whole_commands_and_one_state(
    played: list[Round], every: int
) -> None:
    await _play_and_check(MemoryLog(), played, every)


@given(played=gated_rounds)
async def test_a_program_that_has_to_ask_does_only_what_was_allowed(played: list[Round]) -> None:
    asks = Doing(c.SetPolicy(notebook_id=NB, preset="ask"), "ana")
    await _play_and_check(MemoryLog(), played, 5, asks)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=10)
async def test_any_interleaving_on_disk_is_one_log_of_whole_commands_and_one_state(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    log = SqlLog(sqlite_url(tmp_path_factory.mktemp("store") / "log.db"))
    try:
        await _play_and_check(log, data.draw(rounds), data.draw(st.integers(2, 9)))
    finally:
        log.close()


@pytest.fixture(scope="module")
def page() -> Iterator[Node]:
    """Replays what it is asked to with the page's reducer."""
    with Node("test/replay.ts") as node:
        yield node


def _assert_same_on_page(page: Node, stored: list[Stored]) -> None:
    records = [msgspec.json.decode(wire(one)) for one in stored]
    state, digester, expected = Notebook(NB), Digester(), []
    for one in stored:
        state = apply(state, open_stored(one))
        expected.append(digester.digest(state))
    assert page.ask({"records": records, "each": True})["digests"] == expected


@pytest.mark.node
@given(played=rounds)
async def test_the_page_computes_what_the_service_does(page: Node, played: list[Round]) -> None:
    _assert_same_on_page(page, await _play_and_check(MemoryLog(), played, 5))


async def _redacted_in_the_middle(log: Log) -> list[Stored]:
    """A cell that is edited, runs, and goes on being edited over what was erased of its past."""
    async with house(log, settings=ServiceSettings(snapshot_records=4)) as home:
        await home.member("bob", "editor", await home.notebook("1 + 1", notebook_id=NB))
        await home.caller("runtime", name="rt")
        await home.write(NB, "key = 'hunter2 \U0001f600' + x")
        change = [[0, "print("], 22, [0, ")"]]
        middle = (await home.state(NB)).seq
        base = (await home.state(NB)).cells["a"].rev
        await home.do(c.EditCell(notebook_id=NB, cell_id="a", changes=change, base_rev=base), "bob")
        await home.attach(NB)
        running = await home.run(NB, "hunter2")
        await home.claim(NB)
        await home.do(completing(NB, running), "rt")
        requested = next(
            one.seq for one in _stored(home) if b"hunter2" in one.data and one.seq > middle
        )
        await home.do(c.Redact(notebook_id=NB, seqs=[middle, requested], reason="a key"))
        assert not [one.seq for one in _stored(home) if b"hunter2" in one.data]
        source = (await home.state(NB)).cells["a"].source
        assert source.startswith("print(") and source.endswith(")") and "█" in source
        rev = (await home.state(NB)).cells["a"].rev
        await home.do(
            c.EditCell(notebook_id=NB, cell_id="a", changes=[6, [0, "0"], 23], base_rev=rev)
        )
        assert (await home.state(NB)).cells["a"].source == f"{source[:6]}0{source[6:]}"
        seq, live = await home.service.desk.digest(NB)
        stored = _stored(home)
        assert seq == len(stored)
        _assert_replays(stored, 3, live)
        await home.reopen()
        assert await home.service.desk.digest(NB) == (seq, live)
        return stored


async def test_a_redacted_edit_in_the_middle_of_a_cells_life_replays(tmp_path: Path) -> None:
    await _redacted_in_the_middle(MemoryLog())
    log = SqlLog(sqlite_url(tmp_path / "log.db"))
    await _redacted_in_the_middle(log)
    log.close()


@pytest.mark.node
async def test_a_redacted_edit_in_the_middle_of_a_cells_life_replays_on_the_page(
    page: Node,
) -> None:
    _assert_same_on_page(page, await _redacted_in_the_middle(MemoryLog()))
