"""Asking a kernel: one question to the runtime that serves a notebook, and its answer.

Neither is kept anywhere: what is lost on the way is lost, and may be asked again.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing

import msgspec

from intheloop.events import TYPE_NAMES, RuntimeDetached, WireRecord

from .client import Client
from .live import Ended, Signal
from .questions import Answer, NoAnswer, Question, too_large

_DETACHED = TYPE_NAMES[RuntimeDetached]


async def ask(
    client: Client,
    notebook_id: str,
    principal_id: str,
    question: Question,
    timeout_s: float = 20.0,
) -> Answer:
    """Ask the kernel of a notebook; `principal_id` is that of the runtime that serves it.

    That no answer comes, be it for a busy kernel, a runtime that goes away or the time that is up,
    is a NoAnswer. Raises the refusals of the server: who may not run may not ask.
    """
    if (refused := too_large(question)) is not None:
        return refused
    try:
        async with asyncio.timeout(timeout_s):
            _, head = await client.records(notebook_id, limit=1)
            return await _answer_after(client, notebook_id, head, principal_id, question)
    except TimeoutError:
        return NoAnswer(
            f"No answer came within {timeout_s:g} s; look whether a runtime serves the notebook, "
            "and ask again."
        )


async def _answer_after(
    client: Client, notebook_id: str, head: int, principal_id: str, question: Question
) -> Answer:
    key, asked = secrets.token_hex(12), False
    async with aclosing(client.follow({notebook_id: head})) as items:
        async for item in items:
            # Answers are not kept: only what is asked once the stream stands is heard for sure.
            if not asked:
                await client.signal(notebook_id, "ask", key, question, to=principal_id)
                asked = True
            match item:
                # Anybody who may run can send an answer; that of the runtime alone counts.
                case Signal(kind="answer", actor=actor) if (
                    item.key == key and actor.id == principal_id
                ):
                    return _read(item)
                case WireRecord(type=kind) if kind == _DETACHED:
                    return NoAnswer("The runtime left the notebook; run a cell and ask again.")
                case Ended(reason=reason):
                    return NoAnswer(reason or "The notebook is out of sight.")
    return NoAnswer("The notebook is out of sight.")


def _read(signal: Signal) -> Answer:
    try:
        answer: Answer = msgspec.json.decode(signal.value, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return NoAnswer(
            "The runtime's answer cannot be read; check that client and runtime are of versions "
            "that fit."
        )
    return answer
