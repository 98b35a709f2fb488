"""Hypothesis strategies for logs of a notebook: runs as they happen, and nonsense between them.

Few ids, so that events meet: unknown and deleted cells, wrong anchors, repeated ids, ends before
beginnings. Left out are only values that no encoder of this project writes, such as 1.0 for 1.
"""

from collections.abc import Callable
from typing import TypeAlias

from hypothesis import strategies as st
from msgspec import UNSET, Raw

from intheloop import events as e
from intheloop.log.stored import Stored, open_stored
from intheloop.notebook import Notebook
from intheloop.reducer import apply
from intheloop.values import (
    EMPTY,
    Blob,
    DisplayOutput,
    ErrorOutput,
    OtherOutput,
    Output,
    ResultOutput,
    StreamOutput,
    Value,
    inline,
    stream,
)
from tests import edits
from tests.replaying import NOTEBOOK, sealed

Drawn: TypeAlias = Callable[[Notebook], list[e.Event]]
"""What is drawn: given the notebook so far, the events that come next."""

# "__proto__" is an id like any other, and a trap for objects used as maps.
cell_ids = st.sampled_from(["a", "b", "__proto__"])
execution_ids = st.sampled_from(["x", "y", "Z", "__proto__"])
runtime_ids = st.sampled_from(["r1", "r1", "r2"])
comment_ids = st.sampled_from(["k", "toString"])
display_ids = st.none() | st.sampled_from(["d", "", "__proto__"])
anchors = st.none() | cell_ids | st.just("unknown")
counts = st.none() | st.integers(0, 3)
indexes = st.integers(0, 4)
cell_types = st.sampled_from(["code", "markdown", "raw"])
actors = st.sampled_from(
    [
        e.Actor("human", "ana", "Ana"),
        e.Actor("assistant", "bot", "Böt 🤖", ("ana",), e.Client("cli", "1"), e.Agent("bot")),
    ]
)
values = st.sampled_from(
    [
        EMPTY,
        inline(b'"text"'),
        inline(b"1.0"),
        inline(b'{"b":-1.5e300,"a":123456789012345678901234567890}'),
        inline('"\u2028😀"'.encode()),
        Value("ab" * 32, blob=Blob(40_000, "base64")),
    ]
)
extras = st.just(UNSET) | values
# In UTF-16 units the last two stand the other way round.
names = st.sampled_from(["text/plain", "image/png", "__proto__", "１/x", "😀/x"])
bundles = st.dictionaries(names, values, max_size=3)
kernels = st.builds(e.Kernel, st.just("python3"), st.sampled_from(["", "python"]))

stream_names = st.sampled_from(["stdout", "stderr"])
streams = st.builds(stream, stream_names, edits.short_texts) | st.builds(
    StreamOutput, stream_names, sha256=st.just("cd" * 32), blob=st.just(Blob(9, "text"))
)
outputs: st.SearchStrategy[Output] = st.one_of(
    streams,
    streams,
    st.builds(DisplayOutput, bundles, values, display_ids, extras),
    st.builds(ResultOutput, bundles, values, counts, display_ids, extras),
    st.builds(ErrorOutput, st.just("ValueError"), edits.short_texts, values, extras),
    st.builds(OtherOutput, values),
)
output_lists = st.lists(outputs, max_size=4)
saved = st.just(UNSET) | output_lists
file_changes = st.dictionaries(names, st.none() | bundles, max_size=2)
attachments = st.just(UNSET) | st.dictionaries(names, bundles, max_size=2)

created = st.builds(
    e.CellCreated,
    *(cell_ids, cell_types, edits.texts, anchors, values, attachments, saved, counts, extras),
)
restored = st.builds(
    e.CellRestored,
    *(cell_ids, cell_types, edits.texts, values, attachments, saved, counts, extras),
)
_sections: st.SearchStrategy[object] = st.one_of(
    st.integers(-2, 9),
    st.sampled_from([2**53, 2**60, 1.5, True, None, "x", {}, []]),
    st.lists(st.integers(-1, 4) | edits.short_texts | st.none(), max_size=3),
)
bad_edits = st.builds(
    e.CellSourceEdited, cell_ids, st.integers(0, 9), st.lists(_sections, max_size=4)
)

