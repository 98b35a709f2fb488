"""Code that both sides run, and what it must show: a side that loses output measures nothing."""

from __future__ import annotations

from msgspec import Struct

LINES = 5000


class Snippet(Struct, frozen=True):
    """A piece of code, and the text that it shows on stdout or as its result."""

    source: str
    shows: str

    def check(self, shown: str) -> None:
        """Raises RuntimeError for anything but the whole text."""
        if shown != self.shows:
            raise RuntimeError(
                f"{self.source!r} showed {len(shown):,} characters that are not the "
                f"{len(self.shows):,} expected, so that its figure would be of something else. "
                f"They end in: {shown[-500:]!r}"
            )


def lines(count: int, *, flushed: bool) -> Snippet:
    """So many lines of numbers; flushed ones leave the kernel as a message each."""
    more = ", flush=True" if flushed else ""
    shows = "".join(f"{number}\n" for number in range(count))
    return Snippet(f"for i in range({count}):\n    print(i{more})", shows)


SUM = Snippet("1 + 1", "2")
