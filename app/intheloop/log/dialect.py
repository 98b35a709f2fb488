"""All that depends on which database it is; SQLite is the one there is.

Owns connections and their settings, how a write begins, and how erased bytes leave the files.
Another database is another branch here and nowhere else.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from intheloop.errors import BadArgument

BUSY_TIMEOUT_S = 10

CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
"""For tables that are read in the order of their key."""

FAILURES = (sqlite3.Error, SQLAlchemyError)
"""What is raised when the database does not do as told."""

_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    # The write-ahead log is synced before COMMIT returns.
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
)


def where_present(column: str) -> dict[str, Any]:
    """Leaves rows without this column out of an index."""
    return {"sqlite_where": text(f"{column} IS NOT NULL")}


def sqlite_url(path: Path) -> str:
    """The URL of a store in this file."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def connect(url: str) -> Engine:
    """An engine for the store at this URL, created empty and private to its user if need be."""
    path = _path(url)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise BadArgument(
            f"The store {path} cannot be opened ({error.strerror}); name a file in a folder that "
            "is there and that this user may write to."
        ) from error
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=32,
        # Outside of a write every statement is a transaction of its own: nothing to roll back.
        pool_reset_on_return=None,
        connect_args={
            "timeout": BUSY_TIMEOUT_S,
            "check_same_thread": False,
            "isolation_level": None,
        },
    )
    event.listen(engine, "connect", _set_up)
    return engine


def _path(url: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() != "sqlite":
        raise BadArgument("Logs are kept in SQLite alone; name a store like sqlite:///FILE.")
    if parsed.database in (None, "", ":memory:") or parsed.query:
        raise BadArgument("A store in SQLite is a plain file; name it like sqlite:///FILE.")
    return Path(str(parsed.database))


def _set_up(connection: sqlite3.Connection, _: object) -> None:
    for setting in _SETTINGS:
        connection.execute(setting).close()


def sync_folder(engine: Engine) -> None:
    """Make the names of the store's files as durable as what is in them."""
    folder = os.open(Path(str(engine.url.database)).parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def begin(cursor: Any) -> None:
    """Begin a write. The lock is taken now: waiting for it later could deadlock."""
    cursor.execute("BEGIN IMMEDIATE")


def commit(cursor: Any) -> None:
    """Finish a write; it is durable once this returns."""
    cursor.execute("COMMIT")


def fetch(connection: PoolProxiedConnection, sql: str, values: Any) -> list[Any]:
    """All rows. Text that is not UTF-8 comes with surrogates: a check can then name its record."""
    cursor = connection.cursor()
    try:
        return cursor.execute(sql, values).fetchall()  # type: ignore[no-any-return]
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
    finally:
        cursor.close()
    driver: Any = connection.driver_connection
    driver.text_factory = lambda raw: raw.decode(errors="surrogateescape")
    try:
        rows: list[Any] = driver.execute(sql, values).fetchall()
        return rows
    finally:
        driver.text_factory = str


def scrub(connection: PoolProxiedConnection) -> bool:
    """Rewrite the files, so that no erased byte stays in them. False when a reader held that up.

    `secure_delete` alone does not suffice: when a page is split, copies of rows that moved away
    stay in its unused part, and are no longer known as something to erase.
    """
    driver: Any = connection.driver_connection
    driver.execute("VACUUM").close()
    (busy, *_) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return bool(busy == 0)


def bury_failed_commit(connection: PoolProxiedConnection) -> None:
    """Write over a transaction whose COMMIT failed.

    When the sync of a COMMIT fails, all of it stands in the write-ahead log, with its mark: this
    process does not see it, but one that recovers after a crash would. Whatever is written next
    takes its place, also when that fails the same way; a count is written, as what changes nothing
    is not written at all.
    """
    driver: Any = connection.driver_connection
    driver.execute("BEGIN IMMEDIATE").close()
    driver.execute(
        "INSERT INTO meta (key, value) VALUES ('failed_commits', '1') "
        "ON CONFLICT (key) DO UPDATE SET value = value + 1"
    ).close()
    driver.execute("COMMIT").close()
