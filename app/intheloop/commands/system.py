"""Commands that only the server gives, behind no door."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from intheloop.events import Actor
from intheloop.values import Id, Sha256

from .tool import NOBODY, Done, NotebookTool, Target, Tool
from .workspace import CredentialIs, Moment, Name


class LapseLease(NotebookTool, frozen=True):
    """A runtime's lease ran out: an idle one is detached, what a busy one runs is adrift."""

    ANSWER: ClassVar[type[Struct]] = Done
    ACTORS = NOBODY

    runtime_id: Id


class LoseExecution(NotebookTool, frozen=True):
    """The adrift limit passed: the execution is lost and its runtime detached."""

    ANSWER: ClassVar[type[Struct]] = Done
    ACTORS = NOBODY

    execution_id: Id
    reason: str


class LapseRun(NotebookTool, frozen=True):
    """An assistant's lease on a run ran out: another may take it up."""

    ANSWER: ClassVar[type[Struct]] = Done
    ACTORS = NOBODY

    run_id: Id
    generation: int


class OpenSession(Tool, frozen=True):
    """A person proved with a one-time code to sit at this server, or came by a link, which is used
    up: a browser session for them."""

    ANSWER: ClassVar[type[Struct]] = CredentialIs
    TARGET: ClassVar[Target] = "workspace"
    ACTORS = NOBODY

    person_id: Id
    label: Name
    secret_sha256: Sha256
    expires_at: Moment
    link_sha256: Sha256 | None = None


class Denial(Struct, frozen=True, omit_defaults=True):
    """Attempts alike that were refused."""

    denied: Actor
    tool: str
    notebook_id: str
    reason: str
    count: int = 1
    first_at: str = ""


class RecordDenials(Tool, frozen=True):
    """Write refused attempts into the workspace's log."""

    ANSWER: ClassVar[type[Struct]] = Done
    TARGET: ClassVar[Target] = "workspace"
    ACTORS = NOBODY

    denials: list[Denial]
