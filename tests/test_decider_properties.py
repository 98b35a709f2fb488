"""What holds after any interleaving of commands from several actors."""

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.canonical import digest
from intheloop.errors import LoopError
from intheloop.notebook import (
    WORKSPACE_ID,
    Notebook,
    PortableNotebook,
    PortableWorkspace,
    Workspace,
    pack,
    pack_workspace,
    unpack,
    unpack_workspace,
)
from intheloop.reducer import apply, replay, replay_workspace
from intheloop.values import inline, sha256_hex
from tests.command_strategies import Try, busy_bench, histories
from tests.deciding import PYTHON, START, Bench, printed, shown
from tests.model import NB
from tests.replaying import display, plain
from tests.runs import ASSEMBLE, CALL, RETRY, answer, claimed

WITHOUT_A_COMMAND = {"notebookForked"}
"""Events whose command is still to come."""


def happened(history: list[tuple[str, Try]]) -> Bench:
    """The bench after all that was tried. Whatever is raised but a refusal fails the test."""
    bench = busy_bench()
    for by, build in history:
        try:
            bench.do(build(bench), by)
        except LoopError as refusal:
            assert refusal.detail.endswith("."), refusal.detail
    return bench


def held(notebook: Notebook) -> list[str]:
    """All executions that some runtime has or had; there is one at most."""
    return [key for key in notebook.queue if notebook.executions[key].is_held]


@given(histories)
def test_any_history_keeps_the_laws(history: list[tuple[str, Try]]) -> None:
    bench = happened(history)
    for log in bench.records.values():
        assert [record.seq for record in log] == list(range(1, len(log) + 1))
    one_end_each(bench)
    outputs_in_order(bench)
    every_step_makes_sense(bench)
    nobody_is_more_than_they_may(bench.workspace)


def one_end_each(bench: Bench) -> None:
    ends = [event for event in bench.events if isinstance(event, e.ExecutionCompleted)]
    asked = [event for event in bench.events if isinstance(event, e.ExecutionRequested)]
    assert max(Counter(end.execution_id for end in ends).values(), default=0) <= 1
    assert max(Counter(one.execution_id for one in asked).values(), default=0) <= 1
    over = {end.execution_id for end in ends}
    assert set(bench.nb.queue) == {one.execution_id for one in asked} - over


def outputs_in_order(bench: Bench) -> None:
    """Of each execution every index from 0 on, none twice over; after the end all is late."""
    last: dict[str, int] = {}
    over: set[str] = set()
    for record in bench.records[NB]:
        event = record.event
        if isinstance(event, e.ExecutionCompleted):
            over.add(event.execution_id)
        if isinstance(event, e.OutputAppended | e.OutputUpdated | e.OutputsCleared):
            before = last.get(event.execution_id, -1)
            assert event.index in (before, before + 1)
            last[event.execution_id] = event.index
        if isinstance(event, e.OutputAppended):
            assert event.late is (event.execution_id in over)


def every_step_makes_sense(bench: Bench) -> None:
    """No record is one that the reducer has to pass over."""
    notebook = Notebook(NB)
    for record in bench.records[NB]:
        before, notebook = notebook, apply(notebook, record)
        assert len(held(notebook)) <= 1 and len(notebook.runtimes) <= 1
        assert sorted(notebook.order) == sorted(notebook.cells)
        match record.event:
            case e.CellSourceEdited(cell_id=cell_id, base_rev=base_rev, changes=changes):
                cell = before.cells[cell_id]
                assert (base_rev, cell.deleted) == (cell.rev, False)
                source = notebook.cells[cell_id].source
                assert source == text.apply(cell.source, changes)
                assert source.encode().decode() == source
            case e.ExecutionClaimed(execution_id=execution_id, generation=generation):
                assert generation == before.executions[execution_id].generation + 1
                assert before.executions[execution_id].status in ("requested", "adrift")
            case e.ExecutionStarted(execution_id=execution_id):
                assert before.executions[execution_id].status == "claimed"
            case e.ExecutionCompleted(execution_id=execution_id):
                assert before.executions[execution_id].is_open
            case e.CellMoved(cell_id=cell_id, after=after):
                assert notebook.order != before.order and after != cell_id
                assert after is None or after in before.cells
            case e.InputProvided(input_id=input_id):
                asked = before.held()
                assert asked and asked.input and asked.input.input_id == input_id
            case _:
                pass
    assert digest(notebook) == digest(bench.nb)


