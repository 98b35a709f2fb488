"""What the golden logs are made of: events of each noun, every type and branch among them."""

from typing import Any

from msgspec import Raw
from msgspec.structs import replace

from intheloop import events as e
from intheloop import text
from intheloop.reducer.approval import KEPT_DECIDED
from intheloop.reducer.assistant import KEPT_RUNS
from intheloop.reducer.execution import KEPT_LOOSE
from intheloop.reducer.proposal import KEPT_REVIEWED
from intheloop.values import (
    EMPTY,
    Blob,
    ErrorOutput,
    OtherOutput,
    Output,
    ResultOutput,
    StreamOutput,
    Value,
    inline,
    stream,
)
from tests.replaying import (
    ANA,
    appended,
    asked,
    cell,
    claimed,
    completed,
    display,
    edited,
    plain,
    printed,
    redrawn,
    running,
)

ODD = '\x00\x1f\x7f"\\/\b\t\n\f\r\u0085\u2028\u2029é中😀\U0010ffff'
"""Characters that encoders of JSON treat in their own ways."""


PYTHON = e.Kernel("python3", "python", "3.11")


LATER = e.Unknown("cellMoved", Raw(b'{"cell_id":"a","after":null,"into":"b"}'))


ATTACHMENTS = {
    "😀.png": {"image/png": inline(b'"iVBORw0KGgo="')},
    "\uff5e.png": {"image/png": Value("ab" * 32, blob=Blob(40_000, "base64"))},
    "__proto__": {"text/plain": inline(b'"a"'), "__proto__": inline(b"1.0")},
}


def document() -> list[e.Event]:
    """The notebook as a whole, comments, what is not understood, and what is not its own."""
    imported = e.Imported("пингвины 🐧.ipynb", "ef" * 32, "4.4", inline(b'{"orig_nbformat":3}'))
    return [
        e.NotebookCreated(ODD, inline(b'{"kernelspec":{"name":"python3"}}'), imported),
        e.NotebookRenamed("Penguins 🐧"),
        e.NotebookMetadataChanged(inline(b'{"x":-1.5e300,"y":1.0,"z":12345678901234567890123}')),
        e.NotebookArchived(),
        e.NotebookUnarchived(),
        cell("a", "1"),
        e.CommentAdded("k2", "Why?", "a"),
        e.CommentAdded("k10", ODD, None, "k2"),
        e.CommentAdded("k3", "Of a cell that nobody knows", "unknown"),
        e.CommentResolved("k2"),
        e.CommentResolved("k10"),
        e.CommentReopened("k2"),
        e.CommentResolved("unknown"),
        e.CommentAdded("k2", "Again"),
        e.Unknown("cellPainted", Raw(b'{"cell_id":"a","colour":"blue"}')),
        e.Unknown("constructor", Raw(b"null")),
        LATER,
        e.PersonAdded("ana", "Ana", admin=True),
        e.CredentialIssued("t", "human", "ana", "ana", "Laptop", ("notebook:read",), "0" * 64),
        e.CredentialRevoked("t"),
        e.RoleGranted("nb1", "ana", "owner"),
        e.RoleRevoked("nb1", "ana"),
        e.AgentPaused("bot", "Too eager."),
        e.AgentResumed("bot"),
        e.NotebookListed("nb1", "ana"),
        e.ActionDenied(ANA, "run_cells", "nb1", "A viewer reads."),
        e.NotebookDeleted("nb2", 4, "f" * 64),
        e.PayloadRedacted((7,), ("0" * 64,), "A name was in it."),
    ]


def fork() -> list[e.Event]:
    """A fork, complete in itself."""
    return [
        e.NotebookForked("nb0", 7, "f" * 64, "Copy of a", inline(b'{"a":1}')),
        cell("a", "x = 1"),
        cell("b", "# Title", after="a", cell_type="markdown"),
    ]