cell_events = st.one_of(
    created,
    created,
    restored,
    bad_edits,
    st.builds(e.CellMoved, cell_ids, anchors),
    st.builds(e.CellTypeChanged, cell_ids, cell_types),
    st.builds(e.CellMetadataChanged, cell_ids, values),
    st.builds(e.CellAttachmentsChanged, cell_ids, file_changes),
    st.builds(e.CellDeleted, cell_ids),
    st.builds(e.CellOutputsCleared, cell_ids),
)
requested = st.builds(
    e.ExecutionRequested,
    *(execution_ids, edits.texts, anchors, counts, st.none() | st.just("batch"), st.booleans()),
)
claimed = st.builds(e.ExecutionClaimed, execution_ids, runtime_ids, st.integers(1, 3))
started = st.builds(e.ExecutionStarted, execution_ids, counts)
appended = st.builds(e.OutputAppended, execution_ids, indexes, output_lists, st.booleans())
cleared = st.builds(e.OutputsCleared, execution_ids, indexes, st.booleans())
updated = st.builds(
    e.OutputUpdated,
    *(execution_ids, indexes, st.sampled_from(["d", "", "__proto__"]), bundles, values),
)
input_requested = st.builds(
    e.InputRequested, execution_ids, st.just("i"), edits.short_texts, st.booleans()
)
input_provided = st.builds(e.InputProvided, execution_ids, st.just("i"), st.none() | st.just("1"))
lapsed = st.builds(e.ExecutionClaimLapsed, execution_ids, st.integers(1, 3))
cancelled = st.builds(e.ExecutionCancelRequested, execution_ids)
completed = st.builds(
    e.ExecutionCompleted,
    execution_ids,
    st.sampled_from(["ok", "error", "cancelled", "lost"]),
    st.none() | edits.short_texts,
    st.none() | st.integers(0, 10**6),
)
in_a_run = st.one_of(
    appended, appended, cleared, updated, updated, input_requested, input_provided, lapsed
)
execution_events = st.one_of(requested, claimed, started, in_a_run, cancelled, completed)
runtime_events = st.one_of(
    st.builds(
        e.RuntimeAttached,
        *(runtime_ids, kernels, st.just(("input", "😀")), values, edits.short_texts),
    ),
    st.builds(e.RuntimeDetached, runtime_ids, st.just("It left.")),
    st.builds(e.KernelStarted, runtime_ids, kernels),
    st.builds(e.KernelDied, runtime_ids, st.none() | st.just(-9)),
    st.builds(e.KernelInterruptRequested, runtime_ids),
    st.builds(e.KernelRestartRequested, runtime_ids, st.booleans()),
)
comment_events = st.one_of(
    st.builds(e.CommentAdded, comment_ids, edits.texts, anchors, st.none() | comment_ids),
    st.builds(e.CommentResolved, comment_ids),
    st.builds(e.CommentReopened, comment_ids),
)
approval_ids = st.sampled_from(["p", "q", "__proto__"])
_words = st.none() | edits.short_texts
proposed_steps = st.builds(
    e.Step,
    *(st.sampled_from(["cellMoved", "__proto__"]), st.just("ab" * 32), anchors, counts),
    *(st.none() | st.just("cd" * 32), _words, _words),
)
resolved = st.builds(
    e.Resolved,
    st.sampled_from(["run_cells", "😀"]),
    st.lists(proposed_steps, max_size=2).map(tuple),
    st.none() | st.builds(e.Place, runtime_ids, edits.short_texts, st.booleans()),
)
rules = st.builds(
    e.Rule,
    st.sampled_from(["assistant", "human"]),
    st.sampled_from(["run_cells", "edit_cell"]),
    st.sampled_from(["auto", "ask", "deny"]),
)
approval_events = st.one_of(
    st.builds(
        e.ApprovalRequested,
        *(approval_ids, resolved, st.just("ef" * 32), st.just("01" * 32), edits.short_texts),
        *(st.just("2026-02-01T00:00:00.000Z"), st.none() | st.just("run1")),
    ),
    st.builds(e.ApprovalGranted, approval_ids, st.sampled_from(["once", "run"])),
    st.builds(e.ApprovalDenied, approval_ids, edits.short_texts),
    st.builds(e.ApprovalExpired, approval_ids),
    st.builds(e.ApprovalVoided, approval_ids, edits.short_texts),
    st.builds(e.ApprovalUsed, approval_ids),
    st.builds(
        e.PermissionGranted,
        *(approval_ids, st.just("bot"), st.just("run_cells"), st.just("run1")),
        st.just("2026-02-01T00:00:00.000Z"),
    ),
    st.builds(e.PermissionRevoked, approval_ids),
    st.builds(
        e.PolicyChanged,
        st.sampled_from(["ask", "propose", "act", "unattended"]),
        st.lists(rules, max_size=2).map(tuple),
    ),
)
hunks = st.one_of(
    st.builds(
        e.EditProposed,
        *(cell_ids, st.integers(0, 9), st.sampled_from([[1, [2, "é", "😀"]], [[3]], [-1]])),
    ),
    st.builds(e.InsertProposed, cell_ids, cell_types, edits.short_texts, anchors),
    st.builds(e.DeleteProposed, cell_ids, st.integers(0, 9)),
    st.builds(e.MoveProposed, cell_ids, anchors),
)
numbers = st.lists(st.integers(0, 3), max_size=3).map(tuple)
conflicts = st.builds(e.HunkConflict, st.integers(0, 3), edits.short_texts)
proposed = st.builds(
    e.ChangesProposed,
    *(approval_ids, st.lists(hunks, max_size=3).map(tuple), edits.short_texts),
)
proposal_events = st.one_of(
    proposed,
    proposed,
    st.builds(e.ProposalAccepted, approval_ids, numbers, st.just(("a",))),
    st.builds(e.ProposalRejected, approval_ids, numbers, edits.short_texts),
    st.builds(e.ProposalConflicted, approval_ids, st.lists(conflicts, max_size=2).map(tuple)),
    st.builds(e.ProposalWithdrawn, approval_ids, edits.short_texts),
)
run_ids = st.sampled_from(["q", "q", "__proto__"])
_REF = e.PromptRef("p", "1", "ab" * 32)
_AGENT = e.Agent("assistant", "1", "claude")
usages = st.builds(e.Usage, counts.map(lambda n: n or 0), st.just(2), st.just(1), st.just(0))
assistant_events = st.one_of(
    st.builds(e.MessagePosted, st.just("m"), st.just("t"), edits.texts),
    st.builds(
        e.AssistantRunRequested,
        *(run_ids, st.just("t"), st.just("m"), st.just("ana")),
        scopes=st.just(("notebook:read",)),
        cells=st.none() | st.just(("a",)),
        limits=st.sampled_from([e.Limits(), e.Limits(turns=3, cost=7)]),
    ),
    st.builds(
        e.AssistantRunClaimed,
        run_ids,
        counts.map(lambda n: n or 1),
        st.just("k"),
        st.just(_AGENT) | st.just(e.Agent("scripted")),
    ),
    st.builds(e.AssistantRunClaimLapsed, run_ids, st.just(1)),
    st.builds(
        e.ContextAssembled,
        *(run_ids, indexes, st.just(1), st.just("cd" * 32), st.just(_REF), st.just(_REF)),
    ),
    st.builds(
        e.ModelCallStarted,
        *(run_ids, indexes, st.just(1), st.just("claude"), st.just("ef" * 32), st.just(100)),
    ),
    st.builds(e.ModelCallRetried, run_ids, indexes, st.just(1), st.just("Busy."), st.just(5)),
    st.builds(
        e.ModelCallCompleted,
        *(run_ids, indexes, st.just("[]"), st.just("end_turn"), st.just("claude"), usages),
    ),
    st.builds(e.ModelCallFailed, run_ids, indexes, edits.short_texts),
    st.builds(
        e.ToolCallProposed,
        *(run_ids, indexes, st.sampled_from(["c1", "c2"]), st.just("run_cells"), st.just("{}")),
    ),
    st.builds(e.ToolCallCompleted, run_ids, st.sampled_from(["c1", "c2"]), edits.short_texts),
    st.builds(e.AssistantRunCancelRequested, run_ids),
    st.builds(
        e.AssistantRunFinished,
        *(run_ids, st.sampled_from(["completed", "failed"]), edits.short_texts),
    ),
)
imported = st.builds(e.Imported, edits.texts, st.just("ef" * 32), st.just("4.5"), extras)
notebook_events = st.one_of(
    st.builds(e.NotebookCreated, edits.texts, values, st.none() | imported),
    st.builds(e.NotebookRenamed, edits.texts),
    st.builds(e.NotebookMetadataChanged, values),
    st.builds(e.NotebookForked, st.just("nb0"), st.just(7), st.just("f" * 64), edits.texts, values),
    st.just(e.NotebookArchived()),
    st.just(e.NotebookUnarchived()),
)
strange_events = st.one_of(
    st.builds(e.Unknown, st.sampled_from(["cellPainted", "constructor"]), st.just(Raw(b"[1]"))),
    st.just(e.PayloadRedacted((1,), ("0" * 64,), "A key was in it.")),
    st.just(e.RoleGranted("nb1", "ana", "owner")),
)


