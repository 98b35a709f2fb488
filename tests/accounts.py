"""What clients were told, held against what is in a store or comes over the wire."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
import msgspec

from intheloop import commands as c
from intheloop.blobs import FolderBlobs
from intheloop.canonical import digest
from intheloop.client import to_record
from intheloop.decider import named_blobs
from intheloop.events import WireRecord
from intheloop.log import Log, check, wire
from intheloop.notebook import WORKSPACE_ID, Notebook
from intheloop.notebooks.shelf import open_notebook
from intheloop.reducer import replay
from intheloop.values import sha256_hex
from tests.deeds import Call
from tests.endings import check_endings

Book: TypeAlias = dict[str, list[WireRecord]]
"""All records of all logs."""

PAGE = 1000

_decode_record = msgspec.json.Decoder(WireRecord).decode


class _Page(msgspec.Struct):
    records: list[WireRecord]
    head: int


def book_of(log: Log) -> Book:
    """What stands in a store."""
    return {
        head.notebook_id: [_decode_record(wire(stored)) for stored in log.records(head.notebook_id)]
        for head in log.heads()
    }


async def book_at(http: httpx2.AsyncClient, token: str) -> Book:
    """What a server tells of the logs that are there."""
    book = {WORKSPACE_ID: await _records(http, token, WORKSPACE_ID)}
    for notebook_id in sorted(listed(book) - deleted(book)):
        book[notebook_id] = await _records(http, token, notebook_id)
    return book


async def _records(http: httpx2.AsyncClient, token: str, notebook_id: str) -> list[WireRecord]:
    found: list[WireRecord] = []
    while True:
        page = msgspec.json.decode(
            await _got(http, token, notebook_id, "events", after=len(found), limit=PAGE), type=_Page
        )
        found += page.records
        if len(found) >= page.head:
            return found
        assert page.records, f"{notebook_id} ends at {page.head}, its records at {len(found)}"


async def _got(
    http: httpx2.AsyncClient, token: str, notebook_id: str, what: str = "", **params: Any
) -> bytes:
    path = f"/api/notebooks/{notebook_id}/{what}".rstrip("/")
    headers = {"Authorization": f"Bearer {token}"}
    response = await http.get(path, params=params, headers=headers)
    assert response.is_success, (path, response.content)
    return response.content


def listed(book: Book) -> set[str]:
    """The notebooks that were ever made."""
    return set(_of_type(book, "notebookListed"))


def deleted(book: Book) -> set[str]:
    """The notebooks of which the workspace says that they are gone."""
    return set(_of_type(book, "notebookDeleted"))


def _of_type(book: Book, name: str) -> Iterator[str]:
    for record in book[WORKSPACE_ID]:
        if record.type == name:
            yield msgspec.json.decode(record.data)["notebook_id"]


def check_store(log: Log) -> Book:
    """Every log of a store holds, and none is there by half."""
    for head in log.heads():
        assert check(log, head.notebook_id) is None
    check_endings(log)
    book = book_of(log)
    assert book.keys() - {WORKSPACE_ID} == listed(book) - deleted(book)
    for notebook_id, records in book.items():
        assert [record.seq for record in records] == list(range(1, len(records) + 1))
        if notebook_id != WORKSPACE_ID:
            opened = open_notebook(log, notebook_id)
            assert digest(opened) == digest(replayed(notebook_id, records))
    return book


def replayed(notebook_id: str, records: Iterable[WireRecord]) -> Notebook:
    """The notebook that these records, which are all of it, add up to."""
    return replay(map(to_record, records), Notebook(notebook_id))


class Account:
    """Which records each command made."""

    def __init__(self, book: Book) -> None:
        self._gone = deleted(book)
        self._made: defaultdict[tuple[str, str], defaultdict[str, list[WireRecord]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for notebook_id, records in book.items():
            for record in records:
                self._made[record.actor.id, record.command_id][notebook_id].append(record)

    def is_done(self, call: Call) -> bool:
        """Whether the command left a record."""
        return bool(self._made.get((call.principal_id, call.command_id)))

    def is_forgotten(self, call: Call) -> bool:
        """Whether it was kept in a notebook that was deleted."""
        kept_elsewhere = isinstance(call.command, c.CreateNotebook | c.DeleteNotebook)
        return not kept_elsewhere and call.notebook_id in self._gone

    def check(self, call: Call) -> None:
        """Once if it was acknowledged, never if it was refused, never by half. Raises if not so."""
        if call.command is None:
            return
        made: dict[str, list[WireRecord]]
        made = self._made.get((call.principal_id, call.command_id)) or {}
        if call.refused is not None:
            assert not made, f"{call} was refused, and there is {made}"
            return
        if call.is_unknown and not made:
            return
        types = {log: tuple(record.type for record in records) for log, records in made.items()}
        here = types.pop(_place(call) or next(iter(types.keys() - {WORKSPACE_ID}), ""), ())
        wanted, beside = _wanted(call.command)
        assert types == ({WORKSPACE_ID: beside} if beside else {}), f"{call} made {made}"
        if isinstance(call.command, c.DeleteNotebook):
            (told,) = (msgspec.json.decode(record.data) for record in made[WORKSPACE_ID])
            assert told["notebook_id"] == call.notebook_id
            assert call.is_unknown or told["seq"] == call.answered().seq
            return
        if _place(call) in self._gone or (call.is_unknown and not _place(call)):
            return
        assert wanted is None or here == wanted, f"{call} made {made}"
        self._check_seqs(call, made.get(_place(call) or "", []))

    def _check_seqs(self, call: Call, records: list[WireRecord]) -> None:
        seqs = [record.seq for record in records]
        if seqs:
            assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), f"{call} is at {seqs}"
            assert call.is_unknown or call.answered().seq == seqs[-1], f"{call} is at {seqs}"


def _place(call: Call) -> str:
    """The log that the command appends to."""
    match call.command:
        case c.DeleteNotebook() | c.IssueCredential():
            return ""
        case c.CreateNotebook(notebook_id=None):
            return call.answered().notebook_id if call.answer else ""
        case _:
            return call.notebook_id or ""


def _wanted(command: c.Command) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The types of the records that a command makes in its notebook, and in the workspace.

    None is for those whose number depends on how they find the notebook.
    """
    match command:
        case c.CreateNotebook(cells=cells):
            here = ("notebookCreated", *("cellCreated" for _ in cells))
            return here, ("notebookListed", "roleGranted")
        case c.DeleteNotebook():
            return (), ("notebookDeleted",)
        case c.IssueCredential():
            return (), ("credentialIssued",)
        case c.InsertCells(cells=cells):
            return ("cellCreated",) * len(cells), ()
        case c.DeleteCells(cell_ids=cell_ids):
            return ("cellDeleted",) * len(cell_ids), ()
        case c.EditCell():
            return ("cellSourceEdited",), ()
        case c.RunCode():
            return ("executionRequested",), ()
        case c.AddComment():
            return ("commentAdded",), ()
        case c.Redact():
            return ("payloadRedacted",), ()
        case _:
            return None, ()


