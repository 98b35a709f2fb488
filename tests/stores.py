"""The log stores that keep the contract, each empty of what a test names anew.

In memory and in SQLite; INTHELOOP_TEST_LOG_URL adds one more. Notebooks and blobs have new names in
each test, so that a store may be used by many.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from intheloop.log import Log, MemoryLog, SqlLog, Stored, sqlite_url
from intheloop.values import sha256_hex

ELSEWHERE = os.environ.get("INTHELOOP_TEST_LOG_URL")


class Store:
    """A store that can be closed and opened again, as by a restart."""

    def __init__(self, open_log: Callable[[], Log]) -> None:
        self._open_log = open_log
        self.log = open_log()

    def reopen(self) -> Log:
        self.log.close()
        self.log = self._open_log()
        return self.log


@pytest.fixture(params=["memory", "sqlite", *(["elsewhere"] if ELSEWHERE else [])])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    memory = MemoryLog()
    url = sqlite_url(tmp_path / "log.db") if request.param == "sqlite" else str(ELSEWHERE)
    opened = Store((lambda: memory) if request.param == "memory" else (lambda: SqlLog(url)))
    yield opened
    opened.log.close()


@pytest.fixture
def log(store: Store) -> Log:
    return store.log


@pytest.fixture
def nb() -> str:
    return f"n{uuid.uuid4().hex}"


@pytest.fixture
def sha() -> str:
    return sha256_hex(uuid.uuid4().bytes)


def seqs(records: Iterator[Stored]) -> list[int]:
    return [record.seq for record in records]


def holds_nothing_of(log: Log, notebook_id: str) -> bool:
    return log.head(notebook_id) is None and not list(log.records(notebook_id))
