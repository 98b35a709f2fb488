"""What people hid in one notebook, looked up in its log: cells, their runs, what is said of them.

A cell that was hidden when it was deleted stays hidden, as does every run of a hidden cell, however
long ago it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from intheloop import events as e
from intheloop.client import Client, to_record
from intheloop.notebook import Notebook

from .hiding import about, hidden_in, is_hiding

_PAGE = 1000
_TAGGING = ("cellCreated", "cellMetadataChanged", "cellRestored")


class Hidden:
    """The ids of all that is hidden from the assistant. Ask anew for each use of a tool."""

    def __init__(self, client: Client, notebook_id: str) -> None:
        self._client = client
        self._notebook_id = notebook_id
        self._read: dict[tuple[str, str | None], int] = {}
        self._tagged: dict[str, tuple[int, bool]] = {}
        self._runs: dict[str, set[str]] = {}

    async def ids(self) -> frozenset[str]:
        """As the notebook is now."""
        state = (await self._client.state(self._notebook_id, outputs="refs")).notebook
        cells = hidden_in(state) | await self._deleted(state)
        await asyncio.gather(*map(self._look_for_runs, cells))
        runs = frozenset(run for cell_id in cells for run in self._runs.get(cell_id, ()))
        return cells | runs | about(state, cells, runs)

    async def _deleted(self, state: Notebook) -> frozenset[str]:
        """Cells that are gone and were hidden to the end: earlier states show them still."""
        gone = {cell.cell_id for cell in state.cells.values() if cell.deleted}
        if not gone:
            return frozenset()
        for kind in _TAGGING:
            async for record in self._new(kind):
                match to_record(record).event:
                    case (
                        e.CellCreated(cell_id=cell_id, metadata=metadata)
                        | e.CellMetadataChanged(cell_id=cell_id, metadata=metadata)
                        | e.CellRestored(cell_id=cell_id, metadata=metadata)
                    ):
                        said = (record.seq, is_hiding(metadata))
                        self._tagged[cell_id] = max(said, self._tagged.get(cell_id, said))
        return frozenset(one for one in gone if self._tagged.get(one, (0, False))[1])

    async def _look_for_runs(self, cell_id: str) -> None:
        found = self._runs.setdefault(cell_id, set())
        async for record in self._new("executionRequested", cell_id):
            event = to_record(record).event
            if isinstance(event, e.ExecutionRequested):
                found.add(event.execution_id)

    async def _new(self, kind: str, cell_id: str | None = None) -> AsyncIterator[e.WireRecord]:
        """Records of a kind that were not read yet."""
        while True:
            after = self._read.get((kind, cell_id), 0)
            page, _ = await self._client.records(
                self._notebook_id, after=after, limit=_PAGE, event_type=kind, cell=cell_id
            )
            for record in page:
                yield record
                self._read[kind, cell_id] = record.seq
            if len(page) < _PAGE:
                return
