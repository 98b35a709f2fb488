"""Opening logs: the newest snapshot of this reducer version, and what came after it.

Reads the store only. Nothing it gives depends on how long the log's past is, once a snapshot is
there.
"""

from __future__ import annotations

import msgspec

from intheloop.log import Log, open_stored
from intheloop.notebook import (
    WORKSPACE_ID,
    Notebook,
    PortableNotebook,
    PortableWorkspace,
    Workspace,
    pack,
    pack_workspace,
    unpack,
    unpack_workspace,
)
from intheloop.reducer import REDUCER_VERSION, apply, apply_workspace

from .draft import Tip, empty_tip

_decode_notebook = msgspec.json.Decoder(PortableNotebook).decode
_decode_workspace = msgspec.json.Decoder(PortableWorkspace).decode


def open_tip(log: Log, notebook_id: str) -> Tip:
    """The committed tip of a log; of one that has no records the empty one."""
    if notebook_id == WORKSPACE_ID:
        return _tip(log, notebook_id, _open_workspace(log))
    return _tip(log, notebook_id, open_notebook(log, notebook_id))


def open_notebook(log: Log, notebook_id: str, at: int | None = None) -> Notebook:
    """The notebook as of now, or as of a seq."""
    found = log.snapshot(notebook_id, REDUCER_VERSION, at)
    state = Notebook(notebook_id) if found is None else unpack(_decode_notebook(found[1]))
    for stored in log.records(notebook_id, after=state.seq, upto=at):
        state = apply(state, open_stored(stored))
    return state


def snapshot_of(state: Notebook | Workspace) -> bytes:
    """The bytes from which the state opens again."""
    if isinstance(state, Notebook):
        return msgspec.json.encode(pack(state))
    return msgspec.json.encode(pack_workspace(state))


def _open_workspace(log: Log) -> Workspace:
    found = log.snapshot(WORKSPACE_ID, REDUCER_VERSION)
    state = Workspace() if found is None else unpack_workspace(_decode_workspace(found[1]))
    for stored in log.records(WORKSPACE_ID, after=state.seq):
        state = apply_workspace(state, open_stored(stored))
    return state


def _tip(log: Log, notebook_id: str, state: Notebook | Workspace) -> Tip:
    """The state may be of a moment after the head that was read with it: the record tells."""
    if state.seq == 0:
        return empty_tip(notebook_id)
    last = next(iter(log.records(notebook_id, after=state.seq - 1, upto=state.seq)), None)
    if last is None:
        return empty_tip(notebook_id)  # deleted between the two reads
    return Tip(state, state.seq, last.hash)