def cells() -> list[e.Event]:
    """Cells made, placed, edited, typed, buried and brought back."""
    outputs: list[Output] = [
        stream("stdout", "a\n"),
        stream("stdout", "b"),
        display("<x>"),
        _result("r", None),
    ]
    return [
        cell("a", "one"),
        cell("b", "two 😀 é", after="a", outputs=outputs, execution_count=7),
        cell("c", "three", after="a"),
        cell("d", "first"),
        cell("e", "nowhere", after="unknown"),
        cell("itself", "nowhere either", after="itself"),
        cell("a", "again", after="c"),
        replace(
            cell("__proto__", ODD, after="e", cell_type="markdown"),
            attachments=ATTACHMENTS,
            extra=inline(b'{"id":"not an id"}'),
        ),
        e.CellMoved("a", "e"),
        e.CellMoved("a", "a"),
        e.CellMoved("a", None),
        e.CellMoved("c", "unknown"),
        e.CellMoved("unknown", "a"),
        edited("b", 4, [2, "🐧🐧", "x"], 2),
        edited("b", [4, "2 "], 6, [1]),
        edited("b", 3, [1, "no"], 4),
        edited("b", 999),
        edited("b", -1, 3),
        edited("b", [0, "a\nb"], 8),
        edited("b", "x", None, True, 1.5),
        edited("unknown", 0, [0, "x"]),
        edited("a", 3, [0, ODD.replace("\n", "")]),
        cell("pairs", "😀😀"),
        edited("pairs", 1, [0, "x"], 3),
        edited("pairs", 1, [1], 2),
        edited("pairs", [1], 3),
        edited("pairs", 2, [0, "x"], 2),
        edited("pairs", 3, [2, "🐧"]),
        e.CellMetadataChanged("a", inline(b'{"tags":["raises-exception"]}')),
        e.CellTypeChanged("b", "code"),
        e.CellTypeChanged("b", "markdown"),
        e.CellDeleted("c"),
        e.CellDeleted("c"),
        edited("c", 5),
        e.CellTypeChanged("c", "raw"),
        cell("f", "in the place of c", after="c"),
        e.CellMoved("c", "b"),
        e.CellRestored("c", "raw", "back", EMPTY, ATTACHMENTS, [*outputs], 3, inline(b"[]")),
        e.CellRestored("c", "code", "not twice", EMPTY),
        e.CellRestored("unknown", "code", "never", EMPTY),
        e.CellOutputsCleared("c"),
        e.CellOutputsCleared("unknown"),
    ]


def attachments() -> list[e.Event]:
    """Files that come, are replaced and go, of a cell that is there and of others."""
    png = inline(b'"iVBORw0KGgo="')
    return [
        replace(cell("a", "![](attachment:a.png)", cell_type="markdown"), attachments=ATTACHMENTS),
        cell("b", "two", after="a"),
        e.CellAttachmentsChanged("b", {"a.png": {"image/png": png}, "__proto__": {}}),
        e.CellAttachmentsChanged("a", {"__proto__": None, "a.png": {"image/png": png}}),
        e.CellAttachmentsChanged("a", {"a.png": {"image/gif": png}, "gone.png": None}),
        e.CellAttachmentsChanged("b", {}),
        e.CellAttachmentsChanged("nowhere", {"a.png": {"image/png": png}}),
        e.CellDeleted("b"),
        e.CellAttachmentsChanged("b", {"a.png": {"image/png": png}}),
    ]


def _result(shown: str, count: int | None, display_id: str | None = None) -> ResultOutput:
    return ResultOutput(plain(shown), EMPTY, count, display_id)


