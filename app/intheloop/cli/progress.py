"""How far a run is: a bar on a terminal, a line per cell elsewhere. Decides nothing."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from intheloop.views import visible

from .group import note

_LONGEST = 50


class Told(Protocol):
    """Where a run tells how far it is. Cells are counted from 1, over all cells of the notebook."""

    def started(self, cell: int, source: str) -> None:
        """The kernel has this cell."""

    def ended(self, cell: int, status: str, seconds: float) -> None:
        """It is done with it."""


class Lines:
    """A line for each cell that ended."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def started(self, cell: int, source: str) -> None:
        """Nothing is said yet."""

    def ended(self, cell: int, status: str, seconds: float) -> None:
        """Say it."""
        self._done += 1
        note(f"[{self._done}/{self._total}] cell {cell}: {status}, {seconds:.1f} s")


class Bar:
    """A bar with the cell that runs."""

    def __init__(self, total: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("Starting the kernel", total=total)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def started(self, cell: int, source: str) -> None:
        """Show its first line."""
        first = visible(source.strip().partition("\n")[0])
        short = first if len(first) <= _LONGEST else first[: _LONGEST - 1] + "…"
        self._progress.update(self._task, description=f"Cell {cell}: {short}")

    def ended(self, cell: int, status: str, seconds: float) -> None:
        """One more."""
        self._progress.advance(self._task)


def progress(total: int) -> Bar | Lines:
    """What suits standard error."""
    return Bar(total) if Console(stderr=True).is_terminal else Lines(total)
