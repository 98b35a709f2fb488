"""People and programs that work on the notebooks of one server at once, and note what comes back.

Whether the server kept its word is for `tests.accounts` to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

import httpx2
import msgspec

from intheloop import commands as c
from intheloop.access import new_credential_secret, secret_sha256
from intheloop.events import Scope
from intheloop.server import OWNER
from intheloop.values import sha256_hex
from tests.deeds import Call, Member, Runner, World, any_deed, create, inserting, learn
from tests.server_process import ServerProcess

PEOPLE = 4
PROGRAMS: tuple[tuple[str, tuple[Scope, ...]], ...] = (
    ("service", ("notebook:read", "notebook:write", "notebook:run")),
    ("assistant", ("notebook:read", "notebook:write", "notebook:run")),
    ("runtime", ("notebook:read", "runtime")),
)
NOTEBOOKS = 3
LONG_PAST = 600
"""Cells inserted at once, twice, so that one notebook is opened from a snapshot."""
PATIENCE_S = 30.0
LONGEST_WORK_S = 60.0


class Crowd:
    """The members, and all that they sent."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.world = World(random)
        self.calls: list[Call] = []
        self.acknowledged = 0
        self.unavailable = 0
        self._members: list[Member] = []
        self._runner: Runner | None = None
        self._http = httpx2.AsyncClient()

    @asynccontextmanager
    async def at(self, server: ServerProcess) -> AsyncIterator[httpx2.AsyncClient]:
        """Talk to this server inside the block."""
        async with httpx2.AsyncClient(
            base_url=server.url, timeout=PATIENCE_S, trust_env=False
        ) as self._http:
            yield self._http

    async def settle(self, server: ServerProcess) -> None:
        """Credentials for all, the first notebooks, one of them with a long past."""
        person = Member(OWNER, server.token, True)
        self._members = [person] * PEOPLE
        for label, scopes in PROGRAMS:
            self._members.append(await self._admitted(person, label, scopes))
        self._runner = Runner(self.world, self._members.pop())
        for _ in range(NOTEBOOKS):
            await self._send_all(create(self.world, person))
        thick = self.world.place()
        thick.is_thick = True
        for _ in range(2):
            await self._send_all([inserting(self.world, person, thick, LONG_PAST)])

    async def _admitted(self, person: Member, label: str, scopes: tuple[Scope, ...]) -> Member:
        secret = new_credential_secret()
        command = c.IssueCredential(
            kind=label,  # type: ignore[arg-type]
            label=label,
            scopes=list(scopes),
            secret_sha256=secret_sha256(secret),
        )
        call = self.world.call(person, command)
        await self._send_all([call])
        return Member(call.answered().principal_id, secret, False)

    async def work(self, go_on: Callable[[], bool] = lambda: True) -> None:
        """Everybody works until the server is gone, or until one no longer may go on.

        `go_on` is asked each time that something has come back. Raises TimeoutError when this takes
        too long.
        """
        assert self._runner is not None
        async with asyncio.timeout(LONGEST_WORK_S), asyncio.TaskGroup() as group:
            for member in self._members:
                group.create_task(self._work(member, go_on))
            group.create_task(self._run(self._runner, go_on))

    async def _work(self, member: Member, go_on: Callable[[], bool]) -> None:
        while await self._send_all(any_deed(self.world, member)) and go_on():
            pass

    async def _run(self, runner: Runner, go_on: Callable[[], bool]) -> None:
        while await self._send_all([call := runner.next()]):
            runner.learn(call)
            if not go_on():
                break

    async def _send_all(self, calls: list[Call]) -> bool:
        """One after the other while all goes well. False when the server is gone."""
        for call in calls:
            self.calls.append(call)
            try:
                await self.send(call)
            except httpx2.TransportError:
                return False
            if call.answer is None:
                break
            learn(self.world, call)
        return True

    async def send(self, call: Call) -> None:
        """Send it, and note what comes back. What is unavailable can be sent again."""
        response = await self.deliver(call)
        if response.is_success:
            self.acknowledged += call.answer is None
            call.answer = response.content
        elif response.status_code == 503:
            problem = response.json()
            assert (problem["type"], problem["retryable"]) == ("urn:intheloop:unavailable", True)
            assert int(response.headers["Retry-After"]) > 0
            self.unavailable += 1
        else:
            call.refused = response.status_code
            assert response.status_code in (400, 404, 409), (call, response.content)

    async def deliver(self, call: Call) -> httpx2.Response:
        """Send it, the same bytes whenever it is sent."""
        headers = {"Authorization": f"Bearer {call.token}", "Idempotency-Key": call.command_id}
        if call.command is None:
            path = f"/api/notebooks/{call.notebook_id}/blobs/{sha256_hex(call.blob)}"
            del headers["Idempotency-Key"]
            return await self._http.put(path, content=call.blob, headers=headers)
        headers["Content-Type"] = "application/json"
        path = f"/api/tools/{call.command.tool_name()}"
        body = msgspec.json.encode(call.command)
        return await self._http.post(path, content=body, headers=headers)

    def learn_again(self, call: Call) -> None:
        """What a call of which nothing was known came to."""
        if call.answer is not None:
            learn(self.world, call)
        if self._runner is not None and isinstance(
            call.command,
            c.AttachRuntime | c.ClaimExecution | c.AppendOutputs | c.CompleteExecution,
        ):
            self._runner.learn(call)
