"""A traceback told short: the frames that are the user's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

# How IPython and Python begin a frame.
_FRAME = re.compile(r"^\s{0,2}(?:Cell In|Input In|File |<ipython-input|[~/][^\s:]*:\d)")
_FOREIGN = re.compile(
    r"(?:site|dist)-packages|[/\\]lib[/\\]python|[/\\]Lib[/\\]|<frozen |<__array|\.pyx|\.pxi"
)


def own_frames(traceback: str) -> str:
    """The frames of a plain traceback without those of installed packages. "" when it has none."""
    frames = list(_frames(traceback))
    own = [frame for frame in frames if not _FOREIGN.search(frame.split("\n", 1)[0])]
    left_out = len(frames) - len(own)
    told = "\n".join(own).strip("\n")
    if left_out:
        frames_are = "frame is" if left_out == 1 else "frames are"
        told += f"\n({left_out} {frames_are} left out, in installed packages)"
    return told.strip("\n")


def _frames(text: str) -> Iterator[str]:
    """The frames; what stands before the first and the error's own line are none."""
    frame: list[str] = []
    for line in text.split("\n"):
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
