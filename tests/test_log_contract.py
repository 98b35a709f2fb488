"""What every log store promises of records, answers, snapshots and blobs."""

import threading
import uuid

import pytest
from msgspec import Raw

from intheloop.errors import Unavailable
from intheloop.events import (
    CellDeleted,
    Event,
    ExecutionCompleted,
    ExecutionRequested,
    ExecutionStarted,
    NotebookRenamed,
    OutputAppended,
    Unknown,
)
from intheloop.log import (
    BlobUse,
    Commit,
    Filter,
    Head,
    Log,
    Remembered,
    StandIn,
    check,
    open_stored,
)
from intheloop.values import sha256_hex, stream
from tests.logs import BOB, NOW, append, cell, comment, created, head_of, sealed, stamp
from tests.stores import Store, holds_nothing_of, seqs

LATER = "2026-02-04T00:00:00.000000Z"


# Records and heads.


def test_a_log_that_never_was_is_empty(log: Log, nb: str) -> None:
    assert holds_nothing_of(log, nb)
    assert nb not in {head.notebook_id for head in log.heads()}
    assert check(log, nb) is None


def test_records_come_back_as_they_were_committed(store: Store, nb: str) -> None:
    first = append(store.log, nb, created(), cell("a"), Unknown("comeLater", Raw(b'{"a": 1.0}')))
    second = append(store.log, nb, ExecutionRequested("x", "1", "a", 2), by=stamp("c2", BOB))
    log = store.reopen()
    assert list(log.records(nb)) == [*first, *second]
    assert log.head(nb) == head_of(second)
    assert [open_stored(record).event for record in log.records(nb)] == [
        created(),
        cell("a"),
        Unknown("comeLater", Raw(b'{"a": 1.0}')),
        ExecutionRequested("x", "1", "a", 2),
    ]
    assert check(log, nb) is None


def test_one_commit_reaches_several_logs(log: Log, nb: str) -> None:
    one, other = sealed(f"{nb}-1", [created(), cell("a")]), sealed(f"{nb}-2", [created()])
    summary = '{"title":"Pingüinos"}'.encode()
    log.commit(
        Commit(
            expected={f"{nb}-1": 0, f"{nb}-2": 0},
            records=[*one, *other],
            heads=[head_of(one, summary), head_of(other)],
        )
    )
    found = {head.notebook_id: head for head in log.heads()}
    assert found[f"{nb}-1"] == Head(f"{nb}-1", 2, one[-1].hash, summary)
    assert found[f"{nb}-2"] == head_of(other)
    assert [head.notebook_id for head in log.heads()] == sorted(found)


def test_a_head_may_change_its_summary_alone(log: Log, nb: str) -> None:
    head = head_of(append(log, nb, created()), b'{"title":"new"}')
    log.commit(Commit(expected={nb: 1}, heads=[head]))
    assert log.head(nb) == head


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_a_commit_that_expects_another_head_writes_nothing(
    log: Log, nb: str, sha: str, expected: int
) -> None:
    other = f"{nb}-other"
    before = append(log, nb, created(), cell("a"))
    log.put_blob(other, sha, 1, NOW)
    record = sealed(nb, [cell("b")], Head(nb, expected, before[-1].hash))
    in_other = sealed(other, [created()])
    with pytest.raises(Unavailable, match=f"{nb} went on from {expected} by another writer"):
        log.commit(
            Commit(
                expected={other: 0, nb: expected},
                records=[*in_other, *record],
                heads=[head_of(in_other), head_of(record)],
                remembered=[Remembered(other, "ana", "c", None, b"{}")],
                named=[BlobUse(other, sha, 1)],
            )
        )
    assert list(log.records(nb)) == before
    assert log.head(nb) == head_of(before)
    assert holds_nothing_of(log, other)
    assert not log.remembered([(other, "ana", "c")])
    log.drop_unnamed_blobs(LATER)
    assert not log.has_blobs(other, [sha])
    append(log, nb, cell("c"))
    assert check(log, nb) is None


