"""The assistant: who may ask it, who holds a run, what can come next, and that an end is an end."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, Denied, LoopError, NotFound, Unauthenticated
from intheloop.live import open_items
from tests.deciding import Bench
from tests.gating import resolving, the_approval
from tests.model import NB
from tests.runs import (
    AGENT,
    ASSEMBLE,
    CALL,
    RETRY,
    Runs,
    answer,
    asked,
    cancelling_run,
    claimed,
    claiming,
    posting,
    recording,
)


def test_a_message_asks_for_a_run_with_what_its_author_may_do() -> None:
    bench = Bench("1")
    posted, requested = bench.new_events(posting("Why?", cells=["a", "a"]))
    assert isinstance(posted, e.MessagePosted) and isinstance(requested, e.AssistantRunRequested)
    assert (posted.text, posted.cells, requested.cells) == ("Why?", ("a",), ("a",))
    assert requested.person_id == "ana"
    assert requested.scopes == ("notebook:read", "notebook:run", "notebook:write")


def test_a_run_has_no_more_scopes_than_who_asked() -> None:
    bench = Bench("1")
    bench.program("narrow", "assistant", ["notebook:read", "notebook:run"])
    run = claimed(bench, "narrow")
    assert run.state.scopes == ("notebook:read", "notebook:run")
    bench.refused(Denied, c.RenameNotebook(notebook_id=NB, title="x"), run.name, says="needs")
    bench.do(c.RunCode(notebook_id=NB, source="1"), run.name)


def test_a_thread_has_one_open_run() -> None:
    bench = Bench("1")
    run = asked(bench, thread_id="t")
    bench.refused(Conflict, posting(thread_id="t"), says=f"run {run.run_id}")
    bench.do(cancelling_run(run.run_id))
    bench.do(posting(thread_id="t"))


def test_a_notebook_has_only_so_many_open_runs() -> None:
    bench = Bench("1")
    for _ in range(8):
        asked(bench)
    bench.refused(Conflict, posting(), says="8 runs")


def test_what_a_message_is_about_is_there() -> None:
    bench = Bench("1")
    bench.refused(NotFound, posting(cells=["nowhere"]), says="read_notebook")
    asked(bench, run_id="q")
    bench.refused(BadArgument, posting(run_id="q"), says="used")


def test_a_run_acts_as_the_assistant_for_who_asked() -> None:
    bench = Bench("1")
    run = claimed(bench)
    caller = bench.callers[run.name]
    assert (caller.actor.kind, caller.actor.id) == ("assistant", "bot")
    assert caller.actor.on_behalf_of == ("ana",)
    assert (caller.actor.agent, caller.run_id) == (AGENT, run.run_id)


def test_a_run_opens_its_own_notebook_alone() -> None:
    bench = Bench("1")
    other = bench.do(c.CreateNotebook(title="Other")).notebook_id
    run = claimed(bench)
    bench.refused(NotFound, c.RenameNotebook(notebook_id=other, title="x"), run.name, says="see")
    bench.refused(Denied, c.CreateNotebook(title="New"), run.name, says="no new ones")


def test_a_run_starts_no_run_and_claims_none() -> None:
    bench = Bench("1")
    run, other = claimed(bench), asked(bench)
    bench.refused(Denied, posting(), run.name, says="starts no other")
    bench.refused(Denied, claiming(other.run_id), run.name, says="assistant")


def test_one_assistant_holds_a_run_and_may_take_it_up_again_itself() -> None:
    bench = Bench("1")
    bench.program("rival", "assistant")
    run = claimed(bench)
    before = bench.callers[run.name]
    bench.refused(Conflict, claiming(run.run_id, "x"), "rival", says="lease")
    assert run.claim().generation == 2
    bench.callers["before"] = before
    bench.refused(Unauthenticated, recording(run.run_id, ASSEMBLE), "before", says="revoked")
    run.record(ASSEMBLE)


def test_a_lapsed_run_is_free_and_its_credential_gone() -> None:
    bench = Bench("1")
    bench.program("rival", "assistant")
    run = claimed(bench)
    lapse = c.LapseRun(notebook_id=NB, run_id=run.run_id, generation=1)
    assert bench.new_events(lapse, "system") == [e.AssistantRunClaimLapsed(run.run_id, 1)]
    assert bench.new_events(lapse, "system") == []
    bench.refused(Unauthenticated, recording(run.run_id, ASSEMBLE), run.name, says="revoked")
    run.claim("rival")
    assert run.state.principal_id == "rival"


def test_an_answer_and_the_tools_that_it_wants_are_one_step() -> None:
    bench = Bench("1")
    run = claimed(bench)
    for step in (ASSEMBLE, CALL, RETRY):
        run.record(step)
    completed, one, two = run.record(answer("c1", "c2"))
    assert isinstance(completed, e.ModelCallCompleted)
    assert isinstance(one, e.ToolCallProposed) and isinstance(two, e.ToolCallProposed)
    assert set(run.state.calls) == {"c1", "c2"}
    run.record(c.Report("c2", "done"))
    calls = run.state.calls
    assert calls == ("c1",) and run.state.usage.cost == 100


@pytest.mark.parametrize(
    ("before", "step", "turn"),
    [
        ([], CALL, 1),
        ([], ASSEMBLE, 2),
        ([ASSEMBLE], answer(), 1),
        ([ASSEMBLE], RETRY, 1),
        ([ASSEMBLE, CALL], CALL, 2),
        ([ASSEMBLE, CALL], ASSEMBLE, 2),
        ([ASSEMBLE, CALL], c.Report("c1", "x"), 1),
        ([ASSEMBLE, CALL, answer("c1")], CALL, 1),
        ([ASSEMBLE, CALL, answer("c1")], answer("c2"), 1),
        ([ASSEMBLE, CALL, answer("c1"), c.Report("c1", "x")], c.Report("c1", "y"), 1),
    ],
)
def test_only_what_can_come_next_is_recorded(before: list[c.Step], step: c.Step, turn: int) -> None:
    bench = Bench("1")
    run = claimed(bench)
    for one in before:
        run.record(one)
    bench.refused(Conflict, recording(run.run_id, step, turn), run.name, says="come next")


def test_two_tool_calls_of_an_answer_have_two_ids() -> None:
    bench = Bench("1")
    run = claimed(bench)
    run.record(ASSEMBLE)
    run.record(CALL)
    bench.refused(BadArgument, recording(run.run_id, answer("c", "c")), run.name, says="own")


def test_stopping_is_one_step_that_ends_all_that_is_open() -> None:
    bench = Bench("1", "2")
    bench.attach()
    run = claimed(bench)
    bench.do(c.RunCode(notebook_id=NB, source="while True: pass"), run.name)
    bench.claim()
    bench.do(c.RunCode(notebook_id=NB, source="2"), run.name)
    (theirs,) = bench.run("a")
    events = bench.new_events(cancelling_run(run.run_id))
    assert [type(one) for one in events] == [
        *(e.AssistantRunCancelRequested, e.ExecutionCancelRequested),
        *(e.ExecutionCompleted, e.AssistantRunFinished),
    ]
    assert run.state.status == "stopped" and run.state.reason == "It was stopped by Ana."
    assert bench.execution(theirs).status == "requested"
    for command in (
        recording(run.run_id, ASSEMBLE),
        c.RunCode(notebook_id=NB, source="3"),
        c.FinishAssistantRun(notebook_id=NB, run_id=run.run_id, outcome="completed", reason="No."),
    ):
        bench.refused(Unauthenticated, command, run.name, says="revoked")
    bench.refused(Conflict, cancelling_run(run.run_id), says="ended as stopped")


def allowed_for(run: Runs) -> None:
    """A person allows the run to use a tool for the rest of it, and it asks for another."""
    bench, edit = run.bench, editing()
    bench.correlation_id = run.run_id
    bench.do(c.SetPolicy(notebook_id=NB, preset="ask"))
    asked = bench.do(edit, run.name)
    assert isinstance(asked, c.Asked)
    bench.do(resolving(the_approval(bench), span="run"))
    assert isinstance(bench.do(edit, run.name), c.Edited)
    assert isinstance(bench.do(c.RunCode(notebook_id=NB, source="1"), run.name), c.Asked)
    bench.correlation_id = None


def editing() -> c.EditCell:
    return c.EditCell(notebook_id=NB, cell_id="a", edits=[c.TextEdit("1", "2")])


@pytest.mark.parametrize("outcome", ["completed", "failed", "stopped"])
def test_what_was_allowed_for_a_run_ends_with_it(outcome: str) -> None:
    bench = Bench("1")
    run = claimed(bench)
    allowed_for(run)
    if outcome == "stopped":
        bench.do(cancelling_run(run.run_id))
    else:
        run.finish(outcome)
    assert bench.nb.permissions == ()
    assert not any(one.is_open for one in bench.nb.approvals)
    bench.refused(Unauthenticated, editing(), run.name, says="revoked")


def test_a_run_that_waits_for_a_person_is_let_go_and_taken_by_their_word() -> None:
    bench = Bench("1")
    run = claimed(bench)
    allowed_for(run)
    approval_id = the_approval(bench).approval_id
    assert [type(one) for one in run.record(c.LetGo(approval_id))] == [e.AssistantRunClaimLapsed]
    assert (run.state.status, run.state.credential_id) == ("requested", None)
    bench.refused(Unauthenticated, c.RunCode(notebook_id=NB, source="1"), run.name, says="revoked")
    assert not [one for one in open_items(bench.nb, "") if one.kind == "assistant_run"]
    bench.do(resolving(the_approval(bench)))
    (item,) = [one for one in open_items(bench.nb, "") if one.kind == "assistant_run"]
    assert (item.id, item.runtime_id) == (run.run_id, None)
    run.claim()
    assert run.record(c.LetGo(approval_id)) == []


@pytest.mark.parametrize("how", ["stop", "pause", "revoke"])
def test_after_a_stop_a_pause_or_a_revoke_the_gate_refuses_everything_of_the_run(how: str) -> None:
    bench = Bench("1")
    run = claimed(bench)
    allowed_for(run)
    bench.do(resolving(the_approval(bench)))
    credential_id = run.state.credential_id or ""
    ends: dict[str, tuple[Any, Any, str]] = {
        "stop": (cancelling_run(run.run_id), Unauthenticated, "revoked"),
        "pause": (c.PauseAgent(principal_id="bot"), Denied, "paused"),
        "revoke": (c.RevokeCredential(credential_id=credential_id), Unauthenticated, "revoked"),
    }
    end, error, says = ends[how]
    bench.do(end)
    bench.correlation_id = run.run_id
    tries: list[Any] = [
        editing(),  # allowed for the run
        c.RunCode(notebook_id=NB, source="1"),  # allowed once
        c.AddComment(notebook_id=NB, text="Why?"),
        recording(run.run_id, ASSEMBLE),
        c.FinishAssistantRun(notebook_id=NB, run_id=run.run_id, outcome="completed", reason="No."),
    ]
    before = bench.nb.seq
    for command in tries:
        bench.refused(error, command, run.name, says=says)
    assert bench.nb.seq == before


def test_a_run_that_ends_well_leaves_running_what_runs() -> None:
    bench = Bench("1")
    run = claimed(bench)
    bench.do(c.RunCode(notebook_id=NB, source="1"), run.name)
    assert [type(one) for one in run.finish()] == [e.AssistantRunFinished]
    other = claimed(bench)
    bench.do(c.RunCode(notebook_id=NB, source="1"), other.name)
    assert [type(one) for one in other.finish("failed")] == [
        e.ExecutionCompleted,
        e.AssistantRunFinished,
    ]


def test_the_assistant_ends_a_run_for_somebody_who_may_do_no_more() -> None:
    bench = Bench("1")
    bench.invite("bob", "editor")
    run = claimed(bench, "bob")
    bench.do(c.RevokeRole(notebook_id=NB, person_id="bob"))
    bench.refused(NotFound, recording(run.run_id, ASSEMBLE), run.name, says="see")
    run.finish("failed", by="bot")
    assert run.state.status == "failed"


def test_who_is_paused_does_nothing_in_its_runs() -> None:
    bench = Bench("1")
    run = claimed(bench)
    bench.do(c.PauseAgent(principal_id="bot"))
    bench.refused(Denied, recording(run.run_id, ASSEMBLE), run.name, says="paused")
    bench.refused(Denied, c.RunCode(notebook_id=NB, source="1"), run.name, says="paused")


def test_a_prompt_keeps_its_text() -> None:
    bench = Bench()
    prompt = c.RegisterPrompt(prompt_id="assistant", version="1", text="Be brief.")
    first = bench.do(prompt, "bot")
    assert bench.do(prompt, "bot") == first
    other = c.RegisterPrompt(prompt_id="assistant", version="1", text="Be long.")
    bench.refused(Conflict, other, "bot", says="new version")
    assert len(bench.workspace.prompts) == 1


STEPS: list[c.Step] = [
    *(ASSEMBLE, CALL, RETRY, answer(), answer("c1"), answer("c2", "c3")),
    *(c.GiveUp("No answer came."), c.Report("c1", "x"), c.Report("c2", "x"), c.Report("c3", "x")),
]


@given(
    st.lists(
        st.tuples(st.integers(0, len(STEPS) - 1), st.integers(1, 3))
        | st.sampled_from(["claim", "stop", "finish", "lapse"]),
        max_size=30,
    )
)
def test_whatever_is_tried_nothing_of_a_run_follows_its_end(history: list[object]) -> None:
    bench = Bench("1")
    run = Runs(bench, asked(bench).run_id)
    for tried in history:
        before = bench.nb.runs[run.run_id]
        seq = bench.nb.seq
        try:
            _try(run, tried)
        except LoopError:
            assert bench.nb.seq == seq
        else:
            assert before.is_open or bench.nb.seq == seq
        credentials = [
            one for one in bench.workspace.credentials.values() if one.run_id is not None
        ]
        held = run.state.status == "claimed"
        assert [one.credential_id for one in credentials] == [run.state.credential_id] * held
        assert set(run.state.calls) <= {"c1", "c2", "c3"}


def _try(run: Runs, tried: object) -> None:
    match tried:
        case (int(which), int(turn)) if run.name in run.bench.callers:
            run.record(STEPS[which], turn)
        case "claim":
            run.claim()
        case "stop":
            run.bench.do(cancelling_run(run.run_id))
        case "finish" if run.name in run.bench.callers:
            run.finish()
        case "lapse":
            generation = run.state.generation
            command = c.LapseRun(notebook_id=NB, run_id=run.run_id, generation=generation)
            run.bench.do(command, "system")
