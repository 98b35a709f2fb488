"""`POST /api/import`: a notebook file as it lies on a disk becomes a notebook.

For those who cannot take a file apart themselves, as a browser cannot without changing its numbers;
what comes of it is the same command that programs send.
"""

from __future__ import annotations

import asyncio

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from intheloop.commands import Created, ImportNotebook
from intheloop.errors import TooLarge
from intheloop.ipynb import ParsedNotebook, parse
from intheloop.notebooks import Service
from intheloop.settings import Settings
from intheloop.values import sha256_hex

from .answers import Json
from .reading import decode, encode, origin_of, query_of, read_body
from .shapes import ImportQuery
from .signing import Signing


class Importing:
    """The endpoint."""

    def __init__(self, service: Service, signing: Signing, settings: Settings) -> None:
        self._service = service
        self._signing = signing
        self._settings = settings

    async def file(self, request: Request) -> Response:
        """Its blobs first, then all of it in one command. The same key makes it once."""
        caller = self._signing.caller(request.scope)
        origin = origin_of(request.scope)
        query = query_of(request.scope, ImportQuery)
        body = await read_body(request.scope, request.receive, self._settings.blob_limit)
        notebook_id = sha256_hex(f"{caller.actor.id}\n{origin.command_id}".encode())[:12]
        command, blobs = await asyncio.to_thread(self._read, body, query, notebook_id)
        for sha256, data in blobs.items():
            await self._service.put_blob(notebook_id, sha256, data, caller)
        created: Created = await self._service.execute(command, caller, origin)
        return Json(created)

    def _read(
        self, body: bytes, query: ImportQuery, notebook_id: str
    ) -> tuple[ImportNotebook, dict[str, bytes]]:
        """The command, within the bounds of one that is sent by itself."""
        parsed = parse(body, query.name)
        text = encode(_command(parsed, query.title, notebook_id))
        if len(text) > self._settings.body_limit:
            raise TooLarge(
                f"{query.name} has more text than one notebook holds "
                f"({self._settings.body_limit} bytes); split it into several.",
                limit=self._settings.body_limit,
            )
        return decode(text, ImportNotebook), parsed.blobs


def _command(parsed: ParsedNotebook, title: str | None, notebook_id: str) -> ImportNotebook:
    command = ImportNotebook(
        notebook_id=notebook_id,
        title=parsed.title,
        imported=parsed.imported,
        metadata=parsed.metadata,
        cells=parsed.cells,
    )
    return command if title is None else replace(command, title=title)
