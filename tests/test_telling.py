"""The log told in sentences over HTTP, and files imported as they are."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from tests.serving import Served, problem


@pytest.fixture
def ana(served: Served) -> str:
    return served.secret(served.person("Ana", admin=True))


@pytest.fixture
def ben(served: Served, ana: str) -> str:
    return served.secret(served.person("Ben"))


def lines(http: httpx2.Client, notebook_id: str, **query: Any) -> dict[str, Any]:
    answer = http.get(f"/api/notebooks/{notebook_id}/lines", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def call(http: httpx2.Client, tool: str, **arguments: Any) -> Any:
    answer = http.post(f"/api/tools/{tool}", json=arguments)
    assert answer.status_code == 200, answer.text
    return answer.json()


def birds(http: httpx2.Client) -> str:
    """A notebook with two cells, the first edited three times."""
    cells = [{"cell_id": "a", "source": "1"}, {"cell_id": "b", "source": "2"}]
    made = call(http, "create_notebook", title="Birds", cells=cells)
    notebook_id: str = made["notebook_id"]
    rev = call(http, "read_notebook", notebook_id=notebook_id)["cells"][0]["rev"]
    for text in ("12", "123", "1234"):
        edited = call(
            http, "edit_cell", notebook_id=notebook_id, cell_id="a", base_rev=rev, source=text
        )
        rev = edited["rev"]
    return notebook_id


def test_the_log_is_told_in_lines_with_who_did_it_and_edits_in_a_row_are_one(
    served: Served, ana: str
) -> None:
    with served.client(ana) as http:
        notebook_id = birds(http)
        found = lines(http, notebook_id)
    assert (found["upto"], found["head"]) == (6, 6)
    told = [(line["first_seq"], line["seq"], line["text"]) for line in found["lines"]]
    assert [(first, last) for first, last, _ in told] == [(1, 1), (2, 3), (4, 6)]
    assert told[2][2].endswith("edited cell a (+3 -0).")
    last = found["lines"][2]
    assert (last["count"], last["cell_id"], last["type"]) == (3, "a", "cellSourceEdited")
    assert last["actor"]["kind"] == "human"


def test_lines_are_narrowed_by_what_they_are_about_and_by_any_id(served: Served, ana: str) -> None:
    with served.client(ana) as http:
        notebook_id = birds(http)
        call(http, "add_comment", notebook_id=notebook_id, text="Which bird?", cell_id="b")
        about = lines(http, notebook_id, about="comments")
        cell = lines(http, notebook_id, cell="b")
        record = http.get(f"/api/notebooks/{notebook_id}/events").json()["records"][0]
        command = lines(http, notebook_id, of=record["command_id"])
        early = lines(http, notebook_id, until=record["recorded_at"])
        stretch = lines(http, notebook_id, after=1, upto=3)
    assert [line["type"] for line in about["lines"]] == ["commentAdded"]
    assert [line["type"] for line in cell["lines"]] == ["cellCreated", "commentAdded"]
    assert [line["seq"] for line in command["lines"]] == [1, 3]
    assert early["lines"] == []
    assert stretch["upto"] == 3
    assert [(line["first_seq"], line["seq"]) for line in stretch["lines"]] == [(2, 3)]


def test_a_long_log_is_told_in_stretches_that_leave_nothing_out(served: Served, ana: str) -> None:
    with served.client(ana) as http:
        made = call(http, "create_notebook", title="Long")
        notebook_id = made["notebook_id"]
        for _ in range(6):
            cells: list[Any] = [{"source": ""}] * 1000
            call(http, "insert_cells", notebook_id=notebook_id, cells=cells)
        first = lines(http, notebook_id)
        second = lines(http, notebook_id, after=first["upto"])
    assert first["upto"] == 5000
    assert second["upto"] == second["head"] == 6001
    assert sum(line.get("count", 1) for line in first["lines"] + second["lines"]) == 6001


def test_an_answer_ends_where_records_are_large_and_the_next_goes_on_there(
    served: Served, ana: str
) -> None:
    with served.client(ana) as http:
        made = call(http, "create_notebook", title="Heavy")
        notebook_id = made["notebook_id"]
        for _ in range(10):
            cells: list[Any] = [{"source": "x" * 20_000}] * 100
            call(http, "insert_cells", notebook_id=notebook_id, cells=cells)
        after, told, answers = 0, 0, 0
        while after < 1001:
            found = lines(http, notebook_id, after=after)
            assert found["upto"] > after
            after = found["upto"]
            told += sum(line.get("count", 1) for line in found["lines"])
            answers += 1
    assert told == 1001
    assert answers > 1


def test_who_may_not_read_a_log_is_told_none_of_it(served: Served, ana: str, ben: str) -> None:
    with served.client(ana) as http:
        notebook_id = birds(http)
    with served.client(ben) as http:
        problem(http.get(f"/api/notebooks/{notebook_id}/lines"), "not-found")
        problem(http.get("/api/notebooks/workspace/lines"), "denied")


def test_a_file_becomes_a_notebook_with_its_large_outputs(served: Served, ana: str) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 300_000}
    cell = {
        "cell_type": "code",
        "source": "1",
        "metadata": {},
        "outputs": [output],
        "execution_count": 3,
    }
    file = {"nbformat": 4, "nbformat_minor": 4, "metadata": {"k": 1.0}, "cells": [cell]}
    text = json.dumps(file)
    with served.client(ana) as http:
        headers = {"Idempotency-Key": "drop-1"}
        where = "/api/import?name=birds.ipynb"
        made = http.post(where, content=text, headers=headers)
        again = http.post(where, content=text, headers=headers)
        titled = http.post(f"{where}&title=Copy", content=text)
        assert made.status_code == 200, made.text
        assert made.json()["notebook_id"] == again.json()["notebook_id"]
        assert titled.json()["notebook_id"] != made.json()["notebook_id"]
        exported = call(http, "export_notebook", notebook_id=made.json()["notebook_id"])
        names = {one["title"] for one in call(http, "list_notebooks")["notebooks"]}
    back = json.loads(exported["content"])["cells"][0]
    assert "".join(back["outputs"][0]["text"]) == output["text"]
    assert back["execution_count"] == 3
    assert '"k":1.0' in exported["content"].replace(" ", "")
    assert {"birds", "Copy"} <= names


def test_what_is_no_notebook_is_refused_in_a_sentence(served: Served, ana: str) -> None:
    with served.client(ana) as http:
        found = problem(http.post("/api/import?name=a.txt", content="hello"), "bad-argument")
    assert "not valid JSON" in found["detail"]


def test_lanes_tell_who_was_at_work_from_where_to_where_by_which_program(
    served: Served, ana: str, ben: str
) -> None:
    def lanes(http: httpx2.Client, **query: int) -> dict[str, Any]:
        answer = http.get(f"/api/notebooks/{notebook_id}/lanes", params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    with served.client(ana) as http:
        notebook_id = birds(http)
        note = {"notebook_id": notebook_id, "text": "Owls"}
        by_page = {"Loop-Client": "page/1.0"}
        http.post("/api/tools/add_comment", json=note, headers=by_page)
        call(http, "add_comment", **note)
        found = lanes(http)
        rest = lanes(http, after=4, upto=7)
    assert (found["upto"], found["head"]) == (8, 8)
    spans = [(one["lane"], one["first"], one["last"]) for one in found["spans"]]
    assert spans == [(0, 1, 6), (1, 7, 7), (0, 8, 8)]
    assert [actor["name"] for actor in found["actors"]] == ["Ana", "Ana"]
    assert found["actors"][1]["client"]["name"] == "page"
    assert (rest["upto"], [one["first"] for one in rest["spans"]]) == (7, [5, 7])
    with served.client(ben) as http:
        answer = http.get(f"/api/notebooks/{notebook_id}/lanes")
    assert problem(answer, "not-found")
