"""Whether others did something in a notebook, told from memory: never wrong when it says no."""

from __future__ import annotations

import pytest

from intheloop import commands as c
from tests.house import completing, house

pytestmark = pytest.mark.anyio


async def test_what_oneself_and_the_runtime_did_are_no_acts_of_others() -> None:
    async with house() as home:
        nb = await home.notebook("1 + 1")
        await home.member("bob", "editor", nb)
        await home.caller("runtime", name="rt")
        acts, ana = home.service.acts, home.callers["ana"].actor.id
        bob = home.callers["bob"].actor.id
        seq = (await home.state(nb)).seq
        running = await home.running(nb)
        await home.do(completing(nb, running), "rt")
        assert not acts.others_may_have(ana, nb, seq)
        assert acts.others_may_have(bob, nb, seq), "ana asked for the run"
        await home.comment(nb, "Look", by="bob")
        assert acts.others_may_have(ana, nb, seq)
        assert not acts.others_may_have(ana, nb, (await home.state(nb)).seq)


async def test_of_what_was_before_the_start_or_is_no_more_nothing_is_known() -> None:
    async with house() as home:
        nb = await home.notebook("1 + 1")
        before = (await home.state(nb)).seq
        await home.reopen()
        acts, ana = home.service.acts, home.callers["ana"].actor.id
        assert acts.others_may_have(ana, nb, before)
        await home.comment(nb, "One")
        assert not acts.others_may_have(ana, nb, before)
        assert acts.others_may_have(ana, nb, before - 1)
        await home.do(c.ArchiveNotebook(notebook_id=nb))
        await home.do(c.DeleteNotebook(notebook_id=nb))
        assert acts.others_may_have(ana, nb, before + 2)
