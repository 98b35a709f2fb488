"""The floor of a headless run: nbclient as it comes, in a process of its own.

Tells when it started each cell, by the hook that it has for this.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import msgspec
import nbclient
import nbformat


def main() -> None:
    """Run the notebook of the first argument, write it as the second, print the times."""
    given, out = sys.argv[1:]
    book = nbformat.read(given, 4)  # type: ignore[no-untyped-call]
    started: list[float] = []

    def note(cell: Any, cell_index: int) -> None:
        started.append(time.time())

    nbclient.NotebookClient(book, on_cell_start=note).execute()
    nbformat.write(book, out)  # type: ignore[no-untyped-call]
    print(msgspec.json.encode(started).decode())


if __name__ == "__main__":
    main()
