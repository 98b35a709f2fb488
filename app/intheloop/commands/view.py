"""What answers show of cells, executions and outputs: bounded, in words that a model can use."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from intheloop.values import CellType

OutputKind: TypeAlias = Literal[
    "stdout", "stderr", "error", "text", "markdown", "table", "image", "svg", "chart", "html",
    "json", "other",
]  # fmt: skip

RunState: TypeAlias = Literal[
    "never run", "saved", "stale", "queued", "running", "waiting for input", "adrift",
    "ok", "error", "cancelled", "lost",
]  # fmt: skip
"""`saved`: outputs that came with a file; `stale`: the source changed since it ran."""


class OutputView(Struct, frozen=True, omit_defaults=True):
    """One output as text. `output` is its number; `more` says how to read what is left out.

    `size` is given where something is: the bytes of the whole text. `shape` is rows x columns of a
    table, width x height of an image; `mimes` are the forms that it has beside plain text.
    """

    output: int
    kind: OutputKind
    text: str
    size: int = 0
    shape: str = ""
    mimes: tuple[str, ...] = ()
    more: str = ""


class ExecutionView(Struct, frozen=True, omit_defaults=True):
    """One run of some code: how it stands or ended, who asked for it, what it shows.

    `rev` is that of the source that ran. `place_in_queue` counts from 1; `asks` is the question
    that the code waits on.
    """

    execution_id: str
    state: RunState
    cell_id: str | None = None
    rev: int | None = None
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
    """A cell: its id, its place from 1, the rev that an edit or a run must name, its source.

    In an outline `source` is its first line, and `lines` counts all. Of a long source a part is
    shown, from character `offset` on; `size` counts all its characters.
    """

    cell_id: str
    place: int
    cell_type: CellType
    rev: int
    source: str = ""
    lines: int = 0
    offset: int = 0
    size: int = 0
    state: RunState | None = None
    place_in_queue: int | None = None
    execution_id: str | None = None
    execution_count: int | None = None
    outputs: tuple[OutputView, ...] = ()
    more: str = ""


class CommentView(Struct, frozen=True, omit_defaults=True):
    """A comment that is not resolved, or a part of it, from character `offset` on."""

    comment_id: str
    author_id: str
    added_at: str
    text: str
    cell_id: str | None = None
    reply_to: str | None = None
    offset: int = 0
    more: str = ""


class RuntimeView(Struct, frozen=True, omit_defaults=True):
    """An attached runtime, and the kernel that it drives."""

    runtime_id: str
    kernel: str
    attached_at: str
    language: str = ""
    version: str = ""
    label: str = ""
    kernel_alive: bool = False
    restart_requested: bool = False
