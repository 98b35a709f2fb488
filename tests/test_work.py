"""Open work is told to who may act on it, all of it first, then each change."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from intheloop import commands as c
from intheloop.errors import NotFound, Unauthenticated
from tests.house import House, appending, completing, house, stores

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        yield opened


def _told(frames: list[Any]) -> list[tuple[str, Any]]:
    return [
        (one.event, one.json["id"] if one.event != "open" else [i["id"] for i in one.json["items"]])
        for one in frames
    ]


async def test_open_work_comes_first_then_each_change(home: House) -> None:
    nb, other = await home.notebook(), await home.notebook()
    await home.caller("runtime", name="rt")
    first, second = await home.run(nb), await home.run(other)
    async with home.work("rt") as work:
        assert _told(await work.so_far()) == [("open", [first, second])]
        third = await home.run(nb)
        (frame,) = await work.so_far()
        assert frame.json == {
            "kind": "execution",
            "notebook_id": nb,
            "id": third,
            "runtime_id": None,
            "kernel": "",
        }
        await home.do(c.CancelExecution(notebook_id=nb, execution_id=first))
        assert _told(await work.so_far()) == [("gone", first)]
        await home.attach(other)
        (frame,) = await work.so_far()
        assert (frame.event, frame.json["id"], frame.json["runtime_id"]) == ("item", second, "r1")
        await home.claim(other)
        assert _told(await work.so_far()) == [("gone", second)]
        await home.do(c.DeleteNotebook(notebook_id=nb))
        assert _told(await work.so_far()) == [("gone", third)]
        assert not home.service.desk.work.items(frozenset(("execution",)))


async def test_the_open_list_comes_again_after_a_restart(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    waiting = await home.run(nb)
    await home.reopen()
    async with home.work("rt") as work:
        assert _told(await work.so_far()) == [("open", [waiting])]


async def test_questions_are_work_for_who_may_run(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    await home.member("eve", "runner", nb)
    await home.member("bob", "viewer", nb)
    running = await home.running(nb)
    async with home.work("eve", "input") as runs, home.work("bob", "input") as reads:
        assert _told(await runs.so_far()) == [("open", [])]
        ask = c.RequestInput(notebook_id=nb, execution_id=running, input_id="q1", prompt="Age?")
        await home.do(ask, "rt")
        (frame,) = await runs.so_far()
        assert (frame.json["id"], frame.json["prompt"]) == ("q1", "Age?")
        assert _told(await reads.so_far()) == [("open", [])]
        await home.do(c.ProvideInput(notebook_id=nb, input_id="q1", value="3"), "eve")
        assert _told(await runs.so_far()) == [("gone", "q1")]


async def test_work_is_only_what_the_credential_may_act_on(home: House) -> None:
    nb, other = await home.notebook(), await home.notebook()
    runs = {await home.run(nb), await home.run(other)}
    await home.caller("runtime", name="rt")
    await home.caller("runtime", name="bound", notebooks=[nb])
    await home.caller("runtime", ["notebook:read"], name="reads")
    await home.caller("assistant", name="bot")
    await home.member("bob", "viewer", nb)
    await home.member("eve", "runner", nb)
    await home.caller("runtime", name="bobs", of="bob")
    await home.caller("runtime", name="eves", of="eve")
    seen = {}
    for name in ("rt", "bound", "reads", "bot", "ana", "bobs", "eves"):
        async with home.work(name, "execution", "assistant_run", "approval") as work:
            (frame,) = await work.so_far()
            seen[name] = {item["id"] for item in frame.json["items"]}
    only = {item for item in runs if item in (await home.state(nb)).executions}
    assert seen == {
        "rt": runs,
        "bound": only,
        "reads": set(),
        "bot": set(),
        "ana": set(),
        "bobs": set(),
        "eves": only,
    }


async def test_a_paused_runtime_is_told_of_no_work(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    waiting = await home.run(nb)
    async with home.work("rt") as work:
        await work.so_far()
        await home.do(c.PauseAgent(principal_id="rt"))
        assert _told(await work.so_far()) == [("gone", waiting)]
        await home.do(c.ResumeAgent(principal_id="rt"))
        assert _told(await work.so_far()) == [("item", waiting)]


async def test_work_narrows_with_a_role_and_ends_with_the_credential(home: House) -> None:
    nb, other = await home.notebook(), await home.notebook()
    first, second = await home.run(nb), await home.run(other)
    await home.member("bob", "editor", nb)
    await home.grant("bob", "editor", other)
    await home.caller("runtime", of="bob", name="rt")
    async with home.work("rt") as work:
        assert _told(await work.so_far()) == [("open", [first, second])]
        await home.grant("bob", None, nb)
        assert _told(await work.so_far()) == [("gone", first)]
        await home.run(nb)
        assert not await work.so_far()
        await home.do(c.RevokeCredential(credential_id="rt"), "bob")
        await work.ended()
    with pytest.raises(Unauthenticated):
        async with home.work("rt"):
            pass


async def test_work_of_no_known_kind_is_refused(home: House) -> None:
    with pytest.raises(NotFound):
        async with home.work("ana", "washing"):
            pass


async def test_late_outputs_and_ends_change_no_work(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    async with home.work("rt") as work:
        await work.so_far()
        running = await home.running(nb)
        assert _told(await work.so_far())[-1] == ("gone", running)
        await home.do(appending(nb, running, 0), "rt")
        await home.do(completing(nb, running), "rt")
        await home.do(appending(nb, running, 1), "rt")
        assert not await work.so_far()
