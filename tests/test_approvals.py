"""Approvals over time and over restarts: who waits, who is told, and what comes too late."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from intheloop import commands as c
from intheloop.errors import Denied
from intheloop.notebook import Approval
from intheloop.notebooks import Origin
from tests.house import House, house, stores

pytestmark = pytest.mark.anyio

WEEK_S = 7 * 86_400.0


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store, with an assistant of ana's."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        await opened.caller("assistant", name="bot")
        yield opened


async def gated(home: House) -> str:
    """A notebook whose owner wants to be asked."""
    nb = await home.notebook("1 + 1")
    await home.do(c.SetPolicy(notebook_id=nb, preset="ask"))
    return nb


async def asking(home: House, nb: str, source: str = "1") -> Approval:
    """What waits after a call."""
    asked = await home.do(c.RunCode(notebook_id=nb, source=source), "bot")
    assert isinstance(asked, c.Asked)
    approval = (await home.state(nb)).approvals[-1]
    assert approval.approval_id == asked.approval_id
    return approval


def resolving(nb: str, approval: Approval, verdict: Any = "allow") -> c.ResolveApproval:
    """A person's word."""
    return c.ResolveApproval(
        notebook_id=nb,
        approval_id=approval.approval_id,
        verdict=verdict,
        resolved_sha256=approval.resolved_sha256,
    )


async def status_of(home: House, nb: str, approval: Approval) -> str:
    """How it stands."""
    found = {one.approval_id: one.status for one in (await home.state(nb)).approvals}
    return found[approval.approval_id]


async def test_what_waits_survives_a_restart_and_is_then_used(home: House) -> None:
    nb = await gated(home)
    approval = await asking(home, nb)
    await home.reopen()
    await home.pass_time(3 * 86_400)
    await home.do(resolving(nb, approval))
    await home.reopen()
    done = await home.do(c.RunCode(notebook_id=nb, source="1"), "bot")
    assert (await home.state(nb)).queue == done.execution_ids


async def test_what_nobody_decided_ends_by_itself_at_its_time(home: House) -> None:
    nb = await gated(home)
    approval = await asking(home, nb)
    await home.pass_time(WEEK_S - 1)
    assert await status_of(home, nb, approval) == "pending"
    await home.pass_time(1)
    assert await status_of(home, nb, approval) == "expired"
    assert home.logged(nb)[-1].envelope.actor.kind == "system"


async def test_what_ran_out_while_the_server_was_down_ends_when_it_is_back(home: House) -> None:
    nb = await gated(home)
    approval = await asking(home, nb)
    await home.service.close()
    home.clock.pass_time(WEEK_S + 1)
    await home.open()
    await home.settled()
    assert await status_of(home, nb, approval) == "expired"


async def test_a_call_waits_for_the_word_and_then_acts(home: House) -> None:
    nb = await gated(home)
    tool = c.RunCode(notebook_id=nb, source="1", wait_s=10)
    calling = await home.begun(home.service.call(tool, home.callers["bot"]))
    (approval,) = (await home.state(nb)).approvals
    await home.do(resolving(nb, approval))
    await home.settled()
    await home.pass_time(10)
    answer = await calling
    assert isinstance(answer, c.Requested) and answer.state == "queued"


async def test_a_call_that_waited_in_vain_says_that_it_waits(home: House) -> None:
    nb = await gated(home)
    tool = c.RunCode(notebook_id=nb, source="1", wait_s=10)
    calling = await home.begun(home.service.call(tool, home.callers["bot"]))
    await home.pass_time(10)
    assert isinstance(await calling, c.Asked)
    assert (await home.state(nb)).queue == ()


async def test_a_call_that_waits_is_told_that_a_person_said_no(home: House) -> None:
    nb = await gated(home)
    tool = c.RunCode(notebook_id=nb, source="1", wait_s=10)
    calling = await home.begun(home.service.call(tool, home.callers["bot"]))
    (approval,) = (await home.state(nb)).approvals
    await home.do(resolving(nb, approval, "deny"))
    with pytest.raises(Denied, match="did not allow this"):
        await calling


