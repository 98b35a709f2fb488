"""What a call costs, in millionths of a dollar, at the prices that the settings name. Pure.

The price of a model that they do not name is not known, and no cost is made up for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from intheloop import events as e

_CACHE_READ = 0.1
_CACHE_WRITE = 1.25


class Prices(Struct, frozen=True):
    """Dollars for a million tokens. What is read from the cache costs a tenth of input unless that
    is given, what is written to it a quarter more than input."""

    input: float
    output: float
    cache_read: float | None = None


def prices_of(text: str) -> dict[str, Prices]:
    """Prices by model, from `model=input/output` or `model=input/output/cache read`, with commas
    between. Raises ValueError."""
    found: dict[str, Prices] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        model, _, both = part.rpartition("=")
        found[model] = Prices(*map(float, both.split("/", 2)))
    return found


def usage_of(reported: Mapping[str, Any], prices: Prices | None) -> e.Usage:
    """The usage that a model reports, with its cost if that is known."""
    read, written = _count(reported, "cache_read"), _count(reported, "cache_creation")
    given, answered = _count(reported, ""), int(reported.get("output_tokens") or 0)
    if prices is None:
        return e.Usage(given, answered, read, written)
    weighted = (given + _CACHE_WRITE * written) * prices.input + answered * prices.output
    again = _CACHE_READ * prices.input if prices.cache_read is None else prices.cache_read
    return e.Usage(given, answered, read, written, round(weighted + again * read))


def _count(reported: Mapping[str, Any], prefix: str) -> int:
    name = f"{prefix}_input_tokens" if prefix else "input_tokens"
    return int(reported.get(name) or 0)