def test_a_commit_that_only_expects_checks_the_head(log: Log, nb: str) -> None:
    append(log, nb, created())
    log.commit(Commit(expected={nb: 1, f"{nb}-none": 0}))
    for wrong in ({nb: 2}, {f"{nb}-none": 1}):
        with pytest.raises(Unavailable):
            log.commit(Commit(expected=wrong))


def test_a_commit_that_contradicts_itself_is_a_defect_and_writes_nothing(log: Log, nb: str) -> None:
    records = sealed(nb, [created(), cell("a"), cell("b")])
    gap, short = [records[0], records[2]], records[:2]
    wrong = [
        Commit(expected={nb: 0}, records=gap, heads=[head_of(gap)]),
        Commit(expected={nb: 0}, records=short, heads=[head_of(records)]),
        Commit(expected={nb: 0}, records=short),
        Commit(expected={}, records=short, heads=[head_of(short)]),
        Commit(expected={nb: 0}, stand_ins=[StandIn(nb, 1, b"{}")]),
        Commit(expected={}, deleted=[nb]),
    ]
    for commit in wrong:
        with pytest.raises(ValueError):
            log.commit(commit)
    assert holds_nothing_of(log, nb)


# Filters.


def test_records_are_found_by_place(log: Log, nb: str) -> None:
    append(log, nb, created(), *(cell(f"c{number}") for number in range(599)))
    assert seqs(log.records(nb)) == list(range(1, 601))
    assert seqs(log.records(nb, after=598)) == [599, 600]
    assert seqs(log.records(nb, after=600)) == []
    assert seqs(log.records(nb, upto=2)) == [1, 2]
    assert seqs(log.records(nb, after=2, upto=4)) == [3, 4]
    assert seqs(log.records(nb, after=10, limit=3)) == [11, 12, 13]
    assert seqs(log.records(nb, limit=0)) == []
    for limit in (255, 256, 257, 512, 513, 601):
        assert seqs(log.records(nb, limit=limit)) == list(range(1, min(limit, 600) + 1))


HISTORY: list[Event] = [
    created(),
    cell("a"),
    cell("b"),
    ExecutionRequested("xa", "1", "a", 2),
    ExecutionRequested("xb", "1", "b", 3),
    ExecutionRequested("x-none", "1"),
    ExecutionStarted("xa", 1),
    ExecutionStarted("xb", 2),
    OutputAppended("xa", 0, [stream("stdout", "1")]),
    comment("a good one", "a"),
    comment("on the whole"),
    ExecutionCompleted("x-none", "ok"),
    CellDeleted("a"),
    ExecutionCompleted("xa", "ok"),
]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (Filter(types=("cellCreated",)), [2, 3]),
        (Filter(types=("cellDeleted", "cellCreated", "never")), [2, 3, 13, 16]),
        (Filter(cell_id="a"), [2, 4, 7, 9, 10, 13, 14]),
        (Filter(cell_id="b"), [3, 5, 8, 16]),
        (Filter(cell_id="never"), []),
        (Filter(execution_id="xa"), [4, 7, 9, 14]),
        (Filter(execution_id="x-none"), [6, 12]),
        (Filter(types=("executionStarted",), cell_id="a"), [7]),
        (Filter(cell_id="a", execution_id="xa", actor_id="ana"), [4, 7, 9, 14]),
        (Filter(actor_id="ana"), list(range(1, 15))),
        (Filter(actor_id="bob"), [15, 16]),
        (Filter(actor_id="bob", cell_id="b"), [16]),
        (Filter(actor_id="carol"), []),
    ],
)
def test_records_are_found_by_what_they_are_about(
    log: Log, nb: str, where: Filter, found: list[int]
) -> None:
    append(log, nb, *HISTORY)
    append(log, nb, NotebookRenamed("By Bob"), CellDeleted("b"), by=stamp("c2", BOB))
    append(log, f"{nb}-other", *HISTORY)
    assert seqs(log.records(nb, where=where)) == found
    assert seqs(log.records(nb, where=where, limit=2)) == found[:2]
    assert seqs(log.records(nb, after=4, upto=15, where=where)) == [
        seq for seq in found if 4 < seq <= 15
    ]


