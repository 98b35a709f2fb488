"""State as plain JSON: the form of snapshots, of answers and of a replica's first load.

Holds what `Notebook` and `Workspace` hold, with lists for maps; what follows from the rest is
left out. The same state always packs to the same bytes.
"""

from __future__ import annotations

from immutables import Map
from msgspec import Struct

from intheloop.events import Imported, Role
from intheloop.values import DisplayOutput, ResultOutput, Value

from .approval import Approval, Permission, Policy
from .assistant import AssistantRun
from .cell import Cell
from .comment import Comment
from .document import Forked, Notebook
from .execution import Execution
from .proposal import Proposal
from .runtime import Runtime
from .workspace import Credential, Listing, Person, Prompt, Workspace


class PortableNotebook(Struct, frozen=True, omit_defaults=True):
    """A notebook as JSON. `cells` stand in order, tombstones among them."""

    notebook_id: str
    seq: int
    title: str
    metadata: Value
    created_at: str
    archived: bool = False
    imported: Imported | None = None
    forked: Forked | None = None
    cells: list[Cell] = []
    executions: list[Execution] = []
    queue: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    runtimes: list[Runtime] = []
    comments: list[Comment] = []
    policy: Policy = Policy()
    approvals: tuple[Approval, ...] = ()
    permissions: tuple[Permission, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    runs: list[AssistantRun] = []
    skipped: int = 0


class PortableWorkspace(Struct, frozen=True, omit_defaults=True):
    """The workspace as JSON. `roles` is notebook id to person id to role."""

    seq: int
    people: list[Person] = []
    credentials: list[Credential] = []
    roles: dict[str, dict[str, Role]] = {}
    paused: dict[str, str] = {}
    notebooks: list[Listing] = []
    prompts: list[Prompt] = []
    denials: int = 0
    skipped: int = 0


def pack(notebook: Notebook) -> PortableNotebook:
    """The notebook as JSON can hold it."""
    return PortableNotebook(
        notebook_id=notebook.notebook_id,
        seq=notebook.seq,
        title=notebook.title,
        metadata=notebook.metadata,
        created_at=notebook.created_at,
        archived=notebook.archived,
        imported=notebook.imported,
        forked=notebook.forked,
        cells=[notebook.cells[cell_id] for cell_id in notebook.order],
        executions=[notebook.executions[key] for key in sorted(notebook.executions)],
        queue=notebook.queue,
        loose=notebook.loose,
        runtimes=[notebook.runtimes[key] for key in sorted(notebook.runtimes)],
        comments=[notebook.comments[key] for key in sorted(notebook.comments)],
        policy=notebook.policy,
        approvals=notebook.approvals,
        permissions=notebook.permissions,
        proposals=notebook.proposals,
        runs=[notebook.runs[run_id] for run_id in notebook.run_order],
        skipped=notebook.skipped,
    )


def unpack(packed: PortableNotebook) -> Notebook:
    """The notebook that was packed."""
    displays: dict[str, tuple[str, ...]] = {}
    for execution in packed.executions:
        for display_id in display_ids(execution):
            displays[display_id] = (*displays.get(display_id, ()), execution.execution_id)
    return Notebook(
        notebook_id=packed.notebook_id,
        seq=packed.seq,
        title=packed.title,
        metadata=packed.metadata,
        created_at=packed.created_at,
        archived=packed.archived,
        imported=packed.imported,
        forked=packed.forked,
        order=tuple(cell.cell_id for cell in packed.cells),
        cells=Map({cell.cell_id: cell for cell in packed.cells}),
        executions=Map({each.execution_id: each for each in packed.executions}),
        queue=packed.queue,
        loose=packed.loose,
        displays=Map(displays),
        runtimes=Map({runtime.runtime_id: runtime for runtime in packed.runtimes}),
        comments=Map({comment.comment_id: comment for comment in packed.comments}),
        policy=packed.policy,
        approvals=packed.approvals,
        permissions=packed.permissions,
        proposals=packed.proposals,
        runs=Map({run.run_id: run for run in packed.runs}),
        run_order=tuple(run.run_id for run in packed.runs),
        skipped=packed.skipped,
    )


def display_ids(execution: Execution) -> list[str]:
    """The display ids that an execution shows, each once, in order."""
    shown = (
        output.display_id
        for output in execution.outputs
        if isinstance(output, DisplayOutput | ResultOutput)
    )
    return list(dict.fromkeys(display_id for display_id in shown if display_id))


def pack_workspace(workspace: Workspace) -> PortableWorkspace:
    """The workspace as JSON can hold it."""
    return PortableWorkspace(
        seq=workspace.seq,
        people=[workspace.people[key] for key in sorted(workspace.people)],
        credentials=[workspace.credentials[key] for key in sorted(workspace.credentials)],
        roles={key: dict(sorted(workspace.roles[key].items())) for key in sorted(workspace.roles)},
        paused=dict(sorted(workspace.paused.items())),
        notebooks=[workspace.notebooks[key] for key in sorted(workspace.notebooks)],
        prompts=[workspace.prompts[key] for key in sorted(workspace.prompts)],
        denials=workspace.denials,
        skipped=workspace.skipped,
    )


def unpack_workspace(packed: PortableWorkspace) -> Workspace:
    """The workspace that was packed."""
    return Workspace(
        seq=packed.seq,
        people=Map({person.person_id: person for person in packed.people}),
        credentials=Map({each.credential_id: each for each in packed.credentials}),
        by_secret=Map(
            {
                each.secret_sha256: each.credential_id
                for each in packed.credentials
                if not each.revoked
            }
        ),
        roles=Map({key: Map(members) for key, members in packed.roles.items()}),
        paused=Map(packed.paused),
        notebooks=Map({each.notebook_id: each for each in packed.notebooks}),
        prompts=Map({each.sha256: each for each in packed.prompts}),
        denials=packed.denials,
        skipped=packed.skipped,
    )
