"""Records as sentences."""

import msgspec
import pytest
from msgspec.structs import replace

from intheloop import events as e
from intheloop.sentences import phrases, sentence, story, who
from intheloop.values import EMPTY, stream

ANA = e.Actor("human", "ana", "Ana's browser")
HELPER = e.Actor(
    "assistant", "c1", "Claude", on_behalf_of=("ana",), client=e.Client("Claude Code", "2.1")
)
AGENT = e.Agent("assistant", "1", "claude-of-may")
OWN = e.Actor("assistant", "a1", "Assistant", on_behalf_of=("ana",), agent=AGENT)
PROMPT = e.PromptRef("assistant", "3", "ab" * 32)
TOOLS = e.PromptRef("tools", "1", "cd" * 32)
RUNTIME = e.Actor("runtime", "r1", "here", on_behalf_of=("ana",))
SERVER = e.Actor("system", "system", "the server")
PEOPLE = {"ana": "Ana"}


def record(
    event: e.Event, actor: e.Actor = ANA, seq: int = 1, command_id: str = "k1"
) -> e.WireRecord:
    return e.WireRecord(
        notebook_id="nb1",
        seq=seq,
        event_id=f"e{seq}",
        type=e.type_name(event),
        schema_version=1,
        data=msgspec.Raw(e.encode_event(event)),
        actor=actor,
        recorded_at="2026-01-31T12:00:00.000Z",
        command_id=command_id,
        payload_hash="",
        hash="",
    )


def test_every_event_type_has_a_sentence() -> None:
    assert set(phrases.PHRASES) == set(e.EVENT_CLASSES)
    assert set(phrases.PLURALS) <= set(e.TYPE_NAMES.values())


@pytest.mark.parametrize(
    ("event", "actor", "text"),
    [
        (
            e.CellSourceEdited("c3", 1, [5, [4, "twelve units"]]),
            ANA,
            "Ana edited cell c3 (+12 -4).",
        ),
        (e.CellSourceEdited("c3", 1, [[0, "a", "", "b"]]), ANA, "Ana edited cell c3 (+4 -0)."),
        (
            e.ExecutionRequested("x1", "1", cell_id="c3", rev=2),
            HELPER,
            "Ana's assistant, via Claude Code, ran cell c3.",
        ),
        (
            e.ExecutionCompleted("x1", "error", "Stopped by ValueError.", 1234),
            RUNTIME,
            "The runtime here finished execution x1 with an error after 1.2 s: "
            "Stopped by ValueError.",
        ),
        (e.NotebookCreated("Birds\n\x1b[2J", EMPTY), ANA, 'Ana created the notebook "Birds [2J".'),
        (
            e.NotebookCreated("Birds", EMPTY, e.Imported("birds.ipynb", "0" * 64, "4.5")),
            ANA,
            'Ana imported "birds.ipynb" as the notebook "Birds".',
        ),
        (
            e.ActionDenied(HELPER, "edit_cell", "nb1", "This needs notebook:write.", count=3),
            SERVER,
            "The server refused Claude the use of edit_cell in nb1 3 times: "
            "This needs notebook:write.",
        ),
        (
            e.AssistantRunClaimed("r1", 1, "k1", AGENT),
            OWN,
            "Assistant, for Ana, took run r1 with claude-of-may.",
        ),
        (
            e.ContextAssembled("r1", 1, 7, "ef" * 32, PROMPT, TOOLS, hidden=("c2",)),
            OWN,
            "Assistant, for Ana, read the notebook at 7 (0 cells, without 1 hidden cell) "
            "by the prompt assistant 3.",
        ),
        (
            e.CredentialIssued(
                *("k1", "assistant", "ana", "a1", "Assistant", (), "01" * 32),
                run_id="r1",
                agent=AGENT,
            ),
            SERVER,
            'The server issued the credential "Assistant" to a program of kind assistant '
            "for run r1 with claude-of-may.",
        ),
        (
            e.ActionDenied(OWN, "edit_cell", "nb1", "It may not."),
            SERVER,
            "The server refused Assistant with claude-of-may the use of edit_cell in nb1: "
            "It may not.",
        ),
        (
            e.CommentAdded("m2", "Yes", reply_to="m1"),
            ANA,
            'Ana replied to comment m1: "Yes".',
        ),
        (
            e.Unknown("cellFolded", msgspec.Raw(b"{}")),
            ANA,
            "Ana recorded something that this version does not know (cellFolded).",
        ),
    ],
)
def test_a_record_is_told_as_a_sentence(event: e.Event, actor: e.Actor, text: str) -> None:
    assert sentence(record(event, actor), PEOPLE) == text


