"""Answers are found although most looks are spared: whatever the ids, and whoever else writes."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from intheloop.errors import Unavailable
from intheloop.log import Commit, Remembered, SqlLog, sqlite_url
from tests.logs import append, created
from tests.test_disk_faults import Mute

NB = "nb1"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqlLog]:
    opened = SqlLog(sqlite_url(tmp_path / "log.db"))
    yield opened
    opened.close()


def answer(command_id: str, principal_id: str = "ana", notebook_id: str = NB) -> Remembered:
    return Remembered(notebook_id, principal_id, command_id, None, command_id.encode())


def looks_of(log: SqlLog) -> list[str]:
    """The statements that go to the store from here on."""
    looks: list[str] = []
    real = log._database.rows_of_each

    def rows_of_each(sql: str, each: Any) -> list[tuple[Any, ...]]:
        values = list(each)
        looks.extend(sql for _ in values)
        return real(sql, values)

    log._database.rows_of_each = rows_of_each  # type: ignore[method-assign]
    return looks


@pytest.mark.parametrize("seed", range(5))
def test_every_answer_is_found_in_whatever_order_the_ids_come(log: SqlLog, seed: int) -> None:
    rng = random.Random(seed)
    append(log, NB, created())
    ids = [f"{rng.choice('AZaz09_-')}{rng.randrange(50)}" for _ in range(60)]
    done: dict[tuple[str, str, str], Remembered] = {}
    for number, command_id in enumerate(ids):
        one = answer(command_id, rng.choice(["ana", "bob"]))
        assert log.remembered([one.key]) == ({one.key: one} if one.key in done else {})
        if one.key not in done:
            done[one.key] = one
            append(log, NB, created(f"{number}"), remembered=[one])
    assert log.remembered(done) == done


def test_an_id_beyond_all_others_costs_no_look_up(log: SqlLog) -> None:
    append(log, NB, created(), remembered=[answer("b")])
    assert log.remembered([answer("b").key])
    looks = looks_of(log)
    assert log.remembered([answer("c").key, answer("d").key]) == {}
    assert looks == []
    assert log.remembered([answer("a").key, answer("b").key]) == {answer("b").key: answer("b")}
    assert len(looks) == 1


def test_an_answer_of_another_writer_is_found_once_a_commit_met_it(tmp_path: Path) -> None:
    here, there = (SqlLog(sqlite_url(tmp_path / "log.db")) for _ in range(2))
    append(here, NB, created(), remembered=[answer("a")])
    assert here.remembered([answer("b").key]) == {}
    there.commit(Commit(expected={NB: 1}, remembered=[answer("b")]))
    with pytest.raises(Unavailable):
        here.commit(Commit(expected={NB: 1}, remembered=[answer("b")]))
    assert here.remembered([answer("b").key]) == {answer("b").key: answer("b")}
    here.close()
    there.close()


def test_a_commit_of_unknown_outcome_that_took_place_is_remembered(log: SqlLog) -> None:
    append(log, NB, created(), remembered=[answer("a")])
    assert log.remembered([answer("b").key]) == {}
    log._database._cursor = Mute(log._database._cursor, commits=True)
    append(log, NB, created("again"), remembered=[answer("b")])
    assert log.remembered([answer("b").key]) == {answer("b").key: answer("b")}
