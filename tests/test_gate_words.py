"""A person's word: once, for a run, a no, and what comes too late."""

from msgspec.structs import replace

from intheloop import commands as c
from intheloop import events as e
from intheloop.decider.gate import PENDING_LIMIT
from intheloop.errors import BadArgument, Conflict, Denied, NotFound
from intheloop.notebook import Approval
from tests.deciding import Bench
from tests.gating import (
    acts,
    asking,
    gated,
    granted,
    outcome,
    resolving,
    running,
    status_of,
    the_approval,
)
from tests.model import NB


def test_what_a_person_denied_is_not_asked_again_in_the_same_run() -> None:
    bench = gated("1")
    asking(bench, running(bench, "a"))
    bench.do(resolving(the_approval(bench), "deny", reason="Too slow."))
    bench.refused(Denied, running(bench, "a"), "bot", says="Too slow.")
    bench.correlation_id = "another-run"
    asking(bench, running(bench, "a"))


def test_a_no_to_a_call_that_names_no_run_holds_for_ten_minutes() -> None:
    bench = gated("1")
    asking(bench, running(bench, "a"))
    bench.do(resolving(the_approval(bench), "deny"))
    bench.pass_time(599)
    bench.refused(Denied, running(bench, "a"), "bot", says="did not allow this")
    bench.pass_time(1)
    asking(bench, running(bench, "a"))


def test_a_no_holds_for_all_of_its_run() -> None:
    bench = gated("1")
    bench.correlation_id = "run1"
    asking(bench, running(bench, "a"))
    bench.do(resolving(the_approval(bench), "deny"))
    bench.pass_time(86_400)
    bench.refused(Denied, running(bench, "a"), "bot", says="did not allow this")
    bench.correlation_id = None
    asking(bench, running(bench, "a"))


def test_a_word_is_given_once() -> None:
    bench = gated("1")
    approval = granted(bench, running(bench, "a"))
    bench.refused(Conflict, resolving(approval, "deny"), says="granted already")


def test_an_approval_that_nobody_knows_is_not_found() -> None:
    bench = gated("1")
    asking(bench, running(bench, "a"))
    approval = replace(the_approval(bench), approval_id="nope")
    bench.refused(NotFound, resolving(approval), says="There is no approval nope")


def test_time_ends_an_approval_that_was_not_decided_or_not_used() -> None:
    bench = gated("1", "2")
    used = granted(bench, running(bench, "a"))
    asking(bench, running(bench, "b"))
    pending = the_approval(bench)
    bench.pass_time(7 * 86_400)
    bench.refused(Conflict, resolving(pending), says="expired at")
    assert isinstance(bench.do(running(bench, "a"), "bot"), c.Asked)
    for approval in (used, pending):
        expire = c.ExpireApproval(notebook_id=NB, approval_id=approval.approval_id)
        bench.do(expire, "system")
        assert status_of(bench, approval) == "expired"


def test_only_what_is_named_expires() -> None:
    bench = gated("1", "2")
    asking(bench, running(bench, "a"))
    asking(bench, running(bench, "b"))
    bench.pass_time(7 * 86_400)
    expire = c.ExpireApproval(notebook_id=NB, approval_id=bench.nb.approvals[0].approval_id)
    assert len(bench.new_events(expire, "system")) == 1


def test_an_approval_does_not_expire_before_its_time() -> None:
    bench = gated("1")
    approval = granted(bench, running(bench, "a"))
    expire = c.ExpireApproval(notebook_id=NB, approval_id=approval.approval_id)
    assert bench.new_events(expire, "system") == []


def test_many_calls_may_wait_but_not_any_number() -> None:
    bench = gated("1")
    for number in range(PENDING_LIMIT):
        asking(bench, c.RunCode(notebook_id=NB, source=f"{number}"))
    more = c.RunCode(notebook_id=NB, source="more")
    bench.refused(Conflict, more, "bot", says="20 of them")
    bench.program("other", "assistant")
    asking(bench, more, "other")


def test_a_paused_program_does_not_use_what_was_allowed() -> None:
    bench = gated("1")
    approval = granted(bench, running(bench, "a"))
    bench.do(c.PauseAgent(principal_id="bot"))
    bench.refused(Denied, running(bench, "a"), "bot", says="is paused")
    bench.do(c.ResumeAgent(principal_id="bot"))
    bench.do(running(bench, "a"), "bot")
    assert status_of(bench, approval) == "used"


