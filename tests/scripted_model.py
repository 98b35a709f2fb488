"""A model that follows a script, behind the HTTP interface that Claude Code calls.

A script is a generator: it yields the tool to use or, at last, what to say, and is sent the result.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from msgspec import Struct


class Use(Struct, frozen=True):
    """Use a tool."""

    tool: str
    arguments: dict[str, Any]


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
        self._answers: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self.url = ""
        self.offered: list[str] = []
        self.failed: BaseException | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The next block of content. A request that comes again is answered as before."""
        self.offered = [one["name"] for one in request.get("tools", ())]
        if not any(name.startswith(self._prefix) for name in self.offered):
            return {"type": "text", "text": "ok"}  # a side question, of which there are some
        result = _last_result(request["messages"])
        key = result["tool_use_id"] if result else ""
        with self._lock:
            if key not in self._answers:
                self._answers[key] = self._next(result)
            return self._answers[key]

    def _next(self, result: dict[str, Any] | None) -> dict[str, Any]:
        try:
            step = next(self._script) if result is None else self._script.send(_read(result))
        except BaseException as error:
            self.failed = error
            step = "The script has failed."
        if isinstance(step, str):
            return {"type": "text", "text": step}
        number = len(self._answers)
        name = self._prefix + step.tool
        return {"type": "tool_use", "id": f"use{number}", "name": name, "input": step.arguments}


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


def _events(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """An answer of one block as it is streamed."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = _message([], None)
    yield {"type": "message_start", "message": message}
    if block["type"] == "text":
        start = {**block, "text": ""}
        delta = {"type": "text_delta", "text": block["text"]}
    else:
        start = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    yield {"type": "content_block_start", "index": 0, "content_block": start}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    reason = {"stop_reason": _reason(block), "stop_sequence": None}
    yield {"type": "message_delta", "delta": reason, "usage": usage}
    yield {"type": "message_stop"}


def _message(content: list[dict[str, Any]], reason: str | None) -> dict[str, Any]:
    return {
        "id": "message",
        "type": "message",
        "role": "assistant",
        "model": "claude-test",
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }


def _reason(block: dict[str, Any]) -> str:
    return "tool_use" if block["type"] == "tool_use" else "end_turn"


def _handler(model: ScriptedModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if "count_tokens" in self.path:
                self._send("application/json", json.dumps({"input_tokens": 1}))
                return
            request = json.loads(body)
            block = model.answer(request)
            if request.get("stream"):
                lines = [
                    f"event: {one['type']}\ndata: {json.dumps(one)}\n" for one in _events(block)
                ]
                self._send("text/event-stream", "\n".join(lines) + "\n")
            else:
                self._send("application/json", json.dumps(_message([block], _reason(block))))

        def _send(self, kind: str, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    return Handler


@contextmanager
def scripted(script: Script, prefix: str) -> Iterator[ScriptedModel]:
    """A server of this model inside the block; `prefix` is how a client begins our tools' names."""
    model = ScriptedModel(script, prefix)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(model))
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    model.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
