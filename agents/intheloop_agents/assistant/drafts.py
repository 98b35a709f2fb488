"""What a model is writing, told live: signals of kind `draft`, never records.

The first words go at once, the others in steps. A draft is the end of what was written so far: the
whole is in the record that follows.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from intheloop.client import Client
from intheloop.errors import LoopError

from .blocks import Piece

log = logging.getLogger(__name__)

_STEP_S = 0.05
_TTL_S = 60.0
MOST = 8_000
"""Characters of a block that a draft shows at most."""


class Drafts:
    """The drafts of one run. `add` words; `run` sends them until cancelled."""

    def __init__(self, client: Client, notebook_id: str, run_id: str) -> None:
        self._client = client
        self._notebook_id = notebook_id
        self._run_id = run_id
        self._turn, self._attempt = 0, 0
        self._blocks: dict[int, tuple[str, str]] = {}
        self._changed = asyncio.Event()
        self._sending = asyncio.Lock()

    def begin(self, turn: int, attempt: int) -> None:
        """Another answer begins; what was written before is void."""
        if (turn, attempt) != (self._turn, self._attempt):
            self._turn, self._attempt, self._blocks = turn, attempt, {}

    def add(self, piece: Piece) -> None:
        """A piece came."""
        kind, text = self._blocks.get(piece.block, (piece.kind, ""))
        self._blocks[piece.block] = (kind, text + piece.text)
        self._changed.set()

    async def end(self) -> None:
        """Nothing more is sent of this answer: its record comes next, and ends its draft."""
        self._changed.clear()
        async with self._sending:
            self._blocks = {}

    async def run(self) -> None:
        """Send what is new, as it comes."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            async with self._sending:
                with suppress(LoopError):
                    await self._client.signal(
                        self._notebook_id, "draft", self._run_id, self._value(), ttl_s=_TTL_S
                    )
            await asyncio.sleep(_STEP_S)

    def _value(self) -> dict[str, object]:
        block = max(self._blocks)
        kind, text = self._blocks[block]
        offset = max(0, len(text) - MOST)
        return {
            "run_id": self._run_id,
            "turn": self._turn,
            "attempt": self._attempt,
            "block": block,
            "kind": kind,
            "offset": offset,
            "text": text[offset:],
        }
