"""Long notebooks, lists and histories, as a model reads them: page by page, nothing twice, nothing
left out. `ModelReader` holds every answer to what is promised of all."""

from __future__ import annotations

from typing import Any

import pytest

from intheloop import commands as c
from intheloop.notebook import WORKSPACE_ID
from tests.house import House
from tests.mcp_callers import model as mcp
from tests.model_reader import HOSTILE, ModelReader, home, model
from tests.serving import Served
from tests.shown import Screen, prepared, ran

__all__ = ["home", "model"]
pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("detail", ["outline", "source", "full"])
async def test_each_of_a_thousand_cells_is_read_once(
    home: House, model: ModelReader, detail: str
) -> None:
    ids = [f"cell{number:04}" for number in range(1000)]
    cells = [c.GivenCell(f"# cell {one}\nx = {one!r}", cell_id=one) for one in ids]
    created = await home.do(c.CreateNotebook(title="Long", cells=cells))
    nb, after, read = created.notebook_id, dict[str, str](), list[str]()
    for _ in range(100):
        page = await model.call("read_notebook", notebook_id=nb, detail=detail, **after)
        assert page.fields["total"] == 1000
        read += [cell["cell_id"] for cell in page.fields["cells"]]
        if "next_after" not in page.fields:
            break
        after = {"after": page.fields["next_after"]}
        assert page.calls() == [("read_notebook", {"notebook_id": nb, "detail": detail, **after})]
    assert read == ids


async def test_a_source_of_a_mebibyte_is_read_to_its_end(home: House, model: ModelReader) -> None:
    source = "".join(f'row {number} "quoted" \\ é\n' for number in range(40_000))[: 1 << 20]
    created = await home.do(
        c.CreateNotebook(title="Big", cells=[c.GivenCell(source, cell_id="a"), c.GivenCell("2")])
    )
    first = await model.call("read_notebook", notebook_id=created.notebook_id)
    assert len(first.fields["cells"]) == 2
    waiting, parts = first.calls(), [first.fields["cells"][0]["source"]]
    while waiting:
        ((tool, arguments),) = waiting
        answer = await model.call(tool, **arguments)
        (cell,) = answer.fields["cells"]
        assert cell["offset"] == sum(map(len, parts))
        parts.append(cell["source"])
        waiting = answer.calls()
    assert "".join(parts) == source


async def test_hostile_words_stay_what_they_are(home: House, model: ModelReader) -> None:
    title = (HOSTILE * 10)[:200]
    cells = [c.GivenCell(HOSTILE, cell_id="a"), c.GivenCell(HOSTILE, "markdown", "b")]
    created = await home.do(c.CreateNotebook(title=title, cells=cells))
    nb = created.notebook_id
    await home.do(c.AddComment(notebook_id=nb, text=HOSTILE, cell_id="a"))
    for tool, more in (
        ("read_notebook", {"detail": "full"}),
        ("read_notebook", {"detail": "outline"}),
        ("read_notebook", {"detail": "comments"}),
        ("read_history", {}),
    ):
        answer = await model.call(tool, notebook_id=nb, **more)
        assert answer.calls() == []
    answer = await model.call("read_notebook", notebook_id=nb, detail="source")
    assert [one["source"] for one in answer.fields["cells"]] == [HOSTILE, HOSTILE]
    assert "\x1b" not in answer.fields["title"]
    (line,) = (await model.call("list_notebooks")).fields["notebooks"]
    assert "\x1b" not in line["title"]


async def test_comments_of_the_greatest_length_are_read_whole(
    home: House, model: ModelReader
) -> None:
    nb = await home.notebook("1")
    texts = [f"{number}" + '"' * 9_999 for number in range(12)]
    await home.comment(nb, *texts)
    beside = await model.call("read_notebook", notebook_id=nb)
    assert 0 < len(beside.fields["comments"]) < 12
    whole, asked = dict[str, str](), list[Any]()
    waiting: list[tuple[str, dict[str, Any]]] = [
        ("read_notebook", {"notebook_id": nb, "detail": "comments"})
    ]
    while waiting:
        tool, arguments = waiting.pop()
        if arguments not in asked:
            asked.append(arguments)
            answer = await model.call(tool, **arguments)
            for one in answer.fields["comments"]:
                known = whole.setdefault(one["comment_id"], "")
                if len(known) == one.get("offset", 0):
                    whole[one["comment_id"]] = known + one["text"]
            waiting += answer.calls()
    assert sorted(whole.values()) == sorted(texts)


