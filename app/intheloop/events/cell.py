"""Events of cells. Order is by anchor: `after` is a cell id, or null for the top."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from intheloop.values import AttachmentChanges, Attachments, CellType, Output, Value


class CellCreated(Struct, frozen=True, omit_defaults=True):
    """A new cell, directly after its anchor. `outputs` are saved ones: nobody ran them here.

    `extra` holds what only the imported file's form needs: its own cell id, unknown keys.
    """

    cell_id: str
    cell_type: CellType
    source: str
    after: str | None
    metadata: Value
    attachments: Attachments | UnsetType = UNSET
    outputs: list[Output] | UnsetType = UNSET
    execution_count: int | None = None
    extra: Value | UnsetType = UNSET


class CellSourceEdited(Struct, frozen=True):
    """A change set in final coordinates, in CodeMirror's JSON form over UTF-16 units.

    `base_rev` is the rev that it applies to, after the server's mapping.
    """

    cell_id: str
    base_rev: int
    changes: list[Any]


class CellMoved(Struct, frozen=True):
    """The cell now stands directly after its anchor."""

    cell_id: str
    after: str | None


class CellTypeChanged(Struct, frozen=True):
    """The cell is now of this type."""

    cell_id: str
    cell_type: CellType


class CellMetadataChanged(Struct, frozen=True):
    """The cell's whole metadata is now this."""

    cell_id: str
    metadata: Value


class CellAttachmentsChanged(Struct, frozen=True):
    """Files that the cell carries, such as images of a note, came or (null) went; others stay."""

    cell_id: str
    attachments: AttachmentChanges


class CellDeleted(Struct, frozen=True):
    """Gone from sight; its id and place are kept."""

    cell_id: str


class CellRestored(Struct, frozen=True, omit_defaults=True):
    """A deleted cell is back in its place, complete in itself."""

    cell_id: str
    cell_type: CellType
    source: str
    metadata: Value
    attachments: Attachments | UnsetType = UNSET
    outputs: list[Output] | UnsetType = UNSET
    execution_count: int | None = None
    extra: Value | UnsetType = UNSET


class CellOutputsCleared(Struct, frozen=True):
    """What the cell showed is gone from sight; the log still has it."""

    cell_id: str