def test_what_the_policy_denies_is_denied_whatever_was_allowed_before() -> None:
    bench = gated("1")
    granted(bench, running(bench, "a"))
    rules = [e.Rule("assistant", "run_cells", "deny")]
    bench.do(c.SetPolicy(notebook_id=NB, preset="act", rules=rules))
    bench.refused(Denied, running(bench, "a"), "bot", says="lets no assistants use run_cells")


def test_what_is_allowed_for_a_run_asks_no_more_in_it_and_what_waits_of_it_is_allowed() -> None:
    bench = gated("1", "2")
    bench.correlation_id = "run1"
    asking(bench, running(bench, "b"))
    waits = the_approval(bench)
    granted(bench, running(bench, "a"), span="run")
    assert status_of(bench, waits) == "granted"
    for _ in range(2):
        assert isinstance(bench.do(running(bench, "a"), "bot"), c.Requested)
    assert outcome(bench, acts(bench)["edit"], "bot") == "asked"


def test_what_is_allowed_for_a_run_allows_nothing_else_that_waits() -> None:
    bench = gated("1", "2", "3")
    bench.program("other", "assistant")
    run = running(bench, "a")
    waiting: dict[str, Approval] = {}
    for name, by, run_id, call in (
        ("another program's", "other", "run1", run),
        ("of another run", "bot", "run2", running(bench, "b")),
        ("of no run", "bot", None, running(bench, "c")),
        ("of another tool", "bot", "run1", c.RunCode(notebook_id=NB, source="1")),
    ):
        bench.correlation_id = run_id
        asking(bench, call, by)
        waiting[name] = the_approval(bench)
    bench.correlation_id = "run1"
    asking(bench, c.RunCells(notebook_id=NB), "bot")
    bench.do(resolving(the_approval(bench), "deny"))
    denied = the_approval(bench)
    before = bench.nb.seq
    granted(bench, run, span="run")
    assert {name: status_of(bench, one) for name, one in waiting.items()} == dict.fromkeys(
        waiting, "pending"
    )
    assert status_of(bench, denied) == "denied"
    assert bench.since(before) == ["approvalRequested", "approvalGranted", "permissionGranted"]


def test_what_ran_out_is_not_allowed_for_a_run_with_what_did_not() -> None:
    bench = gated("1", "2")
    bench.correlation_id = "run1"
    asking(bench, running(bench, "a"))
    bench.pass_time(7 * 86_400)
    before = bench.nb.seq
    granted(bench, running(bench, "b"), span="run")
    assert bench.since(before) == ["approvalRequested", "approvalGranted", "permissionGranted"]


def allowed_for_a_run() -> Bench:
    bench = gated("1")
    bench.correlation_id = "run1"
    granted(bench, running(bench, "a"), span="run")
    bench.do(running(bench, "a"), "bot")
    return bench


def test_a_permission_is_for_its_run_its_program_and_a_day() -> None:
    bench = allowed_for_a_run()
    bench.program("other", "assistant")
    assert outcome(bench, running(bench, "a"), "other") == "asked"
    bench.correlation_id = "run2"
    assert outcome(bench, running(bench, "a"), "bot") == "asked"
    bench.correlation_id = "run1"
    assert outcome(bench, running(bench, "a"), "bot") == "done"
    bench.pass_time(86_400)
    assert outcome(bench, running(bench, "a"), "bot") == "asked"


def test_a_permission_that_was_revoked_permits_nothing_more() -> None:
    bench = allowed_for_a_run()
    (permission,) = bench.nb.permissions
    assert (permission.principal_id, permission.granted_by) == ("bot", "ana")
    revoke = c.RevokePermission(notebook_id=NB, permission_id=permission.permission_id)
    bench.do(revoke)
    assert bench.new_events(revoke) == []
    assert outcome(bench, running(bench, "a"), "bot") == "asked"


def test_a_call_that_names_no_run_is_allowed_once() -> None:
    bench = gated("1")
    asking(bench, running(bench, "a"))
    bench.refused(BadArgument, resolving(the_approval(bench), span="run"), says="allow it once")