async def test_what_a_past_view_leaves_out_is_read_of_the_past(
    home: House, model: ModelReader
) -> None:
    nb = await prepared(home)
    await ran(home, nb, Screen().prints("first\n" * 9_000))
    past = (await home.state(nb)).seq
    await ran(home, nb, Screen().prints("second\n"))
    answer = await model.call("read_notebook", notebook_id=nb, at=past)
    assert set(await model.to_the_end(answer)) == set("first\n")
    await home.do(c.DeleteCells(notebook_id=nb, cell_ids=["a"]))
    (rest, *_) = await model.followed(answer)
    assert rest.fields["text"].startswith("first\n")


async def test_many_notebooks_are_listed_page_by_page(home: House, model: ModelReader) -> None:
    made = []
    for number in range(120):
        title = f"{number} " + '"' * 195
        created = await home.do(c.CreateNotebook(title=title))
        made.append(created.notebook_id)
        await home.pass_time(1)
    read, waiting = list[str](), [("list_notebooks", dict[str, Any]())]
    while waiting:
        ((tool, arguments),) = waiting
        answer = await model.call(tool, **arguments)
        read += [one["notebook_id"] for one in answer.fields["notebooks"]]
        waiting = answer.calls()
    assert read == made[::-1]
    found = await model.call("list_notebooks", find="17 ")
    assert [one["title"].split()[0] for one in found.fields["notebooks"]] == ["117", "17"]


async def test_a_history_of_huge_records_is_told_page_by_page(
    home: House, model: ModelReader
) -> None:
    nb = await home.notebook("1")
    for number in range(12):
        await home.write(nb, f"{number:02}" * 500_000)
    seqs, after = list[int](), 0
    while True:
        answer = await model.call("read_history", notebook_id=nb, after=after)
        seqs += [one["seq"] for one in answer.fields["lines"]]
        if "next_after" not in answer.fields:
            break
        after = answer.fields["next_after"]
        assert answer.calls() == [("read_history", {"notebook_id": nb, "after": after})]
    assert seqs == list(range(1, 15)) and "(ana, human)" in answer.text


async def test_a_long_history_is_told_page_by_page(home: House, model: ModelReader) -> None:
    nb = await home.notebook("1")
    await home.comment(nb, *(f"{number} " + "x" * 60 for number in range(150)))
    seqs, waiting = list[int](), [("read_history", {"notebook_id": nb, "actor": "ana"})]
    while waiting:
        ((tool, arguments),) = waiting
        answer = await model.call(tool, **arguments)
        seqs += [one["seq"] for one in answer.fields["lines"]]
        waiting = answer.calls()
    assert seqs == list(range(1, 153))
    nothing = await model.call("read_history", notebook_id=nb, after=152)
    assert nothing.fields["more"] == "Nothing of the kind happened after seq 152."
    assert (await model.call("read_history", notebook_id=WORKSPACE_ID)).fields["lines"]


async def test_over_http_the_same_tools_give_the_same_answers(served: Served) -> None:
    mine = served.secret(served.person())
    nb = served.notebook(mine, sources=["print(1)\n" * 3000, "2"])
    async with mcp(served.url, mine) as client, served.async_client(mine) as http:
        reader = await ModelReader.opened(client)
        for tool, more in (
            ("list_notebooks", {}),
            ("read_notebook", {"notebook_id": nb}),
            ("read_notebook", {"notebook_id": nb, "detail": "outline"}),
            ("read_history", {"notebook_id": nb}),
            ("read_runtime", {"notebook_id": nb}),
        ):
            answer = await reader.call(tool, **more)
            response = await http.post(f"/api/tools/{tool}", json=more)
            assert response.json() == answer.fields
