"""A traceback told short: the error, and the frames that are the user's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .plain import plain

# How IPython and Python begin a frame.
_FRAME = re.compile(r"^\s{0,2}(?:Cell In|Input In|File |<ipython-input|[~/][^\s:]*:\d)")
_FOREIGN = re.compile(r"site-packages|dist-packages|[/\\]lib[/\\]python|<frozen |\.pyx|\.pxi")
_RULE = re.compile(r"^-{10,}$")


def own_frames(traceback: Sequence[str]) -> str:
    """The traceback without the frames of installed packages; all of it when nothing is left."""
    text = plain("\n".join(traceback))
    frames = list(_frames(text))
    own = [frame for frame in frames if not _FOREIGN.search(frame.split("\n", 1)[0])]
    left_out = len(frames) - len(own)
    kept = "\n".join(own).strip("\n") if own else text
    if own and left_out:
        kept += f"\n({left_out} frames in installed packages are left out)"
    return kept


def _frames(text: str) -> Iterator[str]:
    """The frames; what stands before the first and the error's own line are none."""
    lines = [line for line in text.split("\n") if not _RULE.match(line)]
    frame: list[str] = []
    for line in lines:
        if _FRAME.match(line):
            if frame:
                yield "\n".join(frame).rstrip()
            frame = [line]
        elif frame and (line.startswith((" ", "-", "\t")) or not line.strip()):
            frame.append(line)
        elif frame:
            yield "\n".join(frame).rstrip()
            frame = []
    if frame:
        yield "\n".join(frame).rstrip()
