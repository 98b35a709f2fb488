"""The bytes of server-sent events. Each frame is encoded once and sent to everybody as it is."""

from __future__ import annotations

from typing import Any

import msgspec

PING = b": \n\n"

_encode = msgspec.json.Encoder().encode


def record_frame(seq: int, wire: bytes) -> bytes:
    """A record; `id:` is what a browser sends back as Last-Event-ID."""
    return b"id: %d\nevent: record\ndata: %b\n\n" % (seq, wire)


def frame(event: str, data: Any) -> bytes:
    """Anything that is no record: it carries no id and moves no cursor."""
    return b"event: %b\ndata: %b\n\n" % (event.encode(), _encode(data))
