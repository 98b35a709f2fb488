"""When each credential let somebody in last, and what they called themselves.

No record: one of each call would tell little. Kept beside the logs to the minute, so that a restart
forgets no more than that, and written at most once a minute.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import msgspec

from intheloop.commands import CredentialUse
from intheloop.errors import Unavailable
from intheloop.events import Client
from intheloop.log import Log
from intheloop.notebook import Credential, Workspace

from .clock import Clock

NOTE = "credential_uses"
EVERY_S = 60.0
_MINUTE = len("2026-01-31T12:00")

_decode = msgspec.json.Decoder(list[CredentialUse]).decode
_logger = logging.getLogger(__name__)


class Uses:
    """The last use of each credential. `on_news` is called when one is used that was not used in
    this minute, or by another program."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._last: dict[str, CredentialUse] = {}
        self._due = False
        self._written_at = clock.monotonic() - EVERY_S
        self.on_news: list[Callable[[str], None]] = []

    async def open(self) -> None:
        """Take up what is kept; what cannot be read is of no consequence."""
        kept = await asyncio.to_thread(self._log.note, NOTE)
        try:
            self._last = {use.credential_id: use for use in _decode(kept or "[]")}
        except msgspec.MsgspecError:
            _logger.warning("When credentials were used last could not be read; it begins anew.")

    def of(self, credential_id: str) -> CredentialUse | None:
        """The last use, if there was one."""
        return self._last.get(credential_id)

    def see(self, credential: Credential, client: Client | None, now: str) -> None:
        """Somebody came with this credential."""
        credential_id, before = credential.credential_id, self._last.get(credential.credential_id)
        self._last[credential_id] = CredentialUse(credential_id, now, client)
        if before and before.client == client and before.at[:_MINUTE] == now[:_MINUTE]:
            return
        self._due = True
        for told in self.on_news:
            told(credential_id)

    async def keep(self, workspace: Workspace, *, now: bool = False) -> None:
        """Write it down, if there is news and the last time is a while ago; or `now`. A credential
        of a single run ends with it and is left out."""
        if not self._due or (not now and self._clock.monotonic() < self._written_at + EVERY_S):
            return
        self._due, self._written_at = False, self._clock.monotonic()
        known = workspace.credentials
        self._last = {one: use for one, use in self._last.items() if one in known}
        kept = [use for one, use in self._last.items() if known[one].run_id is None]
        try:
            await asyncio.to_thread(self._log.keep_note, NOTE, msgspec.json.encode(kept).decode())
        except Unavailable:
            self._due = True
            _logger.warning("When credentials were used last could not be kept; it comes again.")
