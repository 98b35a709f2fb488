"""The hold on a run: it ends with silence, and is free again."""

from __future__ import annotations

import pytest

from intheloop import commands as c
from intheloop.errors import Unauthenticated
from intheloop.values import sha256_hex
from tests.house import House, house
from tests.runs import AGENT, ASSEMBLE, CALL, answer
from tests.serving import served

__all__ = ["served"]
pytestmark = pytest.mark.timeout(60)


async def claimed(home: House, nb: str, run_id: str, by: str, secret: str) -> c.RunClaimed:
    """A run that a program has taken up; it acts in it under the name of its secret."""
    taken: c.RunClaimed = await home.do(
        c.ClaimAssistantRun(
            notebook_id=nb,
            run_id=run_id,
            secret_sha256=sha256_hex(secret.encode()),
            label="Assistant",
            agent=AGENT,
        ),
        by,
    )
    home.callers[secret] = home.service.sign_in(secret)
    return taken


async def asked(home: House) -> tuple[str, str]:
    """A notebook, and a run that somebody asked for."""
    await home.caller("assistant", name="bot")
    await home.caller("assistant", name="rival")
    nb = await home.notebook("1")
    posted: c.Posted = await home.do(c.PostMessage(notebook_id=nb, text="Do it."))
    return nb, posted.run_id


@pytest.mark.anyio
async def test_a_silent_assistant_loses_its_run_and_its_credential() -> None:
    async with house() as home:
        nb, run_id = await asked(home)
        await claimed(home, nb, run_id, "bot", "one")
        record = c.RecordStep(notebook_id=nb, run_id=run_id, turn=1, step=ASSEMBLE)
        await home.pass_time(25)
        await home.do(record, "one")  # what it does counts as a word from it
        await home.pass_time(25)
        renew = c.RenewAssistantRun(notebook_id=nb, run_id=run_id)
        await home.do(renew, "one")
        await home.pass_time(25)
        assert (await home.state(nb)).runs[run_id].status == "claimed"
        await home.pass_time(6)
        assert (await home.state(nb)).runs[run_id].status == "requested"
        assert home.types(nb)[-1] == "assistantRunClaimLapsed"
        await home.refused(Unauthenticated, renew, "one")
        again = await claimed(home, nb, run_id, "rival", "two")
        assert again.generation == 2


@pytest.mark.anyio
async def test_a_restarted_server_grants_the_lease_anew() -> None:
    async with house() as home:
        nb, run_id = await asked(home)
        await claimed(home, nb, run_id, "bot", "one")
        await home.pass_time(20)
        await home.reopen()
        await home.pass_time(20)
        await home.do(c.RenewAssistantRun(notebook_id=nb, run_id=run_id), "one")
        await home.pass_time(31)
        assert (await home.state(nb)).runs[run_id].status == "requested"


@pytest.mark.anyio
async def test_a_run_is_work_until_it_is_over() -> None:
    async with house() as home:
        nb, run_id = await asked(home)
        async with home.work("bot", "assistant_run") as stream:
            (item,) = (await stream.next()).json["items"]
            assert (item["kind"], item["id"], item["runtime_id"]) == ("assistant_run", run_id, None)
            await claimed(home, nb, run_id, "bot", "one")
            assert (await stream.next()).json["runtime_id"] == "bot"
            await home.do(c.CancelAssistantRun(notebook_id=nb, run_id=run_id))
            assert (await stream.next()).event == "gone"


@pytest.mark.anyio
async def test_a_draft_is_kept_until_its_record_comes() -> None:
    async with house() as home:
        nb, run_id = await asked(home)
        await claimed(home, nb, run_id, "bot", "one")
        for step in (ASSEMBLE, CALL):
            await home.do(c.RecordStep(notebook_id=nb, run_id=run_id, turn=1, step=step), "one")
        await home.signal(nb, {"text": "Hel"}, "one", kind="draft", key=run_id, ttl_s=60)
        await home.signal(nb, {"text": "No"}, "one", kind="draft", key="another", ttl_s=60)
        assert await drafts(home, nb) == sorted(["another", run_id])
        await home.do(c.RecordStep(notebook_id=nb, run_id=run_id, turn=1, step=answer()), "one")
        assert await drafts(home, nb) == ["another"]


async def drafts(home: House, nb: str) -> list[str]:
    """What a newcomer is told of drafts."""
    async with home.follow(nb) as stream:
        frames = [frame for frame in await stream.so_far() if frame.event == "signal"]
    return sorted(frame.json["key"] for frame in frames)