def test_a_filter_goes_on_over_pages_of_what_it_leaves_out(log: Log, nb: str) -> None:
    append(log, nb, created(), *(cell("a" if number % 3 else "b") for number in range(1200)))
    found = seqs(log.records(nb, where=Filter(cell_id="a")))
    assert len(found) == 800
    assert found == sorted(set(found))


# Answers of commands.


def test_answers_are_remembered_also_across_a_restart(store: Store, nb: str) -> None:
    one = Remembered(nb, "ana", "c1", "ab" * 32, b'{"seq":1}')
    two = Remembered(nb, "bob", "c1", None, b"{}")
    append(store.log, nb, created(), remembered=[one])
    store.log.commit(Commit(expected={nb: 1}, remembered=[two]))
    log = store.reopen()
    asked = [one.key, two.key, (nb, "ana", "c2"), (f"{nb}-other", "ana", "c1")]
    assert log.remembered(asked) == {one.key: one, two.key: two}
    assert log.remembered([]) == {}


def test_an_answer_is_never_replaced(log: Log, nb: str) -> None:
    one = Remembered(nb, "ana", "c1", None, b"1")
    append(log, nb, created(), remembered=[one])
    with pytest.raises(Unavailable):
        append(log, nb, cell("a"), remembered=[Remembered(nb, "ana", "c1", None, b"2")])
    assert log.remembered([one.key]) == {one.key: one}
    assert seqs(log.records(nb)) == [1]


# Notes and snapshots.


def test_a_note_is_what_was_kept_last_and_outlives_the_process(store: Store) -> None:
    name = uuid.uuid4().hex
    assert store.log.note(name) is None
    store.log.keep_note(name, "one")
    store.log.keep_note(name, "two \N{OWL}")
    assert store.reopen().note(name) == "two \N{OWL}"


def test_the_newest_snapshot_at_or_before_a_place_is_found(store: Store, nb: str) -> None:
    append(store.log, nb, created(), *(cell(f"c{number}") for number in range(9)))
    for seq in (4, 8, 6):
        assert store.log.save_snapshot(nb, 1, seq, b"%d" % seq)
    log = store.reopen()
    assert log.snapshot(nb, 1) == (8, b"8")
    assert log.snapshot(nb, 1, at=7) == (6, b"6")
    assert log.snapshot(nb, 1, at=4) == (4, b"4")
    assert log.snapshot(nb, 1, at=3) is None
    assert log.snapshot(nb, 2) is None
    assert log.snapshot(f"{nb}-other", 1) is None


def test_a_few_snapshots_of_one_version_are_kept(log: Log, nb: str) -> None:
    append(log, nb, created(), *(cell(f"c{number}") for number in range(9)))
    for seq in range(1, 7):
        log.save_snapshot(nb, 1, seq, b"old")
    log.save_snapshot(nb, 1, 6, b"new")
    kept = {found[0] for at in range(1, 10) if (found := log.snapshot(nb, 1, at=at))}
    assert kept == {4, 5, 6}
    assert log.snapshot(nb, 1) == (6, b"new")
    log.save_snapshot(nb, 2, 5, b"of the next version")
    assert log.snapshot(nb, 1) is None
    assert log.snapshot(nb, 2) == (5, b"of the next version")


def test_there_is_no_snapshot_of_a_log_that_is_not_there(log: Log, nb: str) -> None:
    assert not log.save_snapshot(nb, 1, 1, b"state")
    assert log.snapshot(nb, 1) is None


# Blobs.


def test_a_blob_is_seen_by_the_notebooks_that_it_was_put_into(
    store: Store, nb: str, sha: str
) -> None:
    store.log.put_blob(nb, sha, 10, NOW)
    store.log.put_blob(nb, sha, 10, NOW)
    log = store.reopen()
    assert log.has_blobs(nb, [sha, "0" * 64]) == {sha}
    assert log.has_blobs(f"{nb}-other", [sha]) == set()
    assert log.has_blobs(nb, []) == set()
    assert log.blob_users(sha) == {nb}