def erased_words(book: Book, calls: Iterable[Call]) -> set[bytes]:
    """The words that may stand nowhere any more."""
    account, gone = Account(book), deleted(book)
    redacted = [call for call in calls if isinstance(call.command, c.Redact)]
    found = {word for call in redacted if account.is_done(call) for word in call.words}
    found |= {word for call in calls if call.notebook_id in gone for word in call.words}
    return {word.encode() for word in found}


def check_files(folder: Path, words: set[bytes]) -> None:
    """Erased words are in no file of the store."""
    for file in folder.glob("log.sqlite*"):
        content = file.read_bytes()
        left = [word for word in words if word in content]
        assert not left, f"{file.name} still holds {left}"


def check_blobs(log: Log, folder: Path, book: Book, calls: Iterable[Call]) -> int:
    """What is named is there with the right bytes, and nothing is there that was never put.

    Returns how many blobs are named.
    """
    blobs = FolderBlobs(folder / "blobs")
    named = {
        sha256
        for notebook_id, records in book.items()
        if notebook_id != WORKSPACE_ID
        for record in records
        for sha256 in named_blobs(to_record(record).event)
    }
    for sha256 in named:
        assert sha256_hex(blobs.get(sha256)) == sha256
    unsure = {sha256_hex(call.blob) for call in calls if call.command is None and not call.answer}
    for sha256 in set(blobs.names()) - named - unsure - set(log.freed_blobs()):
        assert log.blob_users(sha256), f"nobody holds the blob {sha256}"
    return len(named)


async def check_told_blobs(
    http: httpx2.AsyncClient, token: str, book: Book, calls: Iterable[Call]
) -> None:
    """Every blob that was acknowledged can be read, unless it was erased since."""
    erased = erased_words(book, calls)
    for call in calls:
        if call.command is None and call.answer and call.words[0].encode() not in erased:
            path = f"blobs/{sha256_hex(call.blob)}"
            assert await _got(http, token, call.notebook_id or "", path) == call.blob


async def check_digests(http: httpx2.AsyncClient, token: str, book: Book) -> None:
    """The server's states add up to what its records add up to."""
    for notebook_id in book.keys() - {WORKSPACE_ID}:
        told = msgspec.json.decode(await _got(http, token, notebook_id))
        assert told["seq"] == len(book[notebook_id])
        assert told["digest"] == digest(replayed(notebook_id, book[notebook_id]))
