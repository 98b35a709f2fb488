"""A cell as a caller gives it: what `import_notebook` and `insert_cells` take."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

from intheloop.values import Attachments, CellType, Count, Id, Output, Value, empty


class GivenCell(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A cell to be made. Without `cell_id` it gets a fresh one.

    `outputs` are saved ones; `extra` keeps what only the file's form needs (its own ill-formed or
    duplicate id, unknown keys) for export.
    """

    source: str = ""
    cell_type: CellType = "code"
    cell_id: Id | None = None
    metadata: Value = field(default_factory=empty)
    attachments: Attachments | UnsetType = UNSET
    outputs: list[Output] | UnsetType = UNSET
    execution_count: Count | None = None
    extra: Value | UnsetType = UNSET
