"""What deciding needs beside the state and the command, gathered by the writer as plain values, and
what it gives back. None of it enters state or digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from intheloop.events import Actor, Client, Event, Record
from intheloop.notebook import Notebook, Workspace


class Caller(Struct, frozen=True):
    """Who asks. The credential is looked up in the workspace each time, so that a revoke counts at
    once; without one it is the system itself. `run_id`: of the assistant run that it is for."""

    actor: Actor
    credential_id: str | None = None
    run_id: str | None = None

    def through(self, client: Client) -> Caller:
        """The same caller, by the name of the client that it uses."""
        return replace(self, actor=replace(self.actor, client=client))


class Gone(Struct, frozen=True):
    """What the log says of an execution that state no longer holds."""

    execution_id: str
    runtime_id: str | None
    next_index: int
    completed: bool
    started: bool


class Context(Struct, frozen=True):
    """The rest of what a decision depends on.

    - `now`: UTC.
    - `head_hash`: hash of the log's last record.
    - `edits`: what changed the source of the cell in question after the caller's `base_rev`, oldest
      first; None when nobody asked for it.
    - `cell_edits`: the same by cell id, for each cell that the command is about with its rev.
    - `past`: the notebook at the command's `to_seq`.
    - `gone`: what the log says of the command's execution when state no longer holds it.
    - `blobs`: those blobs that the command names and that were put into this notebook.
    - `records`: the records that the command names by seq.
    - `history`: what the command is to undo, from the first of it on, and all that came since.
    - `lease_s`: how long a lease lasts.
    - `approval_s`, `permission_s`: how long an approval waits, how long a permission holds.
    - `correlation_id`: the run that the command belongs to, as the caller says.
    - `untrusted`: what the caller goes by holds words of nobody here.
    """

    caller: Caller
    workspace: Workspace
    now: str
    command_id: str
    head_hash: str = ""
    edits: tuple[Record, ...] | None = None
    cell_edits: Mapping[str, tuple[Record, ...]] = {}
    past: Notebook | None = None
    gone: Gone | None = None
    blobs: frozenset[str] = frozenset()
    records: tuple[Record, ...] = ()
    history: tuple[Record, ...] = ()
    lease_s: float = 30.0
    approval_s: float = 7 * 86_400.0
    permission_s: float = 86_400.0
    correlation_id: str | None = None
    untrusted: bool = False


class Decision(Struct, frozen=True):
    """What happens, and the answer.

    `events` go to the log that the command targets, `workspace_events` to the workspace's in the
    same transaction. `stand_ins` replace erased data by seq. With `erase` the notebook's log goes.
    `causation_id` is of what the events come of, whatever the caller says. Unless `remembered`,
    the same command is decided anew when it comes again.
    """

    events: tuple[Event, ...]
    result: Struct
    workspace_events: tuple[Event, ...] = ()
    stand_ins: tuple[tuple[int, bytes], ...] = ()
    erase: bool = False
    remembered: bool = True
    causation_id: str | None = None


_LETTERS = b"abcdefghijkmnpqrstuvwxyz23456789" * 8
"""A letter for every byte; none that is easily taken for another."""


def derived_id(context: Context, position: int, length: int, taken: Callable[[str], bool]) -> str:
    """A fresh short id that follows from principal, command and position, so that deciding needs no
    randomness and a repeated command makes the same one."""
    attempt = 0
    while True:
        seed = f"{context.caller.actor.id}\n{context.command_id}\n{length}\n{position}\n{attempt}"
        raw = hashlib.sha256(seed.encode()).digest()
        fresh = raw[:length].translate(_LETTERS).decode()
        if not taken(fresh):
            return fresh
        attempt += 1


def changed(state: Notebook, *events: Event) -> int:
    """The seq that the log has once these events are appended."""
    return state.seq + len(events)
