"""What became of a notebook between two moments: cell by cell, within bounds, and whose it was."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from intheloop import commands as c
from intheloop.errors import BadArgument, TooLarge
from intheloop.notebooks import Origin, queries
from tests.house import House, house

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home() -> AsyncIterator[House]:
    """A service with ana and an assistant of hers."""
    async with house() as opened:
        await opened.caller("assistant", name="bot")
        yield opened


async def diff(home: House, nb: str, by: str = "ana", **which: object) -> c.NotebookDiff:
    """The difference."""
    answer: c.NotebookDiff = await home.do(c.DiffNotebook(notebook_id=nb, **which), by)  # type: ignore[arg-type]
    return answer


async def test_a_diff_tells_of_each_cell_what_became_of_it_and_who_did_it(home: House) -> None:
    nb = await home.notebook("one\ntwo", "gone", "same", "typed")
    start = (await home.state(nb)).seq
    await home.write(nb, "one\n2", by="bot")
    await home.do(c.DeleteCells(notebook_id=nb, cell_ids=["b"]))
    await home.do(c.ChangeCellType(notebook_id=nb, cell_id="d", cell_type="markdown"))
    await home.do(c.MoveCells(notebook_id=nb, cell_ids=["d"], after=None))
    cells = [c.GivenCell("new", cell_id="n")]
    await home.do(c.InsertCells(notebook_id=nb, cells=cells, after="a"), "bot")
    found = await diff(home, nb, from_seq=start)
    assert found.from_seq == start and found.to_seq == (await home.state(nb)).seq
    assert [(one.cell_id, one.change, one.by, one.fields) for one in found.cells] == [
        ("d", "changed", ("ana",), ("code is now markdown", "moved")),
        ("a", "changed", ("bot",), ()),
        ("n", "added", ("bot",), ()),
        ("b", "deleted", ("ana",), ()),
    ]
    diffs = {one.cell_id: one.diff for one in found.cells}
    assert diffs["a"] == "@@ -1,2 +1,2 @@\n one\n-two\n+2"
    assert diffs["b"].endswith("-gone\n+") and diffs["n"].endswith("-\n+new")


async def test_what_was_changed_and_changed_back_is_no_difference(home: House) -> None:
    nb = await home.notebook("one")
    start = (await home.state(nb)).seq
    await home.write(nb, "two")
    await home.write(nb, "one")
    assert (await diff(home, nb, from_seq=start)).cells == []


async def test_the_notebook_as_a_whole_is_told_too(home: House) -> None:
    nb = await home.notebook("one")
    start = (await home.state(nb)).seq
    await home.do(c.RenameNotebook(notebook_id=nb, title="Terns"))
    found = await diff(home, nb, from_seq=start)
    assert found.fields == ("the title 'Penguins' is now 'Terns'",)


async def test_a_run_is_shown_as_one_diff_from_before_it_began(home: House) -> None:
    nb = await home.notebook("one", "two")
    await home.write(nb, "1", cell="b")
    edit = c.EditCell(notebook_id=nb, cell_id="a", edits=[c.TextEdit("one", "uno")])
    await home.service.execute(edit, home.callers["bot"], Origin(correlation_id="run1"))
    found = await diff(home, nb, correlation_id="run1")
    assert [one.cell_id for one in found.cells] == ["a"]
    assert found.cells[0].diff == "@@ -1,1 +1,1 @@\n-one\n+uno"
    assert (await diff(home, nb, actor="bot")).cells == found.cells
    assert (await diff(home, nb, actor="nobody")).cells == []


async def test_a_diff_between_two_earlier_moments_is_of_these(home: House) -> None:
    nb = await home.notebook("one")
    start = (await home.state(nb)).seq
    await home.write(nb, "two")
    await home.write(nb, "three")
    found = await diff(home, nb, from_seq=start, to_seq=start + 1)
    assert found.cells[0].diff == "@@ -1,1 +1,1 @@\n-one\n+two"
    await home.refused(BadArgument, c.DiffNotebook(notebook_id=nb, from_seq=9, to_seq=3))


async def test_a_long_diff_comes_in_parts_that_are_all_of_it(home: House) -> None:
    nb = await home.notebook()
    cells = [c.GivenCell("x" * 250, cell_id=f"c{number}") for number in range(100)]
    await home.do(c.InsertCells(notebook_id=nb, cells=cells))
    seen, after = list[str](), None
    while True:
        found = await diff(home, nb, from_seq=1, after=after)
        seen += [one.cell_id for one in found.cells]
        if found.next_after is None:
            break
        after = found.next_after
        assert f'after="{after}"' in found.more
    assert seen == [f"c{number}" for number in range(100)]


async def test_more_changes_than_can_be_looked_through_are_refused(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_DIFFERENT", 2)
    nb = await home.notebook("1", "2", "3")
    refusal = await home.refused(TooLarge, c.DiffNotebook(notebook_id=nb))
    assert "give a later `from`" in refusal.detail
