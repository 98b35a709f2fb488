"""decide(state, command, context) -> what happens and the answer, or a refusal. Pure.

The rules of the product stand here and nowhere else; no door has one of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from intheloop import commands as c
from intheloop.notebook import Notebook

from . import approval, assistant, cell, comment, execution, gate, notebook, proposal, runtime
from .access import admit, is_admin, refuse_bound, refuse_paused, require, scopes_in, standing
from .context import Caller, Context, Decision, Gone, derived_id
from .needs import Needs, needs
from .notebook import fresh_notebook_id
from .policy import SANDBOXED
from .reverting import DOCUMENT_EVENTS, HISTORY_LIMIT, is_chosen
from .signing_in import ALL_SCOPES
from .stamping import may_hold_values, named_blobs, stamped
from .workspace import decide_workspace

__all__ = [
    "ALL_SCOPES",
    "DOCUMENT_EVENTS",
    "HISTORY_LIMIT",
    "SANDBOXED",
    "Caller",
    "Context",
    "Decision",
    "Gone",
    "Needs",
    "admit",
    "decide",
    "decide_workspace",
    "derived_id",
    "fresh_notebook_id",
    "is_admin",
    "is_chosen",
    "may_hold_values",
    "named_blobs",
    "needs",
    "refuse_bound",
    "refuse_paused",
    "require",
    "scopes_in",
    "stamped",
    "standing",
]


def decide(state: Notebook, command: c.Command, context: Context) -> Decision:
    """The decision on any command, once `admit` let the caller in. Raises one of `errors`."""
    decision = gate.passed(state, command, context, _PAGES[type(command)])
    return gate.voiding(state, decision, context)


def _of_workspace(_: Notebook, command: c.WorkspaceCommand, context: Context) -> Decision:
    return decide_workspace(command, context)


_PAGES: dict[type, Callable[[Notebook, Any, Context], Decision]] = {
    **dict.fromkeys(get_args(c.RuntimeCommand), runtime.decide),
    **dict.fromkeys(get_args(c.CellCommand), cell.decide),
    **dict.fromkeys(get_args(c.ExecutionCommand), execution.decide),
    **dict.fromkeys(get_args(c.CommentCommand), comment.decide),
    **dict.fromkeys(get_args(c.ApprovalCommand), approval.decide),
    **dict.fromkeys(get_args(c.ProposalCommand), proposal.decide),
    **dict.fromkeys(get_args(c.AssistantCommand), assistant.decide),
    **dict.fromkeys(get_args(c.NotebookCommand), notebook.decide),
    **dict.fromkeys(get_args(c.WorkspaceCommand), _of_workspace),
}
"""The page that decides each command, found in one step."""
