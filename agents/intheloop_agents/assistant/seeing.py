"""What a turn shows the model of the notebook: looked up at a seq, so that it can be again.

First the whole scope, later only what others changed. The server's own views are used, the same
that every client reads; hidden cells are asked for by nobody.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client, to_record
from intheloop.notebook import Notebook
from intheloop.sentences import sentence
from intheloop.views import words
from intheloop_agents.masking import masked

from .hiding import is_hidden
from .thread import Run
from .tools import untrusted

MOST_CELLS = 200
MOST_LINES = 40
_PAGE = 1000


class Seen(Struct, frozen=True):
    """The text that a turn shows, and the manifest of what it holds."""

    text: str
    cells: tuple[e.SeenCell, ...] = ()
    hidden: tuple[str, ...] = ()
    cut: bool = False
    masked: int = 0


async def look(
    client: Client, notebook_id: str, runs: Sequence[Run], at: int, since: int | None
) -> Seen:
    """What the last of these runs is shown at a seq; with `since` what others changed after it."""
    seen = await _unmasked(client, notebook_id, runs, at, since)
    text, count = masked(seen.text)
    return replace(seen, text=text, masked=count)


async def _unmasked(
    client: Client, notebook_id: str, runs: Sequence[Run], at: int, since: int | None
) -> Seen:
    state = (await client.state(notebook_id, at=at, outputs="refs")).notebook
    scope = runs[-1].asked.cells
    if since is None:
        return await _whole(client, state, scope)
    records = [record async for record in _records(client, notebook_id, since, at)]
    return await _changes(client, state, runs, records, since)


async def _whole(client: Client, state: Notebook, scope: tuple[str, ...] | None) -> Seen:
    live = [cell for cell in state.live_cells() if scope is None or cell.cell_id in scope]
    hidden = tuple(cell.cell_id for cell in live if is_hidden(cell))
    shown = [cell.cell_id for cell in live if cell.cell_id not in hidden]
    named = shown if scope is not None or hidden else None
    title = f"The notebook as it is at seq {state.seq}."
    return await _seen(client, state, named, hidden, title)


async def _changes(
    client: Client,
    state: Notebook,
    runs: Sequence[Run],
    records: Sequence[e.WireRecord],
    since: int,
) -> Seen:
    others = [*_of_others(runs, records)]
    if not others:
        return Seen("")
    touched = {_cell_of(state, record) for record in others}
    live = [cell for cell in state.live_cells() if cell.cell_id in touched]
    hidden = tuple(cell.cell_id for cell in live if is_hidden(cell))
    shown = [cell.cell_id for cell in live if cell.cell_id not in hidden]
    told = [sentence(one) for one in others if _cell_of(state, one) not in hidden]
    left_out = len(told) - MOST_LINES
    more = [f"({left_out} more are left out: read_history tells them.)"] if left_out > 0 else []
    lines = "\n".join([*told[:MOST_LINES], *more])
    title = f"What others did after seq {since}, up to seq {state.seq}:\n{untrusted(lines, 'log')}"
    if not shown:
        return Seen(title, hidden=hidden, cut=left_out > 0)
    return await _seen(client, state, shown, hidden, f"{title}\nThe cells that they changed now:")


async def _seen(
    client: Client,
    state: Notebook,
    named: list[str] | None,
    hidden: tuple[str, ...],
    title: str,
) -> Seen:
    if named == []:
        return Seen(f"{title} There is no cell to show.", hidden=hidden)
    cells = None if named is None else named[:MOST_CELLS]
    view: c.NotebookView = await client.call(
        c.ReadNotebook(notebook_id=state.notebook_id, at=state.seq, cells=cells)
    )
    text = f"{title}\n{untrusted(words(view), 'read_notebook')}"
    if hidden:
        text += f"\n{len(hidden)} more cells are hidden from you."
    missing = named is not None and len(named) > MOST_CELLS
    manifest = tuple(_manifest(view))
    cut = bool(view.more) or missing or any(cell.cut for cell in manifest)
    return Seen(text, manifest, hidden, cut)


def _manifest(view: c.NotebookView) -> Iterator[e.SeenCell]:
    for cell in view.cells:
        cut = bool(cell.more) or any(output.more for output in cell.outputs)
        yield e.SeenCell(cell.cell_id, cell.rev, cell.execution_id, len(cell.outputs), cut)


async def _records(
    client: Client, notebook_id: str, after: int, upto: int
) -> AsyncIterator[e.WireRecord]:
    while after < upto:
        page, _ = await client.records(notebook_id, after=after, limit=min(_PAGE, upto - after))
        if not page:
            return
        for record in page:
            yield record
        after = page[-1].seq


_CELLS = (
    e.CellCreated,
    e.CellSourceEdited,
    e.CellMoved,
    e.CellTypeChanged,
    e.CellDeleted,
    e.CellRestored,
    e.CellOutputsCleared,
)
_OTHERWISE = (e.NotebookRenamed, e.KernelDied, e.KernelStarted, e.ExecutionCompleted)
_TOLD = frozenset(e.TYPE_NAMES[cls] for cls in (*_CELLS, *_OTHERWISE))


def _of_others(runs: Sequence[Run], records: Iterable[e.WireRecord]) -> Iterator[e.WireRecord]:
    """What is worth telling: not what these runs did themselves, nor what their tools told them."""
    own_runs = {run.run_id for run in runs}
    last_told = max((use.completed_seq for run in runs for use in run.uses), default=0)
    own: set[str] = set()
    for record in records:
        if record.correlation_id in own_runs:
            event = to_record(record).event
            if isinstance(event, e.ExecutionRequested):
                own.add(event.execution_id)
            continue
        if record.type not in _TOLD:
            continue
        event = to_record(record).event
        told = isinstance(event, e.ExecutionCompleted) and event.execution_id in own
        if not told or record.seq > last_told:
            yield record


def _cell_of(state: Notebook, record: e.WireRecord) -> str | None:
    event = to_record(record).event
    if isinstance(event, e.ExecutionCompleted):
        execution = state.executions.get(event.execution_id)
        return execution.cell_id if execution is not None else None
    return getattr(event, "cell_id", None)
