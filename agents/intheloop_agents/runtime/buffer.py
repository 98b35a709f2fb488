"""The ordered output buffer of one execution: what is sent together, and when.

`Buffer` is pure, time is passed in; `batches` at the end is its edge to the event loop. Nothing is
dropped or reordered here. Every batch but the one that an input or the end asks for either carries
8 KiB or comes 50 ms after the batch before it, so a run of T seconds that prints B bytes makes at
most 20 T + B / 8192 + 1 of them.
"""

import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

import msgspec

from intheloop_agents.runtime.backlog import Backlog
from intheloop_agents.runtime.outputs import (
    Clear,
    Failure,
    Finished,
    InputRequest,
    KernelOutput,
    Part,
    Stream,
)

FLUSH_AFTER_S = 0.05
FLUSH_AT_BYTES = 8 * 1024


class Batch(msgspec.Struct, frozen=True):
    """Outputs to send in one go, in kernel order, and what stands right after them, if anything."""

    parts: list[Part]
    then: InputRequest | Finished | None = None


class Buffer:
    """Collects outputs until they are due. Times are seconds of any one steady clock."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._open_stream: str | None = None
        self._pieces: list[str] = []
        self._bytes = 0
        self._first_at: float | None = None
        self._flushed_at = float("-inf")

    @property
    def due_at(self) -> float | None:
        """When `take` should be called if nothing more is added; None while nothing is held."""
        return None if self._first_at is None else self._first_at + FLUSH_AFTER_S

    def add(self, output: KernelOutput, now: float) -> list[Batch]:
        """Take one output in; the batches that are ready to be sent because of it."""
        if isinstance(output, InputRequest | Finished):
            batch = self.take(now)
            return [Batch([] if batch is None else batch.parts, then=output)]
        if self._first_at is None:
            self._first_at = now
        self._hold(output)
        due = now >= self._first_at + FLUSH_AFTER_S or self._bytes >= FLUSH_AT_BYTES
        # A clear is shown at once, but a loop that clears at each turn must not flood the log.
        if isinstance(output, Clear):
            due = due or now >= self._flushed_at + FLUSH_AFTER_S
        batch = self.take(now) if due else None
        return [] if batch is None else [batch]

    def take(self, now: float) -> Batch | None:
        """All that is held, due or not, or None."""
        self._close_stream()
        if not self._parts:
            return None
        batch = Batch(self._parts)
        self._parts, self._bytes = [], 0
        self._first_at, self._flushed_at = None, now
        return batch

    def _hold(self, part: Part) -> None:
        self._bytes += size_of(part)
        if isinstance(part, Stream):
            if part.name != self._open_stream:
                self._close_stream()
                self._open_stream = part.name
            self._pieces.append(part.text)
            return
        self._close_stream()
        self._parts.append(part)

    def _close_stream(self) -> None:
        if self._open_stream is not None:
            self._parts.append(Stream(self._open_stream, "".join(self._pieces)))
            self._open_stream, self._pieces = None, []


def size_of(part: Part) -> int:
    """About how many bytes the texts and values of a part take as JSON in UTF-8."""
    match part:
        case Stream(text=text):
            return _text_bytes(text)
        case Clear():
            return 0
        case Failure(ename=ename, evalue=evalue, traceback=traceback):
            return _value_bytes([ename, evalue, *traceback])
        case _:
            return _value_bytes(part.data) + _value_bytes(part.metadata)


def _text_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _value_bytes(value: Any) -> int:
    match value:
        case str():
            return _text_bytes(value)
        case dict():
            return sum(_text_bytes(key) + _value_bytes(item) for key, item in value.items())
        case list():
            return sum(_value_bytes(item) for item in value)
        case _:
            return 8


async def batches(
    outputs: Backlog[KernelOutput], now: Callable[[], float] = time.monotonic
) -> AsyncGenerator[Batch]:
    """The outputs of one execution as batches, each as soon as it is due, the end included.

    A consumer that is slow to send one batch finds the next ones ready and loses nothing.
    """
    buffer = Buffer()
    while True:
        due_at = buffer.due_at
        some = await outputs.wait_for_some(None if due_at is None else max(0.0, due_at - now()))
        at = now()
        ready = [batch for output in some for batch in buffer.add(output, at)]
        # Outputs may have come just before the moment; the moment counts all the same.
        if buffer.due_at is not None and at >= buffer.due_at:
            held = buffer.take(at)
            ready += [] if held is None else [held]
        for batch in ready:
            yield batch
            if isinstance(batch.then, Finished):
                return
        if not some and outputs.ended:
            held = buffer.take(at)
            if held is not None:
                yield held
            return
