"""Words for tests of the gate: a bench whose owner is asked, calls that wait, a person's word."""

from typing import Any

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


def acts(bench: Bench) -> dict[str, Any]:
    """One act of each kind."""
    return {
        "edit": c.EditCell(
            notebook_id=NB, cell_id="a", source=f"{bench.nb.seq}", base_rev=bench.cell().rev
        ),
        "remove": c.DeleteCells(notebook_id=NB, cell_ids=["b"]),
        "run": c.RunCode(notebook_id=NB, source="1"),
        "speak": c.AddComment(notebook_id=NB, text="Why?"),
    }


def outcome(bench: Bench, command: Any, by: str) -> str:
    """What becomes of a call."""
    try:
        answer = bench.do(command, by)
    except Denied:
        return "denied"
    return "asked" if isinstance(answer, c.Asked) else "done"


def granted(bench: Bench, command: Any, by: str = "bot", **more: Any) -> Approval:
    """An approval that a person granted."""
    asking(bench, command, by)
    bench.do(resolving(the_approval(bench), **more))
    approval = the_approval(bench)
    assert approval.status == "granted"
    return approval


def status_of(bench: Bench, approval: Approval) -> str:
    """How it stands now."""
    found = {one.approval_id: one.status for one in bench.nb.approvals}
    return found[approval.approval_id]
