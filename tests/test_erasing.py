"""What is redacted or deleted is gone everywhere, and what stays still fits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.blobs import FolderBlobs
from intheloop.errors import (
    BadArgument,
    Conflict,
    Denied,
    NotFound,
)
from intheloop.log import SqlLog, check, sqlite_url
from intheloop.notebooks import ServiceSettings
from intheloop.reducer import REDUCER_VERSION
from intheloop.values import Blob, DisplayOutput, StreamOutput, Value, inline, sha256_hex
from tests.house import House, appending, completing, house, stores

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        yield opened


# --------------------------------------------------------------------------------------- redaction


SECRET = "hunter2-correct-horse"


async def _with_secret(home: House) -> tuple[str, str]:
    """A notebook that says the secret in a source, an output, a blob and a title; the blob."""
    nb = await home.notebook(f"password = '{SECRET}'")
    data = (SECRET * 2000).encode()
    sha256 = sha256_hex(data)
    ana = home.callers["ana"]
    await home.service.put_blob(nb, sha256, data, ana)
    await home.caller("runtime", name="rt")
    await home.attach(nb)
    await home.do(c.RunCells(notebook_id=nb))
    claimed = await home.claim(nb)
    shown = DisplayOutput(
        data={"text/plain": Value(sha256, blob=Blob(len(data), "text"))}, metadata=inline(b"{}")
    )
    append = appending(nb, claimed.execution_id, 0, SECRET)
    append.parts.append(c.Append([shown]))
    await home.do(append, "rt")
    await home.do(completing(nb, claimed.execution_id), "rt")
    return nb, sha256


def _saying(home: House, nb: str) -> list[int]:
    return [
        stored.seq
        for stored in home.log.inner.records(nb)
        if SECRET.encode() in stored.data or b'"blob"' in stored.data
    ]


async def test_what_is_redacted_is_gone_everywhere(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    log = SqlLog(sqlite_url(tmp_path / "log.db"))
    settings = ServiceSettings(snapshot_records=3)
    async with house(log, settings=settings, blobs=FolderBlobs(folder)) as home:
        nb, sha256 = await _with_secret(home)
        seqs = _saying(home, nb)
        await home.service.desk.close()  # snapshots that are under way
        snapshot = log.snapshot(nb, REDUCER_VERSION)
        assert snapshot is not None and SECRET.encode() in snapshot[1]
        async with home.follow(nb) as stream, home.follow({nb: seqs[0] - 1}) as late:
            await stream.upto((await home.state(nb)).seq)
            size = len(f"password = '{SECRET}'")
            edit = c.EditCell(notebook_id=nb, cell_id="a", changes=[size, [0, "!"]], base_rev=2)
            await home.do(edit)
            redact = c.Redact(notebook_id=nb, seqs=seqs, reason="a password")
            answer = await home.do(redact)
            # live state and ring
            state = await home.service.state(nb, home.callers["ana"])
            assert SECRET.encode() not in bytes(state.state)
            assert state.digest == home.replayed(nb)
            assert (await home.state(nb)).cells["a"].source.endswith("█!")
            told = await stream.upto(answer.seq)
            assert told[-1].type == "payloadRedacted"
            stood_in = await late.upto(answer.seq)
            assert [record.seq for record in stood_in] == list(range(seqs[0], answer.seq + 1))
            assert SECRET not in "".join(bytes(one.data).decode() for one in stood_in)
        # past, history, export
        past = await home.service.state(nb, home.callers["ana"], at=seqs[0])
        assert SECRET.encode() not in bytes(past.state)
        exported = await home.do(c.ExportNotebook(notebook_id=nb, format="log"))
        assert SECRET not in exported.content
        # blobs
        with pytest.raises(NotFound):
            await home.service.get_blob(nb, sha256, home.callers["ana"])
        assert not home.blobs.has(sha256)
        assert check(log, nb) is None
        await home.reopen()
        assert await home.service.desk.digest(nb) == (answer.seq, state.digest)
        _assert_nowhere(tmp_path, sha256)
    log.close()


def _assert_nowhere(folder: Path, sha256: str) -> None:
    """Nothing in these files says the secret, and no blob has this name."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert paths
    for path in paths:
        assert SECRET.encode() not in path.read_bytes(), path
        assert path.name != sha256


