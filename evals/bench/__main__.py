"""`python -m evals.bench`: every figure beside its floor and its bar.

Always ends well: a missed bar is for people to look at, and no test of this machine's mood.
"""

from __future__ import annotations

import argparse
import sys

from .append import many_commands_a_commit, many_records_a_commit, one_a_commit
from .figures import Figure, as_json, table
from .over_http import append_to_sse, durable_http_append, fan_out, servers
from .replay import replay_and_open


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a list of JSON objects")
    as_text = not parser.parse_args().json
    figures: list[Figure] = []

    def tell(*more: Figure) -> None:
        figures.extend(more)
        if as_text:
            print(f"{more[-1].name}: done", file=sys.stderr, flush=True)

    tell(one_a_commit())
    tell(many_records_a_commit())
    tell(many_commands_a_commit())
    tell(*replay_and_open())
    with servers() as up:
        tell(durable_http_append(up))
        tell(fan_out(up, 100, 2000))
        tell(fan_out(up, 500, 600))
        tell(*append_to_sse(up))
    print(table(figures) if as_text else as_json(figures))


if __name__ == "__main__":
    main()
