"""The runtime process: finds notebooks with work and serves each, until it is told to stop."""

import asyncio
import logging
import os
import platform
import secrets
import socket
from contextlib import aclosing, suppress
from pathlib import Path

from intheloop.client import Client, WorkGone, WorkItem, WorkOpen, WorkToDo
from intheloop.errors import Unavailable
from intheloop_agents.masking import Secrets, secrets_of
from intheloop_agents.runtime.delivery.leftovers import deliver_leftovers
from intheloop_agents.runtime.delivery.spool import Spool, spools
from intheloop_agents.runtime.limits import USUAL, Limits
from intheloop_agents.runtime.place import Place
from intheloop_agents.runtime.serving import NotServing, Serving

log = logging.getLogger(__name__)

# A notebook that was let go is looked at again after this while.
_AGAIN_S = 1.0
_AFTER_FAILURE_S = 10.0
_PROBE_S = 60.0


class Agent:
    """One runtime over all notebooks that its credential may serve, or (`only`) over one of them,
    which it attaches to at once and with which it ends. `kernel` takes the place of the kernelspecs
    that the notebooks name. `spool_folder` is shared by all runtimes with this credential on this
    machine: each of them settles what others have left there."""

    def __init__(  # noqa: PLR0913 (one for each option of the process)
        self,
        client: Client,
        workdir: Path,
        spool_folder: Path,
        label: str = "",
        only: str | None = None,
        kernel: str = "",
        capabilities: tuple[str, ...] = (),
        limits: Limits = USUAL,
    ) -> None:
        self._client = client
        self._spool_folder = spool_folder
        self._only = only
        self._kernel = kernel
        self._place = Place(
            runtime_id=f"rt-{secrets.token_hex(6)}",
            label=label or socket.gethostname(),
            workdir=workdir,
            capabilities=capabilities,
            environment={"platform": platform.platform(), "process": str(os.getpid())},
            secrets=Secrets(secrets_of(os.environ)),
            limits=limits,
        )
        self._open: dict[tuple[str, str], WorkItem] = {}
        self._servings: dict[str, Serving] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def runtime_id(self) -> str:
        """The id of this process as a runtime."""
        return self._place.runtime_id

    @property
    def busy(self) -> bool:
        """Whether code runs anywhere, or something is not delivered yet."""
        return any(serving.busy for serving in self._servings.values())

    async def run(self) -> None:
        """Serve until cancelled; then kernels are shut down and notebooks detached.

        With `only` it also ends when that notebook has rested. Raises Unauthenticated when the
        credential opens nothing any more, and with `only` what ended the serving of that notebook.
        """
        with spools(self._spool_folder, self._place.runtime_id) as self._spools:
            settling = asyncio.create_task(deliver_leftovers(self._client, self._spool_folder))
            try:
                if self._only is None:
                    await self._find_work()
                else:
                    # Cancelled, it must still be there to be stopped in order.
                    await asyncio.shield(self._serve(self._only))
            finally:
                settling.cancel()
                await asyncio.gather(settling, return_exceptions=True)
                await self._stop()

    async def _find_work(self) -> None:
        async with aclosing(self._client.work({"execution"})) as changes:
            async for change in changes:
                match change:
                    case WorkOpen(items=items):
                        self._open = {(item.notebook_id, item.id): item for item in items}
                    case WorkToDo(item=item):
                        self._open[item.notebook_id, item.id] = item
                        items = [item]
                    case WorkGone(item=item):
                        self._open.pop((item.notebook_id, item.id), None)
                        items = []
                for each in items:
                    self._consider(each)

    def _consider(self, item: WorkItem) -> None:
        free = item.runtime_id in (None, self._place.runtime_id)
        if free and item.notebook_id not in self._tasks:
            self._serve(item.notebook_id)

    def _serve(self, notebook_id: str) -> "asyncio.Task[None]":
        spool = self._spools.of(notebook_id)
        serving = Serving(self._client, notebook_id, self._place, self._kernel, spool)
        self._servings[notebook_id] = serving
        task = asyncio.create_task(self._watched(notebook_id, serving, spool))
        self._tasks[notebook_id] = task
        return task

    async def _watched(self, notebook_id: str, serving: Serving, spool: Spool) -> None:
        log.info("Serving the notebook %s.", notebook_id)
        held = True
        try:
            await serving.run()
        except NotServing as error:
            held = False
            log.info("The notebook %s is let go: %s", notebook_id, error)
            if self._only is not None:
                raise
            self._reconsider_soon(notebook_id)
        except Exception as error:
            log.warning("The notebook %s is served no longer: %r", notebook_id, error)
            if self._only is not None:
                raise
            self._reconsider_soon(notebook_id, _AFTER_FAILURE_S)
        else:
            log.info("The notebook %s rests.", notebook_id)
            self._reconsider_soon(notebook_id)
        finally:
            del self._servings[notebook_id], self._tasks[notebook_id]
            spool.close(remove=not held or serving.detached)

    def _reconsider_soon(self, notebook_id: str, delay_s: float = _AGAIN_S) -> None:
        asyncio.get_running_loop().call_later(delay_s, self._reconsider, notebook_id)

    def _reconsider(self, notebook_id: str) -> None:
        for item in list(self._open.values()):
            if item.notebook_id == notebook_id:
                self._consider(item)

    async def _stop(self) -> None:
        servings, tasks = list(self._servings.values()), list(self._tasks.values())
        reason = "The runtime was stopped."
        await asyncio.gather(*(serving.stop(reason) for serving in servings))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def watch_server(client: Client, agent: Agent) -> None:
    """Return once the server cannot be reached for as long as the client's patience, and there is
    nothing left to run or to tell it."""
    while True:
        with suppress(Unavailable):
            await client.health()
            await asyncio.sleep(_PROBE_S)
            continue
        if not agent.busy:
            return
