"""The published side: committed states, rings, signals and open work, all on the event loop.

What a commit did becomes visible here in one step, state and frames together. Reads the store when
something is not in memory; never writes a record.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from intheloop.canonical import Digester
from intheloop.errors import NotFound
from intheloop.live import Ring, Signals, Wake, WorkIndex, open_items, record_frame
from intheloop.log import Log, wire
from intheloop.notebook import WORKSPACE_ID, Notebook, Workspace, kernel_name
from intheloop.reducer import REDUCER_VERSION

from .draft import Published, Tip
from .shelf import open_tip, snapshot_of
from .summary import Summary

KEPT_OPEN = 256
BYTES_A_RECORD = 1024
"""What writing snapshots may add to the writing of a record."""

_logger = logging.getLogger(__name__)
_decode_summary = msgspec.json.Decoder(Summary).decode


class Desk:
    """Committed state of one store, as everybody may see it."""

    def __init__(self, log: Log, snapshot_records: int) -> None:
        self._log = log
        self._snapshot_records = snapshot_records
        self._tips: OrderedDict[str, Tip] = OrderedDict()
        self._loading: dict[str, asyncio.Task[Tip]] = {}
        self._rings: dict[str, Ring] = {}
        self._digesters: dict[str, tuple[int, str, Digester]] = {}
        self._snapshots_due: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.signals: dict[str, Signals] = {}
        self.work = WorkIndex()
        self.on_taken_up: list[Callable[[str, Notebook], None]] = []
        self.on_published: list[Callable[[Published], None]] = []
        self.access_changed: set[Wake] = set()
        self.access_version = 0

    async def open(self) -> None:
        """Take up the workspace, and what is open in the notebooks: work, leases, approvals."""
        self._tips[WORKSPACE_ID] = await asyncio.to_thread(open_tip, self._log, WORKSPACE_ID)
        for head in await asyncio.to_thread(self._log.heads):
            summary = _decode_summary(head.summary)
            busy = summary.open or summary.runs or summary.runtime_id or summary.approvals
            if head.notebook_id != WORKSPACE_ID and busy:
                state = await self.notebook(head.notebook_id)
                self.work.update(head.notebook_id, open_items(state, summary.kernel))
                for notice in self.on_taken_up:
                    notice(head.notebook_id, state)

    async def close(self) -> None:
        """Let what is under way in the background finish."""
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def workspace(self) -> Workspace:
        """The workspace, which is always in memory."""
        state = self._tips[WORKSPACE_ID].state
        assert isinstance(state, Workspace)
        return state

    async def notebook(self, notebook_id: str) -> Notebook:
        """The committed state of a notebook; the empty one when there is none."""
        tip = await self.tip(notebook_id)
        return tip.state if isinstance(tip.state, Notebook) else Notebook(notebook_id)

    async def existing(self, notebook_id: str) -> Notebook:
        """The committed state of a notebook. Raises NotFound when there is none."""
        state = await self.notebook(notebook_id)
        if state.seq == 0:
            raise NotFound(
                f"There is no notebook {notebook_id}; list_notebooks shows those that there are."
            )
        return state

    async def tip(self, notebook_id: str) -> Tip:
        """Where a log stands."""
        known = self._tips.get(notebook_id)
        if known is not None:
            if notebook_id != WORKSPACE_ID:
                self._tips.move_to_end(notebook_id)
            return known
        task = self._loading.get(notebook_id)
        if task is None:
            task = asyncio.create_task(self._load(notebook_id))
            self._loading[notebook_id] = task
        loaded = await asyncio.shield(task)
        return self._tips.get(notebook_id) or loaded  # something may have been published since

    async def _load(self, notebook_id: str) -> Tip:
        try:
            loaded = await asyncio.to_thread(open_tip, self._log, notebook_id)
        finally:
            del self._loading[notebook_id]
        known = self._tips.get(notebook_id)
        if known is not None:  # a commit was published meanwhile: it is newer
            return known
        if loaded.seq:
            self._shelve(notebook_id, loaded)
        return loaded

    def _shelve(self, notebook_id: str, tip: Tip) -> None:
        self._tips[notebook_id] = tip
        self._tips.move_to_end(notebook_id)
        while len(self._tips) > KEPT_OPEN:
            oldest = next(key for key in self._tips if key != WORKSPACE_ID)
            del self._tips[oldest]
            self._digesters.pop(oldest, None)

    def publish(self, published: list[Published], answers: list[Callable[[], None]]) -> None:
        """A commit is durable: states, frames, then answers, without a pause in between."""
        try:
            for each in published:
                self._publish(each)
        finally:
            for answer in answers:
                answer()

    def _publish(self, each: Published) -> None:
        notebook_id, ring = each.notebook_id, self._rings.get(each.notebook_id)
        if each.tip is None:
            self._tips.pop(notebook_id, None)
            self.signals.pop(notebook_id, None)
            self.work.update(notebook_id, [])
        else:
            self._shelve(notebook_id, each.tip)
        if each.rewritten or each.tip is None:
            self._digesters.pop(notebook_id, None)
            self._snapshots_due.pop(notebook_id, None)
            if ring is not None:
                ring.forget()
        if ring is not None and each.records:
            frames = [record_frame(stored.seq, wire(stored)) for stored in each.records]
            ring.publish(each.records[0].seq, frames)
        if notebook_id == WORKSPACE_ID:
            self.access_version += 1
            for wake in self.access_changed:
                wake.set()
        elif each.tip is not None and isinstance(each.tip.state, Notebook):
            state = each.tip.state
            self.work.update(notebook_id, open_items(state, kernel_name(state.metadata)))
        for notice in self.on_published:
            notice(each)
        if each.tip is not None:
            self._snapshot_when_due(notebook_id, each.tip)

    def ring(self, notebook_id: str, seq: int) -> Ring:
        """The ring of a log that somebody begins to follow; `seq` is where it stands."""
        ring = self._rings.get(notebook_id)
        if ring is None:
            ring = self._rings[notebook_id] = Ring(seq)
        return ring

    def leave(self, notebook_id: str, wake: Wake) -> None:
        """Somebody no longer follows; a ring that nobody follows goes."""
        ring = self._rings.get(notebook_id)
        if ring is not None:
            ring.leave(wake)
            if not ring.watched:
                del self._rings[notebook_id]

    def live_ring(self, notebook_id: str) -> Ring | None:
        """The ring, if anybody follows."""
        return self._rings.get(notebook_id)

    async def digest(self, notebook_id: str) -> tuple[int, str]:
        """(seq, digest) of the committed state; computed when asked, from cached cell digests."""
        state = await self.notebook(notebook_id)
        seq, known, digester = self._digesters.get(notebook_id) or (-1, "", Digester())
        if seq != state.seq:
            known = digester.digest(state)
            self._digesters[notebook_id] = (state.seq, known, digester)
        return state.seq, known

    def _snapshot_when_due(self, notebook_id: str, tip: Tip) -> None:
        if tip.seq < self._snapshots_due.get(notebook_id, self._snapshot_records):
            return
        save = self._save_snapshot if notebook_id in self._snapshots_due else self._first_snapshot
        self._snapshots_due[notebook_id] = tip.seq + self._snapshot_records
        task = asyncio.create_task(self._snapshot(notebook_id, tip, save))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _snapshot(self, notebook_id: str, tip: Tip, save: Callable[[str, Tip], int]) -> None:
        try:
            self._snapshots_due[notebook_id] = await asyncio.to_thread(save, notebook_id, tip)
        except Exception:
            _logger.exception("No snapshot of %s was kept; opening it takes longer.", notebook_id)

    def _first_snapshot(self, notebook_id: str, tip: Tip) -> int:
        """One of an earlier run of the server may do for now."""
        found = self._log.snapshot(notebook_id, REDUCER_VERSION)
        if found is not None and tip.seq < (due := self._next_due(*found)):
            return due
        return self._save_snapshot(notebook_id, tip)

    def _save_snapshot(self, notebook_id: str, tip: Tip) -> int:
        """The seq at which the next one is due."""
        state = snapshot_of(tip.state)
        saved = self._log.save_snapshot(notebook_id, REDUCER_VERSION, tip.seq, state)
        return self._next_due(tip.seq, state) if saved else 0

    def _next_due(self, seq: int, state: bytes) -> int:
        """A large state waits for more records, so that it is not written again for a few."""
        return seq + max(self._snapshot_records, len(state) // BYTES_A_RECORD)
