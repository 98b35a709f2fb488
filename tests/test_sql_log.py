"""What the store in SQLite promises about its files: private, erased for good, its own."""

import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from intheloop.errors import BadArgument, Unavailable
from intheloop.events import encode_event
from intheloop.log import Commit, Filter, Log, Remembered, SqlLog, check, dialect, sqlite_url
from intheloop.log.statements import filter_values, select_records
from intheloop.values import sha256_hex
from tests.logs import append, cell, created, delete, head_of, redact, sealed, stamp


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def log(path: Path) -> Iterator[SqlLog]:
    opened = SqlLog(sqlite_url(path))
    yield opened
    opened.close()


def files_hold(path: Path, secret: str) -> bool:
    """Whether the raw bytes of any file of the store hold it."""
    return any(secret.encode() in file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def secrets_in(log: Log, rng: random.Random) -> dict[str, dict[int, str]]:
    """Four logs growing side by side, so that pages split; notebook to seq to a secret of it."""
    secrets: dict[str, dict[int, str]] = {f"n{number}": {} for number in range(4)}
    for notebook_id in secrets:
        append(log, notebook_id, created())
    for number in range(400):
        notebook_id = rng.choice(list(secrets))
        secret = f"secret-{number:04}-"
        source = secret * rng.choice([1, 2, 5, 30, 300])
        args = sha256_hex(secret.encode())
        (record,) = append(
            log,
            notebook_id,
            cell("a", source),
            by=stamp(f"c{number}"),
            remembered=[Remembered(notebook_id, "ana", f"c{number}", args, b"{}")],
        )
        secrets[notebook_id][record.seq] = secret
        if number % 40 == 0:
            log.save_snapshot(notebook_id, 1, record.seq, source.encode())
    return secrets


@pytest.mark.parametrize("turn", range(4))
def test_no_redacted_byte_stays_in_the_files(path: Path, log: SqlLog, seed: int, turn: int) -> None:
    rng = random.Random(f"{seed} {turn}")
    secrets = secrets_in(log, rng)
    gone: list[str] = []
    for notebook_id, of_notebook in secrets.items():
        chosen = rng.sample(sorted(of_notebook), len(of_notebook) // 4)
        assert all(files_hold(path, of_notebook[seq]) for seq in chosen)
        stand_in = encode_event(cell("a", "█" * rng.choice([1, 100, 2000])))
        redact(log, notebook_id, dict.fromkeys(chosen, stand_in))
        for seq in chosen:
            gone += [of_notebook[seq], sha256_hex(of_notebook[seq].encode())]
            assert not files_hold(path, of_notebook[seq])
    assert not [secret for secret in gone if files_hold(path, secret)]
    for notebook_id in secrets:
        assert check(log, notebook_id) is None


@pytest.mark.parametrize("turn", range(4))
def test_no_byte_of_a_deleted_notebook_stays_in_the_files(
    path: Path, log: SqlLog, seed: int, turn: int
) -> None:
    secrets = secrets_in(log, random.Random(f"{seed} {turn}"))
    deleted = secrets.pop("n2")
    assert all(files_hold(path, secret) for secret in deleted.values())
    delete(log, "n2")
    assert not [secret for secret in deleted.values() if files_hold(path, secret)]
    for notebook_id in secrets:
        assert check(log, notebook_id) is None


@pytest.mark.parametrize("by", ["housekeeping", "opening"])
def test_an_erasure_that_a_reader_holds_up_is_finished_later(
    path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr(dialect, "BUSY_TIMEOUT_S", 0.05)
    log = SqlLog(sqlite_url(path))
    append(log, "n1", created(), cell("a", "hush-hush"))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM record").fetchone() == (2,)
    redact(log, "n1", {2: encode_event(cell("a", "█"))})
    assert files_hold(path, "hush-hush")
    reader.close()
    if by == "housekeeping":
        log.drop_unnamed_blobs("2026")
    else:
        log.close()
        log = SqlLog(sqlite_url(path))
    assert not files_hold(path, "hush-hush")
    assert check(log, "n1") is None
    log.close()


def test_two_writers_of_one_file_cannot_both_go_on(path: Path, log: SqlLog) -> None:
    other = SqlLog(sqlite_url(path))
    first = append(log, "n1", created())
    head = head_of(first)
    for writer, outcome in ((other, None), (log, Unavailable)):
        records = sealed("n1", [cell("a")], head)
        commit = Commit(expected={"n1": 1}, records=records, heads=[head_of(records)])
        if outcome is None:
            writer.commit(commit)
        else:
            with pytest.raises(outcome, match="by another writer"):
                writer.commit(commit)
    append(log, "n1", cell("b"))
    assert [record.seq for record in other.records("n1")] == [1, 2, 3]
    assert check(other, "n1") is None
    other.close()


def test_a_store_that_another_program_locks_is_refused_for_now(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialect, "BUSY_TIMEOUT_S", 0.05)
    log = SqlLog(sqlite_url(path))
    locking = sqlite3.connect(path, isolation_level=None)
    locking.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match=r"log\.db cannot be written \(database is locked\)"):
        append(log, "n1", created())
    locking.close()
    append(log, "n1", created())
    log.close()


def test_the_files_are_private_to_their_user(path: Path) -> None:
    before = os.umask(0)
    try:
        log = SqlLog(sqlite_url(path))
        append(log, "n1", created())
    finally:
        os.umask(before)
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == {"log.db": 0o600, "log.db-wal": 0o600, "log.db-shm": 0o600}
    log.close()


def test_a_path_with_signs_of_a_url_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "50% of? my#data é"
    path.mkdir()
    log = SqlLog(sqlite_url(path / "log.db"))
    append(log, "n1", created())
    log.close()
    assert [file.name for file in path.iterdir()] == ["log.db"]


def test_acknowledged_writes_are_synced_and_erased_bytes_are_zeroed(log: SqlLog) -> None:
    connection = log._database.engine.raw_connection()
    settings = {
        name: dialect.fetch(connection, f"PRAGMA {name}", ())[0][0]
        for name in ("journal_mode", "synchronous", "secure_delete")
    }
    connection.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (Filter(cell_id="a"), "seq=?"),
        (Filter(execution_id="x"), "seq=?"),
        (Filter(cell_id="a", execution_id="x", actor_id="ana"), "seq=?"),
        (Filter(), "seq>? AND seq<?"),
    ],
)
def test_no_search_walks_through_more_of_a_log_than_it_must(
    log: SqlLog, where: Filter, found: str
) -> None:
    values = {"notebook_id": "n1", "after": 0, "upto": 9, "size": 9}
    plan = log._database.rows(
        f"EXPLAIN QUERY PLAN {select_records(where)}", **filter_values(where), **values
    )
    first, *others = [str(step[-1]) for step in plan]
    assert first == f"SEARCH record USING PRIMARY KEY (notebook_id=? AND {found})"
    for step in others:
        assert not step.startswith("SCAN"), others
        assert not step.startswith("SEARCH") or "COVERING INDEX record_by_" in step, others


def test_a_store_of_a_newer_version_is_refused(path: Path, log: SqlLog) -> None:
    log.close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE meta SET value = '999' WHERE key = 'format'")
    raw.close()
    with pytest.raises(BadArgument, match=r"newer version .* \(format 999; .* install that"):
        SqlLog(sqlite_url(path))


def test_a_file_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("Not a database, though long enough to be taken for one. " * 100)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE meta (name TEXT)")
    raw.close()
    before = text.read_bytes()
    with pytest.raises(BadArgument, match=r"text\.db is no store of logs"):
        SqlLog(sqlite_url(text))
    with pytest.raises(BadArgument, match=r"other\.db holds other tables"):
        SqlLog(sqlite_url(other))
    with pytest.raises(BadArgument, match=r"nowhere/log\.db cannot be opened"):
        SqlLog(sqlite_url(tmp_path / "nowhere" / "log.db"))
    assert text.read_bytes() == before


@pytest.mark.parametrize(
    "url", ["", "not a url", "sqlite://", "sqlite:///:memory:", "postgresql://localhost/x"]
)
def test_a_url_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(BadArgument, match="sqlite:///FILE"):
        SqlLog(url)
