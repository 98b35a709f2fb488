"""What a log store promises, whatever it is made of: `Log`, and the values that go in and out.

One thread calls `commit`; any thread reads and does the bookkeeping of snapshots and blobs. All
calls block: callers in an event loop send them to a thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeAlias

import msgspec
from msgspec import Struct

from .stored import Stored


class Head(Struct, frozen=True):
    """Where a log ends. Kept outside the records, so that a cut tail shows.

    `summary` is a small JSON that the writer makes for lists of notebooks; it is opaque here and no
    part of the chain.
    """

    notebook_id: str
    seq: int
    hash: str
    summary: bytes = b"{}"


CommandKey: TypeAlias = tuple[str, str, str]
"""(notebook_id, principal_id, command_id): what makes a command the same one again."""


class Remembered(Struct, frozen=True):
    """The answer of a command that succeeded, for when it comes again.

    `args_sha256` is None once a record that the command made is redacted: then any arguments match.
    """

    notebook_id: str
    principal_id: str
    command_id: str
    args_sha256: str | None
    result: bytes

    @property
    def key(self) -> CommandKey:
        """What the command is found by."""
        return self.notebook_id, self.principal_id, self.command_id


class StandIn(Struct, frozen=True):
    """What takes the place of an erased payload."""

    notebook_id: str
    seq: int
    data: bytes


class BlobUse(Struct, frozen=True):
    """The record `seq` of this notebook names this blob."""

    notebook_id: str
    sha256: str
    seq: int


class Commit(Struct):
    """All that one transaction does: everything of it, or nothing.

    - `expected`: for each notebook that is touched, the seq of its head before (0: no head yet).
      Any other head refuses the whole commit, which keeps two writers of one store apart.
    - `records`: in seq order within each notebook, going on from `expected` without a gap.
    - `heads`: the new head of each notebook with records.
    - `remembered`: answers to keep.
    - `stand_ins`: redactions. Data is replaced, salt erased, subjects taken from the stand-in. Goes
      with it: snapshots from the first erased seq on, `args_sha256` of the commands that made these
      records, the blob uses of these seqs, and the blobs of the notebook that nothing names then.
    - `deleted`: notebooks of which nothing stays here: records, head, snapshots, answers, blobs.
    - `named`: blobs that the new records name; each must have been put into its notebook.
    """

    expected: dict[str, int]
    records: list[Stored] = msgspec.field(default_factory=list)
    heads: list[Head] = msgspec.field(default_factory=list)
    remembered: list[Remembered] = msgspec.field(default_factory=list)
    stand_ins: list[StandIn] = msgspec.field(default_factory=list)
    deleted: list[str] = msgspec.field(default_factory=list)
    named: list[BlobUse] = msgspec.field(default_factory=list)

    @property
    def erases(self) -> bool:
        """Whether something is to be gone for good."""
        return bool(self.stand_ins or self.deleted)

    def check(self) -> None:
        """Raises ValueError for a commit that would leave a gap: a defect of the writer."""
        ends = dict(self.expected)
        for record in self.records:
            seq = ends.get(record.notebook_id, -1) + 1
            if record.seq != seq:
                raise ValueError(
                    f"Record {record.seq} of {record.notebook_id} comes where {seq} must."
                )
            ends[record.notebook_id] = seq
        for head in self.heads:
            if ends.get(head.notebook_id) != head.seq:
                raise ValueError(
                    f"Head {head.seq} of {head.notebook_id} is not where its log ends."
                )
        for notebook_id in ends.keys() - {head.notebook_id for head in self.heads}:
            if ends[notebook_id] != self.expected[notebook_id]:
                raise ValueError(f"The commit adds to {notebook_id} and brings no new head for it.")
        for one in self.stand_ins:
            if not 0 < one.seq <= ends.get(one.notebook_id, 0):
                raise ValueError(f"There is no record {one.seq} of {one.notebook_id} to redact.")
        for notebook_id in self.deleted:
            if notebook_id not in self.expected:
                raise ValueError(f"The commit deletes {notebook_id} and does not expect its head.")


class Filter(Struct, frozen=True):
    """Which records are wanted: those that fit all fields that are given.

    `cell_id` takes records of the cell itself and of all executions of it.
    """

    types: tuple[str, ...] = ()
    cell_id: str | None = None
    execution_id: str | None = None
    actor_id: str | None = None


EVERY = Filter()
"""Every record."""

SNAPSHOTS_KEPT = 3
"""How many snapshots of a notebook stay; older ones go when one is saved."""

LOWEST = -(2**63)
"""An `after` below every number that a column can hold: a check sees even what cannot be there."""


class Log(Protocol):
    """A store of logs. `durability` says in words what an acknowledgement is worth."""

    durability: str

    def commit(self, commit: Commit) -> None:
        """Do all of it, durably, and return; or raise Unavailable, and nothing of it happened.

        After Unavailable the caller drops what it assumed about the notebooks concerned and reads
        their heads again. Raises ValueError for a commit that contradicts itself.
        """
        ...

    def head(self, notebook_id: str) -> Head | None:
        """Where the log ends; None when there is no such log."""
        ...

    def heads(self) -> list[Head]:
        """The heads of all logs, by notebook id."""
        ...

    def records(
        self,
        notebook_id: str,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        where: Filter = EVERY,
    ) -> Iterator[Stored]:
        """Records with `after` < seq <= `upto` in seq order, at most `limit` of them.

        Read in pages while iterating: the log may grow meanwhile, and no record is ever skipped.
        """
        ...

    def remembered(self, keys: Iterable[CommandKey]) -> dict[CommandKey, Remembered]:
        """The answers of those commands that have one."""
        ...

    def snapshot(
        self, notebook_id: str, reducer_version: int, at: int | None = None
    ) -> tuple[int, bytes] | None:
        """(seq, state) of the newest snapshot of this version, at or before `at` if given."""
        ...

    def save_snapshot(self, notebook_id: str, reducer_version: int, seq: int, state: bytes) -> bool:
        """Keep a state; of each notebook the last SNAPSHOTS_KEPT of one version stay.

        Not kept, with the answer False, when the log was redacted after `seq` or is gone: the state
        may hold what was erased.
        """
        ...

    def put_blob(self, notebook_id: str, sha256: str, size: int, at: str) -> None:
        """Note that this blob was put into this notebook. `at` is UTC in the form of `recorded_at`.

        Putting it again while nothing names it counts from the new time.
        """
        ...

    def has_blobs(self, notebook_id: str, sha256s: Iterable[str]) -> set[str]:
        """Those of the blobs that were put into this notebook."""
        ...

    def blob_users(self, sha256: str) -> set[str]:
        """The notebooks that this blob was put into."""
        ...

    def drop_unnamed_blobs(self, before: str) -> None:
        """Forget blobs put before this time that no record of their notebook names."""
        ...

    def freed_blobs(self) -> list[str]:
        """Blobs that no notebook holds any more, by whatever way: their bytes may go.

        The list is as durable as the log, so that a crash before the bytes are gone loses nothing.
        """
        ...

    def forget_freed_blobs(self, sha256s: Iterable[str]) -> None:
        """Their bytes are gone."""
        ...

    def note(self, name: str) -> str | None:
        """What was kept under this name."""
        ...

    def keep_note(self, name: str, value: str) -> None:
        """Keep a text beside the logs, in place of what was there. No record and no fact depends on
        one: it is for bookkeeping that may be lost."""
        ...

    def close(self) -> None:
        """Let go of files and connections. Nothing is lost without it."""
        ...
