"""Who somebody is and what they may do as of now, and the note of what was refused.

Has no rule of its own: it asks those of the decider about the committed workspace, for everything
that is no command.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from msgspec.structs import replace

from intheloop import commands as c
from intheloop.decider import Caller, admit, is_admin, refuse_paused, require, standing
from intheloop.errors import Denied, LoopError, NotFound, Unauthenticated
from intheloop.events import Actor, Client, Scope
from intheloop.live import Item
from intheloop.notebook import WORKSPACE_ID
from intheloop.values import sha256_hex

from .clock import Clock, seconds_between
from .denials import Denials
from .desk import Desk
from .uses import Uses

NEVER = float("inf")

_SYSTEM_ID = "system"

STRANGER = Actor("service", "nobody", "Somebody unknown")
"""Whom the log names where no credential tells who it was."""

_READ: tuple[Scope, ...] = ("notebook:read",)
_AUDIT: tuple[Scope, ...] = ("audit",)
_PUT: tuple[Scope, ...] = ("notebook:write", "runtime")
_ASK: tuple[Scope, ...] = ("notebook:run", "runtime")

_QUESTIONS = frozenset(("ask", "answer"))
"""Kinds of signals that make a kernel do something."""

_WORK_TOOLS: dict[str, type[c.Tool]] = {
    "execution": c.ClaimExecution,
    "input": c.ProvideInput,
    "approval": c.ResolveApproval,
    "assistant_run": c.ClaimAssistantRun,
}
"""By kind of work, the tool that does it: who may use that one is told of the item."""

WORK_KINDS = tuple(_WORK_TOOLS)

_CALLER_KINDS: dict[str, str] = {"session": "human"}


def assistant_of(caller: Caller) -> Caller:
    """The caller at a door for models: a person is there by an assistant that acts for them."""
    actor = caller.actor
    if actor.kind != "human":
        return caller
    own = replace(
        actor,
        kind="assistant",
        id=caller.credential_id or actor.id,
        name=f"{actor.name}'s assistant",
        on_behalf_of=(actor.id,),
    )
    return replace(caller, actor=own)


class Guard:
    """The check in front of everything that is no command."""

    def __init__(self, desk: Desk, clock: Clock, denials: Denials, uses: Uses) -> None:
        self._desk = desk
        self._clock = clock
        self._denials = denials
        self._uses = uses

    def sign_in(self, secret: str, client: Client | None) -> Caller:
        """Who this secret lets somebody be. Raises Unauthenticated."""
        workspace = self._desk.workspace
        credential_id = workspace.by_secret.get(sha256_hex(secret.encode()))
        if credential_id is None:
            raise Unauthenticated("This credential is not known here; ask for a new one.")
        credential = workspace.credentials[credential_id]
        if credential.kind == "link":
            raise Unauthenticated("This is a link to sign a browser in with; open it there.")
        own = credential.principal_id == credential.person_id
        kind = _CALLER_KINDS.get(credential.kind, credential.kind)
        actor = Actor(
            kind=cast(Any, kind),
            id=credential.principal_id,
            name=workspace.people[credential.person_id].name if own else credential.label,
            on_behalf_of=() if own else (credential.person_id,),
            client=client,
            agent=credential.agent,
        )
        caller = Caller(actor, credential_id, credential.run_id)
        now = self._clock.now()
        standing(workspace, caller, now)
        self._uses.see(credential, client, now)
        return caller

    # ------------------------------------------------- as of now; nothing is noted

    def see(self, notebook_id: str, caller: Caller) -> None:
        """Raises unless the caller may read this log."""
        self._require(notebook_id, caller, _AUDIT if notebook_id == WORKSPACE_ID else _READ)

    def sees(self, notebook_id: str, caller: Caller) -> bool:
        """Whether the caller may read this log."""
        try:
            self.see(notebook_id, caller)
        except LoopError:
            return False
        return True

    def knows(self, credential_id: str, caller: Caller) -> bool:
        """Whether the caller is told of this credential: their own, and an admin of all."""
        known = self._desk.workspace.credentials
        own, other = known.get(caller.credential_id or ""), known.get(credential_id)
        if own is None or other is None:
            return False
        return own.person_id == other.person_id or is_admin(self._desk.workspace, own)

    def query(self, query: c.Query, caller: Caller) -> None:
        """Raises unless the caller may have the answer."""
        if isinstance(query, c.ReadHistory | c.ReadNotebook):
            self.see(query.notebook_id, caller)
            return
        notebook_id = getattr(query, "notebook_id", None)
        admit(self._desk.workspace, caller, type(query), notebook_id, self._clock.now())

    def may_act(self, item: Item, caller: Caller) -> bool:
        """Whether the caller may do this piece of work."""
        tool, now = _WORK_TOOLS[item.kind], self._clock.now()
        return self._admits(caller, tool, item.notebook_id, now)

    def may_make_notebooks(self, caller: Caller) -> bool:
        """Whether the caller may put blobs under the id of a notebook to come."""
        return self._admits(caller, c.ImportNotebook, None, self._clock.now())

    def person(self, caller: Caller) -> str:
        """The person for whom the caller acts. Raises Unauthenticated."""
        return standing(self._desk.workspace, caller, self._clock.now()).person_id

    def ends_in(self, caller: Caller) -> float:
        """For how many seconds the caller's credential opens anything; 0 once it is revoked."""
        if caller.credential_id is None:
            return NEVER
        now = self._clock.now()
        try:
            expires_at = standing(self._desk.workspace, caller, now).expires_at
        except Unauthenticated:
            return 0.0
        return NEVER if expires_at is None else seconds_between(now, expires_at)

    def _require(self, notebook_id: str, caller: Caller, scopes: Sequence[Scope]) -> None:
        if caller.credential_id is None:
            return
        workspace = self._desk.workspace
        require(workspace, standing(workspace, caller, self._clock.now()), notebook_id, scopes)

    def _admits(
        self, caller: Caller, tool: type[c.Tool], notebook_id: str | None, now: str
    ) -> bool:
        try:
            admit(self._desk.workspace, caller, tool, notebook_id, now)
        except LoopError:
            return False
        return True

    # ----------------------------------------------- a refusal is noted, then raised

    async def reading(self, notebook_id: str, caller: Caller, what: str) -> None:
        """Raises unless the caller may read this log."""
        try:
            self.see(notebook_id, caller)
        except LoopError as error:
            await self.refused(caller, what, notebook_id, error)
            raise

    async def entering(self, caller: Caller) -> None:
        """Raises unless there is something that the caller may do at a door for models."""
        try:
            self.query(c.ListNotebooks(), caller)
        except Denied as error:
            await self.refused(caller, "mcp", WORKSPACE_ID, error)
            raise

    async def signalling(self, notebook_id: str, caller: Caller, kind: str) -> None:
        """Raises unless the caller may signal: whoever reads, but a kernel only by who may run."""
        await self.reading(notebook_id, caller, "signal")
        scopes = _ASK if kind in _QUESTIONS else ()
        await self._acting(notebook_id, caller, "signal", scopes)

    async def putting(self, notebook_id: str, caller: Caller) -> None:
        """Raises unless the caller may put blobs into this notebook."""
        await self._acting(notebook_id, caller, "blob", _PUT)

    async def _acting(
        self, notebook_id: str, caller: Caller, what: str, scopes: Sequence[Scope]
    ) -> None:
        try:
            if scopes:
                self._require(notebook_id, caller, scopes)
            if caller.credential_id is not None:
                workspace = self._desk.workspace
                refuse_paused(workspace, workspace.credentials[caller.credential_id])
        except LoopError as error:
            await self.refused(caller, what, notebook_id, error)
            raise

    async def command_refused(self, command: c.Command, caller: Caller, error: LoopError) -> None:
        """The writer refused a command; if it was access that did, it is a fact."""
        notebook_id = getattr(command, "notebook_id", None)
        if command.TARGET == "new notebook" or notebook_id is None:
            notebook_id, place = WORKSPACE_ID, None
        else:
            place = notebook_id
        # The lack of a cell or the like is found missing too, by somebody who may do this.
        if isinstance(error, Denied | Unauthenticated) or (
            isinstance(error, NotFound)
            and not self._admits(caller, type(command), place, self._clock.now())
        ):
            await self.refused(caller, type(command).tool_name(), notebook_id, error)

    def is_of_interest(self, actor_id: str) -> bool:
        """Whether people care what this actor did to a notebook: not what runtimes do for them."""
        credential = self._desk.workspace.credentials.get(actor_id)
        return actor_id != _SYSTEM_ID and (credential is None or credential.kind != "runtime")

    async def stranger_refused(self, door: str, reason: str) -> None:
        """The same of somebody of whom nothing is known."""
        await self._denials.note(STRANGER, door, WORKSPACE_ID, reason)

    async def refused(self, caller: Caller, tool: str, notebook_id: str, error: LoopError) -> None:
        """An attempt refused by access is a fact; one at what never existed is a typing error."""
        known = notebook_id == WORKSPACE_ID or notebook_id in self._desk.workspace.notebooks
        if known and caller.credential_id is not None:
            await self._denials.note(caller.actor, tool, notebook_id, error.detail)
