"""What a call costs, in millionths of a dollar, at the prices that the settings name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from intheloop import events as e

_CACHE_READ = 0.1
_CACHE_WRITE = 1.25


class Prices(Struct, frozen=True):
    """Dollars for a million tokens. What is read from the cache costs a tenth of input, what is
    written to it a quarter more."""

    input: float = 3.0
    output: float = 15.0


def usage_of(reported: Mapping[str, Any], prices: Prices) -> e.Usage:
    """The usage that a model reports, with its cost."""
    read, written = _count(reported, "cache_read"), _count(reported, "cache_creation")
    given, answered = _count(reported, ""), int(reported.get("output_tokens") or 0)
    weighted = given + _CACHE_READ * read + _CACHE_WRITE * written
    cost = round(weighted * prices.input + answered * prices.output)
    return e.Usage(given, answered, read, written, cost)


def _count(reported: Mapping[str, Any], prefix: str) -> int:
    name = f"{prefix}_input_tokens" if prefix else "input_tokens"
    return int(reported.get(name) or 0)