def executions() -> list[e.Event]:
    """Runs from their request to their end and beyond, in and out of order."""
    traceback = inline(b'["Traceback\\u001b[0m", "ZeroDivisionError"]')
    return [
        cell("a", "1/0"),
        cell("b", "print('😀')", after="a", outputs=[display("saved")], execution_count=2),
        e.RuntimeAttached("r1", PYTHON),
        e.ExecutionRequested("x", "1/0", "a", 1, "batch", allow_error=True),
        e.ExecutionRequested("y", "print('😀')", "b", 2, "batch"),
        e.ExecutionRequested("x", "again", "b"),
        claimed("x"),
        e.ExecutionStarted("x", 1),
        e.ExecutionStarted("x", 9),
        appended("x", stream("stdout", "a"), stream("stdout", "b😀"), stream("stderr", "c")),
        printed("x", "d", 1, "stderr"),
        appended("x", display("1", "d"), _result("2", 1, "d"), display("3"), index=2),
        appended("x", StreamOutput("stderr", sha256="cd" * 32, blob=Blob(99, "text")), index=3),
        appended("x", OtherOutput(inline(b'{"output_type":"pyout"}')), index=4),
        appended("x", ErrorOutput("ZeroDivisionError", "by zero", traceback), index=5),
        redrawn("x", "d", "4", 6),
        redrawn("x", "unknown", "5", 7),
        completed("x", "error", "It raised ZeroDivisionError."),
        completed("x", "ok"),
        replace(appended("x", stream("stderr", "late"), index=8), late=True),
        claimed("y"),
        e.ExecutionStarted("y", 2),
        appended("y", display("1", "d"), display("1", "__proto__")),
        redrawn("y", "d", "both", 1),
        e.OutputsCleared("y", 2, wait=True),
        appended("y", index=3),
        printed("y", "instead", 4),
        e.OutputsCleared("y", 5),
        e.InputRequested("y", "i1", "Name? 😀"),
        e.InputProvided("y", "i1", "Ana", "ana"),
        e.InputRequested("y", "i2", "Password", password=True),
        e.ExecutionClaimLapsed("y", 1),
        claimed("y", 2),
        e.InputProvided("y", "i2"),
        printed("y", "on", 6),
        e.OutputsCleared("y", 7, wait=True),
        e.CellOutputsCleared("b"),
        appended("y", display("shown", "d"), index=8),
        printed("y", "beside it", 9),
        e.InputRequested("y", "i3", "Really?"),
        e.ExecutionCancelRequested("y"),
        completed("y", "cancelled", "Ana stopped it."),
        *running("z", "a"),
        e.ExecutionClaimLapsed("z", 1),
        asked("w", "a"),
        completed("z", "lost", "Its kernel is gone."),
        claimed("w"),
        e.ExecutionStarted("w"),
        e.CellDeleted("a"),
        printed("w", "for nobody"),
        completed("w"),
        printed("w", "too late", 1),
        asked("v", "unknown"),
        completed("v", "cancelled"),
        e.CellOutputsCleared("b"),
        redrawn("y", "d", "nowhere", 10),
        claimed("unknown"),
        *running("of-deleted", "a"),
        printed("of-deleted", "for nobody"),
        e.InputRequested("of-deleted", "i4", "Anybody?"),
        completed("of-deleted", "lost", "Its kernel is gone."),
        *running("of-none"),
        e.InputRequested("of-none", "i5", "Anybody?"),
        completed("of-none"),
    ]


def runtimes() -> list[e.Event]:
    """Runtimes and their kernels, and what an interrupt does to a question."""
    return [
        e.RuntimeAttached("r1", PYTHON, ("input", "😀"), inline(b'{"pandas":"2.2"}'), "laptop"),
        e.KernelStarted("r1", e.Kernel("python3")),
        *running("x"),
        e.InputRequested("x", "i1", "?"),
        e.KernelInterruptRequested("r1"),
        e.KernelInterruptRequested("r1"),
        e.InputRequested("x", "i2", "?"),
        e.KernelRestartRequested("unknown"),
        e.KernelRestartRequested("r1", keep_queue=True),
        completed("x", "cancelled"),
        e.KernelStarted("r1", PYTHON),
        e.KernelDied("r1", -9, "Killed"),
        e.RuntimeAttached("r10", e.Kernel("ir", "R", "4.4")),
        e.KernelStarted("unknown", PYTHON),
        asked("waits"),
        *running("overtakes"),
        e.InputRequested("overtakes", "i3", "?"),
        e.KernelInterruptRequested("r1"),
        e.RuntimeDetached("r1", "Its lease ran out."),
        e.KernelDied("r1"),
    ]