def test_without_names_of_people_the_label_stands_in() -> None:
    assert who(ANA) == "Ana's browser"
    assert who(HELPER) == "Claude, via Claude Code,"
    own = replace(HELPER, name="Scripted demo, not an AI", agent=e.Agent("demo"))
    assert who(own, PEOPLE) == "Scripted demo, not an AI, for Ana,"


def test_a_long_text_is_cut_short() -> None:
    text = sentence(record(e.CommentAdded("m1", "word " * 1000)), PEOPLE)
    assert len(text) < 100 and text.endswith('…".')


def test_like_events_of_one_command_make_one_line() -> None:
    requests = [
        record(e.ExecutionRequested(f"x{n}", "1", cell_id=f"c{n}", rev=1), HELPER, seq=n)
        for n in (4, 5, 6)
    ]
    other = record(e.ExecutionRequested("x7", "1", cell_id="c7", rev=1), HELPER, 7, "k2")
    lines = list(story([*requests, other], PEOPLE))
    assert [(line.first, line.last, line.text) for line in lines] == [
        (4, 6, "Ana's assistant, via Claude Code, ran 3 cells."),
        (7, 7, "Ana's assistant, via Claude Code, ran cell c7."),
    ]
    assert list(story([])) == []


def told(*events: e.Event) -> list[tuple[int, int, str]]:
    """The joined lines of what one runtime did, each event by a command of its own."""
    records = [record(event, RUNTIME, seq, f"k{seq}") for seq, event in enumerate(events, 1)]
    return [
        (line.first, line.last, line.text.removeprefix("The runtime here "))
        for line in story(records, joined=True)
    ]


def test_what_a_runtime_tells_of_one_execution_is_one_line_until_it_has_ended() -> None:
    claimed, started = e.ExecutionClaimed("x1", "r1", 1), e.ExecutionStarted("x1", 7)
    output = e.OutputAppended("x1", 0, [stream("stdout", "1")])
    ended = e.ExecutionCompleted("x1", "ok", duration_ms=1500)
    late = replace(output, index=1, late=True)
    assert told(claimed) == [(1, 1, "took execution x1.")]
    assert told(claimed, started, output) == [(1, 3, "started execution x1 [7].")]
    assert told(claimed, started, output, ended, late) == [
        (1, 4, "finished execution x1 after 1.5 s."),
        (5, 5, "added 1 output to execution x1 after its end."),
    ]
    assert told(output, replace(output, index=1)) == [(1, 2, "added 2 outputs to execution x1.")]


def test_displays_that_are_updated_again_and_again_are_one_line() -> None:
    update = e.OutputUpdated("x1", 1, "bar", {}, EMPTY)
    cleared = e.OutputsCleared("x1", 0)
    assert [(first, last) for first, last, _ in told(update, update, update)] == [(1, 3)]
    assert [(first, last) for first, last, _ in told(cleared, cleared)] == [(1, 2)]
    claims = told(e.ExecutionClaimed("x1", "r1", 1), e.ExecutionClaimed("x1", "r1", 2))
    assert claims == [(1, 2, "took execution x1 up again.")]


def test_an_error_is_told_beside_what_it_stops_by_the_same_command() -> None:
    ends: list[e.Event] = [
        e.ExecutionStarted("x1", 7),
        e.ExecutionCompleted("x1", "error", reason="ZeroDivisionError"),
        e.ExecutionCompleted("x2", "cancelled"),
        e.ExecutionCompleted("x3", "cancelled"),
    ]
    records = [record(event, RUNTIME, seq) for seq, event in enumerate(ends, 1)]
    assert [line.text for line in story(records, joined=True)] == [
        "The runtime here finished execution x1 with an error: ZeroDivisionError.",
        "The runtime here ended 2 executions.",
    ]


def test_what_comes_between_or_is_of_another_execution_stands_in_a_line_of_its_own() -> None:
    started, ended = e.ExecutionStarted("x1", 7), e.ExecutionCompleted("x1", "ok")
    asked = e.InputRequested("x1", "i1", "Name?")
    assert [text for *_, text in told(started, asked, ended)] == [
        "started execution x1 [7].",
        "asked for input in execution x1: Name?",
        "finished execution x1.",
    ]
    assert len(told(ended, e.ExecutionClaimed("x2", "r1", 1))) == 2
    assert len(told(e.ExecutionStarted("x2", 8), ended)) == 2
