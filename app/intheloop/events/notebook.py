"""Events of a notebook as a whole."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from intheloop.values import Value


class Imported(Struct, frozen=True, omit_defaults=True):
    """The file that a notebook came from: name, sha256 of its bytes, "4.5" and unknown keys."""

    name: str
    sha256: str
    nbformat: str
    extra: Value | UnsetType = UNSET


class NotebookCreated(Struct, frozen=True, omit_defaults=True):
    """The first record of most logs."""

    title: str
    metadata: Value
    imported: Imported | None = None


class NotebookRenamed(Struct, frozen=True):
    """The title is now this."""

    title: str


class NotebookMetadataChanged(Struct, frozen=True):
    """The whole metadata is now this."""

    metadata: Value


class NotebookForked(Struct, frozen=True, omit_defaults=True):
    """The first record of a fork. The hash lets those who may read the past check it."""

    from_notebook_id: str
    from_seq: int
    from_hash: str
    title: str
    metadata: Value


class NotebookArchived(Struct, frozen=True):
    """Out of sight: it can be read and unarchived."""


class NotebookUnarchived(Struct, frozen=True):
    """In use again."""
