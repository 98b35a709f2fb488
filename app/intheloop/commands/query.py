"""Queries: tools that read and append nothing."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta, Raw, Struct, field

from intheloop.events import ActorKind, Scope
from intheloop.notebook import Credential, Person, Runtime
from intheloop.values import Count, Id

from .execution import WaitSeconds
from .tool import PEOPLE, READERS, Done, NotebookTool, Target, Tool
from .view import CellView, ExecutionView

_READ: tuple[Scope, ...] = ("notebook:read",)

Characters: TypeAlias = Annotated[int, Meta(ge=500, le=200_000)]
"""About how many characters of text an answer may hold."""

ForPrograms: TypeAlias = Annotated[
    bool, Meta(description="The records themselves.", extra_json_schema={"x-for": "programs"})
]


class CommentView(Struct, frozen=True, omit_defaults=True):
    """A comment that is not resolved."""

    comment_id: str
    author_id: str
    text: str
    cell_id: str | None = None
    reply_to: str | None = None


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
    FOR_MODELS: ClassVar[bool] = True
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    archived: bool = False


class NotebookState(Done, frozen=True):
    """The notebook at `seq`, whole, with the digest of that state."""

    state: Raw
    digest: str
    reducer_version: int


class NotebookView(Done, frozen=True, omit_defaults=True):
    """The notebook at `seq`, or a part of it. `total` counts its cells; read on with `after`."""

    notebook_id: str
    title: str
    total: int
    cells: list[CellView]
    kernel: str = ""
    running: str | None = None
    queued: int = 0
    comments: list[CommentView] = []
    next_after: str | None = None
    more: str = ""


class ReadNotebook(NotebookTool, frozen=True):
    """Read a notebook: its cells with the ids and revs that edits and runs need.

    `detail`: `outline` is one line a cell, `source` the whole sources, `full` (the default) their
    outputs too. Name `cells` to read only those, or read on `after` a cell. `at` reads it as it
    was at a seq.
    """

    ANSWER: ClassVar[type[Struct]] = NotebookView
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS
    FOR_MODELS: ClassVar[bool] = True

    at: Count | None = None
    detail: Literal["outline", "source", "full"] = "full"
    cells: Annotated[list[Id], Meta(min_length=1, max_length=200)] | None = None
    after: Id | None = None
    characters: Characters = 16_000


class HistoryLine(Struct, frozen=True, omit_defaults=True):
    """What happened, as a sentence; like events of one command stand in one line, up to `seq`."""

    seq: int
    at: str
    text: str
    actor_id: str
    actor_kind: ActorKind
    first_seq: int = 0


class History(Done, frozen=True, omit_defaults=True):
    """Lines, or the records, in order. `head` is the seq of the last record there is; there is more
    `after` the seq `next_after`, if that is given."""

    head: int
    lines: list[HistoryLine] = []
    records: list[Raw] = []
    next_after: int | None = None


class ReadHistory(NotebookTool, frozen=True):
    """Read who did what since a seq, in sentences: "what changed since I last looked".

    Filter by actor id, cell or event type (as in cellSourceEdited). With `wait_s`, wait that long
    for something to happen. The id `workspace` is the workspace's own log.
    """

    ANSWER: ClassVar[type[Struct]] = History
    FOR_MODELS: ClassVar[bool] = True
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:read", "audit")
    ACTORS = READERS

    after: Count = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    actor: str | None = None
    cell: Id | None = None
    event_type: str | None = field(default=None, name="type")
    wait_s: WaitSeconds = 0
    records: ForPrograms = False


class ExecutionTold(Done, frozen=True):
    """The execution with what it showed so far."""

    execution: ExecutionView


class ReadExecution(NotebookTool, frozen=True):
    """Read how a run stands or ended, with its outputs; with `wait_s`, wait that long for its end.

    The run goes on whether or not anybody waits.
    """

    ANSWER: ClassVar[type[Struct]] = ExecutionTold
    FOR_MODELS: ClassVar[bool] = True
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    execution_id: Id
    wait_s: WaitSeconds = 0
    characters: Characters = 16_000


class OutputText(Done, frozen=True, omit_defaults=True):
    """A part of one output. `total` counts all its characters; read on from `next_offset`.

    `image` is base64, of a form that `mime` names.
    """

    text: str
    total: int
    mime: str
    next_offset: int | None = None
    image: str | None = None


class ReadOutput(NotebookTool, frozen=True):
    """Read one output whole, in parts: of a cell or of an execution, by its number.

    `form`: `text` as a reader sees it (without colours), `raw` in the mime type that you name,
    `image` to look at it. `find` shows only the lines that hold this text.
    """

    ANSWER: ClassVar[type[Struct]] = OutputText
    FOR_MODELS: ClassVar[bool] = True
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    cell_id: Id | None = None
    execution_id: Id | None = None
    output: Count = 0
    form: Literal["text", "raw", "image"] = "text"
    mime: str | None = None
    find: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None
    offset: Count = 0
    limit: Annotated[int, Meta(ge=1, le=200_000)] = 16_000


class RuntimeState(Done, frozen=True, omit_defaults=True):
    """The attached runtime, what it runs and what waits."""

    runtime: Runtime | None = None
    running: str | None = None
    queue: tuple[str, ...] = ()


class ReadRuntime(NotebookTool, frozen=True):
    """Read which runtime and kernel serve the notebook, what runs and what is queued."""

    ANSWER: ClassVar[type[Struct]] = RuntimeState
    FOR_MODELS: ClassVar[bool] = True
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


class Myself(Done, frozen=True, omit_defaults=True):
    """Who the caller is here, and what its credential is good for at most: roles cut it further.
    `notebooks` left out means all that the person may see."""

    kind: ActorKind
    id: str
    name: str
    scopes: list[Scope]
    on_behalf_of: tuple[str, ...] = ()
    notebooks: list[str] | None = None


class WhoAmI(Tool, frozen=True):
    """Tell who you are here, for whom you act, and what your credential may be used for."""

    ANSWER: ClassVar[type[Struct]] = Myself
    TARGET: ClassVar[Target] = "nothing"
    ACTORS = READERS


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