async def test_a_follower_never_gets_erased_bytes_from_the_ring(home: House) -> None:
    nb = await home.notebook()
    await home.comment(nb, SECRET)
    async with home.follow(nb) as early, home.follow(nb) as slow:
        await early.upto(2)
        await slow.upto(2)
        await slow.next("digest")
        await home.comment(nb, SECRET)
        assert (await early.upto(3))[-1].type == "commentAdded"  # it went through the ring
        await home.do(c.Redact(notebook_id=nb, seqs=[2, 3], reason="a password"))
        frames = await slow.so_far()
        records = [frame for frame in frames if frame.event == "record"]
        assert [frame.id for frame in records] == [3, 4]
        assert not any(SECRET.encode() in frame.data for frame in frames)


async def test_edits_go_on_over_a_redacted_one(home: House) -> None:
    nb = await home.notebook("abc")
    await home.do(c.EditCell(notebook_id=nb, cell_id="a", changes=[3, [0, SECRET]], base_rev=2))
    await home.write(nb, f"abc{SECRET}xyz")
    await home.do(c.Redact(notebook_id=nb, seqs=[3], reason="a password"))
    cell = (await home.state(nb)).cells["a"]
    assert cell.source == f"abc{'█' * len(SECRET)}xyz"
    edited = await home.write(nb, "clean")
    assert edited.rev == 6
    assert await home.service.desk.digest(nb) == (6, home.replayed(nb))


async def test_the_repeat_of_a_redacted_command_is_answered_whatever_it_says(home: House) -> None:
    nb = await home.notebook()
    first = await home.do(c.AddComment(notebook_id=nb, text=SECRET), "ana", "once")
    await home.do(c.Redact(notebook_id=nb, seqs=[2], reason="a password"))
    assert await home.do(c.AddComment(notebook_id=nb, text=SECRET), "ana", "once") == first
    assert await home.do(c.AddComment(notebook_id=nb, text="other"), "ana", "once") == first


async def test_a_redaction_waits_for_its_turn_among_other_commands(home: House) -> None:
    nb = await home.notebook()
    answers = await home.together(
        (c.AddComment(notebook_id=nb, text=SECRET), "ana"),
        (c.Redact(notebook_id=nb, seqs=[2], reason="a password"), "ana"),
        (c.AddComment(notebook_id=nb, text="after"), "ana"),
    )
    assert [answer.seq for answer in answers] == [2, 3, 4]
    assert SECRET.encode() not in b"".join(one.data for one in home.log.inner.records(nb))
    assert await home.service.desk.digest(nb) == (4, home.replayed(nb))


# ---------------------------------------------------------------------------------------- deletion


async def test_a_deleted_notebook_is_gone_and_its_id_never_comes_again(home: House) -> None:
    nb, blob = await home.notebook("1"), b"x" * 100
    await home.service.put_blob(nb, sha256_hex(blob), blob, home.callers["ana"])
    async with home.follow(nb) as stream:
        await stream.upto(2)
        await home.do(c.DeleteNotebook(notebook_id=nb))
        assert [frame.event for frame in await stream.ended()][-1] == "ended"
    assert not home.logged(nb)
    assert not home.blobs.has(sha256_hex(blob))
    listing = home.service.workspace.notebooks[nb]
    assert (listing.deleted, listing.last_seq) == (True, 2)
    await home.refused(NotFound, c.ReadNotebook(notebook_id=nb))
    await home.refused(NotFound, c.AddComment(notebook_id=nb, text="still there?"))
    await home.refused(BadArgument, c.CreateNotebook(notebook_id=nb))
    await home.reopen()
    await home.refused(BadArgument, c.CreateNotebook(notebook_id=nb))
    assert nb not in {one.notebook_id for one in (await home.do(c.ListNotebooks())).notebooks}