def nobody_is_more_than_they_may(workspace: Workspace) -> None:
    for notebook_id, members in workspace.roles.items():
        assert "owner" in members.values(), notebook_id
    for credential in workspace.credentials.values():
        assert ("approve" in credential.scopes) is (credential.kind == "session")
        own = credential.kind in ("session", "human")
        assert (credential.principal_id in workspace.people) is own


@given(histories, st.floats(0, 1))
def test_the_state_is_the_replay_of_the_log_from_anywhere(
    history: list[tuple[str, Try]], middle: float
) -> None:
    bench = happened(history)
    log = bench.records[NB]
    half = int(middle * len(log))
    packed = msgspec.json.encode(pack(replay(log[:half], Notebook(NB))))
    snapshot = unpack(msgspec.json.decode(packed, type=PortableNotebook))
    live = digest(bench.nb)
    assert digest(replay(log, Notebook(NB))) == live
    assert digest(replay(log[half:], snapshot)) == live
    assert msgspec.json.encode(pack(bench.nb)) == msgspec.json.encode(
        pack(replay(log[half:], snapshot))
    )


@given(histories, st.floats(0, 1))
def test_the_workspace_is_the_replay_of_its_log_from_anywhere(
    history: list[tuple[str, Try]], middle: float
) -> None:
    bench = happened(history)
    log = bench.records[WORKSPACE_ID]
    half = int(middle * len(log))
    packed = msgspec.json.encode(pack_workspace(replay_workspace(log[:half], Workspace())))
    snapshot = unpack_workspace(msgspec.json.decode(packed, type=PortableWorkspace))
    assert replay_workspace(log, Workspace()) == bench.workspace
    assert replay_workspace(log[half:], snapshot) == bench.workspace


@given(histories)
@settings(max_examples=15)
def test_the_same_history_makes_the_same_records(history: list[tuple[str, Try]]) -> None:
    first, second = happened(history), happened(history)
    assert first.records == second.records


@given(histories, st.integers(0, 40))
@settings(max_examples=15)
def test_going_back_gives_the_document_of_then(history: list[tuple[str, Try]], pick: int) -> None:
    bench = happened(history)
    seq = 1 + pick * (bench.nb.seq - 1) // 40
    before = bench.at(seq)
    try:
        bench.do(c.RestoreNotebook(notebook_id=NB, to_seq=seq))
    except LoopError:
        return  # ana may have lost her role
    for one, other in zip(before.live_cells(), bench.nb.live_cells(), strict=True):
        assert (one.cell_id, one.source, one.cell_type) == (
            *(other.cell_id, other.source, other.cell_type),
        )


# -------------------------------------------------------- where events come from


class Witness(Bench):
    """A bench that notes which tool made which events."""

    made: dict[str, set[str]]

    def do(self, command: object, by: str = "ana", command_id: str | None = None) -> object:
        if "made" not in vars(self):
            self.made = {}
        before = {log: len(records) for log, records in self.records.items()}
        answer = super().do(command, by, command_id)
        name = type(command).tool_name()  # type: ignore[attr-defined]
        for log, records in self.records.items():
            new = records[before.get(log, 0) :]
            self.made.setdefault(name, set()).update(record.envelope.type for record in new)
        return answer


def everything_that_can_happen() -> Witness:
    bench = Witness("1", "2")
    a_life_of_the_document(bench)
    a_life_of_executions(bench)
    a_life_of_the_gate(bench)
    a_life_of_a_proposal(bench)
    a_life_of_the_assistant(bench)
    a_life_of_the_workspace(bench)
    return bench


