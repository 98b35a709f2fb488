"""What answers show of cells, executions and outputs: bounded, in words that a model can use."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from intheloop.values import CellType

OutputKind: TypeAlias = Literal[
    "stdout", "stderr", "error", "text", "markdown", "table", "image", "chart", "html", "json",
    "other",
]  # fmt: skip

RunState: TypeAlias = Literal[
    "never run", "saved", "stale", "queued", "running", "waiting for input", "adrift",
    "ok", "error", "cancelled", "lost",
]  # fmt: skip
"""`saved`: outputs that came with a file; `stale`: the source changed since it ran."""


class OutputView(Struct, frozen=True, omit_defaults=True):
    """One output as text. `output` is its number; `more` says how to read what is left out.

    `mimes` are the forms that it has beside text; `shape` is rows x columns of a table, width x
    height of an image.
    """

    output: int
    kind: OutputKind
    text: str
    characters: int = 0
    shape: str = ""
    mimes: tuple[str, ...] = ()
    more: str = ""


class ExecutionView(Struct, frozen=True, omit_defaults=True):
    """One run of some code: how it stands or ended, who asked for it, what it shows."""

    execution_id: str
    state: RunState
    cell_id: str | None = None
    requested_by: str = ""
    execution_count: int | None = None
    duration_ms: int | None = None
    reason: str | None = None
    place_in_queue: int | None = None
    asks: str | None = None
    input_id: str | None = None
    outputs: tuple[OutputView, ...] = ()
    more: str = ""


class CellView(Struct, frozen=True, omit_defaults=True):
    """A cell: its id, its place from 1, the rev that an edit or a run must name, its source."""

    cell_id: str
    place: int
    cell_type: CellType
    rev: int
    source: str = ""
    state: RunState | None = None
    execution_id: str | None = None
    execution_count: int | None = None
    outputs: tuple[OutputView, ...] = ()
    more: str = ""
