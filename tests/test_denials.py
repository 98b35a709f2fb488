"""Attempts that access refused are facts: the first at once, the rest of its minute as a count."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import (
    BadArgument,
    Conflict,
    Denied,
    NotFound,
)
from intheloop.notebook import WORKSPACE_ID
from intheloop.values import sha256_hex
from tests.house import House, house, stores

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        yield opened


def _denials(home: House) -> list[e.ActionDenied]:
    events = [record.event for record in home.logged(WORKSPACE_ID)]
    return [event for event in events if isinstance(event, e.ActionDenied)]


async def test_refused_attempts_are_counted_the_first_at_once(home: House) -> None:
    nb = await home.notebook("1")
    await home.member("bob", "viewer", nb)
    began = home.clock.now()
    for _ in range(4):
        await home.refused(Denied, c.AddComment(notebook_id=nb, text="let me"), "bob")
    (first,) = _denials(home)
    assert (first.denied.id, first.tool, first.notebook_id) == ("bob", "add_comment", nb)
    assert (first.count, first.first_at) == (1, began)
    await home.refused(Denied, c.RunCells(notebook_id=nb), "bob")
    assert [one.tool for one in _denials(home)] == ["add_comment", "run_cells"]
    await home.pass_time(59)
    assert len(_denials(home)) == 2
    await home.pass_time(6)
    assert [(one.tool, one.count) for one in _denials(home)][2:] == [("add_comment", 3)]
    await home.refused(Denied, c.AddComment(notebook_id=nb, text="let me"), "bob")
    assert [one.count for one in _denials(home)] == [1, 1, 3, 1]
    assert home.service.workspace.denials == 6


async def test_counted_refusals_are_written_when_the_service_stops(home: House) -> None:
    nb = await home.notebook("1")
    await home.member("bob", "viewer", nb)
    for _ in range(3):
        await home.refused(Denied, c.AddComment(notebook_id=nb, text="let me"), "bob")
    await home.reopen()
    assert [one.count for one in _denials(home)] == [1, 2]


async def test_a_refusal_is_answered_though_it_cannot_be_noted_and_is_noted_later(
    home: House,
) -> None:
    nb = await home.notebook("1")
    await home.member("bob", "viewer", nb)
    home.log.fails = lambda commit: True
    for _ in range(2):
        await home.refused(Denied, c.AddComment(notebook_id=nb, text="let me"), "bob")
    await home.pass_time(70)
    assert not _denials(home)
    home.log.fails = lambda commit: False
    await home.pass_time(5)
    assert [one.count for one in _denials(home)] == [2]


async def test_what_is_not_access_is_no_denial(home: House) -> None:
    nb = await home.notebook("1")
    await home.refused(NotFound, c.DeleteCells(notebook_id=nb, cell_ids=["nowhere"]))
    await home.refused(Conflict, c.EditCell(notebook_id=nb, cell_id="a", source="", base_rev=1))
    await home.refused(BadArgument, c.EditCell(notebook_id=nb, cell_id="a", base_rev=1))
    assert not _denials(home)


async def test_refused_looks_are_noted_too(home: House) -> None:
    nb = await home.notebook("1")
    await home.person("bob")
    bob = home.callers["bob"]
    await home.refused(NotFound, c.ReadNotebook(notebook_id=nb), "bob")
    with pytest.raises(NotFound):
        async with home.follow(nb, "bob"):
            pass
    with pytest.raises(NotFound):
        await home.signal(nb, by="bob")
    with pytest.raises(NotFound):
        await home.service.get_blob(nb, "0" * 64, bob)
    with pytest.raises(NotFound):
        await home.service.put_blob(nb, sha256_hex(b""), b"", bob)
    await home.refused(Denied, c.ReadHistory(notebook_id=WORKSPACE_ID), "bob")
    tools = [one.tool for one in _denials(home)]
    assert tools == ["read_notebook", "follow", "signal", "blob", "read_history"]
    assert _denials(home)[-1].notebook_id == WORKSPACE_ID
