"""What a commit does to the tables, inside one transaction."""

from __future__ import annotations

from msgspec.structs import astuple

from intheloop.errors import Unavailable

from .database import Transaction
from .protocol import BlobUse, Commit, Head, StandIn
from .statements import (
    ADVANCE_HEAD,
    BLOB,
    BLOB_USERS,
    BLOBS,
    BLOBS_USED_AT,
    DELETE_ALL,
    DROP_META,
    DROP_SNAPSHOTS_FROM,
    DROP_UNNAMED_BLOB,
    DROP_USES_AT,
    ENVELOPE,
    FORGET_ARGS,
    FORGET_FREED_BLOB,
    HEAD,
    INSERT_BLOB_USE,
    INSERT_FREED_BLOB,
    INSERT_HEAD,
    INSERT_META,
    INSERT_RECORD,
    INSERT_REMEMBERED,
    REDACT,
)
from .stored import open_envelope, subjects


def apply(transaction: Transaction, commit: Commit) -> None:
    """All of it. Raises Unavailable, to be undone, if a log is not where the commit expects it."""
    _move_heads(transaction, commit)
    if commit.records:
        transaction.do_many(INSERT_RECORD, map(astuple, commit.records))
    if commit.remembered:
        transaction.do_many(INSERT_REMEMBERED, map(astuple, commit.remembered))
    for use in dict.fromkeys(commit.named):
        _name_blob(transaction, use)
    for stand_in in commit.stand_ins:
        _redact(transaction, stand_in)
    for notebook_id in commit.deleted:
        _delete(transaction, notebook_id)
    if commit.erases:
        transaction.do(DROP_META, key="erasing")
        transaction.do(INSERT_META, key="erasing", value="1")


def drop_blob(transaction: Transaction, notebook_id: str, sha256: str) -> None:
    """Forget a blob that nothing in the notebook names; free it if nobody else holds it."""
    if transaction.do(DROP_UNNAMED_BLOB, notebook_id=notebook_id, sha256=sha256) and not (
        transaction.rows(BLOB_USERS, sha256=sha256)
    ):
        transaction.do(FORGET_FREED_BLOB, sha256=sha256)
        transaction.do(INSERT_FREED_BLOB, sha256=sha256)


def _move_heads(transaction: Transaction, commit: Commit) -> None:
    moved = {head.notebook_id: head for head in commit.heads}
    for notebook_id, expected in commit.expected.items():
        head = moved.get(notebook_id)
        if head is None or expected == 0:
            rows = transaction.rows(HEAD, notebook_id=notebook_id)
            as_expected = (rows[0][1] if rows else 0) == expected
        else:
            as_expected = _advance(transaction, head, expected)
        if not as_expected:
            raise Unavailable(
                f"The log of {notebook_id} went on from {expected} by another writer; "
                "nothing happened, send it again."
            )
        if head is not None and expected == 0:
            transaction.do_many(INSERT_HEAD, [astuple(head)])


def _advance(transaction: Transaction, head: Head, expected: int) -> bool:
    row = (head.seq, head.hash, head.summary, head.notebook_id, expected)
    return transaction.do_one(ADVANCE_HEAD, row) == 1


def _name_blob(transaction: Transaction, use: BlobUse) -> None:
    if not transaction.rows(BLOB, notebook_id=use.notebook_id, sha256=use.sha256):
        raise Unavailable(
            f"The blob {use.sha256} is no longer in {use.notebook_id}; put it there again."
        )
    transaction.do_many(INSERT_BLOB_USE, [astuple(use)])


def _redact(transaction: Transaction, stand_in: StandIn) -> None:
    at = {"notebook_id": stand_in.notebook_id, "seq": stand_in.seq}
    ((envelope_bytes,),) = transaction.rows(ENVELOPE, **at)
    envelope = open_envelope(envelope_bytes)
    cell_id, execution_id = subjects(stand_in.data)
    transaction.do(REDACT, data=stand_in.data, cell_id=cell_id, execution_id=execution_id, **at)
    transaction.do(FORGET_ARGS, principal_id=envelope.actor.id, command_id=envelope.command_id)
    transaction.do(DROP_SNAPSHOTS_FROM, **at)
    used = transaction.rows(BLOBS_USED_AT, **at)
    transaction.do(DROP_USES_AT, **at)
    for (sha256,) in used:
        drop_blob(transaction, stand_in.notebook_id, sha256)


def _delete(transaction: Transaction, notebook_id: str) -> None:
    for statement in DELETE_ALL:
        transaction.do(statement, notebook_id=notebook_id)
    for (sha256,) in transaction.rows(BLOBS, notebook_id=notebook_id):
        drop_blob(transaction, notebook_id, sha256)
