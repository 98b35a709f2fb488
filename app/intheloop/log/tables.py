"""The tables of a store. Integers are BIGINT: a smaller type would overflow one day.

Bytes that are hashed are kept as bytes, never in a type that a database would read or rewrite.
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, MetaData, Table, Text
from sqlmodel import Field, SQLModel

from .dialect import CLUSTERED, where_present

FORMAT = 1
"""The version of these tables. A change of them raises it, with a step from the one before."""


class StoreTable(SQLModel):
    """Keeps these tables in a collection of their own."""

    metadata: ClassVar[MetaData] = MetaData()


class MetaRow(StoreTable, table=True):
    """Facts about the store itself: `format`; `erasing` while erased bytes may lie about;
    `failed_commits`, how often a COMMIT failed; each note under its name.
    """

    __tablename__: ClassVar[str] = "meta"

    key: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)


class RecordRow(StoreTable, table=True):
    """A `Stored`, its fields in the same order."""

    __tablename__: ClassVar[str] = "record"
    __table_args__ = (
        # With the execution, so that the executions of a cell are found in this index alone.
        Index(
            "record_by_cell",
            "notebook_id",
            "cell_id",
            "seq",
            "execution_id",
            **where_present("cell_id"),
        ),
        Index(
            "record_by_execution",
            "notebook_id",
            "execution_id",
            "seq",
            **where_present("execution_id"),
        ),
        CLUSTERED,
    )

    notebook_id: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    envelope: bytes = Field(sa_type=LargeBinary)
    data: bytes = Field(sa_type=LargeBinary)
    salt: bytes | None = Field(sa_type=LargeBinary)
    hash: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    actor_id: str = Field(sa_type=Text)
    cell_id: str | None = Field(sa_type=Text)
    execution_id: str | None = Field(sa_type=Text)


class HeadRow(StoreTable, table=True):
    """A `Head`."""

    __tablename__: ClassVar[str] = "head"
    __table_args__ = (CLUSTERED,)

    notebook_id: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(sa_type=BigInteger)
    hash: str = Field(sa_type=Text)
    summary: bytes = Field(sa_type=LargeBinary)


class RememberedRow(StoreTable, table=True):
    """A `Remembered`."""

    __tablename__: ClassVar[str] = "remembered"
    __table_args__ = (CLUSTERED,)

    notebook_id: str = Field(primary_key=True, sa_type=Text)
    principal_id: str = Field(primary_key=True, sa_type=Text)
    command_id: str = Field(primary_key=True, sa_type=Text)
    args_sha256: str | None = Field(sa_type=Text)
    result: bytes = Field(sa_type=LargeBinary)


class SnapshotRow(StoreTable, table=True):
    """The state of a notebook at `seq`, as bytes that one version of the reducer can read."""

    __tablename__: ClassVar[str] = "snapshot"

    notebook_id: str = Field(primary_key=True, sa_type=Text)
    reducer_version: int = Field(primary_key=True, sa_type=BigInteger)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    state: bytes = Field(sa_type=LargeBinary)


class BlobRow(StoreTable, table=True):
    """A blob was put into a notebook; `size` in bytes, `put_at` in UTC."""

    __tablename__: ClassVar[str] = "blob"
    __table_args__ = (Index("blob_by_sha256", "sha256"), CLUSTERED)

    notebook_id: str = Field(primary_key=True, sa_type=Text)
    sha256: str = Field(primary_key=True, sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    put_at: str = Field(sa_type=Text)


class BlobUseRow(StoreTable, table=True):
    """A `BlobUse`."""

    __tablename__: ClassVar[str] = "blob_use"
    __table_args__ = (Index("blob_use_by_seq", "notebook_id", "seq"), CLUSTERED)

    notebook_id: str = Field(primary_key=True, sa_type=Text)
    sha256: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)


class FreedBlobRow(StoreTable, table=True):
    """A blob that no notebook holds any more and whose bytes may still be there."""

    __tablename__: ClassVar[str] = "freed_blob"

    sha256: str = Field(primary_key=True, sa_type=Text)


TABLES: list[Table] = StoreTable.metadata.sorted_tables
