"""Text as a reader sees it who has no terminal: without colours, overwritten parts and excess."""

from __future__ import annotations

import re

from msgspec import Struct

# Control sequences of terminals: CSI, OSC, and the two-character ones.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LONGEST_LINE = 10_000


class Cut(Struct, frozen=True):
    """A text that may lack its middle: `left_out` characters after the first `head`."""

    text: str
    head: int = 0
    left_out: int = 0


def plain(text: str) -> str:
    """The text as a terminal would show it in the end, without colours and other controls."""
    text = _ESCAPES.sub("", text) if "\x1b" in text else text
    if "\r" in text or "\b" in text:
        text = "\n".join(_overwritten(line) for line in text.replace("\r\n", "\n").split("\n"))
    return _CONTROLS.sub("", text)


def _overwritten(line: str) -> str:
    """What is left of a line in which the cursor went back, as progress bars have it."""
    if "\b" in line and len(line) <= _LONGEST_LINE:
        kept: list[str] = []
        for character in line:
            if character == "\b":
                if kept:
                    kept.pop()
            else:
                kept.append(character)
        line = "".join(kept)
    shown = ""
    for piece in line.split("\r"):
        shown = piece + shown[len(piece) :]
    return shown


def cut(text: str, limit: int) -> Cut:
    """About `limit` characters: the beginning, and the end, where errors and results are."""
    if len(text) <= limit:
        return Cut(text)
    tail = limit // 4
    head = limit - tail
    left_out = len(text) - head - tail
    marker = f"\n…[{left_out} more characters]…\n"
    return Cut(text[:head] + marker + (text[-tail:] if tail else ""), head, left_out)


def first_line(text: str, limit: int = 100) -> str:
    """The first line that says something, cut short."""
    line = next((line for line in text.splitlines() if line.strip()), "").rstrip()
    return line if len(line) <= limit else line[: limit - 1] + "…"
