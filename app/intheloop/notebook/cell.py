"""A cell, as its log adds up."""

from __future__ import annotations

from msgspec import Struct

from intheloop.values import Attachments, CellType, Output, Value


class Cell(Struct, frozen=True, omit_defaults=True):
    """A cell in sight, or (`deleted`) the tombstone that keeps its id and place.

    `rev` is the seq that last changed the source. `outputs` are saved ones, which nobody ran here;
    once an execution started, `execution_id` names the one whose outputs show instead.
    """

    cell_id: str
    cell_type: CellType
    source: str
    rev: int
    metadata: Value
    attachments: Attachments = {}
    outputs: tuple[Output, ...] = ()
    execution_count: int | None = None
    execution_id: str | None = None
    deleted: bool = False
    extra: Value | None = None
