"""Questions to one kernel process beside what it runs, without a trace in it.

Knows which ways the kernel has: a subshell, the shell between two executions, the control channel.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from intheloop_agents.runtime.jupyter import namespace
from intheloop_agents.runtime.jupyter.channels import Channel

SUBSHELLS = "kernel subshells"


class CannotTell(RuntimeError):
    """The kernel lives and does not answer this, or not now; the message says why."""


class Request(Protocol):
    """Sends a request and waits for the content of its reply; see `Life.request`."""

    def __call__(
        self,
        msg_type: str,
        content: Mapping[str, Any],
        timeout_s: float | None,
        channel: Channel = "shell",
        *,
        subshell_id: str | None = None,
    ) -> Awaitable[dict[str, Any]]: ...


class Beside:
    """How one kernel process is asked. Waits without a bound: that is for the caller."""

    def __init__(
        self, request: Request, is_busy: Callable[[], bool], *, subshells: bool, variables: bool
    ) -> None:
        self._request = request
        self._is_busy = is_busy
        self._subshells = subshells
        self._variables = variables
        self._subshell_id: str | None = None
        self._opening = asyncio.Lock()

    def check(self) -> None:
        """Raises CannotTell when `ask` could not be answered before what runs has ended."""
        if not self._subshells and self._is_busy():
            raise CannotTell("The kernel is busy; ask again when what it runs has ended.")

    async def ask(self, msg_type: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """The content of the reply to such as `complete_request`."""
        self.check()
        subshell_id = await self._subshell() if self._subshells else None
        return await self._request(msg_type, content, None, subshell_id=subshell_id)

    async def variables(self, contains: str, offset: int, limit: int) -> dict[str, Any]:
        """The reply of `namespace`, also while a cell runs."""
        if not self._variables:
            raise CannotTell("This kernel does not tell its variables.")
        content = {"contains": contains, "offset": offset, "limit": limit}
        return await self._request(namespace.REQUEST, content, None, "control")

    async def _subshell(self) -> str | None:
        """The one subshell of this process, which ends with it: of each that is deleted before,
        ipykernel keeps descriptors until Python happens to collect them."""
        async with self._opening:
            if self._subshell_id is None:
                reply = await self._request("create_subshell_request", {}, None, "control")
                if not isinstance(made := reply.get("subshell_id"), str):
                    raise CannotTell("The kernel has no way to answer beside what it runs.")
                self._subshell_id = made
            return self._subshell_id
