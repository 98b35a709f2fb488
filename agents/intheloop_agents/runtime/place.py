"""What all notebooks that a runtime process serves have in common."""

from pathlib import Path

from msgspec import Struct

from intheloop_agents.masking import Secrets
from intheloop_agents.runtime.limits import USUAL, Limits


class Place(Struct, frozen=True):
    """A process: its id as a runtime, what people call it, where its kernels start, what they may
    use, and what is masked in all that they say."""

    runtime_id: str
    label: str
    workdir: Path
    capabilities: tuple[str, ...]
    environment: dict[str, str]
    secrets: Secrets
    limits: Limits = USUAL
