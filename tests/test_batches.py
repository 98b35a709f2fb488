"""Commands of one batch: decided in order, committed together, failing together or alone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from intheloop import commands as c
from intheloop.errors import (
    BadArgument,
    Conflict,
    NotFound,
    Unavailable,
)
from intheloop.log import Commit, check
from intheloop.notebook import WORKSPACE_ID
from tests.house import START, House, appending, completing, house, printed, stores, ticks

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        yield opened


# ----------------------------------------------------------------------------- what leaves nothing


async def test_a_refused_command_leaves_nothing(home: House) -> None:
    nb = await home.notebook("1")
    before = home.types(nb), home.types(WORKSPACE_ID), home.replayed(nb)
    await home.refused(NotFound, c.DeleteCells(notebook_id=nb, cell_ids=["a", "nowhere"]))
    await home.refused(BadArgument, c.CreateNotebook(notebook_id=nb))
    await home.refused(Conflict, c.EditCell(notebook_id=nb, cell_id="a", source="x", base_rev=1))
    assert (home.types(nb), home.types(WORKSPACE_ID), home.replayed(nb)) == before
    assert await home.service.desk.digest(nb) == (2, before[2])


async def test_commands_of_a_batch_are_decided_against_what_comes_before_in_it(
    home: House,
) -> None:
    nb = await home.notebook("1")
    stale = c.EditCell(notebook_id=nb, cell_id="a", source="2", base_rev=2)
    later = c.EditCell(notebook_id=nb, cell_id="a", source="3", base_rev=2)
    gone = c.DeleteCells(notebook_id=nb, cell_ids=["a"])
    changes = c.EditCell(notebook_id=nb, cell_id="a", changes=[1, [0, "0"]], base_rev=2)
    first, refused, mapped, deleted, last = await home.together(
        (stale, "ana"), (later, "ana"), (changes, "ana"), (gone, "ana"), (gone, "ana")
    )
    assert first.rev == 3
    assert isinstance(refused, Conflict) and refused.extra["source"] == "2"
    assert mapped.rev == 4 and mapped.merged
    assert deleted.seq == 5
    assert isinstance(last, Conflict)
    assert [one.seq for one in home.log.commits[-1].records] == [3, 4, 5]
    assert await home.service.desk.digest(nb) == (5, home.replayed(nb))


async def test_the_past_that_a_command_names_may_be_of_the_same_batch(home: House) -> None:
    nb = await home.notebook("1", "2")

    def edit(changes: list[Any], base_rev: int) -> c.EditCell:
        return c.EditCell(notebook_id=nb, cell_id="a", changes=changes, base_rev=base_rev)

    answers = await home.together(
        (edit([1, [0, "x"]], 2), "ana"),  # 4: 1x
        (edit([[0, "y"], 2], 4), "ana"),  # 5: y1x
        (edit([2, [0, "z"]], 4), "ana"),  # 6: y1xz, mapped over 5 alone
        (c.DeleteCells(notebook_id=nb, cell_ids=["a", "b"]), "ana"),  # 7, 8
        (c.RestoreNotebook(notebook_id=nb, cell_ids=["b"]), "ana"),  # 9
        (c.RestoreNotebook(notebook_id=nb, to_seq=5), "ana"),  # 10
    )
    assert [answer.seq for answer in answers] == [4, 5, 6, 8, 9, 10]
    assert len(home.log.commits[-1].records) == 7
    sources = [(await home.service.state(nb, home.callers["ana"], at)).state for at in (6, 9)]
    cells = [msgspec.json.decode(state)["cells"] for state in sources]
    assert cells[0][0]["source"] == "y1xz"
    assert [cell.get("deleted", False) for cell in cells[1]] == [True, False]
    state = await home.state(nb)
    assert [state.cells[one].source for one in state.order] == ["y1x", "2"]
    assert await home.service.desk.digest(nb) == (10, home.replayed(nb))


async def test_edits_of_other_cells_in_the_same_batch_move_nothing(home: House) -> None:
    nb = await home.notebook("1", "22")

    def edit(cell_id: str, changes: list[Any], base_rev: int) -> c.EditCell:
        return c.EditCell(notebook_id=nb, cell_id=cell_id, changes=changes, base_rev=base_rev)

    await home.together(
        (edit("a", [[0, "long before "], 1], 2), "ana"),
        (edit("b", [2, [0, "!"]], 3), "ana"),
        (edit("a", [1, [0, "?"]], 2), "ana"),
        (edit("b", [1, [0, "."], 1], 3), "ana"),
    )
    cells = (await home.state(nb)).cells
    assert (cells["a"].source, cells["b"].source) == ("long before 1?", "2.2!")


async def test_late_output_of_what_left_state_in_the_same_batch_is_taken(home: House) -> None:
    nb = await home.notebook("1")
    await home.caller("runtime", name="rt")
    await home.attach(nb)
    for _ in range(2):
        await home.do(c.RunCells(notebook_id=nb))
    first = (await home.claim(nb)).execution_id
    again, late, repeated, gap = await home.together(
        (completing(nb, first, index=0, parts=[printed("1")], claim_next=START), "rt"),
        (appending(nb, first, 1, "late"), "rt"),
        (appending(nb, first, 1, "late"), "rt"),
        (appending(nb, first, 3, "too late"), "rt"),
    )
    assert again.claim.execution_id != first
    assert first not in (await home.state(nb)).executions
    assert (late.next_index, repeated.next_index) == (2, 2)
    assert isinstance(gap, Conflict) and gap.extra["expected_index"] == 2
    assert home.types(nb).count("outputAppended") == 2


async def test_a_notebook_can_be_made_and_used_in_one_batch(home: House) -> None:
    answers = await home.together(
        (c.CreateNotebook(notebook_id="fresh"), "ana"),
        (c.CreateNotebook(notebook_id="fresh", title="Other"), "ana"),
        (c.InsertCells(notebook_id="fresh", cells=[c.GivenCell("1", cell_id="a")]), "ana"),
        (c.RunCells(notebook_id="fresh"), "ana"),
    )
    assert isinstance(answers[1], BadArgument)
    assert [one.seq for one in (answers[0], *answers[2:])] == [1, 2, 3]
    assert home.types("fresh") == ["notebookCreated", "cellCreated", "executionRequested"]


async def test_a_role_taken_away_counts_for_the_rest_of_the_batch(home: House) -> None:
    nb = await home.notebook("1")
    await home.member("bob", "editor", nb)
    _, refused = await home.together(
        (c.RevokeRole(notebook_id=nb, person_id="bob"), "ana"),
        (c.AddComment(notebook_id=nb, text="too late"), "bob"),
    )
    assert isinstance(refused, NotFound)
    assert "commentAdded" not in home.types(nb)


async def test_a_wait_that_is_cancelled_does_not_cancel_the_command(home: House) -> None:
    nb = await home.notebook("1")
    home.log.hold()
    task = asyncio.create_task(home.do(c.AddComment(notebook_id=nb, text="late"), "ana", "x"))
    await home.log.is_held()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    home.log.release()
    await home.settled()
    assert home.types(nb)[-1] == "commentAdded"
    again = await home.do(c.AddComment(notebook_id=nb, text="late"), "ana", "x")
    assert again.seq == 3


async def test_a_denied_command_is_noted_though_nobody_waits_for_the_answer(home: House) -> None:
    nb = await home.notebook("1")
    await home.member("bob", "viewer", nb)
    home.log.hold()
    ahead = asyncio.create_task(home.comment(nb, "first"))
    await home.log.is_held()
    task = asyncio.create_task(home.do(c.AddComment(notebook_id=nb, text="no"), "bob"))
    await ticks()
    task.cancel()
    await asyncio.wait((task,))
    home.log.release()
    await ahead
    await home.settled()
    assert home.types(WORKSPACE_ID)[-1] == "actionDenied"


# ---------------------------------------------------------------------------------------- failures


async def test_a_failed_commit_fails_all_its_commands_and_shows_nothing(home: House) -> None:
    nb = await home.notebook("1")
    async with home.follow(nb) as stream:
        await stream.upto(2)
        await stream.so_far()
        home.log.fails = lambda commit: nb in commit.expected
        before = await home.service.desk.digest(nb)
        answers = await home.together(
            (c.RunCode(notebook_id=nb, source="1"), "ana", "one"),
            (c.AddComment(notebook_id=nb, text="why?"), "ana", "two"),
            (c.CreateNotebook(notebook_id="fresh"), "ana", "three"),
        )
        assert [type(answer) for answer in answers] == [Unavailable] * 3
        assert all(answer.retryable for answer in answers)
        assert await home.service.desk.digest(nb) == before
        assert "fresh" not in home.service.workspace.notebooks
        assert not await stream.so_far()
        assert home.types(nb) == ["notebookCreated", "cellCreated"]
        home.log.fails = lambda commit: False
        answer = await home.do(c.RunCode(notebook_id=nb, source="1"), "ana", "one")
        assert answer.seq == 3
        assert (await stream.records(1))[0].seq == 3
    assert check(home.log.inner, nb) is None
    assert check(home.log.inner, WORKSPACE_ID) is None


async def test_commands_queued_behind_a_failed_commit_go_on(home: House) -> None:
    nb = await home.notebook("1")
    failing = iter([True, False, False, False])
    home.log.fails = lambda commit: nb in commit.expected and next(failing)
    home.log.hold()
    lost = asyncio.create_task(home.comment(nb, "lost"))
    await home.log.is_held()
    kept = [asyncio.create_task(home.comment(nb, text)) for text in ("kept", "kept too")]
    await ticks()
    home.log.release()
    with pytest.raises(Unavailable):
        await lost
    await asyncio.gather(*kept)
    assert [one.text for one in (await home.state(nb)).comments.values()] != []
    assert home.types(nb)[2:] == ["commentAdded"] * 2
    assert await home.service.desk.digest(nb) == (4, home.replayed(nb))


async def test_a_commit_of_unknown_outcome_is_found_out_by_sending_it_again(home: House) -> None:
    nb = await home.notebook("1")
    home.log.forgets = lambda commit: True
    command = c.AddComment(notebook_id=nb, text="once")
    await home.refused(Unavailable, command, "ana", command_id="x")
    home.log.forgets = lambda commit: False
    assert (await home.do(command, "ana", "x")).seq == 3
    await home.comment(nb, "twice")
    assert home.types(nb)[2:] == ["commentAdded"] * 2
    assert await home.service.desk.digest(nb) == (4, home.replayed(nb))
    assert check(home.log.inner, nb) is None


async def test_a_command_that_fails_by_a_defect_fails_alone(
    home: House, caplog: pytest.LogCaptureFixture
) -> None:
    nb = await home.notebook("1")
    poison = c.RenameNotebook(notebook_id=nb, title="half a pair: \ud800")
    with pytest.raises(UnicodeEncodeError):
        await home.do(poison)  # what no door lets in stops before the queue

    def breaks(commit: Commit) -> bool:
        assert "executionRequested" not in [one.type for one in commit.records]
        return False

    home.log.fails = breaks
    before, broken, after = await home.together(
        (c.AddComment(notebook_id=nb, text="before"), "ana"),
        (c.RunCode(notebook_id=nb, source="1"), "ana"),
        (c.AddComment(notebook_id=nb, text="after"), "ana"),
    )
    assert (before.seq, after.seq) == (3, 4)
    assert isinstance(broken, Unavailable)
    assert "RunCode" in caplog.text
    assert check(home.log.inner, nb) is None


async def test_a_decision_that_breaks_half_way_leaves_nothing_of_it(
    home: House, caplog: pytest.LogCaptureFixture
) -> None:
    """The notebook's events are drafted already when those of the workspace cannot be."""
    nb = await home.notebook("1")
    real = home.clock.event_id
    fresh = iter(range(10))

    def breaks() -> str:
        if next(fresh) == 1:
            raise ZeroDivisionError
        return real()

    home.log.hold()
    ahead = asyncio.create_task(home.comment(nb, "ahead"))
    await home.log.is_held()
    home.clock.event_id = breaks  # type: ignore[method-assign]
    tasks = [
        asyncio.create_task(home.do(c.CreateNotebook(notebook_id="half"))),
        asyncio.create_task(home.comment(nb, "whole")),
    ]
    await ticks()
    home.log.release()
    await ahead
    broken, whole = await asyncio.gather(*tasks, return_exceptions=True)
    # In the second attempt each goes alone, and nothing breaks any more.
    assert isinstance(broken, c.Created)
    assert whole is None
    assert home.types("half") == ["notebookCreated"]
    assert home.types(nb)[2:] == ["commentAdded"] * 2
    for notebook_id in (nb, "half", WORKSPACE_ID):
        assert check(home.log.inner, notebook_id) is None
    assert not caplog.text


async def test_a_full_queue_refuses_more_and_loses_nothing(home: House) -> None:
    nb = await home.notebook()
    home.log.hold()
    tasks = [asyncio.create_task(home.comment(nb, "0"))]
    await home.log.is_held()
    tasks += [asyncio.create_task(home.comment(nb, f"{n}")) for n in range(1, 5001)]
    await ticks()
    full = [task for task in tasks if task.done()]
    assert full
    for task in full:
        with pytest.raises(Unavailable):
            task.result()
    home.log.release()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (await home.state(nb)).seq == 1 + len(tasks) - len(full)
    await home.comment(nb, "room again")


async def test_what_is_queued_when_the_service_stops_is_done(home: House) -> None:
    nb = await home.notebook()
    tasks = [asyncio.create_task(home.comment(nb, f"{n}")) for n in range(20)]
    await ticks(1)
    await home.service.close()
    await asyncio.gather(*tasks)
    await home.refused(Unavailable, c.AddComment(notebook_id=nb, text="late"))
    await home.open()
    assert (await home.state(nb)).seq == 21
