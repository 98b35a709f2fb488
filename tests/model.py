"""A model of the whole service in memory: commands are admitted, decided and replayed, no more.

State comes about by deciding alone, never by hand. Nothing is sealed, stored or sent, and nothing
happens at the same time; what the real service does in the end must be the same.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from intheloop import commands as c
from intheloop import decider
from intheloop import events as e
from intheloop.decider import Caller, Context, Decision, Gone, Needs
from intheloop.errors import BadArgument, LoopError, NotFound
from intheloop.notebook import WORKSPACE_ID, Notebook, Workspace
from intheloop.reducer import apply, apply_workspace, replay
from intheloop.values import sha256_hex

NB = "nb"
EVERYTHING: list[e.Scope] = [scope for scope in decider.ALL_SCOPES if scope != "approve"]
SYSTEM = Caller(e.Actor("system", "system", "The server"))
_SOURCE_EVENTS = (e.CellCreated, e.CellSourceEdited, e.CellRestored)
_Refusal = TypeVar("_Refusal", bound=LoopError)


class Model:
    """A workspace and its notebooks. `callers` holds who can act, by the names tests call them.

    What is called goes on in the run `correlation_id`; `untrusted` says what it goes by.
    """

    def __init__(self) -> None:
        self.records: dict[str, list[e.Record]] = {WORKSPACE_ID: []}
        self.notebooks: dict[str, Notebook] = {}
        self.workspace = Workspace()
        self.blobs: dict[str, set[str]] = {}
        self.callers: dict[str, Caller] = {"system": SYSTEM}
        self.lease_s = 30.0
        self.correlation_id: str | None = None
        self.untrusted = False
        self._answers: dict[tuple[str, str, str], tuple[bytes, Struct]] = {}
        self._causation_id: str | None = None
        self._commands = 0
        self._seconds = 0

    @property
    def now(self) -> str:
        """The time, which stands still but for `pass_time`."""
        minutes, seconds = divmod(self._seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        return f"2026-01-{1 + days:02}T{hours:02}:{minutes:02}:{seconds:02}.000Z"

    def pass_time(self, seconds: int) -> None:
        """Let time pass."""
        self._seconds += seconds

    # ------------------------------------------------------------- commands

    def do(self, command: Any, by: str = "ana", command_id: str | None = None) -> Any:
        """The answer to a command that went through JSON, as every command does."""
        caller = self.callers[by]
        command = _through_json(command)
        self._commands += 1
        command_id = command_id or f"command-{self._commands}"
        scope = command.notebook_id if command.TARGET == "notebook" else WORKSPACE_ID
        key, args = (scope, caller.actor.id, command_id), msgspec.json.encode(command)
        self.admit(command, by)
        if key in self._answers:
            return self._again(key, args)
        target, decision = self._decided(command, caller, command_id)
        self._take(command, target, decision, caller, command_id)
        if not command.REPEATABLE and decision.remembered:
            self._answers[key] = args, decision.result
        return decision.result

    def admit(self, tool: Any, by: str) -> None:
        """Raises unless this caller may use the tool where its arguments say."""
        place = None if tool.TARGET == "new notebook" else getattr(tool, "notebook_id", None)
        decider.admit(self.workspace, self.callers[by], type(tool), place, self.now)

    def attempt(self, tool: Any, by: str) -> None:
        """Raises what a command or a query of this caller raises; nothing comes of it."""
        self.admit(tool, by)
        if tool.TARGET != "nothing":
            self._decided(_through_json(tool), self.callers[by], "attempt")

    def _decided(self, command: Any, caller: Caller, command_id: str) -> tuple[str, Decision]:
        context = Context(
            caller,
            self.workspace,
            self.now,
            command_id,
            lease_s=self.lease_s,
            correlation_id=self.correlation_id,
            untrusted=self.untrusted,
        )
        state = self._state(command, context)
        if command.TARGET != "workspace":
            context = self._gathered(state, decider.needs(state, command), context)
        return state.notebook_id, decider.decide(state, command, context)

    def _again(self, key: tuple[str, str, str], args: bytes) -> Struct:
        first, answer = self._answers[key]
        if first != args:
            raise BadArgument("This command id was used for another command; choose a fresh one.")
        return answer

    def refused(
        self, error: type[_Refusal], command: Any, by: str = "ana", *, says: str
    ) -> _Refusal:
        """The refusal of this type that tells the next step in a sentence; nothing happened."""
        before = self.everything()
        try:
            self.do(command, by)
        except LoopError as refusal:
            assert type(refusal) is error, f"{type(refusal).__name__}: {refusal}"
            assert says in refusal.detail, refusal.detail
            assert refusal.detail[0].isupper() and refusal.detail.endswith("."), refusal.detail
            assert self.everything() == before
            return refusal
        raise AssertionError(f"{command} was not refused")

    def everything(self) -> list[object]:
        """All that is, for comparing before and after."""
        return [{key: tuple(log) for key, log in self.records.items()}, dict(self.notebooks)]

    def _state(self, command: Any, context: Context) -> Notebook:
        if command.TARGET == "workspace":
            return Notebook(WORKSPACE_ID)
        if command.TARGET == "new notebook":
            return Notebook(decider.fresh_notebook_id(command, context))
        if command.notebook_id in self.notebooks:
            return self.notebooks[command.notebook_id]
        raise NotFound(f"There is no notebook {command.notebook_id}; choose another.")

    def _gathered(self, state: Notebook, wanted: Needs, context: Context) -> Context:
        records = self.records.get(state.notebook_id, [])
        if wanted.history is not None:
            return self._with_history(state, wanted.history, context)
        return msgspec.structs.replace(
            context,
            head_hash=f"{state.seq:064x}",
            edits=_edits(records, wanted.edits_of),
            cell_edits={each[0]: _edits(records, each) or () for each in wanted.edits_of_each},
            past=self._past(state, wanted),
            gone=_gone(records, wanted.execution_id),
            blobs=wanted.blobs & self.blobs.get(state.notebook_id, set()),
            records=tuple(records[seq - 1] for seq in wanted.seqs),
        )

    def _with_history(self, state: Notebook, command: c.RevertChanges, context: Context) -> Context:
        kinds = decider.DOCUMENT_EVENTS
        records = [one for one in self.records[state.notebook_id] if isinstance(one.event, kinds)]
        first = next((one.seq for one in records if decider.is_chosen(command, one)), None)
        if first is None:
            return context
        return msgspec.structs.replace(
            context,
            history=tuple(one for one in records if one.seq >= first),
            past=self.at(first - 1, state.notebook_id),
        )

    def _past(self, state: Notebook, wanted: Needs) -> Notebook | None:
        if wanted.past_seq is not None:
            return self.at(wanted.past_seq, state.notebook_id)
        past = Notebook(state.notebook_id)
        for cell_id in wanted.past_cells:
            ends = [
                record.seq
                for record in self.records[state.notebook_id]
                if isinstance(record.event, e.CellDeleted) and record.event.cell_id == cell_id
            ]
            then = self.at(ends[-1] - 1, state.notebook_id)
            cell = then.cells[cell_id]
            executions = past.executions
            shown = then.executions.get(cell.execution_id or "")
            if shown is not None:
                executions = executions.set(shown.execution_id, shown)
            past = msgspec.structs.replace(
                past, cells=past.cells.set(cell_id, cell), executions=executions
            )
        return past if wanted.past_cells else None

    def at(self, seq: int, notebook_id: str = NB) -> Notebook:
        """The notebook as of a seq."""
        return replay(self.records[notebook_id][:seq], Notebook(notebook_id))

    # --------------------------------------------------------------- effects

    def _take(
        self, command: Any, target: str, decision: Decision, caller: Caller, command_id: str
    ) -> None:
        log = WORKSPACE_ID if command.TARGET == "workspace" else target
        for seq, data in decision.stand_ins:
            envelope = self.records[log][seq - 1].envelope
            event = e.decode_event(envelope.type, envelope.schema_version, data)
            self.records[log][seq - 1] = e.Record(envelope, event)
        if decision.stand_ins:
            self.notebooks[log] = self.at(len(self.records[log]), log)
        self._causation_id = decision.causation_id
        self._append(log, decision.events, caller, command_id)
        self._append(WORKSPACE_ID, decision.workspace_events, caller, command_id)
        if decision.erase:
            del self.records[target], self.notebooks[target]
            self.blobs.pop(target, None)

    def _append(self, log: str, events: Iterable[e.Event], caller: Caller, command_id: str) -> None:
        records = self.records.setdefault(log, [])
        for event in events:
            name, seq = e.type_name(event), len(records) + 1
            envelope = e.Envelope(
                *(log, seq, f"{log}-{seq}", name, 1, caller.actor, self.now, command_id),
                *(self._causation_id, caller.run_id or self.correlation_id, None, ""),
            )
            record = e.Record(envelope, e.decode_event(name, 1, e.encode_event(event)))
            records.append(record)
            if log == WORKSPACE_ID:
                self.workspace = apply_workspace(self.workspace, record)
            else:
                self.notebooks[log] = apply(self.notebooks.get(log, Notebook(log)), record)

    # ------------------------------------------------------------------- who

    def sign_in(self, name: str, secret: str) -> None:
        """From here on this name acts with the credential of this secret."""
        credential_id = self.workspace.by_secret[sha256_hex(secret.encode())]
        self.callers[name] = self.caller(credential_id)

    def caller(self, credential_id: str) -> Caller:
        """Who acts with this credential, as the server stamps it."""
        credential = self.workspace.credentials[credential_id]
        own = credential.principal_id == credential.person_id
        kind = cast(e.ActorKind, "human" if credential.kind == "session" else credential.kind)
        person = self.workspace.people[credential.person_id]
        actor = e.Actor(
            kind,
            credential.principal_id,
            person.name if own else credential.label,
            () if own else (credential.person_id,),
            agent=credential.agent,
        )
        return Caller(actor, credential_id, credential.run_id)

    def person(self, person_id: str, *, admin: bool = False) -> None:
        """Somebody with a browser session."""
        command = c.AddPerson(name=person_id.capitalize(), person_id=person_id, admin=admin)
        self.do(command, "system")
        opened = c.OpenSession(
            person_id=person_id,
            label=f"{person_id}'s browser",
            secret_sha256=sha256_hex(person_id.encode()),
            expires_at="2026-03-01T00:00:00Z",
        )
        self.do(opened, "system")
        self.sign_in(person_id, person_id)

    def program(
        self,
        name: str,
        kind: Any,
        scopes: Iterable[e.Scope] = EVERYTHING,
        *,
        of: str = "ana",
        notebooks: list[str] | None = None,
        principal_id: str | None = None,
        expires_at: str | None = None,
    ) -> c.CredentialIs:
        """A credential that a person gives to a program, which acts under this name."""
        command = c.IssueCredential(
            kind=kind,
            label=name,
            scopes=list(scopes),
            secret_sha256=sha256_hex(name.encode()),
            credential_id=name,
            notebooks=notebooks,
            principal_id=principal_id,
            expires_at=expires_at,
        )
        issued: c.CredentialIs = self.do(command, of)
        self.sign_in(name, name)
        return issued

    def invite(self, person_id: str, role: e.Role | None, notebook_id: str = NB) -> None:
        """A person with a session and, unless they are a stranger, a role."""
        self.person(person_id)
        if role is not None:
            self.do(c.GrantRole(notebook_id=notebook_id, person_id=person_id, role=role))


def _through_json(command: Any) -> Any:
    return decider.stamped(msgspec.json.decode(msgspec.json.encode(command), type=type(command)))


def _edits(records: list[e.Record], of: tuple[str, int] | None) -> tuple[e.Record, ...] | None:
    if of is None:
        return None
    cell_id, rev = of
    return tuple(
        record
        for record in records[max(rev, 0) :]
        if isinstance(record.event, _SOURCE_EVENTS) and record.event.cell_id == cell_id
    )


def _gone(records: list[e.Record], execution_id: str | None) -> Gone | None:
    if execution_id is None:
        return None
    runtime_id, index, known, ended, started = None, -1, False, False, False
    for event in _about(records, execution_id):
        known = True
        index = max(index, getattr(event, "index", -1))
        if isinstance(event, e.ExecutionClaimed):
            runtime_id = event.runtime_id
        elif isinstance(event, e.ExecutionStarted):
            started = True
        elif isinstance(event, e.ExecutionCompleted):
            ended = True
            runtime_id = None if event.status == "lost" else runtime_id
    return Gone(execution_id, runtime_id, index + 1, ended, started) if known else None


def _about(records: list[e.Record], execution_id: str) -> Iterator[e.Event]:
    for record in records:
        if getattr(record.event, "execution_id", None) == execution_id:
            yield record.event