def a_life_of_the_document(bench: Bench) -> None:
    bench.insert("n", "x", after="a")
    bench.write("y", "n")
    metadata = inline(b'{"a":1}')
    for command in (
        c.MoveCells(notebook_id=NB, cell_ids=["n"], after=None),
        c.ChangeCellType(notebook_id=NB, cell_id="n", cell_type="raw"),
        c.SetMetadata(notebook_id=NB, cell_id="n", metadata=metadata),
        c.AttachFiles(notebook_id=NB, cell_id="n", attachments={"a.png": {}}),
        c.SetMetadata(notebook_id=NB, metadata=metadata),
        c.DeleteCells(notebook_id=NB, cell_ids=["n"]),
        c.RestoreNotebook(notebook_id=NB, cell_ids=["n"]),
        c.RenameNotebook(notebook_id=NB, title="Other"),
        c.ArchiveNotebook(notebook_id=NB),
        c.ArchiveNotebook(notebook_id=NB, archived=False),
        c.RevertChanges(notebook_id=NB, actor="ana", after=bench.nb.seq - 1),
        c.AddComment(notebook_id=NB, text="Why?", comment_id="k"),
        c.ResolveComment(notebook_id=NB, comment_id="k"),
        c.ReopenComment(notebook_id=NB, comment_id="k"),
        c.Redact(notebook_id=NB, seqs=[1], reason="A name."),
    ):
        bench.do(command)


def a_life_of_executions(bench: Bench) -> None:
    execution_id = bench.running("a")
    bench.append(execution_id, 0, printed("x"), shown(display("D", "d")), c.Clear(wait=True))
    bench.append(execution_id, 1, c.Update("d", plain("E")))
    asking = c.RequestInput(notebook_id=NB, execution_id=execution_id, input_id="i", prompt="?")
    bench.do(asking, "rt")
    bench.do(c.ProvideInput(notebook_id=NB, input_id="i", value="yes"))
    bench.do(c.CancelExecution(notebook_id=NB, execution_id=execution_id))
    bench.do(c.InterruptKernel(notebook_id=NB))
    bench.do(c.RestartKernel(notebook_id=NB))
    bench.report(c.KernelIsUp(PYTHON))
    bench.do(c.ClearOutputs(notebook_id=NB))
    bench.do(c.RunCode(notebook_id=NB, source="1"))
    claim = bench.claim(None)
    assert claim is not None
    starting = c.StartExecution(notebook_id=NB, runtime_id="r1", execution_id=claim.execution_id)
    bench.do(starting, "rt")
    bench.complete(claim.execution_id)
    bench.report(c.KernelIsDown(1))
    adrift = bench.running("b")
    bench.do(c.RenewLease(notebook_id=NB, runtime_id="r1"), "rt")
    bench.lapse()
    losing = c.LoseExecution(notebook_id=NB, execution_id=adrift, reason="It is gone.")
    bench.do(losing, "system")
    bench.attach()
    bench.run("a")
    bench.claim(START)
    bench.do(c.DetachRuntime(notebook_id=NB, runtime_id="r1", reason="It stops."), "rt")


def a_life_of_the_gate(bench: Bench) -> None:
    bench.do(c.SetPolicy(notebook_id=NB, preset="ask"))
    bench.correlation_id = "run1"
    running = c.RunCells(notebook_id=NB, cells=[c.CellAt("b", bench.cell("b").rev)])
    words: list[tuple[Any, Any]] = [("deny", "once"), ("allow", "once"), ("allow", "run")]
    for verdict, span in words:
        bench.correlation_id = f"{verdict}-{span}"
        asked = bench.do(running, "bot")
        assert isinstance(asked, c.Asked)
        bench.do(
            c.ResolveApproval(
                notebook_id=NB,
                approval_id=asked.approval_id,
                verdict=verdict,
                resolved_sha256=asked.resolved_sha256,
                span=span,
            )
        )
        if verdict == "allow":
            bench.do(running, "bot")
    bench.do(
        c.RevokePermission(notebook_id=NB, permission_id=bench.nb.permissions[0].permission_id)
    )
    bench.do(running, "bot")
    bench.write("2 + 2", "b")
    asked = bench.do(c.RunCode(notebook_id=NB, source="1"), "bot")
    assert isinstance(asked, c.Asked)
    bench.pass_time(7 * 86_400)
    bench.do(c.ExpireApproval(notebook_id=NB, approval_id=asked.approval_id), "system")
    bench.do(c.SetPolicy(notebook_id=NB, preset="act"))


