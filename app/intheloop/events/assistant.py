"""Events of the assistant: messages, runs, what a run saw, asked the model and did.

What a model wrote and what it was given are kept as the text that they are, so that a request can
be made again from the log, byte for byte. Half-written answers are signals, never events.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from .actor import Agent
from .workspace import Scope

RunOutcome: TypeAlias = Literal["completed", "stopped", "refused", "limit", "failed"]
"""How a run ended: with an answer, by a person, by the model's refusal, at a limit, by an error."""


class Limits(Struct, frozen=True, omit_defaults=True):
    """What a run may use. 0 is no limit; `cost` is in millionths of a dollar."""

    turns: int = 0
    tool_calls: int = 0
    tokens: int = 0
    cost: int = 0
    seconds: int = 0


class PromptRef(Struct, frozen=True):
    """A prompt by name and by the sha256 of its text, which the workspace log holds."""

    prompt_id: str
    version: str
    sha256: str


class SeenCell(Struct, frozen=True, omit_defaults=True):
    """A cell as it was shown to the model: the rev of its source, the execution whose outputs were
    shown (`outputs` of them), and whether any of it was cut."""

    cell_id: str
    rev: int
    execution_id: str | None = None
    outputs: int = 0
    cut: bool = False


class Usage(Struct, frozen=True, omit_defaults=True):
    """What a call of the model used: tokens, and the cost in millionths of a dollar."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost: int = 0


class MessagePosted(Struct, frozen=True, omit_defaults=True):
    """Somebody wrote to the assistant. `cells` are those that the message is about."""

    message_id: str
    thread_id: str
    text: str
    cells: tuple[str, ...] | None = None


class AssistantRunRequested(Struct, frozen=True, omit_defaults=True):
    """The assistant is to answer a message, with at most these scopes and within these limits.

    Without `cells` it is shown the whole notebook. `model` and `effort` left out are its own.
    """

    run_id: str
    thread_id: str
    message_id: str
    person_id: str
    scopes: tuple[Scope, ...]
    cells: tuple[str, ...] | None = None
    limits: Limits = Limits()
    model: str | None = None
    effort: str | None = None


class AssistantRunClaimed(Struct, frozen=True, omit_defaults=True):
    """An assistant works on it; `generation` grows each time that it is taken up."""

    run_id: str
    generation: int
    credential_id: str
    agent: Agent


class AssistantRunClaimLapsed(Struct, frozen=True):
    """The assistant's lease ran out, or it let go of a run that waits for a person: it may be taken
    up again."""

    run_id: str
    generation: int


class ContextAssembled(Struct, frozen=True, omit_defaults=True):
    """What the next call shows the model of the notebook, as it was at `as_of_seq`.

    With `since_seq` only what others changed after it. `hidden` cells were left out, and what is
    `trimmed` (tool call ids) is shown no more from here on; `masked` counts the keys that were
    masked. `text_sha256` is of the text itself.
    """

    run_id: str
    turn: int
    as_of_seq: int
    text_sha256: str
    prompt: PromptRef
    tools: PromptRef
    cells: tuple[SeenCell, ...] = ()
    since_seq: int | None = None
    hidden: tuple[str, ...] = ()
    trimmed: tuple[str, ...] = ()
    masked: int = 0
    cut: bool = False


class ModelCallStarted(Struct, frozen=True, omit_defaults=True):
    """The model is asked; `request_sha256` is of the request's canonical bytes."""

    run_id: str
    turn: int
    attempt: int
    model: str
    request_sha256: str
    max_tokens: int
    effort: str | None = None


class ModelCallRetried(Struct, frozen=True):
    """The call did not come through and is made again after a while."""

    run_id: str
    turn: int
    attempt: int
    reason: str
    delay_ms: int


class ModelCallCompleted(Struct, frozen=True, omit_defaults=True):
    """The model has answered. `content` is the JSON of its blocks, verbatim; `model` who served."""

    run_id: str
    turn: int
    content: str
    stop_reason: str
    model: str
    usage: Usage
    request_id: str | None = None
    stop_details: str | None = None
    duration_ms: int = 0


class ModelCallFailed(Struct, frozen=True):
    """The call is given up; `reason` is a sentence."""

    run_id: str
    turn: int
    reason: str


class ToolCallProposed(Struct, frozen=True):
    """The model wants a tool used; `arguments` is the JSON as it gave them."""

    run_id: str
    turn: int
    tool_call_id: str
    tool: str
    arguments: str


class ToolCallCompleted(Struct, frozen=True, omit_defaults=True):
    """What came of it: the text that the model is shown. `seq` is of the last record it made;
    `masked` counts the keys that were masked in the text."""

    run_id: str
    tool_call_id: str
    text: str
    is_error: bool = False
    seq: int | None = None
    masked: int = 0


class AssistantRunCancelRequested(Struct, frozen=True):
    """Somebody wants the run stopped; its end comes with this."""

    run_id: str


class AssistantRunFinished(Struct, frozen=True):
    """The end, which never changes. `reason` is a sentence."""

    run_id: str
    outcome: RunOutcome
    reason: str
