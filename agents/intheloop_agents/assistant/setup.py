"""How an assistant works: which model, how much it may use, by what name it is known."""

from __future__ import annotations

from msgspec import Struct

from intheloop import events as e

from .limits import USUAL
from .pricing import Prices

DEFAULT_MODEL = "claude-sonnet-5-5"


class Setup(Struct, frozen=True):
    """What all runs of a process have in common.

    `request_limit`: bytes of a request beyond which the oldest results of tools are left out.
    """

    agent: e.Agent
    label: str = "Assistant"
    model: str = DEFAULT_MODEL
    effort: str | None = None
    max_tokens: int = 16_000
    limits: e.Limits = USUAL
    prices: Prices = Prices()
    request_limit: int = 500_000
