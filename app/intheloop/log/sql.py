"""A log store in a SQL database: what is acknowledged is on disk.

Owns what each call reads and writes; connections and failures are those of `database`, and what
differs from one database to the next is in `dialect`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import inspect
from sqlalchemy.schema import CreateIndex, CreateTable

from intheloop.errors import BadArgument

from . import dialect, statements
from .chain import REDACTED
from .database import Database, OutcomeUnknown
from .latest import LatestIds
from .protocol import (
    EVERY,
    SNAPSHOTS_KEPT,
    CommandKey,
    Commit,
    Filter,
    Head,
    Remembered,
)
from .stored import Stored
from .tables import FORMAT, TABLES
from .writing import apply, drop_blob

_PAGE = 256
_END = 2**63 - 1
_NOTE = "note "


class SqlLog:
    """See `Log`. `url` is like `sqlite:////folder/file`; a missing file becomes an empty store.

    Raises BadArgument for a store that this version cannot open.
    """

    durability = "flushed to disk before each acknowledgement"

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._latest = LatestIds(self._latest_id)
        try:
            self._open()
        except BaseException:
            self._database.close()
            raise

    def _open(self) -> None:
        name = self._database.name
        try:
            tables = set(inspect(self._database.engine).get_table_names())
        except dialect.FAILURES as error:
            raise BadArgument(
                f"{name} is no store of logs ({error}); name another file."
            ) from error
        if tables and not tables.issuperset(table.name for table in TABLES):
            raise BadArgument(f"{name} holds other tables; name a file of its own.")
        if not tables:
            self._create()
        ((version,),) = self._database.rows(statements.META, key="format")
        if int(version) > FORMAT:
            raise BadArgument(
                f"{name} was written by a newer version of this program (format {version}; this "
                f"one knows {FORMAT}); install that version, or name another store."
            )
        self._database.hold()
        self._scrub()

    def _create(self) -> None:
        to_sql = self._database.engine.dialect
        with self._database.writing() as transaction:
            for table in TABLES:
                transaction.do(str(CreateTable(table).compile(dialect=to_sql)))
                for index in table.indexes:
                    transaction.do(str(CreateIndex(index).compile(dialect=to_sql)))
            transaction.do(statements.INSERT_META, key="format", value=str(FORMAT))
        dialect.sync_folder(self._database.engine)

    def close(self) -> None:
        self._database.close()

    # Writing.

    def commit(self, commit: Commit) -> None:
        commit.check()
        try:
            self._write(commit)
        except BaseException:
            self._latest.forget()
            raise
        self._latest.take(commit.remembered)
        if commit.erases:
            self._scrub()

    def _write(self, commit: Commit) -> None:
        try:
            with self._database.writing() as transaction:
                apply(transaction, commit)
        except OutcomeUnknown:
            if not self._took_place(commit):
                raise

    def _took_place(self, commit: Commit) -> bool:
        heads = {head.notebook_id: head for head in commit.heads}
        keys = [one.key for one in commit.remembered]
        return (
            all(self.head(notebook_id) is None for notebook_id in commit.deleted)
            and all(self.head(notebook_id) == head for notebook_id, head in heads.items())
            and len(self._answers(keys)) == len(keys)
        )

    def _scrub(self) -> None:
        """Clean the files if something was erased. What fails now is done at the next occasion."""
        if not self._database.rows(statements.META, key="erasing") or not self._database.scrub():
            return
        with self._database.writing() as transaction:
            transaction.do(statements.DROP_META, key="erasing")

    # Reading.

    def head(self, notebook_id: str) -> Head | None:
        rows = self._database.rows(statements.HEAD, notebook_id=notebook_id)
        return Head(*rows[0]) if rows else None

    def heads(self) -> list[Head]:
        return [Head(*row) for row in self._database.rows(statements.HEADS)]

    def records(
        self,
        notebook_id: str,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        where: Filter = EVERY,
    ) -> Iterator[Stored]:
        select = statements.select_records(where)
        values = {
            **statements.filter_values(where),
            "notebook_id": notebook_id,
            "upto": _END if upto is None else upto,
        }
        left = _END if limit is None else limit
        while left > 0:
            size = min(left, _PAGE)
            rows = self._database.rows(select, after=after, size=size, **values)
            for row in rows:
                yield Stored(*row)
            if len(rows) < size:
                return
            after = rows[-1][1]
            left -= size

    def remembered(self, keys: Iterable[CommandKey]) -> dict[CommandKey, Remembered]:
        return self._answers([key for key in keys if self._latest.may_know(key)])

    def _answers(self, wanted: list[CommandKey]) -> dict[CommandKey, Remembered]:
        if not wanted:
            return {}
        each = statements.remembered_values(wanted)
        rows = self._database.rows_of_each(statements.REMEMBERED, each)
        found = {one.key: one for one in (Remembered(*row) for row in rows)}
        return {key: found[key] for key in wanted if key in found}

    def _latest_id(self, notebook_id: str, principal_id: str) -> str:
        of = {"notebook_id": notebook_id, "principal_id": principal_id}
        ((latest,),) = self._database.rows(statements.LATEST_REMEMBERED, **of)
        return latest or ""

    # Snapshots.

    def snapshot(
        self, notebook_id: str, reducer_version: int, at: int | None = None
    ) -> tuple[int, bytes] | None:
        rows = self._database.rows(
            statements.SNAPSHOT,
            notebook_id=notebook_id,
            reducer_version=reducer_version,
            at=_END if at is None else at,
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def save_snapshot(self, notebook_id: str, reducer_version: int, seq: int, state: bytes) -> bool:
        of = {"notebook_id": notebook_id, "reducer_version": reducer_version}
        with self._database.writing() as transaction:
            gone = not transaction.rows(statements.HEAD, notebook_id=notebook_id)
            if gone or transaction.rows(
                statements.OF_TYPE_AFTER, notebook_id=notebook_id, seq=seq, type=REDACTED
            ):
                return False
            transaction.do(statements.DROP_SNAPSHOT, seq=seq, **of)
            transaction.do(statements.INSERT_SNAPSHOT, seq=seq, state=state, **of)
            seqs = [row[0] for row in transaction.rows(statements.SNAPSHOT_SEQS, **of)]
            transaction.do(
                statements.DROP_SNAPSHOTS_BELOW,
                notebook_id=notebook_id,
                seq=min(seqs[:SNAPSHOTS_KEPT]),
            )
        return True

    # Blobs.

    def put_blob(self, notebook_id: str, sha256: str, size: int, at: str) -> None:
        with self._database.writing() as transaction:
            transaction.do(statements.DROP_BLOB, notebook_id=notebook_id, sha256=sha256)
            transaction.do(
                statements.INSERT_BLOB,
                notebook_id=notebook_id,
                sha256=sha256,
                size=size,
                put_at=at,
            )
            transaction.do(statements.FORGET_FREED_BLOB, sha256=sha256)

    def has_blobs(self, notebook_id: str, sha256s: Iterable[str]) -> set[str]:
        asked = [{"notebook_id": notebook_id, "sha256": sha256} for sha256 in sha256s]
        return {row[0] for row in self._database.rows_of_each(statements.BLOB, asked)}

    def blob_users(self, sha256: str) -> set[str]:
        return {row[0] for row in self._database.rows(statements.BLOB_USERS, sha256=sha256)}

    def drop_unnamed_blobs(self, before: str) -> None:
        if self._database.rows(statements.OLD_BLOBS, before=before):
            with self._database.writing() as transaction:
                for notebook_id, sha256 in transaction.rows(statements.OLD_BLOBS, before=before):
                    drop_blob(transaction, notebook_id, sha256)
        self._scrub()

    def freed_blobs(self) -> list[str]:
        return [row[0] for row in self._database.rows(statements.FREED_BLOBS)]

    def forget_freed_blobs(self, sha256s: Iterable[str]) -> None:
        with self._database.writing() as transaction:
            transaction.do_many(statements.FORGET_FREED_BLOB, [(sha256,) for sha256 in sha256s])

    # Notes.

    def note(self, name: str) -> str | None:
        rows = self._database.rows(statements.META, key=_NOTE + name)
        return rows[0][0] if rows else None

    def keep_note(self, name: str, value: str) -> None:
        with self._database.writing() as transaction:
            transaction.do(statements.DROP_META, key=_NOTE + name)
            transaction.do(statements.INSERT_META, key=_NOTE + name, value=value)
