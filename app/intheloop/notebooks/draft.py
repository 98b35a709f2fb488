"""Pending state: what is committed, plus the commands of the batch that were decided so far.

Values only: a refused command leaves no trace, and a failed commit is forgotten by dropping the
draft. Belongs to the writer's thread.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import Struct

from intheloop import events as e
from intheloop.decider import Decision, named_blobs
from intheloop.log import (
    GENESIS,
    BlobUse,
    CommandKey,
    Commit,
    Head,
    Remembered,
    Stamp,
    StandIn,
    Stored,
    seal_open,
)
from intheloop.notebook import WORKSPACE_ID, Notebook, Workspace
from intheloop.reducer import apply, apply_workspace

from .clock import Clock
from .summary import summary

State: TypeAlias = Notebook | Workspace

_HOLD_VALUES = (e.CellCreated, e.CellRestored, e.OutputAppended, e.OutputUpdated, e.RuntimeAttached)


class Tip(Struct, frozen=True):
    """Where a log stands: its state, and the seq and hash of its last record."""

    state: State
    seq: int
    hash: str


class Published(Struct, frozen=True):
    """What one commit did to one log: its new tip, and its new records.

    `rewritten`: earlier records were erased, so that whoever holds copies must drop them.
    """

    notebook_id: str
    tip: Tip | None
    records: list[Stored]
    rewritten: bool = False


class Draft:
    """The batch under way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tips: dict[str, Tip] = {}
        self._before: dict[str, Tip] = {}
        self._sealed: dict[str, list[Stored]] = {}
        self._changed_at: dict[str, str] = {}
        self._rewritten: set[str] = set()
        self._remembered: dict[CommandKey, Remembered] = {}
        self.opened: dict[str, list[e.Record]] = {}
        self.commit = Commit(expected={})

    def tip(self, notebook_id: str) -> Tip | None:
        """The pending tip of a log that this draft has touched."""
        return self._tips.get(notebook_id)

    def begin(self, notebook_id: str, tip: Tip) -> None:
        """Take a log up, as committed."""
        self._tips[notebook_id] = self._before[notebook_id] = tip

    def rebase(self, notebook_id: str, state: Notebook) -> None:
        """The state with stand-ins in place of what a redaction erases."""
        tip = self._tips[notebook_id]
        self._tips[notebook_id] = Tip(state, tip.seq, tip.hash)
        self._rewritten.add(notebook_id)

    def append(self, notebook_id: str, events: tuple[e.Event, ...], stamp: Stamp) -> None:
        """Seal and apply events; the draft alone knows them until it is committed."""
        if not events:
            return
        tip = self._tips[notebook_id]
        state, seq, link = tip.state, tip.seq, tip.hash
        sealed = self._sealed.setdefault(notebook_id, [])
        opened = self.opened.setdefault(notebook_id, [])
        for event in events:
            seq += 1
            event_id, salt = self._clock.event_id(), self._clock.salt()
            stored, record = seal_open(notebook_id, seq, link, stamp, event_id, event, salt)
            state = _applied(state, record)
            link = stored.hash
            opened.append(record)
            sealed.append(stored)
            self._note(stored, event)
        self._tips[notebook_id] = Tip(state, seq, link)
        self._changed_at[notebook_id] = stamp.recorded_at

    def _note(self, stored: Stored, event: e.Event) -> None:
        self.commit.records.append(stored)
        if b'"blob":' in stored.data and isinstance(event, _HOLD_VALUES):  # most need no walk
            self.commit.named.extend(
                BlobUse(stored.notebook_id, sha256, stored.seq)
                for sha256 in set(named_blobs(event))
            )

    def side_effects(self, notebook_id: str, decision: Decision) -> None:
        """Redactions and deletions of a decision."""
        for seq, data in decision.stand_ins:
            self.commit.stand_ins.append(StandIn(notebook_id, seq, data))
        if decision.erase:
            self.commit.deleted.append(notebook_id)

    def remember(self, remembered: Remembered) -> None:
        """Keep an answer with the commit."""
        self.commit.remembered.append(remembered)
        self._remembered[remembered.key] = remembered

    def remembered(self, key: CommandKey) -> Remembered | None:
        """The answer to a command of this very batch."""
        return self._remembered.get(key)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not (self.commit.records or self.commit.remembered or self.commit.deleted)

    def finished(self) -> Commit:
        """The commit, with the heads that it leads to."""
        for notebook_id, before in self._before.items():
            tip = self._tips[notebook_id]
            if tip.seq == before.seq and notebook_id not in self.commit.deleted:
                continue
            self.commit.expected[notebook_id] = before.seq
            if tip.seq == before.seq:
                continue
            head = Head(notebook_id, tip.seq, tip.hash, self._summary(notebook_id, tip))
            self.commit.heads.append(head)
        return self.commit

    def _summary(self, notebook_id: str, tip: Tip) -> bytes:
        if not isinstance(tip.state, Notebook):
            return b"{}"
        return msgspec.json.encode(summary(tip.state, self._changed_at[notebook_id]))

    def published(self) -> list[Published]:
        """What everybody may know once the commit is durable."""
        return [
            Published(
                notebook_id,
                None if notebook_id in self.commit.deleted else self._tips[notebook_id],
                self._sealed.get(notebook_id, []),
                notebook_id in self._rewritten,
            )
            for notebook_id, before in self._before.items()
            if self._tips[notebook_id] is not before or notebook_id in self.commit.deleted
        ]


def _applied(state: State, record: e.Record) -> State:
    if isinstance(state, Notebook):
        return apply(state, record)
    return apply_workspace(state, record)


def empty_tip(notebook_id: str) -> Tip:
    """The tip of a log without records."""
    state = Workspace() if notebook_id == WORKSPACE_ID else Notebook(notebook_id)
    return Tip(state, 0, GENESIS)