def a_life_of_a_proposal(bench: Bench) -> None:
    rev = bench.cell("b").rev
    edit = c.ProposeEdit(cell_id="b", base_rev=rev, source="3")
    delete = c.ProposeDelete(cell_id="b", base_rev=rev)
    for change, verdict in ((edit, "reject"), (edit, "accept"), (delete, "accept")):
        proposed = bench.do(c.ProposeChanges(notebook_id=NB, changes=[change]), "bot")
        assert isinstance(proposed, c.Proposed)
        bench.do(
            c.ResolveProposal(
                notebook_id=NB,
                proposal_id=proposed.proposal_id,
                verdict=verdict,  # type: ignore[arg-type]
            )
        )
        if verdict == "accept":
            break
    insert = c.ProposeInsert(source="4", after="b")
    move = c.ProposeMove(cell_id="b", after=None)
    proposed = bench.do(c.ProposeChanges(notebook_id=NB, changes=[insert, move]), "bot")
    bench.delete("b")
    assert isinstance(proposed, c.Proposed)
    proposal_id = proposed.proposal_id
    bench.do(c.ResolveProposal(notebook_id=NB, proposal_id=proposal_id, verdict="accept"))
    bench.do(c.WithdrawProposal(notebook_id=NB, proposal_id=proposal_id), "bot")
    bench.do(c.RestoreNotebook(notebook_id=NB, cell_ids=["b"]))


def a_life_of_the_assistant(bench: Bench) -> None:
    bench.do(c.RegisterPrompt(prompt_id="assistant", version="1", text="Be brief."))
    run = claimed(bench)
    bench.do(c.LapseRun(notebook_id=NB, run_id=run.run_id, generation=1), "system")
    run.claim()
    for step in (ASSEMBLE, CALL, RETRY, c.GiveUp("No answer came."), CALL, answer("c1")):
        run.record(step)
    run.record(c.Report("c1", "42"))
    bench.do(c.RenewAssistantRun(notebook_id=NB, run_id=run.run_id), run.name)
    run.finish()
    bench.do(c.CancelAssistantRun(notebook_id=NB, run_id=claimed(bench).run_id))


def a_life_of_the_workspace(bench: Bench) -> None:
    bench.person("bob")
    imported = e.Imported("a.ipynb", "0" * 64, "4.5")
    denial = c.Denial(bench.callers["bot"].actor, "edit_cell", NB, "It may not.")
    for command in (
        c.GrantRole(notebook_id=NB, person_id="bob", role="viewer"),
        c.RevokeRole(notebook_id=NB, person_id="bob"),
        c.AddPerson(name="Cleo", person_id="cleo"),
        c.IssueLink(person_id="cleo", secret_sha256=sha256_hex(b"link")),
        c.PauseAgent(principal_id="bot"),
        c.ResumeAgent(principal_id="bot"),
        c.RevokeCredential(credential_id="bot"),
        c.ImportNotebook(title="A", imported=imported),
        c.DeleteNotebook(notebook_id=NB),
    ):
        bench.do(command)
    bench.do(c.RecordDenials(denials=[denial]), "system")


def test_every_event_comes_from_some_listed_command() -> None:
    made = everything_that_can_happen().made
    commands = {name for name, tool in c.TOOLS.items() if tool.TARGET != "nothing"}
    assert set(made) == commands
    assert {name for name, types in made.items() if not types} == {
        *("renew_lease", "renew_assistant_run"),
    }
    known = set(e.TYPE_NAMES.values())
    assert set().union(*made.values()) == known - WITHOUT_A_COMMAND
