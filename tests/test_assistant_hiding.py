"""Cells that people hid from assistants: no tool of a run tells of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop_agents.assistant.hiding import HIDDEN
from intheloop_agents.scripted_model import Use, by_turn
from tests.asking import asking
from tests.serving import Served, served

__all__ = ["served"]
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]

SECRET = "hunter2"


async def test_no_tool_tells_of_a_hidden_cell_and_what_names_one_is_refused(
    served: Served, tmp_path: Path
) -> None:
    uses: list[Use] = []
    script = by_turn(uses, "I see one cell.")
    async with asking(served, script, "x = 1", f"'{SECRET}'") as at:
        async with at.runtime(tmp_path):
            run = c.RunCells(notebook_id=at.notebook_id, wait_s=20)
            asked: c.Requested = await at.me.call(run)
        theirs = asked.execution_ids[1]
        await at.me.call(
            c.AddComment(notebook_id=at.notebook_id, cell_id="c2", text=f"About {SECRET}")
        )
        await at.hide("c2", {"tags": [HIDDEN]})
        told = [
            Use("read_notebook", {"detail": "full"}),
            Use("read_notebook", {"detail": "comments"}),
            Use("diff_notebook", {"from": 0}),
            Use("read_history"),
        ]
        refused = [
            Use("read_notebook", {"cells": ["c2"]}),
            Use("read_execution", {"execution_id": theirs}),
            Use("read_output", {"execution_id": theirs, "output": 0}),
            Use("edit_cell", {"cell_id": "c2", "edits": [{"old": "nowhere", "new": "x"}]}),
            Use(
                "propose_changes", {"changes": [{"kind": "delete", "cell_id": "c2", "base_rev": 1}]}
            ),
        ]
        uses += [*told, *refused]
        async with at.agent():
            assert (await at.asked()).status == "completed"
        results = await at.of(e.ToolCallCompleted)
        assert [one.is_error for one in results] == [False] * len(told) + [True] * len(refused)
        for one in results[len(told) :]:
            assert "hidden from you" in one.text
        for one in results:
            assert SECRET not in one.text
        assert all(SECRET.encode() not in body for body in at.model.requests)
        assert "x = 1" in results[0].text
