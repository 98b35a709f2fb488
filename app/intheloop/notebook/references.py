"""State with its outputs held by reference: enough to compare, not enough to show. What is still
open keeps its own, since more will stand behind them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

from msgspec import UnsetType
from msgspec.structs import replace

from intheloop.values import (
    DisplayOutput,
    ErrorOutput,
    OtherOutput,
    Output,
    ResultOutput,
    StreamOutput,
    Value,
)

from .execution import Shown, Stream
from .portable import PortableNotebook

_Rich: TypeAlias = DisplayOutput | ResultOutput | ErrorOutput | OtherOutput


def by_reference(packed: PortableNotebook) -> PortableNotebook:
    """The same state with each output's values named by sha256 and each stream by its digest, but
    for those of executions that are open."""
    return replace(
        packed,
        cells=[
            replace(cell, outputs=tuple(_saved(output) for output in cell.outputs))
            for cell in packed.cells
        ],
        executions=[
            each
            if each.is_open
            else replace(each, outputs=tuple(_shown(output) for output in each.outputs))
            for each in packed.executions
        ],
    )


def part_of(packed: PortableNotebook, cell_ids: Collection[str]) -> PortableNotebook:
    """These cells alone, with what they show."""
    shown = {cell.cell_id: cell for cell in packed.cells if cell.cell_id in cell_ids}
    return PortableNotebook(
        notebook_id=packed.notebook_id,
        seq=packed.seq,
        title=packed.title,
        metadata=packed.metadata,
        created_at=packed.created_at,
        cells=list(shown.values()),
        executions=[each for each in packed.executions if each.cell_id in shown],
    )


def _bare(value: Value) -> Value:
    return Value(value.sha256, blob=value.blob)


def _saved(output: Output) -> Output:
    if isinstance(output, StreamOutput):
        bare = replace(output, text="")
        return bare if isinstance(bare.extra, UnsetType) else replace(bare, extra=_bare(bare.extra))
    return _rich(output)


def _shown(output: Shown) -> Shown:
    return replace(output, pieces=()) if isinstance(output, Stream) else _rich(output)


def _rich(output: _Rich) -> _Rich:
    if isinstance(output, OtherOutput):
        return replace(output, value=_bare(output.value))
    if not isinstance(output.extra, UnsetType):
        output = replace(output, extra=_bare(output.extra))
    if isinstance(output, ErrorOutput):
        return replace(output, traceback=_bare(output.traceback))
    return replace(
        output,
        data={mime: _bare(value) for mime, value in output.data.items()},
        metadata=_bare(output.metadata),
    )
