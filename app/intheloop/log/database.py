"""Transactions and reads of one store, and what happens when the disk fails.

Writes go through one connection, one at a time; each read takes another one, so that nobody waits
for a reader. Every failure becomes `Unavailable`, and the next call starts afresh.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from intheloop.errors import Unavailable

from . import dialect
from .statements import Preparer


class OutcomeUnknown(Unavailable):
    """COMMIT failed, and the database alone knows whether it took place."""


class Transaction:
    """What a write does while it lasts."""

    def __init__(self, cursor: Any, prepare: Preparer) -> None:
        self._cursor = cursor
        self._prepare = prepare

    def do(self, sql: str, **values: Any) -> int:
        """Run a statement and answer how many rows it changed."""
        prepared = self._prepare(sql)
        self._cursor.execute(prepared.sql, prepared.bind(values))
        count: int = self._cursor.rowcount
        return count

    def do_one(self, sql: str, row: tuple[Any, ...]) -> int:
        """Like `do`, with the values in the order of the statement: for what is done often."""
        self._cursor.execute(self._prepare(sql).sql, row)
        count: int = self._cursor.rowcount
        return count

    def do_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run a statement for each row of values, which stand in the order of the statement."""
        self._cursor.executemany(self._prepare(sql).sql, rows)

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the statement finds."""
        self.do(sql, **values)
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found


class Database:
    """The connections to one store."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = dialect.connect(url)
        self.name = f"The store {self.engine.url.database}"
        self._prepare = Preparer(self.engine.dialect)
        self._lock = threading.Lock()
        self._writer: PoolProxiedConnection | None = None
        self._cursor: Any = None
        self._anchor: PoolProxiedConnection | None = None

    def hold(self) -> None:
        """Keep one connection open until the end, whatever becomes of the others.

        When the last one closes, the next one recovers the files: with a bad disk that could fail,
        or bring a COMMIT back that was told to have failed.
        """
        try:
            self._anchor = self.engine.raw_connection()
            # One that has read nothing is not yet attached to the files.
            dialect.fetch(self._anchor, "SELECT key FROM meta", ())
        except dialect.FAILURES as error:
            raise self._unreadable(error) from error

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the statement finds among all that is committed."""
        return self.rows_of_each(sql, [values])

    def rows_of_each(self, sql: str, each: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """What the statement finds for each of these values, one after the other."""
        prepared = self._prepare(sql)
        try:
            connection = self.engine.raw_connection()
            try:
                return [
                    row
                    for values in each
                    for row in dialect.fetch(connection, prepared.sql, prepared.bind(values))
                ]
            finally:
                connection.close()
        except dialect.FAILURES as error:
            raise self._unreadable(error) from error

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction: done and durable at the end, or undone with an error raised.

        Raises OutcomeUnknown when that cannot be told, Unavailable for other failures of the store.
        """
        with self._lock:
            try:
                if self._writer is None:
                    self._writer = self.engine.raw_connection()
                    self._cursor = self._writer.cursor()
                dialect.begin(self._cursor)
                yield Transaction(self._cursor, self._prepare)
            except dialect.FAILURES as error:
                self._drop_writer()
                raise Unavailable(
                    f"{self.name} cannot be written ({error}); nothing happened, try again later."
                ) from error
            except BaseException:
                # Closing undoes what was begun, whatever state that is in.
                self._drop_writer()
                raise
            try:
                dialect.commit(self._cursor)
            except dialect.FAILURES as error:
                self._drop_writer()
                self._bury_failed_commit()
                raise OutcomeUnknown(
                    f"{self.name} could not finish writing ({error}); try again later."
                ) from error

    def scrub(self) -> bool:
        """Remove what is left of erased bytes in the files. False: not now, try again."""
        with self._lock:
            try:
                connection = self.engine.raw_connection()
                try:
                    return dialect.scrub(connection)
                finally:
                    connection.close()
            except dialect.FAILURES:
                return False

    def close(self) -> None:
        """Close all connections but those of calls that are still at work."""
        with self._lock:
            self._drop_writer()
            anchor, self._anchor = self._anchor, None
            if anchor is not None:
                anchor.invalidate()
            self.engine.dispose()

    def _unreadable(self, error: Exception) -> Unavailable:
        return Unavailable(f"{self.name} cannot be read ({error}); try again later.")

    def _drop_writer(self) -> None:
        writer, self._writer, self._cursor = self._writer, None, None
        if writer is not None:
            writer.invalidate()

    def _bury_failed_commit(self) -> None:
        with suppress(*dialect.FAILURES):
            connection = self.engine.raw_connection()
            try:
                dialect.bury_failed_commit(connection)
            finally:
                connection.invalidate()
