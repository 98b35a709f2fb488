"""`python -m evals.bench [GROUP ...]`: every figure beside its floor and its bar.

Always ends well: a missed bar is for people to look at, and no test of this machine's mood.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence

from .append import append
from .assistant import assistant
from .figures import Line, as_json, table
from .headless import headless
from .long_run import long_run
from .over_http import over_http
from .over_mcp import over_mcp
from .page import page
from .replay import replay_and_open
from .running import running

GROUPS: dict[str, Callable[[], Iterator[Line]]] = {
    "append": append,
    "replay": replay_and_open,
    "http": over_http,
    "mcp": over_mcp,
    "page": page,
    "running": running,
    "headless": headless,
    "long": long_run,
    "assistant": assistant,
}
"""What can be measured by itself, in the order in which all is."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument(
        "groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}; all without any"
    )
    parser.add_argument("--json", action="store_true", help="print a list of JSON objects")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.groups if name not in GROUPS]
    if unknown:
        parser.error(f"no group is named {unknown[0]!r}: choose of {', '.join(GROUPS)}")
    figures: list[Line] = []
    for name in options.groups or GROUPS:
        for figure in GROUPS[name]():
            figures.append(figure)
            print(f"{figure.name}: done", file=sys.stderr, flush=True)
    print(as_json(figures) if options.json else table(figures))


if __name__ == "__main__":
    main()
