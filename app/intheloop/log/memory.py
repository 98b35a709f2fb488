"""A log store in memory: for tests, and for servers that keep nothing.

Keeps every promise of `Log` but the one about disks.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter

from msgspec.structs import replace

from intheloop.errors import Unavailable

from .chain import REDACTED
from .protocol import (
    EVERY,
    SNAPSHOTS_KEPT,
    CommandKey,
    Commit,
    Filter,
    Head,
    Remembered,
    StandIn,
)
from .stored import Stored, open_envelope, subjects

_PAGE = 256


class MemoryLog:
    """See `Log`."""

    durability = "in memory: nothing outlives the process"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heads: dict[str, Head] = {}
        self._records: dict[str, list[Stored]] = {}
        self._remembered: dict[CommandKey, Remembered] = {}
        self._snapshots: dict[str, dict[tuple[int, int], bytes]] = defaultdict(dict)
        self._blobs: dict[str, dict[str, str]] = defaultdict(dict)
        self._uses: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self._freed: set[str] = set()
        self._notes: dict[str, str] = {}

    def commit(self, commit: Commit) -> None:
        commit.check()
        with self._lock:
            self._refuse(commit)
            for record in commit.records:
                self._records.setdefault(record.notebook_id, []).append(record)
            self._heads.update((head.notebook_id, head) for head in commit.heads)
            for use in commit.named:
                self._uses[use.notebook_id].add((use.sha256, use.seq))
            for stand_in in commit.stand_ins:
                self._redact(stand_in)
            self._remembered.update((one.key, one) for one in commit.remembered)
            for notebook_id in commit.deleted:
                self._delete(notebook_id)

    def _refuse(self, commit: Commit) -> None:
        for notebook_id, seq in commit.expected.items():
            head = self._heads.get(notebook_id)
            if seq != (head.seq if head else 0):
                raise Unavailable(
                    f"The log of {notebook_id} went on from {seq} by another writer; send it again."
                )
        if any(one.key in self._remembered for one in commit.remembered):
            raise Unavailable("Another writer did one of these commands; send them again.")
        for use in commit.named:
            if use.sha256 not in self._blobs[use.notebook_id]:
                raise Unavailable(
                    f"The blob {use.sha256} is no longer in {use.notebook_id}; put it there again."
                )

    def _redact(self, stand_in: StandIn) -> None:
        notebook_id, seq = stand_in.notebook_id, stand_in.seq
        records = self._records[notebook_id]
        record = records[seq - 1]
        cell_id, execution_id = subjects(stand_in.data)
        records[seq - 1] = replace(
            record, data=stand_in.data, salt=None, cell_id=cell_id, execution_id=execution_id
        )
        snapshots = self._snapshots[notebook_id]
        for version, at in [key for key in snapshots if key[1] >= seq]:
            del snapshots[version, at]
        command_id = open_envelope(record.envelope).command_id
        for key, one in self._remembered.items():
            if key[1:] == (record.actor_id, command_id):
                self._remembered[key] = replace(one, args_sha256=None)
        uses = self._uses[notebook_id]
        erased = {use for use in uses if use[1] == seq}
        uses -= erased
        self._drop_blobs(notebook_id, {sha256 for sha256, _ in erased})

    def _delete(self, notebook_id: str) -> None:
        self._heads.pop(notebook_id, None)
        self._records.pop(notebook_id, None)
        self._snapshots.pop(notebook_id, None)
        self._uses.pop(notebook_id, None)
        for key in [key for key in self._remembered if key[0] == notebook_id]:
            del self._remembered[key]
        self._drop_blobs(notebook_id, set(self._blobs[notebook_id]))

    def _drop_blobs(self, notebook_id: str, sha256s: set[str]) -> None:
        """Forget those that nothing in the notebook names; free those that nobody else holds."""
        named = {sha256 for sha256, _ in self._uses[notebook_id]}
        for sha256 in sha256s - named:
            self._blobs[notebook_id].pop(sha256, None)
            if not any(sha256 in held for held in self._blobs.values()):
                self._freed.add(sha256)

    def head(self, notebook_id: str) -> Head | None:
        return self._heads.get(notebook_id)

    def heads(self) -> list[Head]:
        with self._lock:
            return [self._heads[notebook_id] for notebook_id in sorted(self._heads)]

    def records(
        self,
        notebook_id: str,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        where: Filter = EVERY,
    ) -> Iterator[Stored]:
        left = limit
        while left is None or left > 0:
            with self._lock:
                found = self._page(notebook_id, after, upto, where)
            yield from found[:left]
            if len(found) < _PAGE:
                return
            after = found[-1].seq
            left = None if left is None else left - len(found)

    def _page(self, notebook_id: str, after: int, upto: int | None, where: Filter) -> list[Stored]:
        records = self._records.get(notebook_id, [])
        executions = (
            {one.execution_id for one in records if one.cell_id == where.cell_id}
            if where.cell_id is not None
            else set()
        ) - {None}
        found: list[Stored] = []
        for record in records[bisect_right(records, after, key=attrgetter("seq")) :]:
            if len(found) == _PAGE or (upto is not None and record.seq > upto):
                break
            if _fits(record, where, executions):
                found.append(record)
        return found

    def remembered(self, keys: Iterable[CommandKey]) -> dict[CommandKey, Remembered]:
        found = {key: self._remembered.get(key) for key in keys}
        return {key: one for key, one in found.items() if one is not None}

    def snapshot(
        self, notebook_id: str, reducer_version: int, at: int | None = None
    ) -> tuple[int, bytes] | None:
        with self._lock:
            kept = self._snapshots.get(notebook_id, {})
            seqs = [
                seq
                for version, seq in kept
                if version == reducer_version and (at is None or seq <= at)
            ]
            return (max(seqs), kept[reducer_version, max(seqs)]) if seqs else None

    def save_snapshot(self, notebook_id: str, reducer_version: int, seq: int, state: bytes) -> bool:
        with self._lock:
            later = self._records.get(notebook_id, [])[seq:]
            if notebook_id not in self._heads or any(record.type == REDACTED for record in later):
                return False
            kept = self._snapshots[notebook_id]
            kept[reducer_version, seq] = state
            seqs = sorted(seq for version, seq in kept if version == reducer_version)
            self._snapshots[notebook_id] = {
                (reducer_version, seq): kept[reducer_version, seq] for seq in seqs[-SNAPSHOTS_KEPT:]
            }
            return True

    def put_blob(self, notebook_id: str, sha256: str, size: int, at: str) -> None:
        with self._lock:
            self._blobs[notebook_id][sha256] = at
            self._freed.discard(sha256)

    def has_blobs(self, notebook_id: str, sha256s: Iterable[str]) -> set[str]:
        with self._lock:
            return set(sha256s) & self._blobs.get(notebook_id, {}).keys()

    def blob_users(self, sha256: str) -> set[str]:
        with self._lock:
            return {notebook_id for notebook_id, held in self._blobs.items() if sha256 in held}

    def drop_unnamed_blobs(self, before: str) -> None:
        with self._lock:
            for notebook_id, held in list(self._blobs.items()):
                self._drop_blobs(
                    notebook_id, {sha256 for sha256, put_at in held.items() if put_at < before}
                )

    def freed_blobs(self) -> list[str]:
        with self._lock:
            return sorted(self._freed)

    def forget_freed_blobs(self, sha256s: Iterable[str]) -> None:
        with self._lock:
            self._freed.difference_update(sha256s)

    def note(self, name: str) -> str | None:
        return self._notes.get(name)

    def keep_note(self, name: str, value: str) -> None:
        self._notes[name] = value

    def close(self) -> None:
        pass


def _fits(record: Stored, where: Filter, executions: set[str | None]) -> bool:
    return (
        (not where.types or record.type in where.types)
        and (where.actor_id is None or record.actor_id == where.actor_id)
        and (where.execution_id is None or record.execution_id == where.execution_id)
        and (
            where.cell_id is None
            or record.cell_id == where.cell_id
            or record.execution_id in executions
        )
    )
