"""Where time and chance come in: the one place of the service that asks for them, or waits."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime


class Clock:
    """The real time, ids and salts. Tests put their own in its place."""

    def now(self) -> str:
        """UTC with milliseconds, as in 2026-01-31T12:00:00.000Z."""
        return utc(datetime.now(UTC))

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        """Until the event is set, at most that many seconds. False when the time was up."""
        if event.is_set():
            return True
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True

    def event_id(self) -> str:
        """A UUIDv7 (RFC 9562): ordered by time, so that an index of them stays dense."""
        millis = time.time_ns() // 1_000_000
        value = (millis << 80) | int.from_bytes(os.urandom(10))
        value = (value & ~(0xF << 76)) | (0x7 << 76)
        value = (value & ~(0x3 << 62)) | (0x2 << 62)
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def salt(self) -> bytes:
        """16 random bytes that hide a payload's hash."""
        return os.urandom(16)

    def command_id(self) -> str:
        """An id for a command whose sender gave none."""
        return os.urandom(12).hex()


def seconds_between(earlier: str, later: str) -> float:
    """How long it is from one time in UTC to another."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def utc(moment: datetime) -> str:
    """A moment in the form of `recorded_at`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
