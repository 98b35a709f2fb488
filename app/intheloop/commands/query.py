"""Queries: tools that read and append nothing."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Raw, Struct, field

from intheloop.events import Scope
from intheloop.notebook import Credential, Execution, Person, Runtime
from intheloop.values import Count, Id

from .execution import WaitSeconds
from .tool import PEOPLE, READERS, Done, NotebookTool, Target, Tool

_READ: tuple[Scope, ...] = ("notebook:read",)


class NotebookSummary(Struct, frozen=True, omit_defaults=True):
    """A line in a list of notebooks. `role` is the caller's."""

    notebook_id: str
    title: str
    seq: int
    cells: int
    created_at: str
    changed_at: str
    role: str
    archived: bool = False
    running: int = 0


class NotebookList(Done, frozen=True):
    """The notebooks that the caller may see, the last changed first."""

    notebooks: list[NotebookSummary]


class ListNotebooks(Tool, frozen=True):
    """List the notebooks that you may see, the last changed first."""

    ANSWER: ClassVar[type[Struct]] = NotebookList
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    archived: bool = False


class NotebookState(Done, frozen=True):
    """The notebook at `seq`, whole, with the digest of that state."""

    state: Raw
    digest: str
    reducer_version: int


class ReadNotebook(NotebookTool, frozen=True):
    """Read a notebook: cells with ids, revs, sources and outputs, as of now or `at` a seq."""

    ANSWER: ClassVar[type[Struct]] = NotebookState
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    at: Count | None = None
    detail: Literal["inline", "refs"] = "inline"


class History(Done, frozen=True):
    """Records in order. `head` is the seq of the last record there is; read on `after` the last."""

    records: list[Raw]
    head: int


class ReadHistory(NotebookTool, frozen=True):
    """Read who did what: the records after a seq, filtered by actor, cell or type.

    With `wait_s`, wait that long for the first one. The id `workspace` is the workspace's own log.
    """

    ANSWER: ClassVar[type[Struct]] = History
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:read", "audit")
    ACTORS = READERS

    after: Count = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    actor: str | None = None
    cell: Id | None = None
    event_type: str | None = field(default=None, name="type")
    wait_s: WaitSeconds = 0


class ExecutionState(Done, frozen=True):
    """The execution with all that it showed so far."""

    execution: Execution


class ReadExecution(NotebookTool, frozen=True):
    """Read one execution with its outputs; with `wait_s`, wait that long for its end."""

    ANSWER: ClassVar[type[Struct]] = ExecutionState
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    execution_id: Id
    wait_s: WaitSeconds = 0


class OutputText(Done, frozen=True, omit_defaults=True):
    """A part of one output. `total` counts all its characters; read on from `next_offset`."""

    text: str
    total: int
    mime: str
    next_offset: int | None = None


class ReadOutput(NotebookTool, frozen=True):
    """Read a part of one output of a cell, as text: by its place, its mime type and an offset."""

    ANSWER: ClassVar[type[Struct]] = OutputText
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    cell_id: Id
    output: Count = 0
    mime: str | None = None
    offset: Count = 0
    limit: Annotated[int, Meta(ge=1, le=200_000)] = 20_000


class RuntimeState(Done, frozen=True, omit_defaults=True):
    """The attached runtime, what it runs and what waits."""

    runtime: Runtime | None = None
    running: str | None = None
    queue: tuple[str, ...] = ()


class ReadRuntime(NotebookTool, frozen=True):
    """Read which runtime and kernel serve the notebook, what runs and what is queued."""

    ANSWER: ClassVar[type[Struct]] = RuntimeState
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS


class Exported(Done, frozen=True):
    """The file's name and text."""

    name: str
    content: str


class ExportNotebook(NotebookTool, frozen=True):
    """Export the notebook as an .ipynb file, or its log as JSON lines that can be verified."""

    ANSWER: ClassVar[type[Struct]] = Exported
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    format: Literal["ipynb", "log"] = "ipynb"
    at: Count | None = None


class PersonLine(Struct, frozen=True):
    """A person and, of the notebook asked about, the role."""

    person: Person
    role: str | None = None


class People(Done, frozen=True):
    """The people of this workspace."""

    people: list[PersonLine]


class ListPeople(Tool, frozen=True):
    """List the people of this workspace, with their roles in a notebook if you name one."""

    ANSWER: ClassVar[type[Struct]] = People
    TARGET: ClassVar[Target] = "nothing"

    notebook_id: Id | None = None


class Credentials(Done, frozen=True):
    """Credentials; their secrets are nowhere."""

    credentials: list[Credential]


class ListCredentials(Tool, frozen=True):
    """List your credentials; an admin sees everybody's."""

    ANSWER: ClassVar[type[Struct]] = Credentials
    TARGET: ClassVar[Target] = "nothing"
    ACTORS = PEOPLE
