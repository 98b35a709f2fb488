"""What runtimes that ended have left: delivered in their name, and then they let go.

A process that was killed cannot say that its kernels are gone; who starts after it on the same
folder says it, so that nobody waits for a lease to run out.
"""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from intheloop import commands as c
from intheloop.client import Client
from intheloop.errors import LoopError, NotFound
from intheloop_agents.runtime.delivery.outbox import Outbox, Over
from intheloop_agents.runtime.delivery.spool import Spool, Spools, abandoned, runtimes_in

log = logging.getLogger(__name__)

GONE = "The process of the runtime ended, and its kernel with it."


async def deliver_leftovers(client: Client, place: Path) -> None:
    """Deliver what is left in this folder by processes that have ended."""
    for runtime_id in await asyncio.to_thread(runtimes_in, place):
        with abandoned(place, runtime_id) as left:
            if left is not None:
                await _settle(client, runtime_id, left)


async def _settle(client: Client, runtime_id: str, left: Spools) -> None:
    for notebook_id in left.held():
        spool = left.of(notebook_id)
        settled = False
        try:
            await _deliver(client, notebook_id, runtime_id, spool)
            settled = True
        except NotFound:
            settled = True  # Nobody is left to tell it to.
        except (LoopError, OSError) as error:
            log.warning("What %s left of %s stays here: %s", runtime_id, notebook_id, error)
        finally:
            spool.close(remove=settled)


async def _deliver(client: Client, notebook_id: str, runtime_id: str, spool: Spool) -> None:
    outbox = Outbox(client, notebook_id, runtime_id, spool, _let_go_already, lambda claim: None)
    outbox.take_up()
    detached = outbox.post(
        c.DetachRuntime(notebook_id=notebook_id, runtime_id=runtime_id, reason=GONE)
    )
    running = asyncio.create_task(outbox.run())
    try:
        await asyncio.wait((running, detached), return_when=asyncio.FIRST_COMPLETED)
        if not detached.done():
            await running  # Raises why it ended.
        # Refused when the server gave it up long ago: then it is as it should be.
        with suppress(LoopError, Over):
            await detached
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _let_go_already() -> NoReturn:
    raise Over("The server has let this runtime go.")