def loose() -> list[e.Event]:
    """More cell-less executions than state keeps, and one that is still open."""
    ended = [
        event
        for number in range(KEPT_LOOSE + 3)
        for event in (asked(f"x{number}"), appended(f"x{number}", display("1", "d")))
    ]
    ends = [completed(f"x{number}") for number in range(KEPT_LOOSE + 3)]
    return [asked("open"), *ended, *ends, redrawn("x1", "d", "2"), redrawn("x5", "d", "3")]


def redacted() -> list[e.Event]:
    """The stand-ins that erased payloads leave: what came after them still fits."""
    note = stream("stdout", "[erased]")
    secret = text.diff("key = ''", "key = 's3cret😀'")
    return [
        cell("a", text.stand_in_text("key = ''\n")),
        edited("a", 9, [0, "x"]),
        edited("a", 7, *text.to_json(text.stand_in(secret))[1:-1], 3),
        edited("a", 7, [8], 3),
        *running("x", "a", "████"),
        appended("x", note),
        printed("x", "after", 1),
        completed("x"),
        e.PayloadRedacted((1, 3, 5, 8), ("0" * 64,) * 4, "A key was in it."),
    ]


_AGENT = e.Agent("assistant", "1", "claude")


_PROMPT = e.PromptRef("assistant", "1", "ab" * 32)


_TOOLS = e.PromptRef("tools", "1", "cd" * 32)


def approvals() -> list[e.Event]:
    """Policies, and approvals in every state; more that are over than state keeps."""
    code = e.Step("executionRequested", "a" * 64, "a", 1, "b" * 64, "print('é😀')")
    diff = e.Step("cellSourceEdited", "c" * 64, "a", 1, "d" * 64, diff="@@ -1,1 +1,1 @@\n-é\n+è")
    told = e.Rule("service", "run_cells", "deny")
    over = [
        event
        for number in range(KEPT_DECIDED + 2)
        for event in (_approval_asked(f"old{number}"), e.ApprovalExpired(f"old{number}"))
    ]
    return [
        cell("a", "print('é😀')"),
        e.PolicyChanged("ask"),
        e.PolicyChanged("unattended", (told, e.Rule("human", "edit_cell", "ask"))),
        *over,
        _approval_asked("once", code, diff),
        _approval_asked("once", diff),
        _approval_asked("run", code),
        _approval_asked("denied"),
        _approval_asked("pending"),
        e.ApprovalGranted("once"),
        e.ApprovalGranted("run", "run"),
        e.PermissionGranted("p1", "ana", "run_cells", "run1", "2026-01-02T00:00:00.000Z"),
        e.PermissionGranted("p2", "ana", "edit_cell", "run1", "2026-01-02T00:00:00.000Z"),
        e.ApprovalDenied("denied", ODD),
        e.ApprovalUsed("once"),
        e.ApprovalVoided("once", "Too late."),
        e.ApprovalVoided("run", "The source of cell a changed."),
        e.ApprovalGranted("denied"),
        e.ApprovalGranted("unknown"),
        e.PermissionRevoked("p1"),
        e.PermissionRevoked("unknown"),
    ]


def proposals() -> list[e.Event]:
    """Proposals of every kind of hunk, taken and refused in parts; more than state keeps."""
    hunks = (
        e.EditProposed("a", 1, [1, [2, ODD, "😀"], 3]),
        e.EditProposed("a", 1, [5, [1]]),
        e.InsertProposed("n", "markdown", ODD, None),
        e.DeleteProposed("b", 2),
        e.MoveProposed("a", "n"),
    )
    over = [
        event
        for number in range(KEPT_REVIEWED + 2)
        for event in (
            e.ChangesProposed(f"old{number}", hunks[:1], "Old."),
            e.ProposalWithdrawn(f"old{number}"),
        )
    ]
    fits_not = (e.HunkConflict(3, "It changed."), e.HunkConflict(4, "It is gone."))
    return [
        cell("a", "abcdef"),
        cell("b", "2"),
        e.ChangesProposed("empty", ()),
        *over,
        e.ChangesProposed("p", hunks, ODD),
        e.ChangesProposed("p", hunks[1:]),
        e.ProposalConflicted("p", (*fits_not, e.HunkConflict(9, "?"))),
        e.ProposalAccepted("p", (2, 0, 2, 7)),
        e.ProposalConflicted("p", (e.HunkConflict(0, "Late."), *fits_not)),
        e.ProposalRejected("p", (3, 0), "No."),
        e.ProposalAccepted("p", (1,), ("a",)),
        e.ProposalAccepted("unknown", (1,)),
        e.ChangesProposed("q", hunks),
        e.ProposalRejected("q", (0,)),
        e.ProposalWithdrawn("q", "Never mind."),
        e.ProposalAccepted("q", (1,)),
        e.ProposalAccepted("p", (4,)),
    ]


