"""Queries: tools that read and append nothing."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta, Raw, Struct, field

from intheloop.events import ActorKind, Client, Scope
from intheloop.notebook import Credential, Person
from intheloop.values import Count, Id, Sha256

from .execution import Requested, WaitSeconds
from .given import FOR_PROGRAMS
from .tool import PEOPLE, READERS, Done, NotebookTool, Target, Tool
from .view import CellView, CommentView, ExecutionView, RuntimeView

_READ: tuple[Scope, ...] = ("notebook:read",)

Characters: TypeAlias = Annotated[
    int, Meta(ge=3000, le=18_000, description="How long the answer may be.")
]

FirstOutput: TypeAlias = Annotated[Count, Meta(description="Show the outputs from this number on.")]

AtSeq: TypeAlias = Annotated[Count | None, Meta(description="As it was at this seq.")]


class NotebookSummary(Struct, frozen=True, omit_defaults=True):
    """A line in a list of notebooks. `role` is the caller's; `running` counts executions queued or
    under way, and with `asks` one of them waits for input; `to_decide` calls and proposals of
    programs that wait for a person's word."""

    notebook_id: str
    title: str
    seq: int
    cells: int
    created_at: str
    changed_at: str
    role: str
    archived: bool = False
    running: int = 0
    asks: bool = False
    to_decide: int = 0


class NotebookList(Done, frozen=True):
    """The notebooks that the caller may see, the last changed first."""

    notebooks: list[NotebookSummary]
    more: str = ""


class ListNotebooks(Tool, frozen=True):
    """List the notebooks that you may see, the last changed first. Begin here: every other tool
    needs a notebook_id."""

    ANSWER: ClassVar[type[Struct]] = NotebookList
    FOR_MODELS: ClassVar[bool] = True
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    archived: Annotated[bool, Meta(description="Those in the archive too.")] = False
    find: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(description="Only titles or ids that hold this text."),
    ] = None
    after: Annotated[Id | None, Meta(description="Only those behind this one.")] = None


class NotebookState(Done, frozen=True):
    """The notebook at `seq`, whole, with the digest of that state."""

    state: Raw
    digest: str
    reducer_version: int


class NotebookView(Done, frozen=True, omit_defaults=True):
    """The notebook at `seq`, or a part of it. `total` counts its cells; there is more behind
    `next_after`, and `more` says how to read it. `waiting` names the approvals and proposals that
    are open."""

    notebook_id: str
    title: str
    total: int
    cells: list[CellView]
    kernel: str = ""
    running: str | None = None
    queued: int = 0
    waiting: str = ""
    comments: list[CommentView] = []
    next_after: str | None = None
    more: str = ""


class ReadNotebook(NotebookTool, frozen=True):
    """Read a notebook: its cells with the ids and revs that edits and runs must name.

    `detail`: `outline` is one line a cell (begin with it if the notebook is long), `source` the
    whole sources, `full` the outputs too, `comments` the open comments, whole. What does not fit
    is named in `more`, with the call that reads it.
    """

    ANSWER: ClassVar[type[Struct]] = NotebookView
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS
    FOR_MODELS: ClassVar[bool] = True

    detail: Literal["outline", "source", "full", "comments"] = "full"
    cells: Annotated[
        Annotated[list[Id], Meta(min_length=1, max_length=200)] | None,
        Meta(description="Only these cells."),
    ] = None
    after: Annotated[
        Id | None, Meta(description="Read on behind this cell: next_after of the last answer.")
    ] = None
    offset: Annotated[
        Count, Meta(description="Begin at this character of the one cell's source.")
    ] = 0
    first_output: FirstOutput = 0
    at: AtSeq = None
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
    records: Annotated[list[Raw], FOR_PROGRAMS] = []
    next_after: int | None = None
    more: str = ""


class ReadHistory(NotebookTool, frozen=True):
    """Read who did what since a seq, in sentences, the oldest first.

    After a pause ask with `after` = the last seq that you saw. With `wait_s` it waits that long
    for something to happen. The notebook_id `workspace` is the workspace's own log.
    """

    ANSWER: ClassVar[type[Struct]] = History
    FOR_MODELS: ClassVar[bool] = True
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:read", "audit")
    ACTORS = READERS

    after: Annotated[Count, Meta(description="Only what came after this seq.")] = 0
    limit: Annotated[int, Meta(ge=1, le=1000, description="At most so many events.")] = 100
    actor: Annotated[str | None, Meta(description="Only by this actor id.")] = None
    cell: Annotated[Id | None, Meta(description="Only about this cell.")] = None
    event_type: Annotated[
        str | None, Meta(description="Only such events, as in cellSourceEdited.")
    ] = field(default=None, name="type")
    correlation_id: Annotated[Id | None, FOR_PROGRAMS] = None
    wait_s: WaitSeconds = 0
    records: Annotated[bool, FOR_PROGRAMS] = False