async def test_what_waits_is_work_for_who_may_decide_it(home: House) -> None:
    nb = await gated(home)
    await home.member("vic", "viewer", nb)
    await home.caller("human", name="laptop")
    approval = await asking(home, nb)
    for name, sees in (("ana", 1), ("vic", 0), ("laptop", 0), ("bot", 0)):
        async with home.work(name, "approval") as work:
            (frame,) = await work.so_far()
            items = msgspec.json.decode(frame.data)["items"]
            assert len(items) == sees
            if sees:
                (item,) = items
                assert (item["id"], item["tool"]) == (approval.approval_id, "run_code")
    async with home.work("ana", "approval") as work:
        await work.so_far()
        await home.do(resolving(nb, approval))
        (frame,) = await work.so_far()
        assert frame.event == "gone"


async def test_an_attempt_that_the_policy_denies_is_a_fact_of_the_workspace(home: House) -> None:
    nb = await gated(home)
    await home.do(c.SetPolicy(notebook_id=nb, preset="propose"))
    edit = c.EditCell(notebook_id=nb, cell_id="a", source="2", base_rev=2)
    await home.refused(Denied, edit, "bot")
    denied = home.logged("workspace")[-1].event
    assert (denied.tool, denied.denied.id) == ("edit_cell", "bot")  # type: ignore[union-attr]


async def test_a_permission_is_for_the_run_that_the_call_named(home: House) -> None:
    nb = await gated(home)
    run = c.RunCode(notebook_id=nb, source="1")
    bot, origin = home.callers["bot"], Origin(correlation_id="run1")
    await home.service.execute(run, bot, origin)
    (approval,) = (await home.state(nb)).approvals
    allow = c.ResolveApproval(
        notebook_id=nb,
        approval_id=approval.approval_id,
        verdict="allow",
        resolved_sha256=approval.resolved_sha256,
        span="run",
    )
    await home.do(allow)
    other = c.RunCode(notebook_id=nb, source="2")
    assert isinstance(await home.service.execute(other, bot, origin), c.Requested)
    assert isinstance(await home.service.execute(other, bot), c.Asked)


async def test_what_is_taken_of_a_proposal_is_caused_by_it_and_fitted_in_the_store(
    home: House,
) -> None:
    nb = await home.notebook("1\n2\n3\n4", "b")
    rev = (await home.state(nb)).cells["a"].rev
    change = c.ProposeEdit(cell_id="a", base_rev=rev, source="1\n2\n3\nfour")
    proposed = await home.do(c.ProposeChanges(notebook_id=nb, changes=[change]), "bot")
    await home.write(nb, "one\n2\n3\n4")
    take = c.ResolveProposal(notebook_id=nb, proposal_id=proposed.proposal_id, verdict="accept")
    await home.do(take)
    assert (await home.state(nb)).cells["a"].source == "one\n2\n3\nfour"
    last = home.logged(nb)[-1].envelope
    assert (last.actor.id, last.causation_id) == ("ana", proposed.proposal_id)


async def test_a_call_that_goes_by_words_of_nobody_here_waits(home: House) -> None:
    nb = await home.notebook("1")
    run = c.RunCode(notebook_id=nb, source="1")
    bot = home.callers["bot"]
    asked = await home.service.execute(run, bot, Origin(untrusted=True))
    assert isinstance(asked, c.Asked) and asked.reason.startswith("Words of nobody here")
    assert isinstance(await home.service.execute(run, bot), c.Requested)


async def test_the_history_of_one_run_is_told_by_itself(home: House) -> None:
    nb = await home.notebook("1")
    bot = home.callers["bot"]
    for number in range(3):
        run = c.RunCode(notebook_id=nb, source=f"{number}")
        origin = Origin(correlation_id="run1" if number % 2 == 0 else None)
        await home.service.execute(run, bot, origin)
    query = c.ReadHistory(notebook_id=nb, correlation_id="run1", limit=1)
    told: c.History = await home.do(query)
    assert [line.text for line in told.lines] == ["Ana's assistant ran code without a cell: 0."]
    after = told.next_after or 0
    more: c.History = await home.do(
        c.ReadHistory(notebook_id=nb, correlation_id="run1", after=after)
    )
    assert [line.text for line in more.lines] == ["Ana's assistant ran code without a cell: 2."]
