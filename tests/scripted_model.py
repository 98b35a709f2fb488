"""A model that follows a script, behind the HTTP interface that Claude Code calls.

A script is a generator: it yields the tool to use or, at last, what to say, and is sent the result.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from msgspec import Struct

from intheloop_agents import scripted_model as shipped
from intheloop_agents.scripted_model import Reply, Say, Use, serving

__all__ = ["Result", "Script", "ScriptedModel", "Use", "scripted"]


class Result(Struct, frozen=True):
    """What came of it: the text that the model is given, and whether it is called an error."""

    text: str
    is_error: bool

    @property
    def fields(self) -> dict[str, Any]:
        """The text as the JSON that it is."""
        read: dict[str, Any] = json.loads(self.text)
        return read


Script: TypeAlias = Generator[Use | str, Result, None]


class ScriptedModel:
    """The script and how far it has come. What went wrong in it is kept in `failed`."""

    def __init__(self, script: Script, prefix: str) -> None:
        self._script = script
        self._prefix = prefix
        self._answers: dict[str, Reply] = {}
        self._lock = threading.Lock()
        self.url = ""
        self.offered: list[str] = []
        self.failed: BaseException | None = None

    def answer(self, request: dict[str, Any]) -> Reply:
        """The next step. A request that comes again is answered as before."""
        self.offered = [one["name"] for one in request.get("tools", ())]
        if not any(name.startswith(self._prefix) for name in self.offered):
            return Reply((Say("ok"),))  # a side question, of which there are some
        result = _last_result(request["messages"])
        key = result["tool_use_id"] if result else ""
        with self._lock:
            if key not in self._answers:
                self._answers[key] = self._next(result)
            return self._answers[key]

    def _next(self, result: dict[str, Any] | None) -> Reply:
        try:
            step = next(self._script) if result is None else self._script.send(_read(result))
        except BaseException as error:
            self.failed = error
            step = "The script has failed."
        if isinstance(step, str):
            return Reply((Say(step),))
        return Reply((Use(self._prefix + step.tool, step.arguments),))


def _last_result(messages: list[dict[str, Any]]) -> dict[str, Any] | None:
    """A client may add reminders of its own behind a result."""
    blocks = [
        block for one in messages if isinstance(one["content"], list) for block in one["content"]
    ]
    return next((one for one in reversed(blocks) if one["type"] == "tool_result"), None)


def _read(block: dict[str, Any]) -> Result:
    content = block["content"]
    if not isinstance(content, str):
        content = "".join(one["text"] for one in content if one["type"] == "text")
    return Result(content, bool(block.get("is_error")))


@contextmanager
def scripted(script: Script, prefix: str) -> Iterator[ScriptedModel]:
    """A server of this model inside the block; `prefix` is how a client begins our tools' names."""
    model = ScriptedModel(script, prefix)
    with serving(shipped.ScriptedModel(model.answer)) as server:
        model.url = server.url
        yield model
