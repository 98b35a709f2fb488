"""Blobs of notebooks: bytes are put before they are named, and go when nobody names them."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta

from intheloop.blobs import Blobs
from intheloop.errors import BadArgument, Denied, NotFound, TooLarge
from intheloop.log import Log
from intheloop.notebook import WORKSPACE_ID
from intheloop.values import ID_PATTERN

from .clock import Clock, utc

BLOB_LIMIT = 64 * 1024 * 1024
UNNAMED_FOR = timedelta(days=1)


class BlobRoom:
    """The bytes, and the store's notes about whose they are."""

    def __init__(self, log: Log, blobs: Blobs, clock: Clock) -> None:
        self._log = log
        self._blobs = blobs
        self._clock = clock
        self._reserved: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def reserve(self, notebook_id: str, person_id: str) -> None:
        """Blobs may be put under the id of a notebook that is about to be made, by one person."""
        if not ID_PATTERN.match(notebook_id) or notebook_id == WORKSPACE_ID:
            raise BadArgument(f"{notebook_id} cannot be the id of a notebook; choose another.")
        if self.reserved_for(notebook_id) not in (None, person_id):
            raise Denied("Somebody else is about to make a notebook of this id; choose another.")
        self._reserved[notebook_id] = (person_id, self._clock.now())

    def reserved_for(self, notebook_id: str) -> str | None:
        """The person who alone may make a notebook of this id, since their blobs are under it."""
        person_id, _ = self._reserved.get(notebook_id, (None, ""))
        return person_id

    async def put(self, notebook_id: str, sha256: str, data: bytes) -> None:
        """Bytes first, then the note: a note without bytes would be a lie."""
        if len(data) > BLOB_LIMIT:
            raise TooLarge(f"A blob has at most {BLOB_LIMIT} bytes; keep larger data in a file.")
        now = self._clock.now()

        def put() -> None:
            with self._lock:  # between the two, a sweep would take the bytes away
                self._blobs.put(sha256, data)
                self._log.put_blob(notebook_id, sha256, len(data), now)

        await asyncio.to_thread(put)

    async def get(self, notebook_id: str, sha256: str) -> bytes:
        """The bytes, if they are in this notebook; what others hold is not told."""

        def get() -> bytes:
            if sha256 not in self._log.has_blobs(notebook_id, (sha256,)):
                raise NotFound(f"There is no blob {sha256} in notebook {notebook_id}.")
            return self._blobs.get(sha256)

        return await asyncio.to_thread(get)

    async def sweep(self) -> None:
        """Let go of bytes that nothing names any more."""
        now = datetime.fromisoformat(self._clock.now().replace("Z", "+00:00")).astimezone(UTC)
        before = utc(now - UNNAMED_FOR)
        self._reserved = {
            notebook_id: (person_id, at)
            for notebook_id, (person_id, at) in self._reserved.items()
            if at >= before
        }

        def sweep() -> None:
            self._log.drop_unnamed_blobs(before)
            self._free()

        await asyncio.to_thread(sweep)

    async def free(self) -> None:
        """Let go of the bytes of blobs that no notebook holds any more."""
        await asyncio.to_thread(self._free)

    def _free(self) -> None:
        with self._lock:
            freed = self._log.freed_blobs()
            for sha256 in freed:
                self._blobs.delete(sha256)
            if freed:
                self._log.forget_freed_blobs(freed)
