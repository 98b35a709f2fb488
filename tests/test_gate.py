"""The gate: what a policy holds up waits for a person, who decides in a browser session alone."""

from typing import Any

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import Denied
from intheloop.notebook import Approval
from tests.deciding import Bench
from tests.model import NB


def gated(*sources: str, preset: e.Preset = "ask") -> Bench:
    """A bench whose owner wants to be asked."""
    bench = Bench(*sources)
    bench.do(c.SetPolicy(notebook_id=NB, preset=preset))
    return bench


def running(bench: Bench, *cell_ids: str, **how: Any) -> c.RunCells:
    """A wish to run cells as they stand."""
    cells = [c.CellAt(cell_id, bench.cell(cell_id).rev) for cell_id in cell_ids]
    return c.RunCells(notebook_id=NB, cells=cells or None, **how)


def asking(bench: Bench, command: Any, by: str = "bot") -> c.Asked:
    """What a call answers that waits."""
    asked = bench.do(command, by)
    assert isinstance(asked, c.Asked)
    return asked


def resolving(approval: Approval, verdict: Any = "allow", **more: Any) -> c.ResolveApproval:
    """A person's word on what they saw."""
    return c.ResolveApproval(
        notebook_id=NB,
        approval_id=approval.approval_id,
        verdict=verdict,
        resolved_sha256=approval.resolved_sha256,
        **more,
    )


def the_approval(bench: Bench) -> Approval:
    """The last one."""
    return bench.nb.approvals[-1]


def test_a_run_waits_for_a_person_and_then_happens_by_the_same_call() -> None:
    bench = gated("1 + 1")
    asked = asking(bench, running(bench, "a"))
    assert bench.nb.queue == ()
    assert asked.decide_at == f"/n/{NB}?approval={asked.approval_id}"

    bench.do(resolving(the_approval(bench)))
    done: c.Requested = bench.do(running(bench, "a"), "bot")

    assert bench.nb.queue == done.execution_ids
    assert bench.since(bench.nb.seq - 4) == [
        *("approvalRequested", "approvalGranted", "approvalUsed", "executionRequested")
    ]
    assert done.seq == bench.nb.seq


def test_an_approval_shows_the_code_the_rev_and_the_runtime() -> None:
    bench = gated("1 + 1")
    bench.attach()
    asking(bench, running(bench, "a"))
    resolved = the_approval(bench).resolved
    assert (resolved.tool, resolved.runtime_id) == ("run_cells", "r1")
    (step,) = resolved.steps
    assert (step.cell_id, step.rev, step.source) == ("a", bench.cell().rev, "1 + 1")


@pytest.mark.parametrize("by", ["bot", "rt"])
def test_no_program_resolves_an_approval(by: str) -> None:
    bench = gated("1")
    asking(bench, running(bench, "a"))
    bench.refused(Denied, resolving(the_approval(bench)), by, says="for people")