class ExecutionTold(Done, frozen=True):
    """The execution with what it showed so far."""

    execution: ExecutionView


class ReadExecution(NotebookTool, frozen=True):
    """Read how a run stands or ended, with its outputs. With `wait_s` it waits that long for the
    end; the run goes on whether or not anybody waits."""

    ANSWER: ClassVar[type[Struct]] = ExecutionTold
    FOR_MODELS: ClassVar[bool] = True
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    execution_id: Id
    wait_s: WaitSeconds = 0
    first_output: FirstOutput = 0
    characters: Characters = 16_000


class Batch(Done, frozen=True):
    """The executions of one request, as the request answers, when it was made, and when one of
    them last began or ended."""

    requested_at: str
    changed_at: str
    requested: Requested


class ReadBatch(NotebookTool, frozen=True):
    """Read how all executions stand that were requested together, by the first of them. With
    `wait_s` it waits that long for the end of all."""

    ANSWER: ClassVar[type[Struct]] = Batch
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    execution_id: Id
    wait_s: WaitSeconds = 0


class OutputText(Done, frozen=True, omit_defaults=True):
    """A part of one output, from byte `offset` on; `total` counts the bytes of its text. There is
    more at `next_offset`, if that is given.

    `image` is base64, of a form that `mime` names.
    """

    text: str
    total: int
    mime: str
    offset: int = 0
    next_offset: int | None = None
    more: str = ""
    image: Annotated[str | None, FOR_PROGRAMS] = None


class ReadOutput(NotebookTool, frozen=True):
    """Read one output of a cell or of an execution, by its number: whole, in parts.

    `form`: `text` as a reader sees it, `raw` as it is (with `mime`, in that form), `image` to look
    at it. `find` shows only the lines that hold a text, each after its offset.
    """

    ANSWER: ClassVar[type[Struct]] = OutputText
    FOR_MODELS: ClassVar[bool] = True
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = _READ
    ACTORS = READERS

    cell_id: Annotated[Id | None, Meta(description="Either this or execution_id.")] = None
    execution_id: Id | None = None
    output: Annotated[Count, Meta(description="The number of the output, from 0.")] = 0
    form: Literal["text", "raw", "image"] = "text"
    mime: str | None = None
    find: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None
    offset: Annotated[Count, Meta(description="Where to begin: next_offset of an answer.")] = 0
    limit: Annotated[int, Meta(ge=1, le=16_000, description="How much to read.")] = 16_000
    at: AtSeq = None


class RuntimeState(Done, frozen=True, omit_defaults=True):
    """The attached runtime, the execution that it runs and those that wait."""

    runtime: RuntimeView | None = None
    running: str | None = None
    queue: tuple[str, ...] = ()
    more: str = ""


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


class CredentialUse(Struct, frozen=True, omit_defaults=True):
    """When a credential let somebody in last, and what they called themselves."""

    credential_id: str
    at: str
    client: Client | None = None


class Credentials(Done, frozen=True, omit_defaults=True):
    """Credentials; their secrets are nowhere. `used` tells of those that were ever used, to the
    minute; `paused` holds the ids of programs that may only read, with the reasons."""

    credentials: list[Credential]
    used: list[CredentialUse] = []
    paused: dict[str, str] = {}


class ListCredentials(Tool, frozen=True):
    """List your credentials; an admin sees everybody's."""

    ANSWER: ClassVar[type[Struct]] = Credentials
    TARGET: ClassVar[Target] = "nothing"
    ACTORS = PEOPLE


class PromptText(Done, frozen=True):
    """A prompt's name, version and text."""

    prompt_id: str
    version: str
    text: str


class ReadPrompt(Tool, frozen=True):
    """Read a text that assistants give to models, by its sha256, as records name it."""

    ANSWER: ClassVar[type[Struct]] = PromptText
    TARGET: ClassVar[Target] = "nothing"

    sha256: Sha256