@st.composite
def runs(draw: st.DrawFn) -> Drawn:
    """One execution from its request on, of a cell or of none; its end may be missing."""
    request: e.ExecutionRequested = draw(requested)
    middle = draw(st.lists(in_a_run | runtime_events, max_size=4))
    whole: list[e.Event] = [
        request,
        e.ExecutionClaimed(request.execution_id, "r1", 1),
        e.ExecutionStarted(request.execution_id, 1),
        *middle,
        *draw(st.lists(completed, max_size=1)),
    ]
    return lambda _: [_of(request.execution_id, event) for event in whole]


def _of(execution_id: str, event: e.Event) -> e.Event:
    """The event; one of an execution as one of this execution."""
    if "execution_id" not in event.__struct_fields__:
        return event
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return type(event)(**(fields | {"execution_id": execution_id}))


@st.composite
def fitting_edits(draw: st.DrawFn) -> Drawn:
    """An edit of a cell that fits its source as it stands."""
    cell_id = draw(cell_ids)
    steps = st.tuples(st.integers(0, 4), st.integers(0, 3), edits.short_texts)
    drawn = draw(st.lists(steps, min_size=1, max_size=3))

    def edit(notebook: Notebook) -> list[e.Event]:
        cell = notebook.cells.get(cell_id)
        if cell is None:
            return []
        changes = edits.changes_in(cell.source, drawn)
        return [e.CellSourceEdited(cell_id, cell.rev, list(changes))]

    return edit


