"""Answers as text: the same facts as in their fields, in the shape that is easiest to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from intheloop import commands as c


def words(answer: Struct) -> str:
    """The answer as text; compact JSON for what is but a few ids."""
    match answer:
        case c.NotebookView():
            return _notebook(answer)
        case c.ExecutionTold(execution=execution):
            return f"{_execution(execution)}\n(seq {answer.seq})"
        case c.Requested():
            return _requested(answer)
        case c.History():
            return _history(answer)
        case c.OutputText():
            return _output(answer)
        case c.NotebookList():
            return _list(answer)
        case _:
            return msgspec.json.encode(answer).decode()


def _notebook(view: c.NotebookView) -> str:
    about = [f"notebook_id {view.notebook_id}", f"seq {view.seq}", f"{view.total} cells"]
    about += [f"kernel {view.kernel}"] if view.kernel else []
    about += [f"running {view.running}"] if view.running else []
    about += [f"{view.queued} queued"] if view.queued else []
    parts = [f"# {view.title or 'Untitled'} ({', '.join(about)})"]
    parts += [_cell(cell) for cell in view.cells]
    parts += [
        f"comment {one.comment_id} by {one.author_id}"
        f"{f' on {one.cell_id}' if one.cell_id else ''}: {one.text}"
        for one in view.comments
    ]
    parts += [view.more] if view.more else []
    return "\n\n".join(parts)


def _cell(cell: c.CellView) -> str:
    count = "" if cell.execution_count is None else f" [{cell.execution_count}]"
    state = f", {cell.state}{count}" if cell.state else ""
    run = f", execution {cell.execution_id}" if cell.execution_id else ""
    lines = [f"## {cell.cell_id} ({cell.cell_type}, rev {cell.rev}{state}{run})"]
    lines += [cell.source] if cell.source else []
    lines += _outputs(cell.outputs)
    lines += [cell.more] if cell.more else []
    return "\n".join(lines)


def _outputs(outputs: Iterable[c.OutputView]) -> Iterator[str]:
    for one in outputs:
        shape = f" {one.shape}" if one.shape else ""
        yield f"--- output {one.output}: {one.kind}{shape}"
        yield one.text.rstrip("\n")
        if one.more:
            yield f"({one.more})"


def _execution(view: c.ExecutionView) -> str:
    cell = f" of cell {view.cell_id}" if view.cell_id else ""
    took = "" if view.duration_ms is None else f" in {view.duration_ms / 1000:.3g} s"
    count = "" if view.execution_count is None else f" [{view.execution_count}]"
    lines = [f"execution {view.execution_id}{cell}: {view.state}{took}{count}"]
    lines += [view.reason] if view.reason else []
    if view.place_in_queue:
        lines.append(f"It is number {view.place_in_queue} in the queue.")
    if view.input_id:
        lines.append(
            f"It asks {view.asks!r}: answer with provide_input, input_id {view.input_id!r}."
        )
    lines += _outputs(view.outputs)
    lines += [view.more] if view.more else []
    return "\n".join(lines)


def _requested(answer: c.Requested) -> str:
    parts = [_execution(one) for one in answer.executions]
    if not parts:
        parts.append(f"requested: {', '.join(answer.execution_ids)}")
    if answer.waiting_for_runtime:
        parts.append("No runtime is attached yet; it runs once one is.")
    parts += [answer.more] if answer.more else []
    return "\n\n".join(parts) + f"\n(seq {answer.seq})"


def _history(answer: c.History) -> str:
    lines = [f"{line.seq}  {line.at}  {line.text}" for line in answer.lines]
    if not lines:
        lines.append("Nothing happened.")
    if answer.next_after is not None:
        lines.append(f"There is more: read on with after={answer.next_after}.")
    return "\n".join([*lines, f"(head {answer.head})"])


def _output(answer: c.OutputText) -> str:
    if answer.image:
        return f"An image ({answer.mime}), seq {answer.seq}."
    more = "" if answer.next_offset is None else f"; read on with offset={answer.next_offset}"
    about = f"({answer.mime}, {answer.total} characters in all{more}; seq {answer.seq})"
    return f"{answer.text}\n{about}"


def _list(answer: c.NotebookList) -> str:
    lines = [
        f"{one.notebook_id}  {one.title or 'Untitled'}  ({one.cells} cells, {one.role}, changed "
        f"{one.changed_at}{f', {one.running} running' if one.running else ''})"
        for one in answer.notebooks
    ]
    return "\n".join(
        [*(lines or ["There is no notebook that you may see."]), f"(seq {answer.seq})"]
    )
