"""What a stream of the service sends, as typed frames."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
)
from typing import Any, Self

import msgspec
from msgspec import Struct

from intheloop.client.sse import Parser
from intheloop.events import WireRecord
from tests.watched import SOON_S


class Frame(Struct, frozen=True):
    """One frame of a stream."""

    event: str
    data: bytes
    id: int | None = None

    @property
    def record(self) -> WireRecord:
        """The record that it brings; its id is the record's seq."""
        assert self.event == "record", self
        record = msgspec.json.decode(self.data, type=WireRecord)
        assert record.seq == self.id
        return record

    @property
    def json(self) -> Any:
        """What it says."""
        return msgspec.json.decode(self.data)


class Stream:
    """The frames of one stream, read when the test reads them and not before."""

    def __init__(
        self, chunks: AsyncIterator[bytes], settled: Callable[[], Awaitable[None]]
    ) -> None:
        self._chunks = chunks
        self._settled = settled
        self._parser = Parser()
        self._frames: list[Frame] = []
        self._reading: asyncio.Task[bytes] | None = None
        self.pings = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait((self._reading,))

    async def next(self, *events: str) -> Frame:
        """The next frame; with `events`, the next of these, leaving out others."""
        async with asyncio.timeout(SOON_S):
            while True:
                while not self._frames:
                    self._take(await self._read())
                frame = self._frames.pop(0)
                if not events or frame.event in events:
                    return frame

    async def records(self, count: int) -> list[WireRecord]:
        """So many records."""
        return [(await self.next("record")).record for _ in range(count)]

    async def upto(self, seq: int) -> list[WireRecord]:
        """The records up to a seq."""
        records: list[WireRecord] = []
        while not records or records[-1].seq < seq:
            records += await self.records(1)
        return records

    async def so_far(self) -> list[Frame]:
        """What has been sent by now, when all that is under way is done."""
        while True:
            await self._settled()
            reading = self._begin_to_read()
            await self._settled()
            if not reading.done():
                frames, self._frames = self._frames, []
                return frames
            self._reading = None
            self._take(reading.result())

    async def ended(self) -> list[Frame]:
        """The last frames, once the stream has ended."""
        async with asyncio.timeout(SOON_S):
            while True:
                try:
                    self._take(await self._read())
                except StopAsyncIteration:
                    frames, self._frames = self._frames, []
                    return frames

    def _begin_to_read(self) -> asyncio.Task[bytes]:
        if self._reading is None:
            self._reading = asyncio.create_task(_anext(self._chunks))
        return self._reading

    async def _read(self) -> bytes:
        reading = self._begin_to_read()
        await asyncio.wait((reading,))
        self._reading = None
        chunk = reading.result()
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    def _take(self, chunk: bytes) -> None:
        self.pings += chunk.count(b": \n\n")
        for frame in self._parser.feed(chunk):
            number = None if frame.id is None else int(frame.id)
            self._frames.append(Frame(frame.event, frame.data, number))


async def _anext(chunks: AsyncIterator[bytes]) -> Any:
    """The next chunk; None for the end, which a task cannot raise."""
    return await anext(chunks, None)
