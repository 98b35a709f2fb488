"""Cells that people hid from assistants: no tool of a run tells of them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.values import EMPTY, inline
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


async def test_an_old_run_of_a_hidden_cell_does_not_lead_around_it(
    served: Served, tmp_path: Path
) -> None:
    uses: list[Use] = []
    script = by_turn(uses, "I see one cell.")
    asks = f"input('About {SECRET}? '); '{SECRET}'"
    async with asking(served, script, "x = 1", asks) as at:
        async with at.runtime(tmp_path):
            old = await at.ran("c2", answer="y")
            await at.ran("c2", answer="y")
            assert old not in at.replica.notebook.executions
            await at.hide("c2", {"tags": [HIDDEN]})
            uses += [
                Use("read_execution", {"execution_id": old}),
                Use("read_output", {"execution_id": old, "output": 0}),
                Use("read_output", {"execution_id": old, "at": at.replica.notebook.seq}),
                Use("cancel_execution", {"execution_id": old}),
                Use("read_history", {"type": "inputRequested"}),
                Use("read_history", {"type": "executionCompleted"}),
            ]
            async with at.agent():
                assert (await at.asked()).status == "completed"
        results = await at.of(e.ToolCallCompleted)
        assert [one.is_error for one in results] == [True] * 4 + [False] * 2
        for one in results[:4]:
            assert "hidden from you" in one.text
        for one in results:
            assert SECRET not in one.text and old not in one.text
        assert all(SECRET.encode() not in body for body in at.model.requests)


async def test_what_is_said_of_a_hidden_cell_is_hidden_too(served: Served) -> None:
    uses = [
        Use("read_notebook", {"detail": "comments"}),
        Use("read_history"),
        Use("add_comment", {"text": "What?", "reply_to": "k2"}),
        Use("resolve_comment", {"comment_id": "k1"}),
    ]
    async with asking(served, by_turn(uses, "Nothing."), "x = 1", "y = 2") as at:
        on = c.AddComment(notebook_id=at.notebook_id, cell_id="c2", text="A", comment_id="k1")
        await at.me.call(on)
        for reply_to, comment_id in (("k1", "k2"), ("k2", "k3")):
            text = f"About {SECRET}"
            reply = c.AddComment(
                notebook_id=at.notebook_id, text=text, reply_to=reply_to, comment_id=comment_id
            )
            await at.me.call(reply)
        await at.hide("c2", {"tags": [HIDDEN]})
        async with at.agent():
            assert (await at.asked()).status == "completed"
        results = await at.of(e.ToolCallCompleted)
        assert [one.is_error for one in results] == [False, False, True, True]
        assert all(SECRET not in one.text for one in results)


@pytest.mark.parametrize("tag_first", [True, False], ids=["always hidden", "hidden later"])
async def test_a_cell_that_was_hidden_when_it_was_deleted_is_not_found_in_the_past(
    served: Served, tag_first: bool
) -> None:
    uses: list[Use] = []
    async with asking(served, by_turn(uses, "Nothing."), "x = 1") as at:
        tags = {"tags": [HIDDEN]}
        metadata = inline(msgspec.json.encode(tags)) if tag_first else EMPTY
        cell = c.GivenCell(source=f"'{SECRET}'", cell_id="c2", metadata=metadata)
        done: c.Done = await at.me.call(c.InsertCells(notebook_id=at.notebook_id, cells=[cell]))
        if not tag_first:
            await at.hide("c2", tags)
        await at.me.call(c.DeleteCells(notebook_id=at.notebook_id, cell_ids=["c2"]))
        uses += [
            Use("read_notebook", {"at": done.seq}),
            Use("diff_notebook", {"from": done.seq}),
            Use("read_notebook", {"at": done.seq, "cells": ["c2"]}),
            Use("restore_notebook", {"cell_ids": ["c2"]}),
            Use("restore_notebook", {"to_seq": done.seq}),
        ]
        async with at.agent():
            assert (await at.asked()).status == "completed"
        results = await at.of(e.ToolCallCompleted)
        assert [one.is_error for one in results] == [False] * 2 + [True] * 3
        assert all(SECRET not in one.text for one in results)
        assert [cell.cell_id for cell in at.replica.notebook.live_cells()] == ["c1"]


async def test_no_going_back_in_time_shows_what_was_hidden_since(served: Served) -> None:
    uses: list[Use] = []
    async with asking(served, by_turn(uses, "Nothing."), "x = 1", f"'{SECRET}'") as at:
        before = at.replica.notebook.seq
        await at.hide("c2", {"tags": [HIDDEN]})
        uses += [
            Use("restore_notebook", {"to_seq": before}),
            Use("read_notebook", {"at": before}),
        ]
        async with at.agent():
            assert (await at.asked()).status == "completed"
        results = await at.of(e.ToolCallCompleted)
        assert [one.is_error for one in results] == [True, False]
        assert "restore cells by cell_ids" in results[0].text
        assert all(SECRET not in one.text for one in results)
