"""What a model gets back that runs and writes, and what it is refused. `ModelReader` holds every
answer to what is promised of all."""

from __future__ import annotations

from typing import Any

import pytest

from intheloop import commands as c
from intheloop.events import Imported
from tests.house import PYTHON, House, appending, completing
from tests.model_reader import HOSTILE, ModelReader, calls_in, home, model
from tests.shown import Screen, prepared, ran

__all__ = ["home", "model"]
pytestmark = pytest.mark.anyio


async def many_cells(home: House, count: int) -> str:
    """A served notebook with so many code cells."""
    cells = [c.GivenCell("1", cell_id=f"c{number}") for number in range(count)]
    imported = Imported("many.ipynb", "ab" * 32, "4.5")
    created = await home.do(c.ImportNotebook(title="Many", imported=imported, cells=cells))
    await home.attach(created.notebook_id)
    return str(created.notebook_id)


@pytest.mark.slow
async def test_ten_thousand_executions_of_one_call_are_told_in_one_answer(
    home: House, model: ModelReader
) -> None:
    nb = await many_cells(home, 10_000)
    running = await home.begun(model.call("run_cells", notebook_id=nb, wait_s=20))
    first = await home.claim(nb)
    await home.pass_time(20)
    answer = await running
    assert answer.fields["state"] == "running"
    assert answer.fields["more"].startswith("10000 executions: 1 running, 9999 queued.")
    assert answer.fields["executions"][0]["execution_id"] == first.execution_id
    assert answer.fields["executions"][1]["place_in_queue"] == 1
    assert [tool for tool, _ in answer.calls()] == [
        *("read_notebook", "read_execution", "read_notebook")
    ]


async def test_of_a_thousand_executions_the_one_that_failed_is_told(
    home: House, model: ModelReader
) -> None:
    nb = await many_cells(home, 1_000)
    running = await home.begun(model.call("run_cells", notebook_id=nb))
    first = await home.claim(nb)
    await home.do(completing(nb, first.execution_id, status="error", reason="ValueError: x"), "rt")
    answer = await running
    assert answer.fields["state"] == "error"
    assert answer.fields["more"].startswith("1000 executions: 1 error, 999 cancelled.")
    failed = answer.fields["executions"][0]
    assert (failed["execution_id"], failed["reason"]) == (first.execution_id, "ValueError: x")


async def test_a_run_answers_with_what_the_cells_show(home: House, model: ModelReader) -> None:
    nb = await prepared(home, "print('hi')", "1/0", "3")
    running = await home.begun(model.call("run_cells", notebook_id=nb))
    one = await home.claim(nb)
    await home.do(appending(nb, one.execution_id, 0, "hi\n"), "rt")
    await home.do(completing(nb, one.execution_id, claim_next=c.Start(2), duration_ms=12), "rt")
    two = (await home.state(nb)).held()
    assert two is not None
    await home.do(completing(nb, two.execution_id, status="error", reason="ZeroDivision"), "rt")
    fields = (await running).fields
    assert fields["state"] == "error"
    assert [one["state"] for one in fields["executions"]] == ["ok", "error", "cancelled"]
    assert [one["cell_id"] for one in fields["executions"]] == ["a", "b", "c"]
    assert fields["executions"][0]["outputs"][0]["text"] == "hi\n"
    assert fields["executions"][1]["reason"] == "ZeroDivision"


async def test_a_wait_that_ends_names_the_call_that_waits_on(
    home: House, model: ModelReader
) -> None:
    nb = await prepared(home)
    running = await home.begun(model.call("run_code", notebook_id=nb, source="1", wait_s=5))
    one = await home.claim(nb)
    await home.pass_time(5)
    answer = await running
    assert answer.fields["state"] == "running"
    ((tool, arguments),) = answer.calls()
    assert (tool, arguments["execution_id"], arguments["wait_s"]) == (
        *("read_execution", one.execution_id),
        20,
    )
    waiting = await home.begun(model.call(tool, **arguments))
    await home.do(completing(nb, one.execution_id), "rt")
    assert (await waiting).fields["execution"]["state"] == "ok"


async def test_without_a_runtime_a_run_says_that_it_waits_for_one(
    home: House, model: ModelReader
) -> None:
    nb = await home.notebook("1")
    running = await home.begun(model.call("run_cells", notebook_id=nb, wait_s=2))
    await home.pass_time(2)
    answer = await running
    assert answer.fields["state"] == "queued" and answer.fields["waiting_for_runtime"]
    assert answer.fields["executions"][0]["place_in_queue"] == 1
    assert "No runtime is attached yet" in answer.text


async def test_a_restart_says_how_to_see_that_it_is_done(home: House, model: ModelReader) -> None:
    nb = await prepared(home)
    answer = await model.call("restart_kernel", notebook_id=nb)
    assert answer.calls() == [("read_runtime", {"notebook_id": nb})]
    (runtime,) = await model.followed(answer)
    assert runtime.fields["runtime"]["restart_requested"]


