"""Following live: nothing is missed, nothing comes twice, and nobody is slowed by others."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import msgspec
import pytest

from intheloop import commands as c
from intheloop.events import WireRecord
from intheloop.live import Ring
from intheloop.live import ring as ring_module
from intheloop.notebook import WORKSPACE_ID
from intheloop.notebooks import following
from intheloop.reducer import REDUCER_VERSION
from intheloop.values import inline
from tests.house import House, house, stores, ticks

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        yield opened


def _seqs(records: list[WireRecord]) -> list[int]:
    return [record.seq for record in records]


# --------------------------------------------------------------------------------- missing nothing


async def test_a_follower_gets_what_is_there_and_then_what_comes(home: House) -> None:
    nb = await home.notebook("1", "2")
    async with home.follow(nb) as stream:
        assert _seqs(await stream.records(3)) == [1, 2, 3]
        await home.comment(nb, "live")
        (record,) = await stream.records(1)
        assert (record.seq, record.type, record.actor.id) == (4, "commentAdded", "ana")
        assert record.notebook_id == nb


async def test_the_record_of_a_stream_is_the_record_of_the_log(home: House) -> None:
    nb = await home.notebook("1")
    await home.comment(nb, "é☃𝄞\n\r\u2028")
    async with home.follow(nb) as from_store, home.follow({nb: 3}) as from_ring:
        await home.comment(nb, "line\u2028end\r\n")
        stored = (await home.do(c.ReadHistory(notebook_id=nb, records=True))).records
        read = [msgspec.json.decode(record, type=WireRecord) for record in stored]
        assert await from_store.upto(4) == read
        assert await from_ring.upto(4) == read[3:]


async def test_one_that_resumes_anywhere_misses_and_repeats_nothing(home: House) -> None:
    nb = await home.notebook("1")
    await home.comment(nb, *map(str, range(10)))
    async with home.follow({nb: 12}):  # somebody keeps a ring going
        await home.comment(nb, *map(str, range(10)))
        for after in range(24):
            async with home.follow({nb: after}) as stream:
                frames = await stream.so_far()
                seqs = [frame.id for frame in frames if frame.event == "record"]
                head = (await home.state(nb)).seq
                assert seqs == list(range(after + 1, head + 1))
                await home.comment(nb, "live")
                assert _seqs(await stream.upto(head + 1)) == [head + 1]


async def test_one_that_resumes_anywhere_while_others_write_misses_and_repeats_nothing(
    home: House,
) -> None:
    nb = await home.notebook()
    numbers = count()
    writing = True

    async def write() -> None:
        while writing:
            await home.comment(nb, f"{next(numbers)}")

    async with home.follow(nb):
        writers = [asyncio.create_task(write()) for _ in range(3)]
        for after in range(0, 60, 3):
            while (await home.state(nb)).seq < after:
                await ticks()
            async with home.follow({nb: after}) as stream:
                assert _seqs(await stream.upto(after + 20)) == list(range(after + 1, after + 21))
        writing = False
        await asyncio.gather(*writers)


async def test_one_that_falls_off_the_ring_reads_the_store(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring_module, "FRAMES_KEPT", 4)
    monkeypatch.setattr(following, "PAGE", 7)
    nb = await home.notebook()
    async with home.follow(nb) as slow, home.follow(nb) as quick:
        await slow.records(1)
        for number in range(30):
            await home.comment(nb, f"{number}")
            await quick.upto(number + 2)
        home.log.read.clear()
        assert _seqs(await slow.upto(31)) == list(range(2, 32))
        assert home.log.read[nb] >= 26
        home.log.read.clear()
        for after in range(32):
            async with home.follow({nb: after}) as stream:
                frames = await stream.so_far()
                seqs = [frame.id for frame in frames if frame.event == "record"]
                assert seqs == list(range(after + 1, 32))


async def test_a_frame_larger_than_the_ring_is_sent_all_the_same(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring_module, "BYTES_KEPT", 1000)
    nb = await home.notebook()
    async with home.follow(nb) as stream:
        await stream.records(1)
        await home.comment(nb, "x" * 5000, "y")
        assert _seqs(await stream.records(2)) == [2, 3]


async def test_several_logs_come_in_one_stream_each_in_order(home: House) -> None:
    first, second = await home.notebook("1"), await home.notebook("1")
    async with home.follow({first: 1, second: 0, WORKSPACE_ID: 0}) as stream:
        await home.comment(first, "a")
        await home.comment(second, "b")
        by_log: dict[str, list[int]] = {first: [], second: [], WORKSPACE_ID: []}
        for frame in await stream.so_far():
            if frame.event == "record":
                by_log[frame.record.notebook_id].append(frame.record.seq)
        assert by_log[first] == [2, 3]
        assert by_log[second] == [1, 2, 3]
        assert by_log[WORKSPACE_ID] == list(range(1, len(home.logged(WORKSPACE_ID)) + 1))


async def test_a_long_past_of_one_log_does_not_hold_up_the_others(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PAGE", 5)
    long, short = await home.notebook(), await home.notebook()
    await home.comment(long, *map(str, range(40)))
    async with home.follow({long: 0, short: 1}) as stream:
        await stream.records(1)
        await home.comment(short, "now")
        before = 0
        while (await stream.records(1))[0].notebook_id != short:
            before += 1
        assert before < 20


async def test_json_with_line_ends_in_it_comes_whole(home: House) -> None:
    nb = await home.notebook("1")
    metadata = inline(b'{\n "tags":\r\n ["a"],\r "n": 1.50\n}')
    async with home.follow(nb) as stream:
        await home.do(c.SetMetadata(notebook_id=nb, cell_id="a", metadata=metadata))
        record = (await stream.upto(3))[-1]
        assert msgspec.json.decode(record.data)["metadata"]["json"] == {"tags": ["a"], "n": 1.5}
        await home.service.signal(
            nb, home.callers["ana"], kind="caret", key="k", value=b'{\n"at":\r1}'
        )
        assert (await stream.next("signal")).json["value"] == {"at": 1}


# ---------------------------------------------------------------------------------- slowing nobody


async def test_one_that_stops_reading_slows_nobody(home: House) -> None:
    nb = await home.notebook()
    async with home.follow(nb) as stuck, home.follow(nb) as quick, home.follow(nb) as other:
        await stuck.records(1)
        for number in range(200):
            await home.comment(nb, f"{number}")
            assert (await quick.upto(number + 2))[-1].seq == number + 2
        assert _seqs(await other.upto(201)) == list(range(1, 202))
        ring = home.service.desk.live_ring(nb)
        assert ring is not None
        assert _seqs(await stuck.upto(201)) == list(range(2, 202))


async def test_what_one_that_stops_reading_costs_is_bounded(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring_module, "BYTES_KEPT", 20_000)
    nb = await home.notebook()
    async with home.follow(nb) as stuck:
        await stuck.records(1)
        await home.comment(nb, *("x" * 1000 for _ in range(60)))
        ring = home.service.desk.live_ring(nb)
        assert ring is not None
        assert sum(map(len, ring._frames)) <= 20_000


async def test_a_ring_that_nobody_follows_is_let_go(home: House) -> None:
    nb = await home.notebook()
    async with home.follow(nb) as stream:
        await stream.records(1)
        async with home.follow(nb):
            pass
        assert home.service.desk.live_ring(nb)
    assert home.service.desk.live_ring(nb) is None
    assert not home.service.desk.access_changed


def test_a_ring_gives_what_it_has_and_says_what_it_has_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ring_module, "FRAMES_KEPT", 3)
    ring = Ring(10)
    assert (ring.start, ring.since(10), ring.since(9)) == (10, b"", None)
    ring.publish(11, [b"a", b"b"])
    assert [ring.since(seq) for seq in (9, 10, 11, 12)] == [None, b"ab", b"b", b""]
    ring.publish(13, [b"c", b"d"])
    assert [ring.since(seq) for seq in (10, 11, 12, 13, 14)] == [None, b"bcd", b"cd", b"d", b""]
    ring.forget()
    assert [ring.since(seq) for seq in (13, 14)] == [None, b""]
    ring.publish(15, [b"e"])
    assert [ring.since(seq) for seq in (13, 14, 15)] == [None, b"e", b""]


def test_a_ring_keeps_the_last_notices_for_whom_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ring_module, "NOTICES_KEPT", 3)
    ring = Ring(0)
    for number, to in enumerate((None, "ana", None, "bob", None)):
        ring.notify(b"%d" % number, to)
    assert ring.notices_since(0, "ana") == b"24"
    assert ring.notices_since(0, "bob") == b"234"
    assert ring.notices_since(3, "bob") == b"34"
    assert ring.notices_since(5, "bob") == b""


# ----------------------------------------------------------------------------------------- digests


async def test_a_digest_comes_when_a_stream_has_caught_up_and_after_quiet(home: House) -> None:
    nb = await home.notebook("1")
    async with home.follow(nb) as stream:
        frames = await stream.so_far()
        assert [frame.event for frame in frames] == ["record", "record", "digest"]
        assert frames[-1].id is None
        assert frames[-1].json == {
            "notebook_id": nb,
            "seq": 2,
            "digest": home.replayed(nb),
            "reducer_version": REDUCER_VERSION,
        }
        await home.comment(nb, "a")
        await home.pass_time(1.5)
        await home.comment(nb, "b")
        assert [frame.event for frame in await stream.so_far()] == ["record", "record"]
        await home.pass_time(1.9)
        assert not await stream.so_far()
        await home.pass_time(0.1)
        (frame,) = await stream.so_far()
        assert (frame.event, frame.json["seq"]) == ("digest", 4)
        assert frame.json["digest"] == home.replayed(nb)
        await home.pass_time(10)
        assert not await stream.so_far()


async def test_each_log_of_several_has_its_own_quiet(home: House) -> None:
    busy, quiet = await home.notebook(), await home.notebook()
    async with home.follow({busy: 1, quiet: 1}) as stream:
        assert len(await stream.so_far()) == 2
        await home.comment(quiet, "a")
        for number in range(4):
            await home.comment(busy, f"{number}")
            await stream.so_far()
            if number < 3:
                await home.pass_time(0.6)
        await home.pass_time(0.2)
        (frame,) = await stream.so_far()
        assert (frame.event, frame.json["notebook_id"]) == ("digest", quiet)


async def test_a_cursor_beyond_the_log_waits_for_what_comes_after_it(home: House) -> None:
    nb = await home.notebook()
    async with home.follow({nb: 3}) as stream:
        assert await stream.so_far() == []
        await home.comment(nb, "2")
        await home.pass_time(5)
        assert await stream.so_far() == []  # nor a digest, of what is not its state
        await home.comment(nb, "3")
        await home.pass_time(5)
        (frame,) = await stream.so_far()
        assert (frame.event, frame.json["seq"]) == ("digest", 3)
        await home.comment(nb, "4")
        assert _seqs(await stream.records(1)) == [4]


async def test_an_idle_stream_says_that_it_is_there(home: House) -> None:
    nb = await home.notebook()
    async with home.follow(nb) as stream, home.work("ana") as work:
        await stream.so_far()
        await work.so_far()
        before = stream.pings
        for _ in range(3):
            await home.pass_time(15)
            await stream.so_far()
            await work.so_far()
        assert (stream.pings - before, work.pings) == (3, 3)
        await home.pass_time(14)
        await home.comment(nb, "heard")
        await stream.so_far()
        await home.pass_time(10)
        await stream.so_far()
        assert stream.pings - before == 3
