"""What a log adds up to: Notebook, Cell, Execution, Runtime, AssistantRun, Comment, Workspace.

Policy, Approval: what waits for a person. Shapes only; the reducer alone makes them.
"""

from .approval import Approval, ApprovalStatus, Permission, Policy
from .assistant import RUN_OPEN, AssistantRun, RunStatus, waits_for
from .cell import Cell
from .comment import Comment
from .document import Forked, Notebook
from .execution import HELD, OPEN, Execution, Input, Shown, Status, Stream
from .portable import (
    PortableNotebook,
    PortableWorkspace,
    pack,
    pack_workspace,
    unpack,
    unpack_workspace,
)
from .preferences import OnKernelDeath, kernel_language, kernel_name, on_kernel_death
from .proposal import Proposal
from .references import by_reference, part_of
from .runtime import Runtime
from .workspace import WORKSPACE_ID, Credential, Listing, Person, Prompt, Workspace

__all__ = [
    "HELD",
    "OPEN",
    "RUN_OPEN",
    "WORKSPACE_ID",
    "Approval",
    "ApprovalStatus",
    "AssistantRun",
    "Cell",
    "Comment",
    "Credential",
    "Execution",
    "Forked",
    "Input",
    "Listing",
    "Notebook",
    "OnKernelDeath",
    "Permission",
    "Person",
    "Policy",
    "PortableNotebook",
    "PortableWorkspace",
    "Prompt",
    "Proposal",
    "RunStatus",
    "Runtime",
    "Shown",
    "Status",
    "Stream",
    "Workspace",
    "by_reference",
    "kernel_language",
    "kernel_name",
    "on_kernel_death",
    "pack",
    "pack_workspace",
    "part_of",
    "unpack",
    "unpack_workspace",
    "waits_for",
]
