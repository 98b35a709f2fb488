"""Signals: told to who follows now, kept as long as they say, never recorded."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from intheloop import commands as c
from intheloop.errors import BadArgument, TooLarge
from intheloop.live import signals as signals_module
from tests.frames import Stream
from tests.house import House, house, stores

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        yield opened


async def test_a_signal_reaches_who_follows_and_no_log(home: House) -> None:
    nb, other = await home.notebook(), await home.notebook()
    async with home.follow({nb: 1, other: 1}) as stream:
        await stream.so_far()
        await home.signal(nb, {"at": 3}, kind="caret", key="a", ttl_s=5)
        (frame,) = await stream.so_far()
        assert (frame.event, frame.id) == ("signal", None)
        assert frame.json["notebook_id"] == nb
        assert frame.json["actor"]["id"] == "ana"
        assert (frame.json["kind"], frame.json["key"]) == ("caret", "a")
        assert (frame.json["value"], frame.json["ttl_s"]) == ({"at": 3}, 5)
    assert home.types(nb) == ["notebookCreated"]


async def test_a_signal_to_one_actor_reaches_nobody_else(home: House) -> None:
    nb = await home.notebook()
    await home.member("bob", "viewer", nb)
    async with home.follow(nb, "bob") as bobs, home.follow(nb) as anas:
        await bobs.so_far()
        await anas.so_far()
        await home.signal(nb, "psst", to="bob", ttl_s=60)
        assert [frame.json["value"] for frame in await bobs.so_far()] == ["psst"]
        assert not await anas.so_far()
    async with home.follow({nb: 1}, "bob") as bobs, home.follow({nb: 1}) as anas:
        assert "signal" in [frame.event for frame in await bobs.so_far()]
        assert "signal" not in [frame.event for frame in await anas.so_far()]


async def _signals(stream: Stream) -> list[Any]:
    return [frame.json["value"] for frame in await stream.so_far() if frame.event == "signal"]


async def test_newcomers_get_the_last_signals_until_their_time_is_up(home: House) -> None:
    nb = await home.notebook()
    await home.member("bob", "viewer", nb)
    await home.signal(nb, 1, key="a", ttl_s=10)
    await home.signal(nb, 2, key="a", ttl_s=10)
    await home.signal(nb, 3, key="b", ttl_s=20)
    await home.signal(nb, 4, key="a", by="bob", ttl_s=20)
    await home.signal(nb, 5, key="c")
    await home.signal(nb, 6, key="d", ttl_s=9999)
    async with home.follow(nb) as stream:
        assert await _signals(stream) == [2, 3, 4, 6]
    await home.pass_time(10)
    async with home.follow(nb) as stream:
        assert await _signals(stream) == [3, 4, 6]
    await home.signal(nb, "off", key="b")
    async with home.follow(nb) as stream:
        assert await _signals(stream) == [4, 6]
    await home.pass_time(290)
    async with home.follow(nb) as stream:
        assert await _signals(stream) == []


async def test_a_newcomer_gets_each_signal_once(home: House) -> None:
    nb = await home.notebook()
    await home.signal(nb, "before", key="a", ttl_s=60)
    async with home.follow(nb) as stream:
        await home.signal(nb, "kept", key="b", ttl_s=60)
        await home.signal(nb, "not kept", key="c")
        assert await _signals(stream) == ["before", "kept", "not kept"]


async def test_the_signals_that_are_kept_are_bounded(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals_module, "MOST_KEPT", 3)
    nb = await home.notebook()
    for number in range(5):
        await home.signal(nb, number, key=f"{number}", ttl_s=60 if number % 2 else 120)
    async with home.follow(nb) as stream:
        assert await _signals(stream) == [2, 3, 4]
    await home.pass_time(60)
    await home.signal(nb, 5, key="5", ttl_s=60)
    async with home.follow(nb) as stream:
        assert await _signals(stream) == [2, 4, 5]


@pytest.mark.parametrize("kind", ["ask", "answer"])
async def test_questions_and_their_answers_are_not_kept(home: House, kind: str) -> None:
    nb = await home.notebook()
    async with home.follow(nb) as stream:
        await stream.so_far()
        await home.signal(nb, "hunter2", kind=kind, to="ana", ttl_s=60)
        assert await _signals(stream) == ["hunter2"]
    async with home.follow(nb) as stream:
        assert await _signals(stream) == []


@pytest.mark.parametrize("kind", ["ask", "answer"])
async def test_a_question_or_an_answer_to_nobody_is_refused(home: House, kind: str) -> None:
    nb = await home.notebook()
    async with home.follow(nb) as stream:
        await stream.so_far()
        with pytest.raises(BadArgument, match="name it in `to`"):
            await home.signal(nb, "hunter2", kind=kind)
        assert await _signals(stream) == []


async def test_a_signal_is_small_and_is_json(home: House) -> None:
    nb, ana = await home.notebook(), home.callers["ana"]
    with pytest.raises(TooLarge):
        await home.signal(nb, "x" * 17_000)
    for bad in (b"", b"{", b"1 2", b"nope"):
        with pytest.raises(BadArgument):
            await home.service.signal(nb, ana, kind="caret", key="k", value=bad)


async def test_signals_of_a_deleted_notebook_are_forgotten(home: House) -> None:
    nb = await home.notebook()
    await home.signal(nb, 1, ttl_s=60)
    await home.do(c.DeleteNotebook(notebook_id=nb))
    assert nb not in home.service.desk.signals
