"""The bytes of server-sent events. Each frame is encoded once and sent to everybody as it is."""

from __future__ import annotations

from typing import Any

import msgspec

PING = b": \n\n"

_encode = msgspec.json.Encoder().encode


def record_frame(seq: int, wire: bytes) -> bytes:
    """A record; `id:` is what a browser sends back as Last-Event-ID."""
    if b"\n" in wire or b"\r" in wire:
        wire = _lines(wire)
    return b"id: %d\nevent: record\ndata: %b\n\n" % (seq, wire)


def _lines(wire: bytes) -> bytes:
    """JSON with line ends between its tokens, as some write it; each would end the frame's data."""
    return wire.replace(b"\r", b" ").replace(b"\n", b"\ndata: ")


def frame(event: str, data: Any) -> bytes:
    """Anything that is no record: it carries no id and moves no cursor."""
    return b"event: %b\ndata: %b\n\n" % (event.encode(), _encode(data))
