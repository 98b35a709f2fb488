"""The SQL of a store, in words that every SQL database knows, and its form for one driver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Dialect, text

from .protocol import CommandKey, Filter
from .tables import StoreTable

RECORD_COLUMNS = (
    "notebook_id, seq, envelope, data, salt, hash, type, actor_id, cell_id, execution_id"
)


def insert_into(table: str) -> str:
    """One row, all columns in the order of the table."""
    columns = StoreTable.metadata.tables[table].columns.keys()
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES (:{', :'.join(columns)})"


INSERT_RECORD = insert_into("record")
INSERT_HEAD = insert_into("head")
INSERT_REMEMBERED = insert_into("remembered")
INSERT_SNAPSHOT = insert_into("snapshot")
INSERT_BLOB = insert_into("blob")
INSERT_BLOB_USE = insert_into("blob_use")
INSERT_FREED_BLOB = insert_into("freed_blob")
INSERT_META = insert_into("meta")

HEAD = "SELECT notebook_id, seq, hash, summary FROM head WHERE notebook_id = :notebook_id"
HEADS = "SELECT notebook_id, seq, hash, summary FROM head ORDER BY notebook_id"
ADVANCE_HEAD = (
    "UPDATE head SET seq = :seq, hash = :hash, summary = :summary "
    "WHERE notebook_id = :notebook_id AND seq = :expected"
)
KEYS_AT_ONCE = 32
"""Always as many, the last one repeated: a statement of another size would be prepared anew."""

REMEMBERED = (
    "SELECT notebook_id, principal_id, command_id, args_sha256, result FROM remembered "
    "WHERE notebook_id = :notebook_id AND principal_id = :principal_id "
    f"AND command_id IN ({', '.join(f':id_{number}' for number in range(KEYS_AT_ONCE))})"
)
LATEST_REMEMBERED = (
    "SELECT MAX(command_id) FROM remembered "
    "WHERE notebook_id = :notebook_id AND principal_id = :principal_id"
)

ENVELOPE = "SELECT envelope FROM record WHERE notebook_id = :notebook_id AND seq = :seq"
REDACT = (
    "UPDATE record SET data = :data, salt = NULL, cell_id = :cell_id, "
    "execution_id = :execution_id WHERE notebook_id = :notebook_id AND seq = :seq"
)
FORGET_ARGS = (
    "UPDATE remembered SET args_sha256 = NULL "
    "WHERE principal_id = :principal_id AND command_id = :command_id"
)
DROP_SNAPSHOTS_FROM = "DELETE FROM snapshot WHERE notebook_id = :notebook_id AND seq >= :seq"
DELETE_ALL = tuple(
    f"DELETE FROM {table} WHERE notebook_id = :notebook_id"
    for table in ("record", "head", "snapshot", "remembered", "blob_use")
)

SNAPSHOT = (
    "SELECT seq, state FROM snapshot WHERE notebook_id = :notebook_id "
    "AND reducer_version = :reducer_version AND seq <= :at ORDER BY seq DESC LIMIT 1"
)
OF_TYPE_AFTER = (
    "SELECT seq FROM record WHERE notebook_id = :notebook_id AND seq > :seq "
    "AND type = :type LIMIT 1"
)
DROP_SNAPSHOT = (
    "DELETE FROM snapshot WHERE notebook_id = :notebook_id "
    "AND (reducer_version <> :reducer_version OR seq = :seq)"
)
SNAPSHOT_SEQS = (
    "SELECT seq FROM snapshot WHERE notebook_id = :notebook_id "
    "AND reducer_version = :reducer_version ORDER BY seq DESC"
)
DROP_SNAPSHOTS_BELOW = "DELETE FROM snapshot WHERE notebook_id = :notebook_id AND seq < :seq"

BLOB = "SELECT sha256 FROM blob WHERE notebook_id = :notebook_id AND sha256 = :sha256"
BLOBS = "SELECT sha256 FROM blob WHERE notebook_id = :notebook_id"
BLOB_USERS = "SELECT notebook_id FROM blob WHERE sha256 = :sha256"
BLOBS_USED_AT = "SELECT sha256 FROM blob_use WHERE notebook_id = :notebook_id AND seq = :seq"
DROP_USES_AT = "DELETE FROM blob_use WHERE notebook_id = :notebook_id AND seq = :seq"
OLD_BLOBS = (
    "SELECT notebook_id, sha256 FROM blob WHERE put_at < :before AND NOT EXISTS (SELECT 1 "
    "FROM blob_use u WHERE u.notebook_id = blob.notebook_id AND u.sha256 = blob.sha256)"
)
DROP_BLOB = "DELETE FROM blob WHERE notebook_id = :notebook_id AND sha256 = :sha256"
DROP_UNNAMED_BLOB = (
    f"{DROP_BLOB} AND NOT EXISTS (SELECT 1 FROM blob_use u "
    "WHERE u.notebook_id = blob.notebook_id AND u.sha256 = blob.sha256)"
)
FREED_BLOBS = "SELECT sha256 FROM freed_blob ORDER BY sha256"
FORGET_FREED_BLOB = "DELETE FROM freed_blob WHERE sha256 = :sha256"

META = "SELECT value FROM meta WHERE key = :key"
DROP_META = "DELETE FROM meta WHERE key = :key"


_PLACE = "notebook_id = :notebook_id AND seq > :after AND seq <= :upto"
_OF_EXECUTION = f"SELECT seq FROM record WHERE {_PLACE} AND execution_id = :execution_id"
_OF_CELL = (
    f"SELECT seq FROM record WHERE {_PLACE} AND cell_id = :cell_id "
    f"UNION SELECT seq FROM record WHERE {_PLACE} AND execution_id IN "
    "(SELECT execution_id FROM record WHERE notebook_id = :notebook_id AND cell_id = :cell_id "
    "AND execution_id IS NOT NULL)"
)


def select_records(where: Filter) -> str:
    """A page of records; its values are `filter_values`, a place and a size.

    What a subject has is walked through in its index, and the records are then taken by key: no
    walk through a whole log.
    """
    subjects = []
    if where.cell_id is not None:
        subjects.append(f"seq IN ({_OF_CELL})")
    if where.execution_id is not None:
        subjects.append(f"seq IN ({_OF_EXECUTION})")
    conditions = ["notebook_id = :notebook_id", *subjects] if subjects else [_PLACE]
    if where.types:
        names = ", ".join(f":type_{number}" for number in range(len(where.types)))
        conditions.append(f"type IN ({names})")
    if where.actor_id is not None:
        conditions.append("actor_id = :actor_id")
    return (
        f"SELECT {RECORD_COLUMNS} FROM record WHERE {' AND '.join(conditions)} "
        "ORDER BY seq LIMIT :size"
    )


def filter_values(where: Filter) -> dict[str, Any]:
    """The values that `select_records` asks for because of its filter."""
    values: dict[str, Any] = {f"type_{at}": name for at, name in enumerate(where.types)}
    return {
        **values,
        "actor_id": where.actor_id,
        "execution_id": where.execution_id,
        "cell_id": where.cell_id,
    }


def remembered_values(keys: Iterable[CommandKey]) -> Iterator[dict[str, str]]:
    """The values that REMEMBERED takes to find all these commands, some of them at once."""
    ids: dict[tuple[str, str], list[str]] = {}
    for notebook_id, principal_id, command_id in keys:
        ids.setdefault((notebook_id, principal_id), []).append(command_id)
    for (notebook_id, principal_id), found in ids.items():
        values = {"notebook_id": notebook_id, "principal_id": principal_id}
        for start in range(0, len(found), KEYS_AT_ONCE):
            some = found[start : start + KEYS_AT_ONCE]
            some += some[-1:] * (KEYS_AT_ONCE - len(some))
            yield values | {f"id_{number}": one for number, one in enumerate(some)}


class Prepared(Struct, frozen=True):
    """SQL in the form of a driver that takes values by position."""

    sql: str
    names: tuple[str, ...]

    def bind(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values in the order in which the driver wants them."""
        return tuple([values[name] for name in self.names])


class Preparer:
    """Prepares each statement once."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepared: dict[str, Prepared] = {}

    def __call__(self, sql: str) -> Prepared:
        """The statement for this driver."""
        prepared = self._prepared.get(sql)
        if prepared is None:
            compiled = text(sql).compile(dialect=self._dialect)
            prepared = Prepared(str(compiled), tuple(compiled.positiontup or ()))
            self._prepared[sql] = prepared
        return prepared
