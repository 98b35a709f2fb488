"""A request made again from the log: the threads, what each turn was shown, prompt and tools.

The same for who is about to send it and for who asks later what a model saw.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client

from .identity import sha256_of
from .request import Body, request
from .seeing import look
from .thread import Run, Threads, asked_at, before

log = logging.getLogger(__name__)


class Rebuilding:
    """Makes requests of one notebook. `known` are texts of prompts by their sha256."""

    def __init__(self, client: Client, notebook_id: str, known: dict[str, str]) -> None:
        self._client = client
        self._notebook_id = notebook_id
        self._known = known
        self._texts: dict[tuple[str, int], str] = {}

    def saw(self, run_id: str, turn: int, text: str) -> None:
        """What a turn shows, for who has just looked."""
        self._texts[run_id, turn] = text

    async def body(self, runs: Sequence[Run], started: e.ModelCallStarted) -> Body:
        """The request of the last turn of the last run."""
        last = runs[-1].turns[-1].context
        await self._load(runs)
        prompt, tools = await self._text_of(last.prompt), await self._text_of(last.tools)
        return request(runs, self._texts, prompt, tools, started)

    async def _load(self, runs: Sequence[Run]) -> None:
        """What turns were shown, looked up again where nobody here saw it."""
        for number, run in enumerate(runs):
            for turn in run.turns:
                context = turn.context
                if (run.run_id, context.turn) in self._texts:
                    continue
                then = before((*runs[:number], run), context.turn)
                at, since = context.as_of_seq, context.since_seq
                seen = await look(self._client, self._notebook_id, then, at, since)
                if sha256_of(seen.text) != context.text_sha256:
                    log.warning("What run %s was shown reads differently now.", run.run_id)
                self._texts[run.run_id, context.turn] = seen.text

    async def _text_of(self, ref: e.PromptRef) -> str:
        if ref.sha256 not in self._known:
            found: c.PromptText = await self._client.call(c.ReadPrompt(sha256=ref.sha256))
            self._known[ref.sha256] = found.text
        return self._known[ref.sha256]


async def rebuilt(
    client: Client, notebook_id: str, threads: Threads, run_id: str, turn: int
) -> Body | None:
    """The request of a turn, from the log alone; None when the turn asked nothing."""
    runs = asked_at(threads.of(run_id), turn)
    started = runs[-1].turns[-1].started
    if started is None:
        return None
    return await Rebuilding(client, notebook_id, {}).body(runs, started)