# ------------------------------------------------------------------------- writing


async def test_an_edit_answers_with_the_lines_that_it_changed(
    home: House, model: ModelReader
) -> None:
    nb = await home.notebook("import math\nr = 1\narea = 3 * r\nprint(area)")
    answer = await model.call(
        "edit_cell",
        notebook_id=nb,
        cell_id="a",
        base_rev=2,
        edits=[{"old": "3 * r", "new": "math.pi * r ** 2"}],
    )
    assert answer.fields["rev"] == 3 and "merged" not in answer.fields
    assert answer.fields["diff"] == (
        "@@ -1,4 +1,4 @@\n import math\n r = 1\n"
        "-area = 3 * r\n+area = math.pi * r ** 2\n print(area)"
    )
    await home.write(nb, "import math\nr = 2\narea = math.pi * r ** 2\nprint(area)")
    merged = await model.call(
        "edit_cell",
        notebook_id=nb,
        cell_id="a",
        base_rev=3,
        edits=[{"old": "print(area)", "new": "area"}],
    )
    assert merged.fields["merged"] == ["Ana edited it (seq 4)."]
    same = await model.call(
        "edit_cell", notebook_id=nb, cell_id="a", edits=[{"old": "r = 2", "new": "r = 2"}]
    )
    assert same.fields["rev"] == merged.fields["rev"] and "diff" not in same.fields


async def test_a_stale_edit_is_refused_with_the_source_of_today(
    home: House, model: ModelReader
) -> None:
    nb = await home.notebook("x = 1")
    await home.write(nb, "x = 2\n" + "y = 3\n" * 10_000)
    refused = await model.tried(
        "edit_cell", notebook_id=nb, cell_id="a", base_rev=2, source="x = 9"
    )
    assert refused.is_error and "Ana edited it (seq 3)." in refused.text
    assert "Current source:\nx = 2\ny = 3\n" in refused.text
    ((tool, arguments),) = calls_in(refused.text)
    rest = await model.call(tool, **arguments)
    shown = refused.text.partition("Current source:\n")[2]
    assert arguments["offset"] == len(shown)
    whole = shown + rest.fields["cells"][0]["source"]
    assert whole == ("x = 2\n" + "y = 3\n" * 10_000)[: len(whole)]


async def test_a_thousand_new_cells_are_named_as_far_as_they_fit(
    home: House, model: ModelReader
) -> None:
    nb = await home.notebook("1")
    cells = [{"source": "1", "cell_id": f"{number:0>64}"} for number in range(1000)]
    answer = await model.call("insert_cells", notebook_id=nb, cells=cells)
    named = answer.fields["cell_ids"]
    assert named == [cell["cell_id"] for cell in cells[: len(named)]]
    (rest,) = await model.followed(answer)
    assert rest.fields["cells"][0]["cell_id"] == cells[len(named)]["cell_id"]


async def test_a_runtime_is_told_without_its_environment(home: House, model: ModelReader) -> None:
    nb = await home.notebook("1")
    kernel = PYTHON
    command = c.AttachRuntime(notebook_id=nb, runtime_id="r1", kernel=kernel, label=HOSTILE[:60])
    await home.do(command, "rt")
    for _ in range(3):
        await home.run(nb)
    answer = await model.call("read_runtime", notebook_id=nb)
    assert answer.fields["runtime"]["kernel"] == "python3"
    assert "environment" not in answer.fields["runtime"]
    assert len(answer.fields["queue"]) == 3


# ------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("read_notebook", {"cells": ["nowhere"]}, 'detail="outline" shows the cells'),
        ("read_notebook", {"detail": "everything"}, "Mend them"),
        ("read_notebook", {"characters": 10**6}, "Mend them"),
        ("read_output", {"cell_id": "a", "output": 7}, "numbered from 0"),
        ("read_output", {}, "Name either the cell or the execution"),
        ("read_output", {"cell_id": "a", "form": "image"}, "read it with form text or raw"),
        ("read_output", {"cell_id": "a", "offset": 10**6}, "begin at an offset before"),
        ("read_output", {"cell_id": "a", "mime": "text/html", "output": 1}, "ask for one"),
        ("read_execution", {"execution_id": "nowhere"}, "read_history shows"),
        ("read_history", {"records": True}, "There is no argument 'records'"),
    ],
)
async def test_what_cannot_be_done_is_an_error_with_the_next_step(
    home: House, model: ModelReader, tool: str, arguments: dict[str, Any], says: str
) -> None:
    nb = await prepared(home)
    await ran(home, nb, Screen().prints("hi").displays(text_plain="1"))
    refused = await model.tried(tool, notebook_id=nb, **arguments)
    assert refused.is_error and says in refused.text
