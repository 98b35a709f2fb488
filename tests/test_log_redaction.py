"""What every log store promises of redaction and deletion."""

from msgspec import Raw

from intheloop.events import ExecutionRequested, Unknown, encode_event
from intheloop.log import REDACTED, Filter, Log, Remembered, check
from intheloop.values import sha256_hex
from tests.logs import BOB, NOW, append, cell, created, delete, redact, stamp
from tests.stores import Store, holds_nothing_of, seqs


def test_a_redaction_leaves_stand_ins_and_a_chain_that_holds(store: Store, nb: str) -> None:
    append(store.log, nb, created(), cell("a", "secret"), ExecutionRequested("x", "secret", "a", 2))
    stand_ins = {
        2: encode_event(cell("a", "██████")),
        3: encode_event(ExecutionRequested("x", "██████", "a", 2)),
    }
    redact(store.log, nb, stand_ins)
    log = store.reopen()
    records = list(log.records(nb))
    assert [(record.data, record.salt) for record in records[1:3]] == [
        (data, None) for data in stand_ins.values()
    ]
    assert records[3].type == REDACTED
    assert b"secret" not in b"".join(record.data for record in records[:3])
    assert check(log, nb) is None
    assert seqs(log.records(nb, where=Filter(cell_id="a"))) == [2, 3]
    append(log, nb, cell("b"))
    assert check(log, nb) is None


def test_what_a_redacted_record_is_found_by_is_that_of_its_stand_in(log: Log, nb: str) -> None:
    append(log, nb, created(), Unknown("comeLater", Raw(b'{"cell_id":"secret"}')))
    redact(log, nb, {2: '{"cell_id":"██████"}'.encode()})
    assert seqs(log.records(nb, where=Filter(cell_id="secret"))) == []
    assert check(log, nb) is None


def test_a_redaction_takes_the_arguments_of_the_commands_concerned(log: Log, nb: str) -> None:
    args = "ab" * 32
    append(log, nb, created(), remembered=[Remembered(nb, "ana", "c1", args, b"1")])
    append(
        log,
        nb,
        cell("a", "secret"),
        by=stamp("c2", BOB),
        remembered=[
            Remembered(nb, "bob", "c2", args, b"2"),
            Remembered(nb, "ana", "c2", args, b"3"),
        ],
    )
    redact(log, nb, {2: encode_event(cell("a", "██████"))})
    found = log.remembered([(nb, "ana", "c1"), (nb, "bob", "c2"), (nb, "ana", "c2")])
    assert [(one.args_sha256, one.result) for one in found.values()] == [
        (args, b"1"),
        (None, b"2"),
        (args, b"3"),
    ]


def test_a_redaction_takes_snapshots_from_the_first_erased_record_on(log: Log, nb: str) -> None:
    append(log, nb, created(), cell("a"), cell("b"), cell("c"))
    for seq in (1, 2, 4):
        assert log.save_snapshot(nb, 1, seq, b"%d" % seq)
    redact(log, nb, {4: b"{}", 2: b"{}"})
    assert log.snapshot(nb, 1) == (1, b"1")


def test_a_state_from_before_a_redaction_is_not_kept(log: Log, nb: str) -> None:
    append(log, nb, created(), cell("a", "secret"))
    redact(log, nb, {2: b"{}"})
    assert not log.save_snapshot(nb, 1, 2, b"secret")
    assert log.snapshot(nb, 1) is None
    assert log.save_snapshot(nb, 1, 3, b"state")
    assert log.snapshot(nb, 1) == (3, b"state")


def test_a_redaction_frees_blobs_that_nothing_else_names(log: Log, nb: str) -> None:
    gone, kept, shared, waiting = (sha256_hex(f"{nb} {number}".encode()) for number in range(4))
    for sha256 in (gone, kept, shared, waiting):
        log.put_blob(nb, sha256, 10, NOW)
    log.put_blob(f"{nb}-other", shared, 10, NOW)
    append(log, nb, created(), blobs=[kept])
    append(log, nb, cell("a"), blobs=[gone, kept, shared])
    redact(log, nb, {2: b"{}"})
    assert log.has_blobs(nb, [gone, kept, shared, waiting]) == {kept, waiting}
    assert log.blob_users(shared) == {f"{nb}-other"}
    assert {gone, kept, shared, waiting} & set(log.freed_blobs()) == {gone}


def test_a_deleted_notebook_leaves_nothing(store: Store, nb: str, sha: str) -> None:
    log, other = store.log, f"{nb}-other"
    for notebook_id in (nb, other):
        log.put_blob(notebook_id, sha, 10, NOW)
        append(
            log,
            notebook_id,
            created(),
            remembered=[Remembered(notebook_id, "ana", "c1", None, b"1")],
            blobs=[sha],
        )
        log.save_snapshot(notebook_id, 1, 1, b"state")
    delete(log, nb)
    log = store.reopen()
    assert holds_nothing_of(log, nb)
    assert nb not in {head.notebook_id for head in log.heads()}
    assert log.snapshot(nb, 1) is None
    assert not log.remembered([(nb, "ana", "c1")])
    assert log.blob_users(sha) == {other}
    assert sha not in log.freed_blobs()
    assert seqs(log.records(other)) == [1]
    assert log.remembered([(other, "ana", "c1")])
    assert log.snapshot(other, 1) == (1, b"state")
    assert not log.save_snapshot(nb, 1, 1, b"state")
    delete(log, other)
    assert sha in log.freed_blobs()
