"""How an assistant works: which model, how much it may use, by what name it is known."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from intheloop import events as e

from .limits import USUAL
from .pricing import Prices

DEFAULT_MODEL = "claude-sonnet-5-5"


class Setup(Struct, frozen=True):
    """What all runs of a process have in common.

    `prices` are by model; one that is not there is not known. `choice`: who asks may wish for
    another model. `request_limit`: bytes of a request beyond which the oldest results of tools are
    left out.
    """

    agent: e.Agent
    label: str = "Assistant"
    model: str = DEFAULT_MODEL
    effort: str | None = None
    max_tokens: int = 16_000
    limits: e.Limits = USUAL
    prices: dict[str, Prices] = {}
    choice: bool = True
    request_limit: int = 500_000

    def model_for(self, wished: str | None) -> str:
        """The model that a run asks."""
        return wished if wished and self.choice else self.model

    def agent_for(self, wished: str | None) -> e.Agent:
        """What the records of a run say of the assistant."""
        return replace(self.agent, model=wished) if wished and self.choice else self.agent
