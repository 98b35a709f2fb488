"""What comes of a redaction: stand-ins of the same shape, and nothing of the secret."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.canonical import digest
from intheloop.decider.redaction import stand_in
from intheloop.errors import BadArgument, Conflict, Denied
from intheloop.notebook import Notebook
from intheloop.reducer import replay
from intheloop.values import (
    EMPTY,
    DisplayOutput,
    ErrorOutput,
    OtherOutput,
    Output,
    ResultOutput,
    StreamOutput,
    Value,
    inline,
    sha256_hex,
    stream,
)
from tests import edits, event_strategies
from tests.deciding import PYTHON, Bench, printed, replaced, shown
from tests.model import NB
from tests.replaying import display, replayed, sources
from tests.replaying import shown as seen

SECRET = "hunter2 😀"
HIDDEN = inline(msgspec.json.encode({"token": SECRET}))
BUNDLE = {"text/plain": HIDDEN}
ERASED = "█" * 10


def redacting(*seqs: int) -> c.Redact:
    return c.Redact(notebook_id=NB, seqs=list(seqs), reason="A password was in it.")


def seq_of(bench: Bench, event_type: str) -> int:
    """The seq of the last event of this type."""
    return max(r.seq for r in bench.records[NB] if r.envelope.type == event_type)


OUTPUTS: list[Output] = [
    stream("stdout", SECRET),
    StreamOutput("stderr", SECRET, extra=HIDDEN),
    DisplayOutput(BUNDLE, HIDDEN, "d", HIDDEN),
    ResultOutput(BUNDLE, HIDDEN, 3, "d2", HIDDEN),
    ErrorOutput(SECRET, SECRET, HIDDEN, HIDDEN),
    OtherOutput(HIDDEN),
]
HASH = sha256_hex(SECRET.encode())
RESOLVED = e.Resolved(
    "run_cells",
    (e.Step("executionRequested", HASH, "a", 1, HASH, SECRET, SECRET),),
    e.Place("rt", SECRET, sandboxed=True),
)
HUNKS = (
    e.EditProposed("a", 1, [3, [2, SECRET]]),
    e.InsertProposed("n", "code", SECRET, None),
    e.DeleteProposed("b", 2),
    e.MoveProposed("a", "n"),
)
ATTACHED = {SECRET: {SECRET: HIDDEN}}
CELL: tuple[Any, ...] = (HIDDEN, ATTACHED, OUTPUTS, 7, HIDDEN)
SAID: list[e.Event] = [
    e.NotebookCreated(SECRET, HIDDEN, e.Imported(SECRET, "ef" * 32, "4.5", HIDDEN)),
    e.NotebookCreated(SECRET, HIDDEN),
    e.NotebookForked("other", 3, "f" * 64, SECRET, HIDDEN),
    e.NotebookRenamed(SECRET),
    e.NotebookMetadataChanged(HIDDEN),
    e.CellCreated("a", "code", SECRET, None, *CELL),
    e.CellRestored("a", "code", SECRET, *CELL),
    e.CellSourceEdited("a", 2, [3, [2, SECRET, "", SECRET], 4, [1]]),
    e.CellMetadataChanged("a", HIDDEN),
    e.ExecutionRequested("x", SECRET, "a", 3, "batch", True),
    e.OutputAppended("x", 4, OUTPUTS, True),
    e.OutputUpdated("x", 4, "d", BUNDLE, HIDDEN),
    e.InputRequested("x", "i", SECRET, True),
    e.InputProvided("x", "i", SECRET, "ana"),
    e.ExecutionCompleted("x", "error", SECRET, 5),
    e.RuntimeAttached("r1", PYTHON, ("input",), HIDDEN, SECRET),
    e.RuntimeDetached("r1", SECRET),
    e.KernelDied("r1", -9, SECRET),
    e.CommentAdded("k", SECRET, "a", "k0"),
    e.MessagePosted("m", "t", SECRET, ("a",)),
    e.ModelCallRetried("q", 1, 1, SECRET, 5),
    e.ModelCallCompleted("q", 1, SECRET, "end_turn", "claude", e.Usage(1, 2), "r", SECRET, 7),
    e.ModelCallFailed("q", 1, SECRET),
    e.ToolCallProposed("q", 1, "c1", "run_code", SECRET),
    e.ToolCallCompleted("q", "c1", SECRET, True, 7),
    e.AssistantRunFinished("q", "failed", SECRET),
    e.ApprovalRequested("p", RESOLVED, HASH, HASH, "It asks.", "2026-02-01T00:00:00.000Z", "q"),
    e.ApprovalDenied("p", SECRET),
    e.ChangesProposed("c", HUNKS, SECRET),
    e.ProposalRejected("c", (0,), SECRET),
    e.ProposalWithdrawn("c", SECRET),
    e.CellAttachmentsChanged("a", {SECRET: {SECRET: HIDDEN}, f"{SECRET}!": None}),
]
_REF = e.PromptRef("p", "1", "ab" * 32)
SAYS_NOTHING: list[e.Event] = [
    e.NotebookArchived(),
    e.NotebookUnarchived(),
    e.CellMoved("a", "b"),
    e.CellTypeChanged("a", "raw"),
    e.CellDeleted("a"),
    e.CellOutputsCleared("a"),
    e.ExecutionClaimed("x", "r1", 1),
    e.ExecutionStarted("x", 3),
    e.OutputsCleared("x", 4, True),
    e.InputProvided("x", "i"),
    e.ExecutionClaimLapsed("x", 1),
    e.ExecutionCancelRequested("x"),
    e.KernelStarted("r1", PYTHON),
    e.KernelInterruptRequested("r1"),
    e.KernelRestartRequested("r1", True),
    e.CommentResolved("k"),
    e.CommentReopened("k"),
    e.AssistantRunRequested("q", "t", "m", "ana", ("notebook:read",)),
    e.AssistantRunClaimed("q", 1, "k", e.Agent("assistant")),
    e.AssistantRunClaimLapsed("q", 1),
    e.ContextAssembled("q", 1, 1, "cd" * 32, _REF, _REF),
    e.ModelCallStarted("q", 1, 1, "claude", "ef" * 32, 100),
    e.AssistantRunCancelRequested("q"),
    e.ApprovalGranted("p", "run"),
    e.ApprovalExpired("p"),
    e.ApprovalVoided("p", "The source of cell a changed."),
    e.ApprovalUsed("p"),
    e.PermissionGranted("g", "bot", "run_cells", "q", "2026-02-01T00:00:00.000Z"),
    e.PermissionRevoked("g"),
    e.PolicyChanged("ask", (e.Rule("assistant", "run_cells", "deny"),)),
    e.ProposalAccepted("c", (0,), ("a",)),
    e.ProposalConflicted("c", (e.HunkConflict(0, "The cell is gone."),)),
]


def name(event: e.Event) -> str:
    return e.type_name(event)


def decoded(event: e.Event, data: bytes) -> e.Event:
    return e.decode_event(e.type_name(event), 1, data)


@pytest.mark.parametrize("event", SAID, ids=name)
def test_of_what_an_event_says_nothing_is_left(event: e.Event) -> None:
    before, after = e.encode_event(event), stand_in(event)
    assert b"hunter2" in before
    for part in (b"hunter2", "😀".encode(), b"\\ud83d", HIDDEN.sha256.encode()):
        assert part not in after
    assert sha256_hex(SECRET.encode()).encode() not in after


@pytest.mark.parametrize("event", [*SAID, *SAYS_NOTHING], ids=name)
def test_a_stand_in_has_the_same_shape(event: e.Event) -> None:
    after = decoded(event, stand_in(event))
    assert type(after) is type(event)
    for field in event.__struct_fields__:
        mine, theirs = getattr(event, field), getattr(after, field)
        if field == "edits":
            assert [hunk.__struct_fields__ for hunk in mine] == [
                h.__struct_fields__ for h in theirs
            ]
        elif field.endswith("_id") or isinstance(mine, int | tuple | None):
            assert mine == theirs, field
        if isinstance(mine, str) and mine == SECRET:
            assert theirs == ERASED, field


@pytest.mark.parametrize("event", SAYS_NOTHING, ids=name)
def test_ids_places_and_types_stay(event: e.Event) -> None:
    assert stand_in(event) == e.encode_event(event)


def test_every_event_of_a_notebook_is_listed_above() -> None:
    groups = (
        *(e.NotebookEvent, e.CellEvent, e.ExecutionEvent, e.RuntimeEvent, e.CommentEvent),
        *(e.AssistantEvent, e.ApprovalEvent, e.ProposalEvent),
    )
    known = {cls for group in groups for cls in group.__args__}
    assert {type(event) for event in [*SAID, *SAYS_NOTHING]} == known


def test_an_erased_output_is_a_note_and_a_display_keeps_its_id() -> None:
    event = decoded(SAID[10], stand_in(SAID[10]))
    assert isinstance(event, e.OutputAppended)
    notes = [output for output in event.outputs if isinstance(output, DisplayOutput)]
    assert [note.display_id for note in notes] == [None, None, "d", "d2", None, None]
    said = inline(b'"This output was redacted."')
    assert all(note.data == {"text/plain": said} for note in notes)


@pytest.mark.parametrize("event", SAID[5:7], ids=name)
def test_saved_outputs_of_an_erased_cell_are_notes_too(event: e.Event) -> None:
    after = decoded(event, stand_in(event))
    assert isinstance(after, e.CellCreated | e.CellRestored)
    assert not isinstance(after.outputs, msgspec.UnsetType)
    assert [type(output) for output in after.outputs] == [DisplayOutput] * len(OUTPUTS)


@pytest.mark.parametrize(
    "event",
    [e.Unknown("cellPainted", msgspec.Raw(b"{}")), e.PayloadRedacted((1,), ("0" * 64,), "x")],
    ids=name,
)
def test_what_is_not_understood_or_tells_of_a_redaction_must_stay(event: e.Event) -> None:
    with pytest.raises(BadArgument, match="leave its seq out"):
        stand_in(event)


# ---------------------------------------------------------------- lengths


@given(edits.edits)
def test_a_stand_in_of_an_edit_fits_the_same_text_and_leaves_the_same_length(
    edit: edits.Edit,
) -> None:
    before = e.CellSourceEdited("a", 2, list(edit.changes))
    after = decoded(before, stand_in(before))
    assert isinstance(after, e.CellSourceEdited)
    whole, erased = text.apply(edit.text, edit.changes), text.apply(edit.text, after.changes)
    assert text.utf16_length(whole) == text.utf16_length(erased)
    assert [len(line) for line in text.stand_in_text(whole).split("\n")] == [
        len(line) for line in text.stand_in_text(erased).split("\n")
    ]


@given(edits.edits_in_a_row(4))
def test_later_edits_still_apply_after_any_edit_is_erased(
    row: tuple[str, list[text.Changes]],
) -> None:
    source, all_changes = row
    for erased in range(len(all_changes)):
        bench = Bench(source)
        for changes in all_changes:
            bench.edit(base_rev=bench.cell().rev, changes=list(changes))
        seqs = [r.seq for r in bench.records[NB] if isinstance(r.event, e.CellSourceEdited)]
        if erased >= len(seqs):
            continue
        before = bench.cell()
        bench.do(redacting(seqs[erased]))
        after = bench.cell()
        assert text.utf16_length(after.source) == text.utf16_length(before.source)
        assert after.rev == before.rev


@given(event_strategies.logs(12))
def test_any_log_replays_with_all_of_it_erased(log: list[Any]) -> None:
    """Erasing says nothing about what makes sense: each event alone has its stand-in."""
    events = [e.decode_event(stored.type, 1, stored.data) for stored in log]
    may_go = [event for event in events if not isinstance(event, e.Unknown | e.PayloadRedacted)]
    erased = replayed(*(decoded(event, stand_in(event)) for event in may_go))
    whole = replayed(*may_go)
    assert (erased.order, set(erased.executions)) == (whole.order, set(whole.executions))
    assert erased.queue == whole.queue


# ---------------------------------------------------------------- the command


def test_a_secret_in_the_middle_of_a_cell_s_life_is_gone_and_the_rest_stays() -> None:
    bench = Bench("key = ''\nprint(key)\n")
    bench.edit(edits=replaced("''", f"'{SECRET}'"))
    secret_at = bench.nb.seq
    bench.edit(edits=replaced("print(key)", "use(key)"))
    assert SECRET in bench.cell().source
    bench.do(redacting(secret_at))
    assert sources(bench.nb) == [f"key = '{ERASED}'\nuse(key)\n"]
    record = bench.records[NB][secret_at - 1]
    assert SECRET.encode() not in e.encode_event(record.event)
    event = bench.events[-1]
    hashed = sha256_hex(e.encode_event(record.event))
    assert event == e.PayloadRedacted((secret_at,), (hashed,), "A password was in it.")


def test_the_envelope_of_what_is_erased_stays() -> None:
    bench = Bench("1")
    bench.write(SECRET, by="bot")
    before = bench.records[NB][2].envelope
    bench.do(redacting(3))
    assert bench.records[NB][2].envelope == before


def test_several_records_are_erased_at_once_in_order() -> None:
    bench = Bench(SECRET)
    bench.write(SECRET * 2)
    bench.do(redacting(3, 2, 3))
    event = bench.events[-1]
    assert isinstance(event, e.PayloadRedacted) and event.seqs == (2, 3)
    assert len(event.stand_in_hashes) == 2
    assert bench.cell().source == ERASED * 2


def test_outputs_and_updates_after_an_erased_one_still_find_their_display() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.append(execution_id, 0, printed(SECRET), shown(display(SECRET, "d")))
    erased = bench.nb.seq - 1, bench.nb.seq
    bench.append(execution_id, 1, c.Update("d", BUNDLE))
    update = bench.nb.seq
    bench.do(redacting(*erased, update))
    note = "This output was redacted."
    assert seen(bench.nb, execution_id) == [note, note]
    bench.append(execution_id, 2, c.Update("d", {"text/plain": inline(b'"fresh"')}))
    assert seen(bench.nb, execution_id) == [note, "fresh"]


def test_what_came_of_erased_records_replays_to_the_same_state() -> None:
    bench = Bench(SECRET)
    bench.complete(bench.running())
    bench.do(redacting(2, seq_of(bench, "executionRequested")))
    assert digest(replay(bench.records[NB], Notebook(NB))) == digest(bench.nb)


def test_a_restored_cell_brings_back_the_stand_in() -> None:
    bench = Bench(SECRET)
    bench.delete("a")
    bench.do(redacting(2))
    bench.do(c.RestoreNotebook(notebook_id=NB, cell_ids=["a"]))
    assert bench.cell().source == ERASED


def test_the_code_of_an_execution_that_has_not_ended_cannot_be_erased() -> None:
    bench = Bench(SECRET)
    bench.attach()
    (execution_id,) = bench.run("a")
    asked = seq_of(bench, "executionRequested")
    bench.refused(Conflict, redacting(asked), says="cancel_execution, then redact")
    bench.claim()
    bench.refused(Conflict, redacting(2, asked), says="cancel_execution, then redact")
    bench.complete(execution_id)
    bench.do(redacting(asked))
    assert bench.execution(execution_id).source == ERASED


def test_a_seq_that_is_not_there_is_refused() -> None:
    bench = Bench("1")
    for seqs in [(3,), (1, 99)]:
        bench.refused(BadArgument, redacting(*seqs), says="go from 1 to 2; read_history shows them")


def test_a_redaction_itself_is_not_erased() -> None:
    bench = Bench("1")
    bench.do(redacting(2))
    bench.refused(BadArgument, redacting(3), says="leave its seq out")
    bench.do(redacting(2))


def test_only_an_owner_in_person_redacts() -> None:
    bench = Bench("1")
    bench.invite("ed", "editor")
    bench.refused(Denied, redacting(2), "ed", says="Ask an owner")
    bench.refused(Denied, redacting(2), "bot", says="is for people")


def test_a_value_of_a_stand_in_is_stamped() -> None:
    event = decoded(SAID[8], stand_in(SAID[8]))
    assert isinstance(event, e.CellMetadataChanged)
    assert event.metadata == EMPTY == Value(sha256_hex(b"{}"), json=msgspec.Raw(b"{}"))


def test_the_stand_in_of_text_keeps_lines_and_counts_utf_16_units() -> None:
    erase: Callable[[str], str] = text.stand_in_text
    assert erase("a😀\n\né") == "███\n\n█"
