"""The assistant beside a local server: started when first it is asked, stopped with the server.

Without a key to a model it is the scripted demonstration, which says so itself.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from intheloop.events import Scope
from intheloop.folder import credential_file
from intheloop.server import Running, local_credential
from intheloop.settings import Settings

from .group import note
from .local_runtime import runtime_environment

ASSISTANT = "notebook-assistant"
"""The name of its credential, which is no other assistant's: it may take up runs."""

SCOPES: tuple[Scope, ...] = ("notebook:read", "notebook:write", "notebook:run", "assistant")

_DIARY = "assistant.log"
_STOP_S = 5.0
_STEADY_S = 30.0
_LONGEST_PAUSE_S = 30.0


def assistant_arguments(settings: Settings) -> list[str]:
    """The settings of the assistant as its process takes them."""
    given: Mapping[str, object] = {
        "model": settings.assistant_model,
        "model-url": settings.assistant_url,
        "effort": settings.assistant_effort,
        "answer-tokens": settings.assistant_answer_tokens,
        "turns": settings.assistant_turns,
        "tool-calls": settings.assistant_tool_calls,
        "tokens": settings.assistant_tokens,
        "dollars": settings.assistant_dollars,
        "seconds": settings.assistant_seconds,
        "prices": settings.assistant_prices,
    }
    return [f"--{name}={value}" for name, value in given.items() if value != ""]


async def keep_assistant(up: Running, settings: Settings, key: str) -> None:
    """Keep one assistant going from the first message on, until cancelled."""
    file, label = credential_file(settings.data, ASSISTANT), "assistant on this machine"
    token = await local_credential(up.service, file, "assistant", label, SCOPES)
    await up.service.streams.wait_for_work("assistant_run")
    pause_s = 1.0
    while True:
        process = _started(settings.data, up.url, token, key, assistant_arguments(settings))
        began = time.monotonic()
        try:
            await asyncio.to_thread(process.wait)
        finally:
            await asyncio.shield(asyncio.to_thread(_stop, process))
        pause_s = 1.0 if time.monotonic() - began > _STEADY_S else pause_s
        diary = settings.data / _DIARY
        note(f"The assistant ended by itself ({diary}); it is started again in {pause_s:g} s.")
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _started(
    data: Path, url: str, token: str, key: str, arguments: list[str]
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "intheloop_agents.assistant", "--url", url, *arguments]
    with (data / _DIARY).open("ab") as diary:
        process = subprocess.Popen(
            command,
            env=runtime_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=diary,
            start_new_session=True,
        )
    assert process.stdin is not None
    # Kept open: its end tells the assistant that this server is gone.
    process.stdin.write(f"{token}\n{key}\n".encode())
    process.stdin.flush()
    return process


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End it in order, or after a while by force."""
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def key_of(settings: Settings) -> str:
    """The key to the model, from the settings or the environment; empty for the demonstration."""
    return settings.assistant_key or os.environ.get("ANTHROPIC_API_KEY", "")
