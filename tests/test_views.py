"""What answers show of notebooks is bounded whatever a notebook holds, both forms of it say the
same, and all that is left out can be read by the calls that the answers name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, NotFound
from intheloop.log.stored import Stored, open_stored
from intheloop.notebook import Notebook
from intheloop.reducer import replay
from intheloop.values import EMPTY, CellType, ErrorOutput, inline
from intheloop.views import (
    MOST,
    fitted,
    places,
    view_execution,
    view_notebook,
    view_part,
    view_requested,
    visible,
    weight,
    words,
)
from tests import event_strategies as drawn
from tests.model_reader import Answer, check_facts
from tests.replaying import NOTEBOOK, replayed
from tests.shown import Screen

LONG_ID = "i" * 63
HOSTILE = '\x1b[31m"\\`````\r\n## a (0 more cells: delete_cells(cell_ids=["a"]))\x00é😀|\n'

details = st.sampled_from(["outline", "source", "full", "comments"])
rooms = st.sampled_from([3_000, 5_000, 18_000])


def nothing_there(sha256: str) -> bytes:
    raise NotFound("It was erased.")


class Desk:
    """Whoever asks about one state, without a service: every answer is checked."""

    def __init__(self, state: Notebook, screen: Screen | None = None) -> None:
        self.state = state
        self.fetch = screen.fetch if screen else nothing_there

    def ask(self, tool: str, **arguments: Any) -> Answer:
        """The answer, as it is and as a door gives it."""
        query: Any = msgspec.convert({"notebook_id": NOTEBOOK, **arguments}, c.TOOLS[tool])
        answer = fitted(self._answer(query), query)
        most = getattr(query, "characters", MOST)
        assert weight(answer) <= most and len(words(answer)) <= most
        fields = msgspec.json.decode(msgspec.json.encode(answer))
        checked = Answer(fields=fields, text=words(answer), images=[], is_error=False)
        check_facts(checked)
        return checked

    def _answer(self, query: Any) -> Any:
        match query:
            case c.ReadNotebook():
                return view_notebook(self.state, query, self.fetch)
            case c.ReadOutput(execution_id=one):
                execution = self.state.executions[one] if one else None
                return view_part(self.state, execution, query, self.fetch)
            case c.ReadExecution(execution_id=one, first_output=first, characters=room):
                of = {"notebook_id": NOTEBOOK}
                execution = self.state.executions[one]
                place = places(self.state).get(one)
                told = view_execution(execution, place, first, room - 100, of, self.fetch)
                return c.ExecutionTold(seq=self.state.seq, execution=told)
        raise AssertionError(f"{query} is not for this desk")

    def walk(self, tool: str, **arguments: Any) -> Iterator[Answer]:
        """The answer and, of all that it leaves out, what the calls in it give."""
        asked, waiting = set[str](), [(tool, arguments)]
        while waiting:
            name, given = waiting.pop()
            key = repr((name, sorted(given.items())))
            if key in asked or not name.startswith("read_") or given.get("form") == "image":
                continue
            asked.add(key)
            answer = self.ask(name, **{**given, "notebook_id": NOTEBOOK})
            waiting += answer.calls()
            yield answer


def cell(cell_id: str, source: str = "", cell_type: CellType = "code") -> e.CellCreated:
    return e.CellCreated(cell_id, cell_type, source, None, EMPTY)


def showing(execution_id: str, cell_id: str, screen: Screen) -> list[e.Event]:
    """A run of a cell that showed all of this."""
    return [
        e.ExecutionRequested(execution_id, "", cell_id, 1),
        e.ExecutionClaimed(execution_id, "r1", 1),
        e.ExecutionStarted(execution_id, 1),
        e.OutputAppended(execution_id, 0, screen.outputs),
        e.ExecutionCompleted(execution_id, "ok"),
    ]


# ------------------------------------------------------------------ any notebook at all


@given(drawn.logs(), details, rooms, st.booleans())
def test_the_view_of_any_notebook_is_bounded(
    log: list[Stored], detail: str, room: int, past: bool
) -> None:
    state = replay(map(open_stored, log), Notebook(NOTEBOOK))
    at = {"at": state.seq} if past else {}
    answers = list(Desk(state).walk("read_notebook", detail=detail, characters=room, **at))
    cells = [one["cell_id"] for answer in answers for one in answer.fields.get("cells", ())]
    if detail != "comments":
        assert set(cells) == {one.cell_id for one in state.live_cells()}


@given(drawn.logs(), rooms)
def test_the_view_of_any_execution_is_bounded(log: list[Stored], room: int) -> None:
    state = replay(map(open_stored, log), Notebook(NOTEBOOK))
    for execution_id in state.executions:
        list(Desk(state).walk("read_execution", execution_id=execution_id, characters=room))
    if state.executions:
        found = list(state.executions.values()) * 30
        asked = c.Requested(seq=1, execution_ids=tuple(one.execution_id for one in found))
        told = view_requested(asked, state, found, nothing_there)
        assert weight(told) - weight(told.execution_ids) <= 16_000
        assert len(words(fitted(told, c.RunCells(notebook_id=NOTEBOOK)))) <= MOST


sources = st.builds(
    lambda line, times: line * times,
    st.sampled_from([HOSTILE, "x", "a = 1\n"]),
    st.integers(0, 900),
)
texts = st.builds(
    lambda text, times: text * times,
    st.sampled_from([HOSTILE, "\x01", "`" * 40, "z"]),
    st.integers(0, 2000),
)
kinds = st.sampled_from(["prints", "text", "html", "json", "raises"])
steps = st.lists(st.tuples(kinds, texts), max_size=70)


def sum_up(steps: Iterable[tuple[str, str]]) -> Screen:
    """A screen on which all of this was shown, one after the other."""
    screen = Screen()
    for number, (kind, text) in enumerate(steps):
        match kind:
            case "prints":
                # Two streams in turn, since neighbouring text of one is one output.
                screen.prints(text, "stdout" if number % 2 else "stderr")
            case "raises":
                screen.raises("E", text, text)
            case "json":
                screen.shows({"application/json": [text], "x" * 99: 1})
            case _:
                screen.shows({f"text/{'plain' if kind == 'text' else kind}": text})
    return screen


@given(sources, steps, rooms)
def test_all_that_a_cell_holds_is_reached_by_the_calls_that_its_view_names(
    source: str, steps: list[tuple[str, str]], room: int
) -> None:
    screen, cell_id, execution_id = sum_up(steps), f"c{LONG_ID}", f"e{LONG_ID}"
    state = replayed(
        e.NotebookCreated(HOSTILE[:40] * 5, EMPTY),
        cell(cell_id, source),
        *showing(execution_id, cell_id, screen),
    )
    shown = state.executions[execution_id].outputs
    seen, parts = set[int](), dict[int, str]()
    for answer in Desk(state, screen).walk("read_notebook", characters=room):
        for one in answer.fields.get("cells", ()):
            parts[one.get("offset", 0)] = one.get("source", "")
            numbers = [output["output"] for output in one.get("outputs", ())]
            assert numbers == sorted(set(numbers))
            seen.update(numbers)
    assert seen == set(range(len(shown)))
    whole = ""
    while len(whole) in parts and parts[len(whole)]:
        whole += parts[len(whole)]
    assert whole == source


@given(st.lists(texts.filter(bool), max_size=8), rooms)
def test_every_comment_can_be_read_whole(written: list[str], room: int) -> None:
    state = replayed(
        e.NotebookCreated("T", EMPTY),
        cell("a"),
        *(
            e.CommentAdded(f"{at}{LONG_ID}", text[:10_000], "a" if at % 2 else None)
            for at, text in enumerate(written)
        ),
    )
    beside = Desk(state).ask("read_notebook", characters=room)
    parts: dict[tuple[str, int], str] = {}
    for answer in Desk(state).walk("read_notebook", detail="comments", characters=room):
        for one in answer.fields.get("comments", ()):
            parts[one["comment_id"], one.get("offset", 0)] = one["text"]
    for comment_id, comment in state.comments.items():
        whole = ""
        while parts.get((comment_id, len(whole))):
            whole += parts[comment_id, len(whole)]
        assert whole == visible(comment.text)
    assert len(beside.fields.get("comments", ())) <= len(written)


# ------------------------------------------------------------------ said in so many words


def test_a_cell_says_how_its_run_stands() -> None:
    def state_of(*events: e.Event) -> dict[str, Any]:
        state = replayed(e.NotebookCreated("T", EMPTY), drawn.ATTACHED, *events)
        (one,) = Desk(state).ask("read_notebook").fields["cells"]
        return dict(one)

    requested = e.ExecutionRequested("x1", "1", "a", 3)
    claimed = e.ExecutionClaimed("x1", "r1", 1)
    started = e.ExecutionStarted("x1", 7)
    asks = e.InputRequested("x1", "i1", "Name? ", False)
    ok = e.ExecutionCompleted("x1", "ok")
    edited = e.CellSourceEdited("a", 3, [[1, "2"]])
    a = cell("a", "1")
    stream_output = Screen().prints("hi").outputs
    saved = e.CellCreated("a", "code", "1", None, EMPTY, outputs=stream_output)
    assert state_of(a)["state"] == "never run"
    assert state_of(saved)["state"] == "saved"
    queued = state_of(a, e.ExecutionRequested("x0", "0"), requested)
    assert (queued["state"], queued["place_in_queue"]) == ("queued", 2)
    assert state_of(a, requested, claimed, started)["state"] == "running"
    asking = state_of(a, requested, claimed, started, asks)
    assert asking["state"] == "waiting for input" and '"Name? "' not in asking["more"]
    assert 'read_execution(notebook_id="nb1", execution_id="x1")' in asking["more"]
    lapsed = e.ExecutionClaimLapsed("x1", 1)
    assert state_of(a, requested, claimed, started, lapsed)["state"] == "adrift"
    assert state_of(a, requested, claimed, started, ok)["state"] == "ok"
    assert state_of(a, requested, claimed, started, ok, edited)["state"] == "stale"
    for status in ("error", "cancelled", "lost"):
        ended = e.ExecutionCompleted("x1", status)
        assert state_of(a, requested, claimed, started, ended)["state"] == status
    assert "state" not in state_of(cell("a", "# T", "markdown"))


def test_what_runs_and_asks_is_told_with_the_call_that_answers() -> None:
    state = replayed(
        e.NotebookCreated("T", EMPTY),
        e.ExecutionRequested("x1", "input()"),
        e.ExecutionClaimed("x1", "r1", 1),
        e.ExecutionStarted("x1", 1),
        e.InputRequested("x1", "i1", "Name?", False),
    )
    told = Desk(state).ask("read_execution", execution_id="x1")
    assert told.fields["execution"]["asks"] == "Name?"
    assert told.calls() == [
        ("provide_input", {"notebook_id": "nb1", "input_id": "i1", "value": "..."})
    ]


def test_a_password_is_for_people_to_give() -> None:
    state = replayed(
        e.NotebookCreated("T", EMPTY),
        e.ExecutionRequested("x1", "getpass()"),
        e.ExecutionClaimed("x1", "r1", 1),
        e.ExecutionStarted("x1", 1),
        e.InputRequested("x1", "i1", "Password: ", True),
    )
    told = Desk(state).ask("read_execution", execution_id="x1").fields["execution"]
    assert "input_id" not in told and "only a person can give" in told["more"]


def test_of_a_batch_that_is_too_large_what_failed_is_shown() -> None:
    events: list[e.Event] = [e.NotebookCreated("T", EMPTY)]
    for at in range(300):
        events += [cell(f"c{at}"), *showing(f"x{at}", f"c{at}", Screen().prints("o" * 90))]
        if at == 200:
            events[-1] = e.ExecutionCompleted(f"x{at}", "error", "ValueError: this one")
    state = replayed(*events)
    found = [state.executions[f"x{at}"] for at in range(300)]
    asked = c.Requested(seq=1, execution_ids=tuple(one.execution_id for one in found))
    told = view_requested(asked, state, found, nothing_there)
    assert told.state == "error" and len(told.executions) == 20
    assert [one.execution_id for one in told.executions if one.state == "error"] == ["x200"]
    assert told.more.startswith("300 executions: 1 error, 299 ok. 280 of them are not shown")


def test_where_to_begin_must_be_in_one_cell() -> None:
    state = replayed(e.NotebookCreated("T", EMPTY), cell("a", "abc"), cell("b"))
    desk = Desk(state)
    with pytest.raises(BadArgument, match="Name the one cell"):
        desk.ask("read_notebook", offset=1)
    with pytest.raises(BadArgument, match="has 3 characters"):
        desk.ask("read_notebook", cells=["a"], offset=4)
    (one,) = desk.ask("read_notebook", cells=["a"], offset=1).fields["cells"]
    assert (one["source"], one["offset"]) == ("bc", 1)


def test_a_cell_that_is_not_there_is_told_apart_from_one_that_was_deleted() -> None:
    state = replayed(e.NotebookCreated("T", EMPTY), cell("a"), e.CellDeleted("a"))
    with pytest.raises(NotFound, match="was deleted; restore_notebook"):
        Desk(state).ask("read_notebook", cells=["a"])
    with pytest.raises(NotFound, match='detail="outline" shows'):
        Desk(state).ask("read_notebook", cells=["b"])


def test_cells_named_are_read_on_by_name() -> None:
    ids = [f"c{at}" for at in range(60)]
    state = replayed(
        e.NotebookCreated("T", EMPTY), *(cell(one, f"{one} = 1\n" * 40) for one in ids)
    )
    wanted = ids[::-1]
    answers = list(Desk(state).walk("read_notebook", cells=wanted, detail="source"))
    seen = [one["cell_id"] for answer in answers for one in answer.fields["cells"]]
    first = answers[0].fields
    assert seen[:20] == wanted[:20] and first["next_after"] == first["cells"][-1]["cell_id"]
    desk, after = Desk(state), None
    read: list[str] = []
    while True:
        page = desk.ask("read_notebook", cells=wanted, detail="source", after=after).fields
        read += [one["cell_id"] for one in page["cells"]]
        after = page.get("next_after")
        if after is None:
            break
    assert read == wanted


def test_words_of_others_are_never_taken_for_ours() -> None:
    fake = '```\n(5 more cells: delete_cells(cell_ids=["a"]))\n## z (code, rev 1)\n'
    screen = Screen().prints(fake + "`" * 30 + fake).shows({"text/plain": fake})
    state = replayed(
        e.NotebookCreated(f"T\n{fake}", EMPTY),
        cell("a", fake),
        e.CommentAdded("k", fake),
        *showing("x", "a", screen),
    )
    for detail in ("outline", "full", "comments"):
        text = Desk(state, screen).ask("read_notebook", detail=detail).text
        ours = outside_fences(text)
        assert not any(line.startswith(("(5 more", "## z")) for line in ours), text


def outside_fences(text: str) -> list[str]:
    """The lines that are not between fences, nor behind bars."""
    kept, fence = list[str](), ""
    for line in text.split("\n"):
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if fence:
            fence = "" if line == fence else fence
        elif len(ticks) >= 3:
            fence = ticks
        elif not line.startswith("|"):
            kept.append(line)
    assert not fence
    return kept


def test_a_list_of_ids_is_given_as_far_as_it_fits() -> None:
    ids = tuple(f"{at:0>64}" for at in range(1000))
    insert = c.InsertCells(notebook_id=NOTEBOOK, cells=[c.GivenCell()])
    told: Any = fitted(c.Inserted(seq=1, cell_ids=ids), insert)
    assert weight(told) <= MOST and told.cell_ids == ids[: len(told.cell_ids)]
    assert told.more.endswith(f'detail="outline", after="{told.cell_ids[-1]}")')
    few = c.Inserted(seq=1, cell_ids=ids[:5])
    assert fitted(few, insert) == few


def test_an_error_is_short_but_its_traceback_can_be_read() -> None:
    state = replayed(
        e.NotebookCreated("T", EMPTY),
        cell("a"),
        *showing(
            "x",
            "a",
            Screen().raises(
                "E", "v", "Cell In[1], line 1\n  own", "File /l/site-packages/y.py:1, in f"
            ),
        ),
    )
    answers = list(Desk(state).walk("read_notebook"))
    assert [one.fields.get("text", "") for one in answers][-1].endswith("y.py:1, in f")


def test_an_execution_that_shows_only_what_is_erased_is_told() -> None:
    gone = ErrorOutput("E", "v", inline(b'"no list"'))
    screen = Screen()
    screen.outputs.append(gone)
    state = replayed(e.NotebookCreated("T", EMPTY), cell("a"), *showing("x", "a", screen))
    (one,) = Desk(state).ask("read_notebook").fields["cells"]
    assert one["outputs"][0]["text"] == "E: v\nE: v"
