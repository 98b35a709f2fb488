"""A stream shows what may be seen now: it narrows and ends with the access it came by."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from intheloop import commands as c
from intheloop.errors import Denied, NotFound
from intheloop.events import WireRecord
from intheloop.notebook import WORKSPACE_ID
from intheloop.notebooks import following
from tests.house import House, house, stores

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        yield opened


def _seqs(records: list[WireRecord]) -> list[int]:
    return [record.seq for record in records]


async def _revoked(home: House, nb: str) -> None:
    await home.do(c.RevokeCredential(credential_id="bot"))


async def _role_taken(home: House, nb: str) -> None:
    await home.grant("bob", None, nb)


async def _expired(home: House, nb: str) -> None:
    home.clock.pass_time(100)


async def _deleted(home: House, nb: str) -> None:
    await home.do(c.DeleteNotebook(notebook_id=nb))


@pytest.mark.parametrize("cut", [_revoked, _role_taken, _expired, _deleted])
async def test_a_stream_ends_when_nothing_may_be_seen_any_more(home: House, cut: Any) -> None:
    nb = await home.notebook("1")
    await home.person("carl")
    await home.person("bob")
    await home.grant("bob", "editor", nb)
    await home.caller(
        "assistant", of="bob", name="bot", expires_at=home.clock.at(100).replace(".000Z", "Z")
    )
    async with home.follow(nb, "bot") as stream, home.follow(nb) as other:
        await stream.so_far()
        await cut(home, nb)
        frames = await stream.ended()
        assert [frame.event for frame in frames] == ["ended"]
        assert frames[0].json["notebook_id"] == nb
        assert frames[0].json["reason"]
        if cut is not _deleted:
            await home.comment(nb, "not for bob")
            assert (await other.upto(3))[-1].seq == 3


@pytest.mark.parametrize("cut", [_role_taken, _deleted])
async def test_a_stream_of_several_logs_narrows_to_those_that_stay(home: House, cut: Any) -> None:
    nb, stays = await home.notebook("1"), await home.notebook("1")
    await home.member("bob", "editor", nb)
    await home.grant("bob", "viewer", stays)
    async with home.follow({nb: 2, stays: 2}, "bob") as stream:
        await stream.so_far()
        await cut(home, nb)
        (frame,) = await stream.so_far()
        assert (frame.event, frame.json["notebook_id"]) == ("ended", nb)
        if cut is not _deleted:
            await home.comment(nb, "not for bob")
        await home.comment(stays, "for bob")
        (frame,) = await stream.so_far()
        assert frame.record.notebook_id == stays


async def test_a_role_that_still_reads_keeps_the_stream(home: House) -> None:
    nb = await home.notebook("1")
    await home.member("bob", "owner", nb)
    async with home.follow(nb, "bob") as stream:
        await stream.so_far()
        await home.grant("bob", "viewer", nb)
        await home.comment(nb, "for bob")
        assert _seqs(await stream.records(1)) == [3]


async def test_what_is_recorded_after_a_revoke_is_not_sent(home: House) -> None:
    """Also to one that was not reading at that time, and has more to catch up with."""
    nb = await home.notebook("1")
    await home.member("bob", "viewer", nb)
    await home.comment(nb, *map(str, range(600)))
    async with home.follow(nb, "bob") as stream:
        await stream.records(1)
        await home.grant("bob", None, nb)
        await home.comment(nb, "not for bob")
        frames = await stream.ended()
        assert frames[-1].event == "ended"
        seqs = [frame.id for frame in frames if frame.event == "record"]
        assert seqs == list(range(2, following.PAGE + 1))  # what was under way


async def test_a_session_that_expires_ends_its_streams_on_time(home: House) -> None:
    nb = await home.notebook()
    await home.session("ana", "short", expires_at=home.clock.at(60.5))
    async with home.follow(nb, "short") as stream, home.work("short", "input") as work:
        await home.pass_time(60.4)
        assert "ended" not in [frame.event for frame in await stream.so_far()]
        await work.so_far()
        await home.pass_time(0.1)
        assert [frame.event for frame in await stream.ended()] == ["ended"]
        assert await work.ended() == []


async def test_a_stream_of_what_one_may_not_see_does_not_begin(home: House) -> None:
    nb, seen = await home.notebook(), await home.notebook()
    await home.member("bob", "viewer", seen)
    for after in ({nb: 0}, {seen: 0, nb: 0}, {"nowhere": 0}):
        with pytest.raises(NotFound):
            async with home.follow(after, "bob"):
                pass
    with pytest.raises(Denied):
        async with home.follow({WORKSPACE_ID: 0}, "bob"):
            pass
    assert home.service.desk.live_ring(nb) is None
    assert home.service.desk.live_ring(seen) is None


async def test_the_log_of_the_workspace_is_followed_by_admins(home: House) -> None:
    bound = await home.caller("service", ["audit"], notebooks=["any"])
    with pytest.raises(Denied):
        async with home.follow(WORKSPACE_ID, bound):
            pass
    auditor = await home.caller("service", ["audit"])
    async with home.follow(WORKSPACE_ID, auditor) as stream:
        frames = await stream.so_far()
        assert {frame.event for frame in frames} == {"record"}
        await home.person("bob")
        assert (await stream.records(2))[0].type == "personAdded"
