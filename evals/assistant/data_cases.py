"""Cases in which data is looked at and code is written, mended and moved; they need a kernel."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from intheloop import events as e
from intheloop_agents.scripted_model import Part, Say, Use

from .case import Case
from .graders import (
    cell_count,
    first_cell_is,
    happened,
    only_changed,
    requests_within,
    reruns_clean,
    shows,
    sources_hold,
    value_is,
)

CSV = "name,age\nAda,3\nBea,4\nCy,5.6\n"
RUN = (Use("run_cells"),)


def insert(*sources: str, **more: Any) -> Use:
    """Insert cells."""
    return Use("insert_cells", {"cells": [{"source": one} for one in sources], **more})


def replace(cell_id: str, old: str, new: str) -> Use:
    """Edit a cell by one replacement."""
    return Use("edit_cell", {"cell_id": cell_id, "edits": [{"old": old, "new": new}]})


def run_at_rev(cell_id: str) -> Callable[[dict[str, Any]], Sequence[Part]]:
    """Run a cell with the rev that the model was last shown."""

    def turn(request: dict[str, Any]) -> Sequence[Part]:
        found = re.findall(rf"{cell_id}\b[^\n]*?rev (\d+)", str(request["messages"]))
        return (Use("run_cells", {"cells": [{"cell_id": cell_id, "rev": int(found[-1])}]}),)

    return turn


_PLOT = (
    "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])\nplt.xlabel('group')\nplt.show()"
)
_READ = "import csv\nrows = list(csv.DictReader(open('ages.csv')))"
_JOIN = (
    "import csv\n"
    "def keyed(name):\n"
    "    return {KEY: row for row in csv.DictReader(open(name))}\n"
    "left, right = keyed('left.csv'), keyed('right.csv')\n"
    "joined = {key: (left[key], right[key]) for key in left if key in right}"
)

CASES: tuple[Case, ...] = (
    Case(
        "mean of a column",
        ("What is the mean age in ages.csv? Keep it as `ans`.",),
        script=(
            [insert(_READ, "ans = sum(float(row['age']) for row in rows) / len(rows)\nans")],
            RUN,
            "4.2",
        ),
        broken=([insert(_READ, "ans = max(float(row['age']) for row in rows)\nans")], RUN, "4.2"),
        graders=(reruns_clean(), value_is("round(ans, 6)", "4.2"), cell_count(2)),
        files={"ages.csv": CSV},
        kernel=True,
        values=("round(ans, 6)",),
    ),
    Case(
        "a NameError is mended where it is",
        ("Cell c2 fails. Mend it.",),
        cells=("total = 2", "totl + 1", "done = True"),
        script=([replace("c2", "totl", "total")], RUN, "It runs."),
        broken=([replace("c1", "total", "totl")], RUN, "It runs."),
        graders=(only_changed("c2"), reruns_clean()),
        kernel=True,
    ),
    Case(
        "cells that only ran out of order",
        ("It works here and fails from the top. Why? Mend it.",),
        cells=("y = x + 1", "x = 1"),
        script=([Use("move_cells", {"cell_ids": ["c2"], "after": None})], RUN, "It runs."),
        broken=([Use("run_cells", {"allow_errors": True})], "It runs."),
        graders=(reruns_clean(), only_changed(), value_is("y", "2")),
        kernel=True,
        values=("y",),
    ),
    Case(
        "a bar chart",
        ("Draw a bar chart of a and b.",),
        script=([insert(_PLOT)], RUN, "There it is."),
        broken=([insert("print('a chart')")], RUN, "There it is."),
        graders=(shows("image/png"), sources_hold("xlabel"), reruns_clean()),
        kernel=True,
    ),
    Case(
        "two files with dirty keys",
        ("Join left.csv and right.csv as `joined`; mind the keys.",),
        script=([insert(_JOIN.replace("KEY", "row['key'].strip().lower()"))], RUN, "Three rows."),
        broken=([insert(_JOIN.replace("KEY", "row['key']"))], RUN, "Three rows."),
        graders=(reruns_clean(), value_is("len(joined)", "3")),
        files={
            "left.csv": "key,a\nAda ,1\nbea,2\n CY,3\n",
            "right.csv": "key,b\nada,1\nBea,2\ncy ,3\ndee,4\n",
        },
        kernel=True,
        values=("len(joined)",),
    ),
    Case(
        "the same code twice becomes a function",
        ("Cells c1 and c2 do the same; make it a function.",),
        cells=("a = 2\na = a * 3 + 1", "b = 5\nb = b * 3 + 1"),
        script=(
            [
                insert("def step(n):\n    return n * 3 + 1\n\na, b = step(2), step(5)"),
                Use("delete_cells", {"cell_ids": ["c1", "c2"]}),
            ],
            RUN,
            "One cell less.",
        ),
        broken=(
            [
                insert("def step(n):\n    return n * 3\n\na, b = step(2), step(5)"),
                Use("delete_cells", {"cell_ids": ["c1", "c2"]}),
            ],
            RUN,
            "One cell less.",
        ),
        graders=(reruns_clean(), cell_count(-1), value_is("(a, b)", "(7, 16)")),
        kernel=True,
        values=("(a, b)",),
    ),
    Case(
        "a summary stands at the top",
        ("Write a summary at the top.",),
        cells=("x = 1",),
        script=(
            [
                Use(
                    "insert_cells",
                    {"cells": [{"source": "# One", "cell_type": "markdown"}], "after": None},
                )
            ],
            "Done.",
        ),
        broken=([insert("# One")], "Done."),
        graders=(first_cell_is("markdown"), only_changed(), cell_count(1)),
    ),
    Case(
        "an error is read, mended and run again",
        ("Compute ten divided by the number of rows in none.csv as `share`.",),
        script=(
            [insert("share = 10 / 0")],
            RUN,
            lambda request: (
                Use(
                    "edit_cell",
                    {"cell_id": _inserted(request), "edits": [{"old": "10 / 0", "new": "10 / 2"}]},
                ),
            ),
            RUN,
            "5",
        ),
        broken=([insert("share = 10 / 0")], RUN, "5"),
        graders=(reruns_clean(), value_is("share", "5.0"), happened(e.ExecutionRequested, 2)),
        kernel=True,
        values=("share",),
    ),
    Case(
        "a run on an old rev is refused and made again",
        ("Run c1.",),
        cells=("seen = 1",),
        script=(
            [Use("run_cells", {"cells": [{"cell_id": "c1", "rev": 1}]})],
            [Use("read_notebook")],
            run_at_rev("c1"),
            "It ran.",
        ),
        broken=([Use("run_cells", {"cells": [{"cell_id": "c1", "rev": 1}]})], "It ran."),
        graders=(happened(e.ExecutionStarted, 1), only_changed(), reruns_clean()),
        kernel=True,
    ),
    Case(
        "code beside the notebook leaves no cell",
        ("Which version is this Python? Leave the notebook as it is.",),
        cells=("x = 1",),
        script=([Use("run_code", {"source": "import sys; sys.version"})], "This one."),
        broken=([insert("import sys; sys.version")], RUN, "This one."),
        graders=(cell_count(0), only_changed(), happened(e.ExecutionRequested, 1)),
        kernel=True,
    ),
    Case(
        "two questions in one thread",
        ("Set x to 3.", "Now double it, as `twice`."),
        script=([insert("x = 3")], "Done.", [insert("twice = 2 * x")], RUN, "6"),
        broken=([insert("x = 3")], "Done.", [insert("twice = x")], RUN, "6"),
        graders=(reruns_clean(), value_is("twice", "6"), cell_count(2)),
        kernel=True,
        values=("twice",),
    ),
    Case(
        "a huge output is read in part",
        ("What does c1 print in the end?",),
        cells=("print('x' * 5_000_000)\nprint('the end')",),
        script=(RUN, [Say("It prints the end.")]),
        broken=tuple([Use("run_code", {"source": f"print('{at}' * 12_000)"})] for at in range(12)),
        graders=(happened(e.ToolCallCompleted, 1), only_changed(), requests_within(50_000)),
        kernel=True,
    ),
)


def _inserted(request: dict[str, Any]) -> str:
    found = re.findall(r'cell_ids\W+"?([a-z0-9]+)', str(request["messages"]))
    return str(found[0])
