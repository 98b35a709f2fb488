"""The service: what is acknowledged is there, once, and what is refused or fails leaves nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from intheloop import commands as c
from intheloop.errors import (
    BadArgument,
    Conflict,
    Denied,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from intheloop.log import Commit, check
from intheloop.notebook import WORKSPACE_ID
from intheloop.notebooks import Origin
from tests.house import START, House, completing, house, stores, ticks

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        yield opened


# -------------------------------------------------------------------------------- read your writes


async def test_what_is_answered_can_be_read_at_once(home: House) -> None:
    nb = await home.notebook("1+1")
    answer = await home.write(nb, "1+2")
    state = await home.service.state(nb, home.callers["ana"])
    assert state.seq == answer.seq
    assert msgspec.json.decode(state.state)["cells"][0]["source"] == "1+2"
    history: c.History = await home.do(c.ReadHistory(notebook_id=nb))
    assert (history.head, len(history.records)) == (answer.seq, answer.seq)


async def test_a_record_says_who_did_it_and_what_it_came_of(home: House) -> None:
    nb = await home.notebook("1+1")
    origin = Origin("cmd-1", "cause-1", "thread-1", "a" * 32)
    command = c.RenameNotebook(notebook_id=nb, title="Owls")
    await home.service.execute(command, home.callers["ana"], origin)
    envelope = home.logged(nb)[-1].envelope
    assert (envelope.actor.kind, envelope.actor.id) == ("human", "ana")
    assert envelope.command_id == "cmd-1"
    assert envelope.causation_id == "cause-1"
    assert envelope.correlation_id == "thread-1"
    assert envelope.trace_id == "a" * 32
    assert envelope.recorded_at == home.clock.now()


@pytest.mark.parametrize("bad", ["", "two words", "x" * 65, "a\n", "é"])
async def test_an_ill_formed_id_of_a_command_is_refused(bad: str) -> None:
    async with house() as home:
        for origin in (Origin(command_id=bad), Origin(causation_id=bad), Origin("ok", None, bad)):
            with pytest.raises(BadArgument):
                await home.service.execute(c.CreateNotebook(), home.callers["ana"], origin)
        assert not home.service.workspace.notebooks


# -------------------------------------------------------------------------- the same command again


async def test_the_same_command_again_answers_as_the_first_time(home: House) -> None:
    nb = await home.notebook("1+1")
    command = c.AddComment(notebook_id=nb, text="why?")
    first = await home.do(command, "ana", "once")
    await home.comment(nb, "meanwhile")
    before = home.types(nb)
    assert await home.do(command, "ana", "once") == first
    await home.reopen()
    assert await home.do(command, "ana", "once") == first
    assert home.types(nb) == before


async def test_a_notebook_made_twice_with_one_command_id_is_one(home: House) -> None:
    command = c.CreateNotebook(title="Owls", cells=[c.GivenCell("1")])
    first = await home.do(command, "ana", "make")
    assert await home.do(command, "ana", "make") == first
    await home.reopen()
    assert await home.do(command, "ana", "make") == first
    assert list(home.service.workspace.notebooks) == [first.notebook_id]


async def test_a_deletion_again_answers_its_sender_as_the_first_time_and_nobody_else(
    home: House,
) -> None:
    nb = await home.notebook("1+1")
    await home.person("eve")
    command = c.DeleteNotebook(notebook_id=nb)
    first = await home.do(command, "ana", "erase")
    await home.reopen()
    assert await home.do(command, "ana", "erase") == first
    assert home.types(WORKSPACE_ID).count("notebookDeleted") == 1
    await home.refused(NotFound, command, "ana", command_id="another")
    await home.refused(NotFound, command, "eve", command_id="erase")


async def test_a_command_twice_in_one_batch_is_done_once(home: House) -> None:
    nb = await home.notebook("1+1")
    command = c.RunCode(notebook_id=nb, source="1")
    first, again = await home.together((command, "ana", "x"), (command, "ana", "x"))
    assert first == again
    assert home.types(nb).count("executionRequested") == 1
    assert len(home.log.commits[-1].records) == 1


async def test_the_same_id_with_other_arguments_is_refused(home: House) -> None:
    nb = await home.notebook("1+1")
    await home.do(c.AddComment(notebook_id=nb, text="why?"), "ana", "once")
    for other in (
        c.AddComment(notebook_id=nb, text="how?"),
        c.RunCode(notebook_id=nb, source="why?"),
    ):
        refusal = await home.refused(BadArgument, other, "ana", command_id="once")
        assert "once" in refusal.detail
    assert len(home.types(nb)) == 3


async def test_the_id_of_a_command_is_the_own_of_each_principal_and_notebook(home: House) -> None:
    nb, other = await home.notebook("1"), await home.notebook("2")
    await home.caller("assistant", name="bot")
    for notebook_id, by in ((nb, "ana"), (nb, "bot"), (other, "ana")):
        await home.do(c.AddComment(notebook_id=notebook_id, text=by), by, "once")
    assert home.types(nb).count("commentAdded") == 2
    assert home.types(other).count("commentAdded") == 1


async def test_a_repeated_claim_brings_its_source_again(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    await home.attach(nb)
    await home.run(nb, "secret = 1")
    claim = c.ClaimExecution(notebook_id=nb, runtime_id="r1", start=START)
    first = await home.do(claim, "rt", "claim")
    assert first.claim.source == "secret = 1"
    assert await home.do(claim, "rt", "claim") == first
    await home.reopen()
    assert await home.do(claim, "rt", "claim") == first
    stored = home.log.remembered([(nb, "rt", "claim")]).values()
    assert [b"secret" in one.result for one in stored] == [False]


async def test_a_repeated_end_of_an_execution_brings_the_next_claim_again(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    running = await home.running(nb)
    await home.run(nb, "second")
    command = completing(nb, running, claim_next=START)
    first = await home.do(command, "rt", "end")
    assert first.claim.source == "second"
    assert await home.do(command, "rt", "end") == first
    assert home.types(nb).count("executionCompleted") == 1


async def test_a_repeat_is_refused_to_who_has_lost_access_since(home: House) -> None:
    nb = await home.notebook("1")
    await home.member("bob", "editor", nb)
    command = c.AddComment(notebook_id=nb, text="hello")
    await home.do(command, "bob", "once")
    await home.grant("bob", None, nb)
    await home.refused(NotFound, command, "bob", command_id="once")


async def test_a_command_that_appends_nothing_is_remembered_too(home: House) -> None:
    nb = await home.notebook("1")
    same = c.RenameNotebook(notebook_id=nb, title="Penguins")
    first = await home.do(same, "ana", "noop")
    await home.do(c.RenameNotebook(notebook_id=nb, title="Owls"))
    assert await home.do(same, "ana", "noop") == first
    assert (await home.state(nb)).title == "Owls"


async def test_a_refused_command_is_not_remembered(home: House) -> None:
    nb = await home.notebook("1")
    command = c.EditCell(notebook_id=nb, cell_id="a", source="2", base_rev=3)
    await home.refused(BadArgument, command, "ana", command_id="x")
    await home.write(nb, "1.5")
    await home.do(command, "ana", "x")
    assert (await home.state(nb)).cells["a"].source == "2"


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


# ----------------------------------------------------------------------------------------- sign in


async def test_a_credential_opens_until_it_is_revoked_or_expires(home: House) -> None:
    with pytest.raises(Unauthenticated):
        home.service.sign_in("guessed")
    await home.caller("assistant", name="bot", expires_at=home.clock.at(100))
    await home.caller("assistant", name="other")
    assert home.service.sign_in("bot").actor.on_behalf_of == ("ana",)
    assert home.service.sign_in("ana").actor.kind == "human"
    await home.do(c.RevokeCredential(credential_id="other"))
    with pytest.raises(Unauthenticated):
        home.service.sign_in("other")
    await home.refused(Unauthenticated, c.ListNotebooks(), "other")
    home.clock.pass_time(99)
    home.service.sign_in("bot")
    home.clock.pass_time(1)
    with pytest.raises(Unauthenticated):
        home.service.sign_in("bot")
    await home.refused(Unauthenticated, c.CreateNotebook(), "bot")


async def test_nobody_but_the_system_gives_its_commands(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    running = await home.running(nb)
    for by in ("ana", "rt"):
        await home.refused(Denied, c.LapseLease(notebook_id=nb, runtime_id="r1"), by)
        lose = c.LoseExecution(notebook_id=nb, execution_id=running, reason="because")
        await home.refused(Denied, lose, by)
        await home.refused(Denied, c.RecordDenials(denials=[]), by)


async def test_health_counts_what_is_there(home: House) -> None:
    nb = await home.notebook("1")
    health = await home.service.health()
    assert (health["status"], health["notebooks"]) == ("ok", 1)
    assert health["records"] == len(home.types(nb)) + len(home.types(WORKSPACE_ID))
