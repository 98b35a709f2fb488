"""The demonstration: what the product does, shown without a key, by a script that is not an AI.

It looks at the message for a word or two, adds a cell, runs it, and says what it has done.
"""

from __future__ import annotations

from .reply import Fault, Json, Reply, Say, Use

DEMO = "Scripted demo, not an AI"
"""What it is called in the panel, in every record and in every answer."""

_PAUSE_S = 0.03

_PLOT = """\
import matplotlib.pyplot as plt

heights = [159, 162, 171, 168, 181, 175]
plt.hist(heights, bins=4)
plt.title("Heights")
plt.xlabel("cm")
plt.ylabel("people");"""
_SUM = "numbers = list(range(1, 11))\nsum(numbers)"
_HELLO = f"This is the {DEMO[0].lower()}{DEMO[1:]}: it follows a script, whatever you write. "


def demo(request: Json) -> Reply:
    """The next step, by how far this answer to the last message has come."""
    step, asked = _where(request["messages"])
    plot = any(word in asked.lower() for word in ("plot", "chart", "histogram", "draw"))
    source = _PLOT if plot else _SUM
    match step:
        case 0:
            cells = [{"source": source}]
            said = f"{_HELLO}It adds a cell {'with a chart' if plot else 'with a sum'}."
            return _reply(Say(said), Use("insert_cells", {"cells": cells}))
        case 1:
            return _reply(Say("It runs the notebook."), Use("run_cells", {"wait_s": 20}))
        case _:
            what = (
                "The chart shows six heights" if plot else "The numbers from 1 to 10 add up to 55"
            )
            return _reply(
                Say(
                    f"{what}. Set ANTHROPIC_API_KEY where the server is started, and a model "
                    "answers in place of this script; nothing else changes."
                )
            )


def _reply(*parts: Say | Use) -> Reply:
    return Reply(parts, fault=Fault(pause_s=_PAUSE_S))


def _where(messages: list[Json]) -> tuple[int, str]:
    """How many answers the last message of a person has had, and its words."""
    answers = 0
    for message in reversed(messages):
        if message["role"] == "assistant":
            answers += 1
            continue
        blocks = message["content"]
        if not any(block["type"] == "tool_result" for block in blocks):
            return answers, str(blocks[-1].get("text", ""))
    return answers, ""
