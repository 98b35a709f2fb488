"""The service: what is acknowledged is there, and there once."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from intheloop import commands as c
from intheloop.errors import (
    BadArgument,
    Denied,
    NotFound,
    Unauthenticated,
)
from intheloop.notebook import WORKSPACE_ID
from intheloop.notebooks import Origin
from tests.house import START, House, completing, house, stores

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
    history: c.History = await home.do(c.ReadHistory(notebook_id=nb, records=True))
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
