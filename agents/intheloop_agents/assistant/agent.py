"""The assistant: finds runs to work on, claims them, works on each with its own credential."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable
from contextlib import aclosing, suppress

from intheloop import commands as c
from intheloop.client import Client, WorkGone, WorkItem, WorkOpen, WorkToDo
from intheloop.errors import Conflict, Denied, LoopError, NotFound, Unavailable

from .following import Following
from .identity import sha256_of
from .model import Model
from .prompts import Prompt, current
from .setup import Setup
from .tools import described
from .working import LetGo, Lost, Working

log = logging.getLogger(__name__)

MOST_RUNS = 4
"""Runs that one process works on at a time; the others wait."""

_AGAIN_S = 1.0
Connect = Callable[[str], Client]
"""A client of the same server with this secret."""


class Agent:
    """One assistant over all notebooks that its credential may see."""

    def __init__(self, client: Client, connect: Connect, model: Model, setup: Setup) -> None:
        self._client = client
        self._connect = connect
        self._model = model
        self._setup = setup
        self._prompts = (current(), tools_prompt())
        self._open: dict[tuple[str, str], WorkItem] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._me = ""
        self._stopping = False

    @property
    def busy(self) -> int:
        """How many runs it works on."""
        return sum(not task.done() for task in self._tasks.values())

    async def run(self) -> None:
        """Work until cancelled. A run that is left in the middle is taken up by the next process.
        Raises Unauthenticated when the credential opens nothing any more."""
        myself: c.Myself = await self._client.call(c.WhoAmI())
        self._me = myself.id
        for one in self._prompts:
            await self._client.call(
                c.RegisterPrompt(prompt_id=one.prompt_id, version=one.version, text=one.text)
            )
        try:
            await self._find_work()
        finally:
            self._stopping = True
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _find_work(self) -> None:
        async with aclosing(self._client.work({"assistant_run"})) as changes:
            async for change in changes:
                match change:
                    case WorkOpen(items=items):
                        self._open = {(item.notebook_id, item.id): item for item in items}
                    case WorkToDo(item=item):
                        self._open[item.notebook_id, item.id] = item
                    case WorkGone(item=item):
                        self._open.pop((item.notebook_id, item.id), None)
                self._consider()

    def _consider(self) -> None:
        for key, item in self._open.items():
            free = item.runtime_id in (None, self._me)
            if free and key not in self._tasks and len(self._tasks) < MOST_RUNS:
                self._tasks[key] = asyncio.create_task(self._watched(key))

    async def _watched(self, key: tuple[str, str]) -> None:
        try:
            await self._work_on(*key)
        except LetGo as error:
            log.info("Run %s is let go: %s", key[1], error)
        except (Lost, Conflict) as error:
            log.info("Run %s is left to others: %s", key[1], error)
        except Exception as error:
            log.warning("Run %s is worked on no more: %r", key[1], error)
        finally:
            asyncio.get_running_loop().call_later(_AGAIN_S, self._forget, key)

    def _forget(self, key: tuple[str, str]) -> None:
        self._tasks.pop(key, None)
        if not self._stopping:
            self._consider()

    async def _work_on(self, notebook_id: str, run_id: str) -> None:
        following = Following(self._client, notebook_id)
        await following.load()
        run = following.threads.runs.get(run_id)
        secret = f"run_{secrets.token_urlsafe(32)}"
        claimed: c.RunClaimed = await self._client.call(
            c.ClaimAssistantRun(
                notebook_id=notebook_id,
                run_id=run_id,
                secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
                label=self._setup.label,
                agent=self._setup.agent_for(run.asked.model if run else None),
            )
        )
        async with self._connect(secret) as own:
            tasks = [
                asyncio.create_task(following.run()),
                asyncio.create_task(_renew(own, notebook_id, run_id, claimed.lease_s)),
            ]
            working = Working(
                own, following, self._model, self._setup, self._prompts, notebook_id, run_id
            )
            try:
                await following.caught_up(claimed.seq)
                await working.run()
            except Lost as error:
                await self._give_up(notebook_id, run_id, claimed.generation, str(error))
            except (LetGo, Unavailable):
                raise  # the next one to take it up may find the server again
            except Exception:
                log.exception("Run %s met a defect.", run_id)
                reason = "the assistant met a defect of its own; its log says which"
                await self._give_up(notebook_id, run_id, claimed.generation, reason)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _give_up(self, notebook_id: str, run_id: str, generation: int, why: str) -> None:
        """Who asked may do no more here: nobody could go on with the run, so it ends. Not when
        another process of this assistant has taken it up."""
        state = (await self._client.state(notebook_id, outputs="refs")).notebook
        run = state.runs.get(run_id)
        if run is None or run.status != "claimed" or run.generation != generation:
            return
        reason = f"It could not go on: {why.rstrip('.')}."[:2000]
        with suppress(Conflict, Denied, NotFound):
            await self._client.call(
                c.FinishAssistantRun(
                    notebook_id=notebook_id, run_id=run_id, outcome="failed", reason=reason
                )
            )


async def _renew(own: Client, notebook_id: str, run_id: str, lease_s: float) -> None:
    with suppress(LoopError):
        while True:
            await asyncio.sleep(lease_s / 3)
            await own.call(c.RenewAssistantRun(notebook_id=notebook_id, run_id=run_id))


def tools_prompt() -> Prompt:
    """The tools of this version as a prompt, whose version is the beginning of its hash."""
    text = described()
    return Prompt("tools", sha256_of(text)[:12], {}, text)
