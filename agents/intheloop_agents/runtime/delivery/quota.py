"""What is kept of all that one execution puts out: the whole of it, up to a limit, and the end.

Pure: parts in, parts out. Below the limit nothing changes. Past it nothing is let through until the
end, when a notice says how much was left out, and the last lines and the exception follow it.
"""

import sys
from collections import deque

from intheloop_agents.runtime.delivery.buffer import size_of
from intheloop_agents.runtime.jupyter.outputs import (
    Failure,
    Finished,
    InputRequest,
    KernelOutput,
    Part,
    Stream,
)
from intheloop_agents.runtime.limits import left_out, left_out_late

TAIL_BYTES = 16 * 1024
"""How much of the last text, and of the exception, is kept past the limit."""

# What a display, an update or a clear weighs beside its content: a loop that does nothing but clear
# fills the log too.
_RECORD_BYTES = 64


class Quota:
    """The quota of one execution: `limit` bytes, or no limit when it is 0.

    Updates of a display weigh as much as displays, and a clear gives nothing back: it is the log
    that is kept small, and the log keeps what was cleared.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit or sys.maxsize
        self._kept = 0
        self._past = 0
        self._spent = False
        self._ended = False
        self._told = False
        self._tail: deque[Stream] = deque()
        self._tail_bytes = 0
        self._failure: Failure | None = None

    def admit(self, output: KernelOutput) -> list[KernelOutput]:
        """What is to be recorded because of this output: itself, a part of it, nothing, or at the
        end what stands before it. What comes after the end is late, and is let through or not."""
        match output:
            case InputRequest():
                return [output]
            case Finished():
                return [*self._ending(output), output]
        weight = weight_of(output)
        if not self._spent and self._kept + weight <= self._limit:
            self._kept += weight
            return [output]
        first = [] if self._spent else self._last_that_fits(output)
        if not self._ended:
            self._hold(_without(output, first))
        elif not self._told:
            self._told = True
            first.append(Stream("stderr", left_out_late(self._kept)))
        return [*first]

    def _last_that_fits(self, part: Part) -> list[Part]:
        self._spent = True
        if not isinstance(part, Stream):
            return []
        text = _first_bytes(part.text, self._limit - self._kept)
        first = Stream(part.name, text)
        self._kept += weight_of(first)
        return [first] if text else []

    def _hold(self, part: Part) -> None:
        self._past += weight_of(part)
        match part:
            case Failure():
                self._failure = part
            case Stream(name=name, text=text) if text:
                end = Stream(name, _last_bytes(text, TAIL_BYTES))
                self._tail.append(end)
                self._tail_bytes += size_of(end)
                self._shorten_tail()

    def _shorten_tail(self) -> None:
        while self._tail_bytes > TAIL_BYTES:
            oldest = self._tail.popleft()
            self._tail_bytes -= size_of(oldest)
            rest = _last_bytes(oldest.text, TAIL_BYTES - self._tail_bytes)
            if rest:
                self._tail.appendleft(Stream(oldest.name, rest))
                self._tail_bytes += size_of(self._tail[0])
                return

    def _ending(self, finished: Finished) -> list[Part]:
        last: list[Part] = [*self._tail]
        if self._failure is not None and finished.status == "error":
            last.append(_shortened(self._failure))
        self._ended = True
        self._tail.clear()
        self._failure = None
        more = self._past - sum(map(weight_of, last))
        if more <= 0:
            return last
        self._told = True
        lines_follow = bool(last) and isinstance(last[0], Stream)
        notice = Stream("stderr", left_out(self._kept, more, lines_follow=lines_follow))
        return [notice, *last]


def weight_of(part: Part) -> int:
    """How many bytes of a quota a part takes."""
    return size_of(part) + (0 if isinstance(part, Stream) else _RECORD_BYTES)


def _without(part: Part, first: list[Part]) -> Part:
    """What remains of a text whose beginning was let through; a part that was not is whole."""
    if first and isinstance(part, Stream) and isinstance(first[0], Stream):
        return Stream(part.name, part.text[len(first[0].text) :])
    return part


def _first_bytes(text: str, limit: int) -> str:
    """The longest beginning of a text that takes no more bytes; no character is divided."""
    if text.isascii():
        return text[:limit]
    return text[:limit].encode()[:limit].decode("utf-8", "ignore")


def _last_bytes(text: str, limit: int) -> str:
    """The longest end of a text that takes no more bytes."""
    if limit <= 0:
        return ""
    if text.isascii():
        return text[-limit:]
    return text[-limit:].encode()[-limit:].decode("utf-8", "ignore")


def _shortened(failure: Failure) -> Failure:
    """An exception that takes at most TAIL_BYTES: its name, and what its traceback ends with."""
    if size_of(failure) <= TAIL_BYTES:
        return failure
    ename = _first_bytes(failure.ename, TAIL_BYTES // 8)
    evalue = _first_bytes(failure.evalue, TAIL_BYTES // 8)
    room = TAIL_BYTES // 2
    lines = deque[str]()
    for line in reversed(failure.traceback):
        room -= size_of(Stream("", line))
        if room < 0:
            break
        lines.appendleft(line)
    return Failure(ename, evalue, [*lines])
