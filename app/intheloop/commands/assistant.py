"""Commands on the assistant: to write to it, to stop it, and those by which it works."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta, Struct

from intheloop.events import (
    Agent,
    Limits,
    PromptRef,
    RunOutcome,
    Scope,
    SeenCell,
    Usage,
)
from intheloop.values import Count, Id, Seq, Sha256

from .given import ChosenId
from .tool import ASSISTANTS, Done, NotebookTool, Target, Tool
from .workspace import Name

_SPEAK: tuple[Scope, ...] = ("notebook:write", "notebook:run")
_ASSISTANT: tuple[Scope, ...] = ("assistant",)

MOST_WORDS = 4 * 1024 * 1024
"""Characters of an answer of a model, or of what a tool gave it."""

Words: TypeAlias = Annotated[str, Meta(max_length=MOST_WORDS)]
ModelName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]


class Posted(Done, frozen=True, omit_defaults=True):
    """The message, its thread, and the run that answers it."""

    message_id: str
    thread_id: str
    run_id: str


class PostMessage(NotebookTool, frozen=True):
    """Write to the notebook's assistant, which then works on your behalf and within your rights.

    `thread_id` goes on with an earlier thread. With `cells` it is shown these alone, not the whole
    notebook. `limits` of 0, or left out, are the assistant's own; none goes beyond those.
    """

    ANSWER: ClassVar[type[Struct]] = Posted
    SCOPES: ClassVar[tuple[Scope, ...]] = _SPEAK

    text: Annotated[str, Meta(min_length=1, max_length=100_000)]
    thread_id: Id | None = None
    cells: Annotated[list[Id], Meta(min_length=1, max_length=1000)] | None = None
    message_id: ChosenId = None
    run_id: ChosenId = None
    limits: Limits = Limits()
    model: ModelName | None = None
    effort: Annotated[str, Meta(max_length=20)] | None = None


class CancelAssistantRun(NotebookTool, frozen=True):
    """Stop a run of the assistant at once: it does nothing more, and what it runs is cancelled."""

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = _SPEAK

    run_id: Id


class RunClaimed(Done, frozen=True):
    """The hold on the run: renew it well within `lease_s` seconds. `generation` counts claims."""

    run_id: str
    generation: int
    credential_id: str
    lease_s: float


class ClaimAssistantRun(NotebookTool, frozen=True):
    """Take up a run. You make a secret and send its sha256: it acts for this run alone, on behalf
    of who asked, until the run ends or its lease does."""

    ANSWER: ClassVar[type[Struct]] = RunClaimed
    SCOPES: ClassVar[tuple[Scope, ...]] = _ASSISTANT
    ACTORS = ASSISTANTS

    run_id: Id
    secret_sha256: Sha256
    label: Name
    agent: Agent


class RenewAssistantRun(NotebookTool, frozen=True):
    """Say that the assistant still works on the run. Leaves no record."""

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = _SPEAK
    ACTORS = ASSISTANTS
    REPEATABLE: ClassVar[bool] = True

    run_id: Id


class Assemble(Struct, frozen=True, tag_field="step", tag="assemble", forbid_unknown_fields=True):
    """What the next call shows of the notebook."""

    as_of_seq: Seq
    text_sha256: Sha256
    prompt: PromptRef
    tools: PromptRef
    cells: tuple[SeenCell, ...] = ()
    since_seq: Seq | None = None
    hidden: tuple[Id, ...] = ()
    trimmed: tuple[Id, ...] = ()
    masked: Count = 0
    cut: bool = False


class Call(Struct, frozen=True, tag_field="step", tag="call", forbid_unknown_fields=True):
    """The model is asked."""

    attempt: Count
    model: ModelName
    request_sha256: Sha256
    max_tokens: Count
    effort: Annotated[str, Meta(max_length=20)] | None = None


class Retry(Struct, frozen=True, tag_field="step", tag="retry", forbid_unknown_fields=True):
    """The call did not come through and is made again."""

    attempt: Count
    reason: Annotated[str, Meta(max_length=2000)]
    delay_ms: Count


class WantedCall(Struct, frozen=True, forbid_unknown_fields=True):
    """A tool that the model wants used; `arguments` is JSON."""

    tool_call_id: Id
    tool: Annotated[str, Meta(max_length=200)]
    arguments: Words


class Answer(Struct, frozen=True, tag_field="step", tag="answer", forbid_unknown_fields=True):
    """The model has answered; `content` is the JSON of its blocks, verbatim."""

    content: Words
    stop_reason: Annotated[str, Meta(max_length=100)]
    model: ModelName
    usage: Usage
    calls: tuple[WantedCall, ...] = ()
    request_id: Annotated[str, Meta(max_length=200)] | None = None
    stop_details: Annotated[str, Meta(max_length=2000)] | None = None
    duration_ms: Count = 0


class GiveUp(Struct, frozen=True, tag_field="step", tag="give_up", forbid_unknown_fields=True):
    """The call is made no more."""

    reason: Annotated[str, Meta(max_length=2000)]


class Report(Struct, frozen=True, tag_field="step", tag="report", forbid_unknown_fields=True):
    """What came of a tool call: the text that the model is shown."""

    tool_call_id: Id
    text: Words
    is_error: bool = False
    made_seq: Seq | None = None
    masked: Count = 0


class LetGo(Struct, frozen=True, tag_field="step", tag="let_go", forbid_unknown_fields=True):
    """The run waits for a person: nobody needs to hold it until the word is there. Changes nothing
    when it is there already."""

    approval_id: Id


Step: TypeAlias = Assemble | Call | Retry | Answer | GiveUp | Report | LetGo


class RecordStep(NotebookTool, frozen=True):
    """Record what the run did. Refused unless it is the next thing that can have happened."""

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = _SPEAK
    ACTORS = ASSISTANTS

    run_id: Id
    turn: Seq
    step: Step


class FinishAssistantRun(NotebookTool, frozen=True):
    """End the run, and with it its credential. `reason` is a sentence."""

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = _SPEAK
    ACTORS = ASSISTANTS

    run_id: Id
    outcome: RunOutcome
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]


class RegisterPrompt(Tool, frozen=True):
    """Keep the text of a prompt, so that what a model was told can be read for ever. A version
    never gets another text."""

    ANSWER: ClassVar[type[Struct]] = Done
    TARGET: ClassVar[Target] = "workspace"
    SCOPES: ClassVar[tuple[Scope, ...]] = _ASSISTANT
    ACTORS = frozenset(("human", "assistant"))

    prompt_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$(?!\n)")]
    version: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$(?!\n)")]
    text: Annotated[str, Meta(min_length=1, max_length=1_000_000)]
