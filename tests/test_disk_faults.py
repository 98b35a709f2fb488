"""A full disk and a failing sync: nothing is seen, nothing is half done, the same process goes on.

The faults are real ones, given to a process of its own: a limit on the size of its files, and a
library that makes the sync of the C library fail.
"""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from intheloop.errors import Unavailable
from intheloop.log import SqlLog, check, sqlite_url
from tests.failing_disk import GOOD, NB
from tests.logs import append, cell, created
from tests.needs import ROOT


@pytest.fixture(params=["full", "sync"])
def fault(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def environment(request: pytest.FixtureRequest, fault: str, tmp_path: Path) -> dict[str, str]:
    """In which the fault can be had. The folder of the store holds nothing else."""
    if fault == "full":
        return dict(os.environ)
    library = request.getfixturevalue("shim")
    return {**os.environ, "LD_PRELOAD": str(library), "FAIL_SYNC": str(tmp_path / "fail")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


def run(
    scenario: str, fault: str, folder: Path, environment: dict[str, str], returncode: int = 0
) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.failing_disk", scenario, fault, str(folder)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stderr) == (returncode, "")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_process_whose_disk_fails_refuses_shows_nothing_and_goes_on(
    fault: str, folder: Path, environment: dict[str, str]
) -> None:
    done = run("goes_on", fault, folder, environment)
    good = list(range(1, GOOD + 1))
    nothing = {"head": GOOD, "seqs": good, "fault": "None", "remembered": 0}
    for sentence in done["refused"]:
        assert sentence is not None
        assert "log.db could not finish writing" in sentence or "cannot be written" in sentence
        assert sentence.endswith("try again later.")
    assert done["during"] == nothing
    assert done["after"] == nothing
    assert done["refused_later"] is None
    more = [*good, GOOD + 1, GOOD + 2]
    assert done["later"] == {"head": GOOD + 2, "seqs": more, "fault": "None", "remembered": 1}
    assert done["snapshot"] == "None"
    log = SqlLog(sqlite_url(folder / "log.db"))
    assert [record.seq for record in log.records(NB)] == more
    assert check(log, NB) is None
    log.close()


def test_what_was_refused_does_not_come_back_after_a_crash(
    fault: str, folder: Path, environment: dict[str, str]
) -> None:
    done = run("dies", fault, folder, environment, returncode=-9)
    assert done["refused"] is not None
    log = SqlLog(sqlite_url(folder / "log.db"))
    assert [record.seq for record in log.records(NB)] == list(range(1, GOOD + 1))
    assert check(log, NB) is None
    append(log, NB, cell("a"))
    assert check(log, NB) is None
    log.close()


def test_an_erasure_that_the_disk_interrupts_is_finished_later(
    fault: str, folder: Path, environment: dict[str, str]
) -> None:
    done = run("erases", fault, folder, environment)
    assert done == {
        "refused": None,
        "fault": "None",
        "hushed": [False, True],
        "fault_later": "None",
    }


def test_a_blob_that_the_disk_refuses_is_not_there_and_can_be_put_later(
    fault: str, folder: Path, environment: dict[str, str]
) -> None:
    done = run("puts_blobs", fault, folder, environment)
    assert "could not be kept" in done.pop("refused")
    assert done == {"had": False, "leftovers": 0, "refused_later": None, "whole": True}


def test_a_store_that_may_not_grow_refuses_and_goes_on_once_it_may(tmp_path: Path) -> None:
    log = SqlLog(sqlite_url(tmp_path / "log.db"))
    append(log, NB, created())
    writer: Any = log._database._writer.driver_connection  # type: ignore[union-attr]
    writer.execute("PRAGMA max_page_count = 1")
    with pytest.raises(Unavailable, match=r"cannot be written \(database or disk is full\)"):
        append(log, NB, cell("a", "x" * 100_000))
    assert [record.seq for record in log.records(NB)] == [1]
    append(log, NB, cell("a", "x" * 100_000))
    assert check(log, NB) is None
    log.close()


class Mute:
    """A cursor that does what it is told and cannot say that it did."""

    def __init__(self, cursor: Any, *, commits: bool) -> None:
        self._cursor = cursor
        self._commits = commits

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, statement: str, *values: Any) -> None:
        if statement != "COMMIT" or self._commits:
            self._cursor.execute(statement, *values)
        if statement == "COMMIT":
            raise sqlite3.OperationalError("the connection was lost")


@pytest.mark.slow
@pytest.mark.parametrize("commits", [True, False])
def test_a_commit_of_unknown_outcome_is_looked_up(tmp_path: Path, commits: bool) -> None:
    log = SqlLog(sqlite_url(tmp_path / "log.db"))
    append(log, NB, created())
    log._database._cursor = Mute(log._database._cursor, commits=commits)
    if commits:
        append(log, NB, cell("a"))
    else:
        with pytest.raises(Unavailable, match="the connection was lost"):
            append(log, NB, cell("a"))
    assert [record.seq for record in log.records(NB)] == [1, 2][: 1 + commits]
    append(log, NB, cell("b"))
    assert [record.seq for record in log.records(NB)] == [1, 2, 3][: 2 + commits]
    assert check(log, NB) is None
    log.close()