def _approval_asked(approval_id: str, *steps: e.Step) -> e.ApprovalRequested:
    resolved = e.Resolved("run_cells", steps, e.Place("rt", ODD, sandboxed=True) if steps else None)
    return e.ApprovalRequested(
        approval_id=approval_id,
        resolved=resolved,
        resolved_sha256="e" * 64,
        call_sha256="f" * 64,
        reason="This notebook asks.",
        expires_at="2026-01-08T00:00:00.000Z",
        correlation_id="run1" if steps else None,
    )


def _asking(run_id: str, thread_id: str = "t", **more: Any) -> list[e.Event]:
    return [
        e.MessagePosted(f"m-{run_id}", thread_id, ODD),
        e.AssistantRunRequested(
            run_id, thread_id, f"m-{run_id}", "ana", ("notebook:read",), **more
        ),
    ]


def assistants() -> list[e.Event]:
    """Runs of the assistant from the message to the end and beyond, in and out of order."""
    limits = e.Limits(turns=3, cost=500_000)
    usage = e.Usage(10, 5, 3, 2, 1000)
    context = e.ContextAssembled("run", 1, 1, "ef" * 32, _PROMPT, _TOOLS, (e.SeenCell("a", 1),))
    return [
        cell("a", "1+1"),
        *_asking("run", cells=("a",), limits=limits, model="claude", effort="high"),
        *_asking("run"),
        e.AssistantRunClaimed("run", 1, "k1", _AGENT),
        e.AssistantRunClaimLapsed("run", 1),
        e.AssistantRunClaimed("run", 2, "k2", e.Agent("assistant 🐧")),
        context,
        e.ModelCallStarted("run", 1, 1, "claude", "01" * 32, 4096),
        e.ModelCallRetried("run", 1, 1, "Overloaded.", 500),
        e.ModelCallFailed("run", 1, "No answer came."),
        e.ModelCallStarted("run", 1, 2, "claude", "01" * 32, 4096, "high"),
        e.ModelCallCompleted("run", 1, "[]", "tool_use", "claude", usage, "r", "d", 7),
        e.ToolCallProposed("run", 1, "c1", "run_cells", "{}"),
        e.ToolCallProposed("run", 1, "c2", "run_code", "{}"),
        *running("x", "a"),
        asked("y"),
        asked("y"),
        e.ToolCallCompleted("run", "c1", "2", seq=9),
        completed("x"),
        e.ToolCallCompleted("run", "unknown", "?", True),
        e.ContextAssembled("run", 2, 9, "ef" * 32, _PROMPT, _TOOLS, since_seq=1, hidden=("a",)),
        e.ModelCallStarted("run", 2, 1, "claude", "02" * 32, 4096),
        e.ModelCallCompleted("run", 2, "[]", "end_turn", "claude", usage),
        e.AssistantRunCancelRequested("run"),
        e.AssistantRunFinished("run", "stopped", "Ana stopped it."),
        completed("y", "cancelled"),
        e.AssistantRunFinished("run", "completed", "Too late."),
        e.AssistantRunClaimed("unknown", 1, "k3", _AGENT),
        *(
            event
            for number in range(KEPT_RUNS + 2)
            for event in (
                *_asking(f"r{number}"),
                e.AssistantRunFinished(f"r{number}", "completed", "It is done."),
            )
        ),
        *_asking("open", "other"),
        *_asking("__proto__"),
        e.PromptRegistered("assistant", "1", "ab" * 32, ODD),
    ]
