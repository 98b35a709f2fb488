"""Hypothesis strategies for commands: what several actors try in one notebook, sense or nonsense.

Each draws a function from a bench to a command, so that it can name what is there by then. Few
ids, so that commands meet; what is not there is named too.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from hypothesis import strategies as st

from intheloop import commands as c
from intheloop import events as e
from intheloop.values import Blob, StreamOutput, inline, sha256_hex, stream
from tests import edits
from tests.deciding import PYTHON, Bench, tagged
from tests.event_strategies import bundles, output_lists
from tests.model import NB

Try: TypeAlias = Callable[[Bench], Any]
_T = TypeVar("_T")

picks = st.integers(0, 40)
people = st.sampled_from(["ana", "bob"])
humans = st.sampled_from(["ana", "bob", "bot", "script"])
runtimes = st.sampled_from(["rt", "rt", "rt", "rt2"])
runtime_ids = st.sampled_from(["r1", "r1", "r1", "r2"])
run_ids = st.sampled_from(["q1", "q2"])
starts = st.none() | st.builds(c.Start, st.none() | st.integers(1, 9))


def _one(some: Sequence[_T], pick: int, absent: _T) -> _T:
    """One of them; once in a while, and when there is none, something that is not there."""
    return some[pick % len(some)] if some and pick % 13 != 12 else absent


def _cell(bench: Bench, pick: int) -> str:
    return _one(bench.nb.order, pick, "nowhere")


def _live(bench: Bench, pick: int) -> str:
    return _one([cell.cell_id for cell in bench.nb.live_cells()], pick, "nowhere")


def _execution(bench: Bench, pick: int) -> str:
    """Of all that ever was asked for, those in state first."""
    asked = [one.execution_id for one in bench.events if isinstance(one, e.ExecutionRequested)]
    held = bench.nb.held()
    if held is not None and pick % 3:
        return held.execution_id
    return _one(asked, pick, "nobody")


def _next_index(bench: Bench, execution_id: str, off: int) -> int:
    last = [
        getattr(event, "index", -1)
        for event in bench.events
        if getattr(event, "execution_id", None) == execution_id
    ]
    return max(max(last, default=-1) + 1 + off, 0)


@st.composite
def inserts(draw: st.DrawFn) -> Try:
    texts = draw(st.lists(edits.texts, min_size=1, max_size=3))
    kinds: list[Any] = [draw(st.sampled_from(["code", "code", "markdown"])) for _ in texts]
    metadata = draw(st.sampled_from([tagged(), tagged("raises-exception")]))
    own_id, where = draw(st.none() | st.sampled_from(["x", "y", "z"])), draw(picks)

    def build(bench: Bench) -> c.InsertCells:
        cells = [
            c.GivenCell(text, kind, own_id if not at else None, metadata)
            for at, (text, kind) in enumerate(zip(texts, kinds, strict=True))
        ]
        after = {} if where % 4 == 0 else {"after": None if where % 4 == 1 else _cell(bench, where)}
        return c.InsertCells(notebook_id=NB, cells=cells, **after)

    return build


@st.composite
def edit_cells(draw: st.DrawFn) -> Try:
    pick, back = draw(picks), draw(st.integers(0, 3))
    steps = draw(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), edits.short_texts)))
    how = draw(st.sampled_from(["changes", "changes", "source", "edits"]))
    bad: list[Any] = draw(st.sampled_from([[], [2], [[1, "x"], 1], [-1]]))
    source = draw(edits.texts)

    def build(bench: Bench) -> c.EditCell:
        cell_id = _live(bench, pick)
        revs = _revs(bench, cell_id)
        rev = revs[max(len(revs) - 1 - back, 0)] if revs else 1
        then = bench.at(rev).cells.get(cell_id)
        if how == "source":
            return c.EditCell(notebook_id=NB, cell_id=cell_id, base_rev=rev, source=source)
        if then is None or not then.source:
            return c.EditCell(notebook_id=NB, cell_id=cell_id, base_rev=rev, changes=bad)
        if how == "edits":
            replacing = [c.TextEdit(then.source[:3], source)]
            return c.EditCell(notebook_id=NB, cell_id=cell_id, edits=replacing)
        changes = list(edits.changes_in(then.source, steps))
        return c.EditCell(notebook_id=NB, cell_id=cell_id, base_rev=rev, changes=changes)

    return build


def _revs(bench: Bench, cell_id: str) -> list[int]:
    made = (e.CellCreated, e.CellSourceEdited, e.CellRestored)
    return [
        record.seq
        for record in bench.records[NB]
        if isinstance(record.event, made) and record.event.cell_id == cell_id
    ]


def _of_cells(tool: Callable[..., Any], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Try]:
    """A command on a few cells, dead or alive."""

    def build(pair: tuple[list[int], dict[str, Any]]) -> Try:
        return lambda bench: tool(
            notebook_id=NB, cell_ids=[_live(bench, pick) for pick in pair[0]], **pair[1]
        )

    some = st.lists(picks, min_size=1, max_size=3)
    return st.tuples(some, st.fixed_dictionaries(more)).map(build)


@st.composite
def moves(draw: st.DrawFn) -> Try:
    some, after = draw(st.lists(picks, min_size=1, max_size=3)), draw(st.none() | picks)
    return lambda bench: c.MoveCells(
        notebook_id=NB,
        cell_ids=[_live(bench, pick) for pick in some],
        after=None if after is None else _cell(bench, after),
    )


@st.composite
def cell_settings(draw: st.DrawFn) -> Try:
    pick = draw(picks)
    cell_type: Any = draw(st.sampled_from(["code", "markdown", "raw"]))
    metadata = draw(st.sampled_from([inline(b"{}"), tagged("t"), inline(b"[]")]))
    files = draw(st.dictionaries(st.sampled_from(["a", "b"]), st.none() | bundles, min_size=1))
    which = draw(st.integers(0, 4))

    def build(bench: Bench) -> Any:
        if which == 0:
            return c.ChangeCellType(notebook_id=NB, cell_id=_live(bench, pick), cell_type=cell_type)
        if which == 1:
            return c.SetMetadata(notebook_id=NB, cell_id=_live(bench, pick), metadata=metadata)
        if which == 2:
            return c.SetMetadata(notebook_id=NB, metadata=metadata)
        if which == 3:
            return c.AttachFiles(notebook_id=NB, cell_id=_live(bench, pick), attachments=files)
        return c.ClearOutputs(notebook_id=NB)

    return build


@st.composite
def restores(draw: st.DrawFn) -> Try:
    pick, whole = draw(picks), draw(st.booleans())

    def build(bench: Bench) -> c.RestoreNotebook:
        if whole:
            seq = 1 + pick * bench.nb.seq // 40
            return c.RestoreNotebook(notebook_id=NB, to_seq=seq)
        return c.RestoreNotebook(notebook_id=NB, cell_ids=[_cell(bench, pick)])

    return build


@st.composite
def runs(draw: st.DrawFn) -> Try:
    some, all_of_it, allow = draw(st.lists(picks, max_size=3)), draw(st.booleans()), draw(picks)

    def build(bench: Bench) -> Any:
        if not some and not all_of_it:
            return c.RunCode(notebook_id=NB, source="1")
        cells = [_live(bench, pick) for pick in some]
        wanted = [c.CellAt(one, _rev(bench, one) - (allow % 13 == 0)) for one in cells]
        return c.RunCells(notebook_id=NB, cells=wanted or None, allow_errors=allow % 4 == 0)

    return build


def _rev(bench: Bench, cell_id: str) -> int:
    cell = bench.nb.cells.get(cell_id)
    return 1 if cell is None else cell.rev


@st.composite
def controls(draw: st.DrawFn) -> Try:
    pick, flag, which = draw(picks), draw(st.booleans()), draw(st.integers(0, 3))
    value = draw(st.none() | st.just("yes"))

    def build(bench: Bench) -> Any:
        if which == 0:
            return c.CancelExecution(
                notebook_id=NB, execution_id=_execution(bench, pick), force=flag
            )
        if which == 1:
            held = bench.nb.held()
            asked = held.input.input_id if held and held.input and pick % 5 else "i1"
            return c.ProvideInput(notebook_id=NB, input_id=asked, value=value)
        if which == 2:
            return c.RestartKernel(notebook_id=NB, run_all=flag)
        return c.InterruptKernel(notebook_id=NB)

    return build


missing_blob = StreamOutput("stdout", sha256="ef" * 32, blob=Blob(40_000, "text"))
parts: st.SearchStrategy[c.Part] = st.one_of(
    st.builds(
        c.Append, st.lists(st.builds(stream, st.just("stdout"), edits.short_texts), min_size=1)
    ),
    st.builds(c.Append, output_lists.filter(bool)),
    st.builds(c.Update, st.just("d"), bundles),
    st.builds(c.Clear, st.booleans()),
    st.just(c.Append([missing_blob])),
)
part_lists = st.lists(parts, min_size=1, max_size=3)
offsets = st.sampled_from([0, 0, 0, 0, 0, -1, 1])


@st.composite
def appends(draw: st.DrawFn) -> Try:
    pick, off, given = draw(picks), draw(offsets), draw(part_lists)

    def build(bench: Bench) -> c.AppendOutputs:
        execution_id = _execution(bench, pick)
        return c.AppendOutputs(
            notebook_id=NB,
            execution_id=execution_id,
            index=_next_index(bench, execution_id, off),
            parts=given,
        )

    return build


@st.composite
def ends(draw: st.DrawFn) -> Try:
    pick, off, last = draw(picks), draw(offsets), draw(st.just([]) | part_lists)
    status: Any = draw(st.sampled_from(["ok", "ok", "error", "cancelled", "lost"]))
    claim_next = draw(starts)

    def build(bench: Bench) -> c.CompleteExecution:
        execution_id = _execution(bench, pick)
        return c.CompleteExecution(
            notebook_id=NB,
            execution_id=execution_id,
            status=status,
            reason=None if status == "ok" else "It ended.",
            index=_next_index(bench, execution_id, off) if last else None,
            parts=last,
            claim_next=claim_next,
        )

    return build


@st.composite
def questions(draw: st.DrawFn) -> Try:
    pick, password = draw(picks), draw(st.booleans())
    return lambda bench: c.RequestInput(
        notebook_id=NB,
        execution_id=_execution(bench, pick),
        input_id=f"i{pick % 2}",
        prompt="?",
        password=password,
    )


@st.composite
def work(draw: st.DrawFn) -> Try:
    """What a runtime that is well does next: it attaches, claims, starts, shows, ends."""
    append, end, ask = draw(appends()), draw(ends()), draw(questions())
    start, which = draw(starts), draw(st.integers(0, 5))

    def build(bench: Bench) -> Any:
        attached = bench.nb.runtimes.get("r1")
        held = bench.nb.held()
        if attached is None:
            return c.AttachRuntime(notebook_id=NB, runtime_id="r1", kernel=PYTHON)
        if not attached.kernel_alive or attached.restart_requested:
            report = c.KernelIsUp(PYTHON)
            return c.ReportKernel(notebook_id=NB, runtime_id="r1", report=report)
        if held is None or held.status == "adrift":
            return c.ClaimExecution(notebook_id=NB, runtime_id="r1", start=start)
        if held.status == "claimed" and which:
            return c.StartExecution(notebook_id=NB, runtime_id="r1", execution_id=held.execution_id)
        return (ask if which == 1 else append if which < 5 else end)(bench)

    return build


def _alone(tool: Callable[..., Any], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Try]:
    """A command that names nothing of the notebook."""

    def build(fields: dict[str, Any]) -> Try:
        return lambda bench: tool(notebook_id=NB, **fields)

    return st.fixed_dictionaries(given).map(build)


of_runtimes: st.SearchStrategy[Try] = st.one_of(
    appends(),
    appends(),
    ends(),
    ends(),
    questions(),
    _alone(c.AttachRuntime, runtime_id=runtime_ids, kernel=st.just(PYTHON)),
    _alone(c.ClaimExecution, runtime_id=runtime_ids, start=starts),
    _alone(c.ClaimExecution, runtime_id=runtime_ids, start=starts),
    _alone(c.RenewLease, runtime_id=runtime_ids),
    _alone(c.DetachRuntime, runtime_id=runtime_ids, reason=st.just("It stops.")),
    _alone(
        c.ReportKernel,
        runtime_id=runtime_ids,
        report=st.sampled_from([c.KernelIsUp(PYTHON), c.KernelIsDown(-9, "Killed")]),
    ),
    picks.map(
        lambda pick: (
            lambda bench: c.StartExecution(
                notebook_id=NB, runtime_id="r1", execution_id=_execution(bench, pick)
            )
        )
    ),
    st.just(lambda bench: c.ProvideInput(notebook_id=NB, input_id="i0")),
)
of_the_system: st.SearchStrategy[Try] = st.one_of(
    _alone(c.LapseLease, runtime_id=runtime_ids),
    _alone(c.LapseRun, run_id=run_ids, generation=st.integers(1, 2)),
    picks.map(
        lambda pick: (
            lambda bench: c.LoseExecution(
                notebook_id=NB, execution_id=_execution(bench, pick), reason="It is gone."
            )
        )
    ),
)
of_everybody: st.SearchStrategy[Try] = st.one_of(
    inserts(),
    edit_cells(),
    edit_cells(),
    edit_cells(),
    moves(),
    _of_cells(c.DeleteCells),
    cell_settings(),
    restores(),
    runs(),
    runs(),
    controls(),
    _alone(c.RenameNotebook, title=st.sampled_from(["A", "B"])),
    _alone(c.ArchiveNotebook, archived=st.booleans()),
    _alone(
        c.AddComment,
        text=edits.texts.filter(bool),
        comment_id=st.none() | st.sampled_from(["k1", "k2"]),
        cell_id=st.none() | st.sampled_from(["a", "nowhere"]),
    ),
    _alone(c.ResolveComment, comment_id=st.sampled_from(["k1", "k2"])),
    _alone(c.ReopenComment, comment_id=st.sampled_from(["k1", "k2"])),
    _alone(
        c.PostMessage,
        text=st.just("Do it."),
        run_id=run_ids,
        thread_id=st.sampled_from(["t1", "t2"]),
    ),
    _alone(c.CancelAssistantRun, run_id=run_ids),
)


claims = st.tuples(run_ids, st.integers(0, 10**9)).map(
    lambda drawn: (
        lambda bench: c.ClaimAssistantRun(
            notebook_id=NB,
            run_id=drawn[0],
            secret_sha256=sha256_hex(str(drawn[1]).encode()),
            label="Assistant",
            agent=e.Agent("assistant", model="m"),
        )
    )
)


@st.composite
def redactions(draw: st.DrawFn) -> Try:
    some = draw(st.lists(picks, min_size=1, max_size=3))
    return lambda bench: c.Redact(
        notebook_id=NB, seqs=[1 + pick * bench.nb.seq // 41 for pick in some], reason="A name."
    )


of_people: st.SearchStrategy[Try] = st.one_of(
    redactions(),
    _alone(
        c.GrantRole,
        person_id=people,
        role=st.sampled_from(["owner", "editor", "runner", "viewer"]),
    ),
    _alone(c.RevokeRole, person_id=people),
    st.sampled_from(["bot", "script", "ana", "rt"]).map(
        lambda one: lambda bench: c.PauseAgent(principal_id=one)
    ),
    st.sampled_from(["bot", "script", "rt"]).map(
        lambda one: lambda bench: c.ResumeAgent(principal_id=one)
    ),
)

anybody = people | runtimes | humans
sensible: list[st.SearchStrategy[tuple[str, Try]]] = [
    *[st.tuples(humans, of_everybody)] * 6,
    *[st.tuples(st.just("rt"), work())] * 8,
    *[st.tuples(humans, runs())] * 2,
    *[st.tuples(humans, controls())] * 2,
    *[st.tuples(humans, edit_cells())] * 2,
    st.tuples(runtimes, of_runtimes),
    st.tuples(st.just("bot"), claims),
    st.tuples(people, redactions()),
]
rare: list[st.SearchStrategy[tuple[str, Try]]] = [
    st.tuples(people, of_people),
    st.tuples(st.just("system"), of_the_system),
    st.tuples(anybody, of_everybody | of_runtimes | of_people),
]


@st.composite
def attempts(draw: st.DrawFn) -> tuple[str, Try]:
    """Who tries what: mostly what they may, so that much happens."""
    which = draw(st.integers(0, 5 * len(sensible) - 1))
    if which % 5 == 4:
        return draw(rare[which // 5 % len(rare)])
    return draw(sensible[which // 5])


histories: st.SearchStrategy[list[tuple[str, Try]]] = st.one_of(
    st.lists(attempts(), min_size=1, max_size=60),
    st.lists(attempts(), min_size=40, max_size=60),
)
"""What several actors try, one after the other."""


def busy_bench() -> Bench:
    """A bench with several actors, three cells and a runtime that is there."""
    bench = Bench("x = 1\n", "y = '😀'\n", "z")
    bench.invite("bob", "editor")
    bench.program("script", "service", of="bob")
    bench.program("rt2", "runtime", ["notebook:read", "runtime"], of="bob")
    bench.blobs[NB] = {"ab" * 32, "cd" * 32}
    bench.attach()
    return bench
