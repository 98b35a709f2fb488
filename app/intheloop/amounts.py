"""Amounts of bytes and seconds as people write and read them."""

from __future__ import annotations

import re

_UNITS = {"k": 1, "m": 2, "g": 3, "t": 4}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?b)?|b|bytes?)?", re.IGNORECASE)
_NAMES = ("bytes", "KiB", "MiB", "GiB", "TiB")


def read_size(text: str) -> int:
    """The bytes that `4GiB`, `4G`, `500 MB` or `1024` mean: KB, MB ... count in thousands.

    Raises ValueError, a sentence.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError("It is no number of bytes such as 500MB, 4GiB or 1048576")
    number, letter, suffix = found.groups()
    thousand = 1000 if (suffix or "").lower() == "b" else 1024
    factor = thousand ** _UNITS[letter.lower()] if letter else 1
    return int(float(number) * factor) if "." in number else int(number) * factor


def said_size(size: int) -> str:
    """Some bytes, as in `256 MiB` or `2.13 GiB`."""
    number, unit = float(size), 0
    while unit < len(_NAMES) - 1 and round(number, 2) >= 1024:
        number, unit = number / 1024, unit + 1
    if unit == 0:
        return "1 byte" if size == 1 else f"{size} bytes"
    return f"{_plain(number)} {_NAMES[unit]}"


def said_seconds(seconds: float) -> str:
    """Some seconds, as in `60 s` or `0.5 s`."""
    return f"{_plain(seconds)} s"


def _plain(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
