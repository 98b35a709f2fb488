"""The stream of what changed: told to who sees it, at once and not while nothing happens."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from intheloop import commands as c
from intheloop.errors import Unauthenticated
from intheloop.notebooks.uses import NOTE
from tests.frames import Stream
from tests.house import House, house, stores

pytestmark = pytest.mark.anyio
SOON = 1.0


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store, with nb of ana's."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        await opened.notebook("1", notebook_id="nb")
        yield opened


async def told(home: House, stream: Stream) -> list[Any]:
    """What the stream tells of all that happened until now."""
    frames = await stream.so_far()
    home.clock.pass_time(SOON)
    frames += await stream.so_far()
    return [frame.json for frame in frames if frame.event == "changed"]


async def test_what_goes_on_in_a_notebook_is_told_to_who_sees_it(home: House) -> None:
    await home.member("bob", "viewer", "nb")
    await home.person("eve")
    async with home.changes("bob") as bob, home.changes("eve") as eve:
        await home.comment("nb", "One", "Two")
        assert await told(home, bob) == [{"notebooks": ["nb"], "workspace": False, "used": []}]
        assert await told(home, eve) == []
        await home.grant("bob", None, "nb")
        assert await told(home, bob) == [{"notebooks": [], "workspace": True, "used": []}]
        await home.comment("nb", "Three")
        assert await told(home, bob) == []


async def test_nothing_is_told_while_nothing_happens(home: House) -> None:
    async with home.changes("ana") as stream:
        assert await told(home, stream) == []
        home.clock.pass_time(60)
        assert await told(home, stream) == []
        await home.do(c.RenameNotebook(notebook_id="nb", title="Penguins"))  # as it is called
        assert await told(home, stream) == []


async def test_a_made_and_a_deleted_notebook_are_told(home: House) -> None:
    async with home.changes("ana") as stream:
        await home.notebook("1", notebook_id="nb2")
        assert await told(home, stream) == [{"notebooks": ["nb2"], "workspace": True, "used": []}]
        await home.do(c.DeleteNotebook(notebook_id="nb2"))
        assert await told(home, stream) == [{"notebooks": [], "workspace": True, "used": []}]


async def test_the_coming_of_a_program_is_told_to_its_person_and_to_admins(home: House) -> None:
    await home.person("bob")
    await home.person("eve")
    await home.caller("assistant", of="bob", name="robot")
    home.clock.pass_time(60)
    watching = (home.changes("bob"), home.changes("ana"), home.changes("eve"))
    async with watching[0] as bob, watching[1] as admin, watching[2] as eve:
        for _ in range(3):  # the same in one minute is no news
            home.service.sign_in("robot")
        assert [one["used"] for one in await told(home, bob)] == [["robot"]]
        assert [one["used"] for one in await told(home, admin)] == [["robot"]]
        assert await told(home, eve) == []


async def test_a_stream_ends_with_its_credential_and_strangers_get_none(home: House) -> None:
    bound = await home.caller("assistant", name="robot")
    async with home.changes(bound) as stream:
        await stream.so_far()
        await home.do(c.RevokeCredential(credential_id="robot"))
        assert await stream.ended() == []
    with pytest.raises(Unauthenticated):
        async with home.changes(bound):
            pass


# ------------------------------------------------------------------- the last use


async def last_use(home: House, credential_id: str) -> str | None:
    found: c.Credentials = await home.do(c.ListCredentials())
    return next((use.at for use in found.used if use.credential_id == credential_id), None)


async def test_the_last_use_of_a_credential_outlives_a_restart(home: House) -> None:
    await home.caller("assistant", name="robot")
    used = await last_use(home, "robot")
    assert used is not None
    await home.reopen()
    assert await last_use(home, "robot") == used


async def test_uses_are_written_once_a_minute_however_many_calls_there_are(home: House) -> None:
    await home.caller("assistant", name="robot")
    await home.pass_time(60)
    before = home.log.inner.note(NOTE)
    commits = len(home.log.commits)
    for _ in range(100):
        home.service.sign_in("robot")
    await home.settled()
    assert home.log.inner.note(NOTE) == before
    await home.pass_time(60)
    kept = home.log.inner.note(NOTE)
    assert kept is not None and "robot" in kept and kept != before
    home.log.inner.keep_note(NOTE, "as it is")
    await home.pass_time(600)
    assert home.log.inner.note(NOTE) == "as it is", "nothing is written while nobody comes"
    assert len(home.log.commits) == commits


async def test_a_note_that_cannot_be_read_holds_nothing_up(home: House) -> None:
    home.log.inner.keep_note(NOTE, "{")
    await home.service.close()
    home.log.inner.keep_note(NOTE, "{")
    await home.open()
    assert await last_use(home, "robot") is None