def test_unnamed_blobs_go_after_their_time_and_named_ones_stay(log: Log, nb: str) -> None:
    named, old, young, again = (sha256_hex(f"{nb} {number}".encode()) for number in range(4))
    for sha256 in (named, old, again):
        log.put_blob(nb, sha256, 10, NOW)
    for sha256 in (young, again):
        log.put_blob(nb, sha256, 10, LATER)
    append(log, nb, created(), blobs=[named, named])
    log.drop_unnamed_blobs(NOW)
    assert log.has_blobs(nb, [named, old, young, again]) == {named, old, young, again}
    log.drop_unnamed_blobs(LATER)
    assert log.has_blobs(nb, [named, old, young, again]) == {named, young, again}
    assert {named, old, young, again} & set(log.freed_blobs()) == {old}


def test_freed_blobs_are_listed_until_they_are_forgotten_or_put_again(
    store: Store, nb: str
) -> None:
    one, two, three = sorted(sha256_hex(f"{nb} {number}".encode()) for number in range(3))
    for sha256 in (one, two, three):
        store.log.put_blob(nb, sha256, 10, NOW)
    store.log.drop_unnamed_blobs(LATER)
    log = store.reopen()
    assert [sha256 for sha256 in log.freed_blobs() if sha256 in (one, two, three)] == [
        one,
        two,
        three,
    ]
    log.put_blob(nb, two, 10, NOW)
    log.forget_freed_blobs([one])
    assert {one, two, three} & set(log.freed_blobs()) == {three}
    log.drop_unnamed_blobs(LATER)
    assert {one, two, three} & set(log.freed_blobs()) == {two, three}


def test_a_record_cannot_name_a_blob_that_is_not_there(log: Log, nb: str, sha: str) -> None:
    log.put_blob(f"{nb}-other", sha, 10, NOW)
    with pytest.raises(Unavailable, match=f"{sha} is no longer in {nb}; put it there again"):
        append(log, nb, created(), blobs=[sha])
    assert holds_nothing_of(log, nb)


# Many threads.


@pytest.mark.slow
def test_readers_see_every_record_up_to_the_head_and_never_a_gap(log: Log, nb: str) -> None:
    """The writer waits for a look of some reader before each commit, so that they interleave."""
    last = 300
    looked = threading.Event()
    failures: list[BaseException] = []
    seen: set[int] = set()

    def read() -> None:
        try:
            seq, link = 0, ""
            while seq < last:
                head = log.head(nb)
                assert head is not None
                seen.add(head.seq)
                looked.set()
                for record in log.records(nb, after=seq, limit=7):
                    assert record.seq == seq + 1
                    seq, link = record.seq, record.hash
                found = seqs(log.records(nb, upto=head.seq))
                assert found == list(range(1, head.seq + 1))
                log.remembered([(nb, "ana", "c1")])
                log.heads()
            assert log.head(nb) == Head(nb, last, link)
        except BaseException as error:
            failures.append(error)

    append(log, nb, created())
    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    while (head := log.head(nb)) is not None and head.seq < last:
        looked.clear()
        assert looked.wait(10), failures
        append(log, nb, *(cell(f"c{number}") for number in range(min(3, last - head.seq))))
    for thread in threads:
        thread.join(30)
    assert not failures
    assert len(seen) > 10
    assert check(log, nb) is None


def test_bookkeeping_of_many_threads_goes_on_beside_commits(log: Log, nb: str) -> None:
    together = threading.Barrier(5, timeout=10)
    failures: list[BaseException] = []
    append(log, nb, created())

    def keep_books(number: int) -> None:
        try:
            together.wait()
            for turn in range(20):
                sha256 = sha256_hex(f"{nb} {number} {turn}".encode())
                log.put_blob(nb, sha256, 10, NOW)
                assert log.save_snapshot(nb, 1, 1, b"state")
                assert log.has_blobs(nb, [sha256]) == {sha256}
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=keep_books, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    together.wait()
    for number in range(40):
        append(log, nb, cell(f"c{number}"))
    for thread in threads:
        thread.join(30)
    assert not failures
    assert seqs(log.records(nb)) == list(range(1, 42))
