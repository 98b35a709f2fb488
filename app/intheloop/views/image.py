"""How large an image is, by the first of its bytes."""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from binascii import Error as NotBase64

from msgspec import UnsetType

from intheloop.values import Value

from .value import Fetch, fetched, json_of

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""The forms of images that a model can look at."""

_HEADER = 65_536


def image_size(value: Value, fetch: Fetch) -> str | None:
    """Width x height, "" when that does not stand at the beginning; None for what is no image."""
    data = _header(value, fetch)
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
    elif data[:4] == b"GIF8" and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
    elif data[:2] == b"\xff\xd8":
        return _jpeg_size(data)
    else:
        return "" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None
    return f"{width} x {height}"


def _header(value: Value, fetch: Fetch) -> bytes:
    if not isinstance(value.blob, UnsetType) and value.blob.encoding == "base64":
        return fetched(value.sha256, fetch)[:_HEADER]
    try:
        return b64decode(base64_of(value, fetch)[: _HEADER * 4 // 3 & ~3])
    except (NotBase64, ValueError):
        return b""


def base64_of(value: Value, fetch: Fetch) -> str:
    """An image as outputs hold it, in base64 without line ends; "" for something else."""
    if not isinstance(value.blob, UnsetType) and value.blob.encoding == "base64":
        return b64encode(fetched(value.sha256, fetch)).decode()
    found = json_of(value, fetch)
    if isinstance(found, list):
        found = "".join(line for line in found if isinstance(line, str))
    return "".join(found.split()) if isinstance(found, str) else ""


def _jpeg_size(data: bytes) -> str:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return f"{width} x {height}"
        at += 2 + length
    return ""
