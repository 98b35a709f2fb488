"""Text as a reader sees it who has no terminal: without colours and overwritten parts."""

from __future__ import annotations

import re

# Control sequences of terminals: CSI, OSC, and the two-character ones. None goes beyond a line.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[^\n])?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_OPEN_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b\n]*)?\Z")
_LONGEST_LINE = 10_000
_LONGEST_ESCAPE = 200

# A picture for each control character that would not be seen, ␀ to ␟ and ␡, or the one for all.
_PICTURES = {
    **{code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)},
    **dict.fromkeys(range(128, 160), 65533),
    0x7F: 0x2421,
}
_UNSEEN = re.compile(f"[{re.escape(''.join(map(chr, _PICTURES)))}]")


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


def before_escape(text: str, end: int) -> int:
    """A place at or before `end` that does not cut a control sequence in two."""
    begin = max(0, end - _LONGEST_ESCAPE)
    found = _OPEN_ESCAPE.search(text[begin:end])
    return begin + found.start() if found else end


def visible(text: str) -> str:
    """The text with a picture in place of each control character but tab and line end."""
    return text.translate(_PICTURES) if _UNSEEN.search(text) else text


def first_line(text: str, limit: int) -> str:
    """The first line that says something, all of it visible, cut short."""
    line = next((line for line in text.split("\n", 100) if line.strip()), "")
    return one_line(line, limit)


def one_line(text: str, limit: int) -> str:
    """The text on one line, all of it visible, cut short."""
    line = " ".join(visible(text[: 10 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
