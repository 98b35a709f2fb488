"""An assistant that follows a notebook never waits for what cannot come any more."""

import asyncio

import pytest

from intheloop import commands as c
from intheloop.client import Client
from intheloop.errors import Unauthenticated
from intheloop_agents.assistant.following import Following
from tests.relay import relay
from tests.serving import Served, served

__all__ = ["served"]


@pytest.mark.anyio
async def test_who_waits_goes_on_when_the_credential_was_revoked_while_the_server_was_away(
    served: Served,
) -> None:
    ana = served.person()
    mine, its = served.secret(ana), served.secret(ana, "assistant")
    notebook_id = served.notebook(mine, sources=["1"])
    async with (
        relay(served.url) as line,
        Client(served.url, mine, "test", "1") as me,
        Client(line.url, its, "bot", "1") as it,
    ):
        known: c.Myself = await it.call(c.WhoAmI())
        following = Following(it, notebook_id)
        await following.load()
        line.cut()
        await me.call(c.RevokeCredential(credential_id=known.id))
        line.mend()
        waiting = asyncio.create_task(following.caught_up(following.seq + 1))
        with pytest.raises(Unauthenticated):
            await following.run()
        async with asyncio.timeout(30):
            await waiting
        assert following.gone
