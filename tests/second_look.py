"""What a crowd did, looked at again: on disk, and by the next server or the same one later."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import httpx2
import msgspec

from intheloop.folder import STORE
from intheloop.log import SqlLog, sqlite_url
from tests.accounts import (
    Account,
    Book,
    book_at,
    check_blobs,
    check_digests,
    check_store,
    check_told_blobs,
)
from tests.crowd import Crowd
from tests.deeds import Call


def take_stock(data: Path, crowd: Crowd) -> Book:
    """What is on disk is whole, and all that was acknowledged is in it. No server may run."""
    log = SqlLog(sqlite_url(data / STORE))
    try:
        book = check_store(log)
        check_blobs(log, data, book, crowd.calls)
        account = Account(book)
        for call in crowd.calls:
            account.check(call)
        return book
    finally:
        log.close()


async def look_again(
    crowd: Crowd, http: httpx2.AsyncClient, token: str, since: int, on_disk: Book | None = None
) -> Book:
    """The server has what was on disk, and each call may be repeated, with one effect in all.

    `since` is the number of the first call to repeat. Returns what the server then has.
    """
    calls = crowd.calls[since:]
    book = await book_at(http, token)
    _check_only_the_server_wrote(on_disk or {}, book)
    await check_digests(http, token, book)
    await check_told_blobs(http, token, book, calls)
    await _repeat_unknown(crowd, Account(book), calls)
    account = Account(await book_at(http, token))
    await _repeat_acknowledged(crowd, account, calls)
    book = await book_at(http, token)
    account = Account(book)
    for call in crowd.calls:
        account.check(call)
    return book


def _check_only_the_server_wrote(on_disk: Book, book: Book) -> None:
    """Between its start and the first call a server adds to logs what leases call for alone."""
    for notebook_id, records in on_disk.items():
        assert book[notebook_id][: len(records)] == records
        later = book[notebook_id][len(records) :]
        assert {record.actor.kind for record in later} <= {"system"}


async def _repeat_unknown(crowd: Crowd, done: Account, calls: Sequence[Call]) -> None:
    """What nobody was told of is told now, or refused if it did not happen."""
    for call in calls:
        if call.is_unknown:
            await crowd.send(call)
            crowd.learn_again(call)
            assert not call.is_unknown, call
            assert call.answer or not done.is_done(call) or done.is_forgotten(call), call


async def _repeat_acknowledged(crowd: Crowd, account: Account, calls: Sequence[Call]) -> None:
    """What was acknowledged is answered as the first time."""
    for call in calls:
        if call.answer is None or call.command is None:
            continue
        response = await crowd.deliver(call)
        if account.is_forgotten(call):
            assert response.status_code == 404, (call, response.content)
        else:
            assert response.is_success, (call, response.content)
            assert _comparable(response.content) == _comparable(call.answer)


def _comparable(answer: bytes) -> object:
    """The answer but for what is not remembered, so that erasing it from the log erases it: the
    code of a claim, the lines that an edit changed."""
    told = msgspec.json.decode(answer)
    if not isinstance(told, dict):
        return told
    if isinstance(told.get("claim"), dict):
        told["claim"].pop("source")
    told.pop("diff", None)
    return told
