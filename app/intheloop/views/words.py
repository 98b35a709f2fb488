"""Answers as text: the same facts as in their fields, in the shape that is easiest to read.

What others wrote stands between fences that it cannot hold itself, or in quotes, so that it is
never taken for a word of ours. Control characters are shown as pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from intheloop import commands as c

from .plain import visible

_LONGEST_FENCE = 8
_TICKS = re.compile(r"`{3,}")


def words(answer: Struct) -> str:
    """The answer as text; compact JSON for what is but a few ids."""
    match answer:
        case c.NotebookView():
            lines = _notebook(answer)
        case c.ExecutionTold(execution=execution):
            lines = _execution(execution)
        case c.Requested():
            lines = _requested(answer)
        case c.History():
            lines = _history(answer)
        case c.OutputText():
            lines = _part(answer)
        case c.NotebookList():
            lines = _list(answer)
        case c.Edited():
            lines = _edited(answer)
        case c.NotebookDiff():
            lines = _different(answer)
        case c.Asked():
            lines = _asked(answer)
        case _:
            return msgspec.json.encode(answer).decode()
    return "\n".join([*lines, f"(seq {answer.seq})"])


def _notebook(view: c.NotebookView) -> Iterator[str]:
    about = [f"notebook_id {view.notebook_id}", f"{view.total} cells"]
    about += [f"kernel {view.kernel}"] if view.kernel else []
    about += [f"running {view.running}"] if view.running else []
    about += [f"{view.queued} queued"] if view.queued else []
    yield f"# {view.title or 'Untitled'} ({', '.join(about)})"
    if view.waiting:
        yield f"Waiting for somebody: {_inline(view.waiting)}"
    outline = any(cell.lines for cell in view.cells)
    for cell in view.cells:
        yield from _line(cell) if outline else _cell(cell)
    for one in view.comments:
        yield from _comment(one)
    if view.more:
        yield f"({view.more})"


def _about(cell: c.CellView) -> str:
    parts = [f"place {cell.place}", cell.cell_type, f"rev {cell.rev}"]
    place = f" at place {cell.place_in_queue}" if cell.place_in_queue else ""
    count = "" if cell.execution_count is None else f"[{cell.execution_count}]"
    state = f"{cell.state or ''}{place} {count}".strip()
    parts += [state] if state else []
    parts += [f"execution {cell.execution_id}"] if cell.execution_id else []
    return ", ".join(parts)


def _line(cell: c.CellView) -> Iterator[str]:
    lines = f" ({cell.lines} lines)" if cell.lines > 1 else ""
    yield f"- {cell.cell_id} ({_about(cell)}): {_quoted(cell.source)}{lines}"


def _cell(cell: c.CellView) -> Iterator[str]:
    yield f"\n## {cell.cell_id} ({_about(cell)})"
    if cell.offset:
        yield f"The source from character {cell.offset} on:"
    if cell.source:
        yield _fenced(cell.source)
    yield from _outputs(cell.outputs)
    if cell.more:
        yield f"({cell.more})"


def _comment(one: c.CommentView) -> Iterator[str]:
    place = f" on {one.cell_id}" if one.cell_id else ""
    place += f" in reply to {one.reply_to}" if one.reply_to else ""
    place += f" from character {one.offset} on" if one.offset else ""
    text = _quoted(one.text)
    yield f"comment {one.comment_id} by {one.author_id}{place} ({one.added_at}): {text}"
    if one.more:
        yield f"({one.more})"


def _outputs(outputs: Iterable[c.OutputView]) -> Iterator[str]:
    for one in outputs:
        size = f", {one.size} bytes" if one.size else ""
        shape = f", {one.shape}" if one.shape else ""
        mimes = f" ({_inline(', '.join(one.mimes))})" if one.mimes else ""
        yield f"output {one.output}: {one.kind}{shape}{size}{mimes}"
        if one.text:
            yield _fenced(one.text)
        if one.more:
            yield f"({one.more})"


def _execution(view: c.ExecutionView) -> Iterator[str]:
    cell = f" of cell {view.cell_id}" if view.cell_id else ""
    rev = f" at rev {view.rev}" if view.rev is not None else ""
    count = "" if view.execution_count is None else f" [{view.execution_count}]"
    took = "" if view.duration_ms is None else f" in {view.duration_ms} ms"
    by = f", asked for by {view.requested_by}" if view.requested_by else ""
    yield f"execution {view.execution_id}{cell}{rev}: {view.state}{count}{took}{by}"
    if view.reason:
        yield _quoted(view.reason)
    if view.place_in_queue:
        yield f"It is number {view.place_in_queue} in the queue."
    if view.asks is not None:
        answer = f" (input_id {view.input_id})" if view.input_id else ""
        yield f"It asks {_quoted(view.asks)}{answer}"
    yield from _outputs(view.outputs)
    if view.more:
        yield f"({view.more})"


def _requested(answer: c.Requested) -> Iterator[str]:
    if answer.state:
        yield f"All in all: {answer.state}"
    told = {one.execution_id for one in answer.executions}
    ids = [one for one in answer.execution_ids if one not in told]
    if ids:
        yield f"Requested: {', '.join(ids)}"
    for one in answer.executions:
        yield from _execution(one)
    if answer.waiting_for_runtime:
        yield "No runtime is attached yet; it runs once one is."
    if answer.more:
        yield f"({answer.more})"


def _history(answer: c.History) -> Iterator[str]:
    for line in answer.lines:
        first = f"{line.first_seq}-" if line.first_seq else ""
        who = f"{_inline(line.actor_id)}, {line.actor_kind}"
        yield f"{first}{line.seq}  {line.at}  ({who})  {line.text}"
    yield f"({f'{answer.more} head {answer.head}'.strip()})"


def _part(answer: c.OutputText) -> Iterator[str]:
    begin = f", from byte {answer.offset} on" if answer.offset else ""
    following = "" if answer.next_offset is None else f", next_offset {answer.next_offset}"
    yield f"{_inline(answer.mime)}, {answer.total} bytes in all{begin}{following}"
    if answer.text:
        yield _fenced(answer.text)
    if answer.more:
        yield f"({answer.more})"


def _list(answer: c.NotebookList) -> Iterator[str]:
    for one in answer.notebooks:
        running = f", {one.running} to run" if one.running else ""
        archived = ", archived" if one.archived else ""
        yield (
            f"- {one.notebook_id}: {_quoted(one.title)} ({one.cells} cells, your role is "
            f"{one.role}, made {one.created_at}, changed {one.changed_at}, seq {one.seq}"
            f"{running}{archived})"
        )
    if not answer.notebooks:
        yield "There is no such notebook that you may see."
    if answer.more:
        yield f"({answer.more})"


def _edited(answer: c.Edited) -> Iterator[str]:
    yield f"cell {answer.cell_id} is at rev {answer.rev}"
    yield from map(_inline, answer.merged)
    if answer.diff:
        yield _fenced(answer.diff, "diff")


def _different(answer: c.NotebookDiff) -> Iterator[str]:
    yield f"From seq {answer.from_seq} to {answer.to_seq}:"
    for field in answer.fields:
        yield _inline(field)
    for cell in answer.cells:
        by = f" by {', '.join(map(_inline, cell.by))}" if cell.by else ""
        told = f" ({', '.join(cell.fields)})" if cell.fields else ""
        yield f"\n## {cell.cell_id} {cell.change}{by}{told}"
        if cell.diff:
            yield _fenced(cell.diff, "diff")
    if not answer.cells and not answer.fields:
        yield "Nothing is different."
    if answer.more:
        yield f"({answer.more})"


def _asked(answer: c.Asked) -> Iterator[str]:
    if answer.voided:
        yield f"What was approved or asked before counts no more. {_inline(answer.voided)}"
    yield f"{_inline(answer.reason)} {_inline(answer.next)}"
    yield f"approval_id {answer.approval_id}, decided in the page at {answer.decide_at}"


def _fenced(text: str, language: str = "") -> str:
    """The text between fences that are longer than any in it, or, where those would be very long,
    with a bar before each line."""
    text = visible(text).removesuffix("\n")
    longest = 2
    if "```" in text:
        longest = max(len(ticks) for ticks in _TICKS.findall(text))
    if longest > _LONGEST_FENCE:
        return "|" + text.replace("\n", "\n|")
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _quoted(text: str) -> str:
    return visible(msgspec.json.encode(text).decode())


def _inline(text: str) -> str:
    return visible(text).replace("\n", " ")
