"""The ordered output buffer of one execution: what is sent together, and when.

Pure, time is passed in; nothing is dropped or reordered here. Every batch but the one that an input
or the end asks for either carries 8 KiB or comes 50 ms after the batch before it, so a run of T
seconds that prints B bytes makes at most 20 T + B / 8192 + 1 of them. What comes after the first
MiB of text is a flood: batches of 4 MiB, or 1 s after the batch before.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from intheloop_agents.runtime.jupyter.outputs import (
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
FLOOD_FROM_BYTES = 1024 * 1024
FLOOD_AFTER_S = 1.0
FLOOD_AT_BYTES = 4 * 1024 * 1024
# Longer text is taken in by pieces of this many characters, so that no batch is much larger.
_LONGEST = 1024 * 1024


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
        self._text_bytes = 0
        self._first_at: float | None = None
        self._flushed_at = float("-inf")

    @property
    def due_at(self) -> float | None:
        """When `take` should be called if nothing more is added; None while nothing is held."""
        return None if self._first_at is None else self._first_at + self._flush_after_s

    def add(self, output: KernelOutput, now: float) -> list[Batch]:
        """Take one output in; the batches that are ready to be sent because of it."""
        if isinstance(output, InputRequest | Finished):
            batch = self.take(now)
            return [Batch([] if batch is None else batch.parts, then=output)]
        return [batch for part in _pieces(output) for batch in self._add(part, now)]

    def _add(self, part: Part, now: float) -> list[Batch]:
        if self._first_at is None:
            self._first_at = now
        self._hold(part)
        full = self._bytes >= (FLOOD_AT_BYTES if self._floods else FLUSH_AT_BYTES)
        due = full or now >= self._first_at + self._flush_after_s
        # A clear is shown at once, but a loop that clears at each turn must not flood the log.
        if isinstance(part, Clear):
            due = due or now >= self._flushed_at + self._flush_after_s
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

    @property
    def _floods(self) -> bool:
        return self._text_bytes > FLOOD_FROM_BYTES

    @property
    def _flush_after_s(self) -> float:
        return FLOOD_AFTER_S if self._floods else FLUSH_AFTER_S

    def _hold(self, part: Part) -> None:
        size = size_of(part)
        self._bytes += size
        if isinstance(part, Stream):
            self._text_bytes += size
            if part.name != self._open_stream:
                self._close_stream()
                self._open_stream = part.name
            self._pieces.append(part.text)
            return
        self._close_stream()
        self._parts.append(part)

    def _close_stream(self) -> None:
        if self._open_stream is not None:
            text = "".join(self._pieces)
            self._parts.append(Stream(self._open_stream, text, flood=self._floods))
            self._open_stream, self._pieces = None, []


def _pieces(part: Part) -> Iterator[Part]:
    if not isinstance(part, Stream) or len(part.text) <= _LONGEST:
        yield part
        return
    for at in range(0, len(part.text), _LONGEST):
        yield Stream(part.name, part.text[at : at + _LONGEST])


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