async def test_a_notebook_that_is_running_is_not_deleted(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    running = await home.running(nb)
    await home.refused(Conflict, c.DeleteNotebook(notebook_id=nb))
    await home.do(completing(nb, running), "rt")
    await home.do(c.DeleteNotebook(notebook_id=nb))


# ------------------------------------------------------------------------------------------- blobs


async def test_a_blob_that_nobody_names_goes_after_a_day(home: House) -> None:
    nb, ana = await home.notebook(), home.callers["ana"]
    named, unnamed = b"n" * 50_000, b"u" * 50_000
    for data in (named, unnamed):
        await home.service.put_blob(nb, sha256_hex(data), data, ana)
    value = Value(sha256_hex(named), blob=Blob(len(named), "text"))
    output = DisplayOutput(data={"text/plain": value}, metadata=inline(b"{}"))
    await home.do(c.InsertCells(notebook_id=nb, cells=[c.GivenCell("1", outputs=[output])]))
    await home.pass_time(86_399)
    await home.service._blobs.sweep()
    assert await home.service.get_blob(nb, sha256_hex(unnamed), ana) == unnamed
    home.clock.pass_time(10)
    await home.service._blobs.sweep()
    with pytest.raises(NotFound):
        await home.service.get_blob(nb, sha256_hex(unnamed), ana)
    assert not home.blobs.has(sha256_hex(unnamed))
    assert await home.service.get_blob(nb, sha256_hex(named), ana) == named


async def test_an_event_names_only_blobs_of_its_notebook(home: House) -> None:
    nb, other = await home.notebook(), await home.notebook()
    data = b"d" * 40_000
    sha256 = sha256_hex(data)
    await home.service.put_blob(other, sha256, data, home.callers["ana"])
    output = StreamOutput("stdout", "", sha256=sha256, blob=Blob(len(data), "text"))
    insert = c.InsertCells(notebook_id=nb, cells=[c.GivenCell("1", outputs=[output])])
    await home.refused(BadArgument, insert)
    await home.service.put_blob(nb, sha256, data, home.callers["ana"])
    await home.do(insert)
    await home.do(c.DeleteNotebook(notebook_id=other))
    assert await home.service.get_blob(nb, sha256, home.callers["ana"]) == data
    await home.do(c.DeleteNotebook(notebook_id=nb))
    assert not home.blobs.has(sha256)


async def test_blobs_come_before_the_notebook_that_is_imported(home: House) -> None:
    ana, data = home.callers["ana"], b"d" * 40_000
    sha256 = sha256_hex(data)
    await home.service.put_blob("coming", sha256, data, ana)
    output = StreamOutput("stdout", "", sha256=sha256, blob=Blob(len(data), "text"))
    command = c.ImportNotebook(
        title="Owls",
        notebook_id="coming",
        imported=e.Imported("owls.ipynb", "0" * 64, "4.5"),
        cells=[c.GivenCell("1", outputs=[output])],
    )
    await home.person("bob")
    await home.refused(Denied, command, "bob")
    await home.refused(Denied, c.CreateNotebook(notebook_id="coming"), "bob")
    with pytest.raises(Denied):
        await home.service.put_blob("coming", sha256, data, home.callers["bob"])
    await home.do(command)
    assert await home.service.get_blob("coming", sha256, ana) == data


async def test_an_id_that_somebody_put_blobs_under_is_theirs_for_a_day(home: House) -> None:
    ana, bob = home.callers["ana"], await home.person("bob")
    await home.service.put_blob("coming", sha256_hex(b"1"), b"1", ana)
    await home.pass_time(86_000)
    with pytest.raises(Denied):
        await home.service.put_blob("coming", sha256_hex(b"2"), b"2", bob)
    await home.pass_time(500)
    await home.service.put_blob("coming", sha256_hex(b"2"), b"2", bob)
    with pytest.raises(NotFound):
        await home.service.get_blob("coming", sha256_hex(b"1"), bob)
    await home.do(c.CreateNotebook(notebook_id="coming"), bob)
    with pytest.raises(NotFound):
        await home.service.get_blob("coming", sha256_hex(b"1"), bob)