ATTACHED = e.RuntimeAttached("r1", e.Kernel("python3"))


def _alone(event: e.Event) -> Drawn:
    return lambda _: [event]


steps: st.SearchStrategy[Drawn] = st.one_of(
    cell_events.map(_alone),
    cell_events.map(_alone),
    fitting_edits(),
    fitting_edits(),
    runs(),
    runs(),
    execution_events.map(_alone),
    runtime_events.map(_alone),
    comment_events.map(_alone),
    approval_events.map(_alone),
    proposal_events.map(_alone),
    assistant_events.map(_alone),
    assistant_events.map(_alone),
    notebook_events.map(_alone),
    strange_events.map(_alone),
)


@st.composite
def logs(draw: st.DrawFn, max_steps: int = 60) -> list[Stored]:
    """A log as it is stored: a few cells and a runtime, then anything."""
    beginning = [*map(_alone, draw(st.lists(created, min_size=1, max_size=3))), _alone(ATTACHED)]
    count = draw(st.integers(0, max_steps))  # lists alone would mostly be short
    rest = draw(st.lists(steps, min_size=count, max_size=count))
    notebook = Notebook(NOTEBOOK)
    log: list[Stored] = []
    for step in beginning + rest:
        added = sealed(step(notebook), log, actor=draw(actors))
        for stored in added:
            notebook = apply(notebook, open_stored(stored))
        log += added
    return log
