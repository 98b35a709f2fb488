"""A cell as a caller gives it: what `import_notebook` and `insert_cells` take."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from intheloop.values import Attachments, CellType, Count, Id, Output, Value, empty

FOR_PROGRAMS = Meta(extra_json_schema={"x-for": "programs"})
"""Says of an argument or a part of an answer that models have no use for it."""

ChosenId: TypeAlias = Annotated[
    Id | None, Meta(description="An id of your choice; left out, one is made.")
]


class GivenCell(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A cell to be made. Without `cell_id` it gets a fresh one.

    `outputs` are saved ones; `extra` keeps what only the file's form needs (its own ill-formed or
    duplicate id, unknown keys) for export.
    """

    source: str = ""
    cell_type: CellType = "code"
    cell_id: ChosenId = None
    metadata: Annotated[Value, FOR_PROGRAMS] = field(default_factory=empty)
    attachments: Annotated[Attachments | UnsetType, FOR_PROGRAMS] = UNSET
    outputs: Annotated[list[Output] | UnsetType, FOR_PROGRAMS] = UNSET
    execution_count: Annotated[Count | None, FOR_PROGRAMS] = None
    extra: Annotated[Value | UnsetType, FOR_PROGRAMS] = UNSET
