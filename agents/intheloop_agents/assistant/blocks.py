"""An answer put together from the events of its stream, each block kept as it came. Pure.

What a stream left unfinished is not an answer: a stop reason and the end of the message make one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

Json: TypeAlias = dict[str, Any]


class Piece(Struct, frozen=True):
    """A piece of text as it comes: of which block, of what kind (text, thinking, tool)."""

    block: int
    kind: str
    text: str


class Answering:
    """The answer so far. `add` takes the events in order."""

    def __init__(self) -> None:
        self.model = ""
        self.stop_reason: str | None = None
        self.stop_details: Any = None
        self.usage: Json = {}
        self._blocks: list[Json] = []
        self._arguments: dict[int, list[str]] = {}
        self._ended = False

    @property
    def complete(self) -> bool:
        """Whether the whole answer is there."""
        return self._ended and self.stop_reason is not None

    def add(self, event: Mapping[str, Any]) -> Piece | None:
        """The answer with one more event; the words that it brought, if any."""
        match event.get("type"):
            case "message_start":
                message = event["message"]
                self.model = message.get("model", "")
                self.usage = {**(message.get("usage") or {})}
            case "content_block_start":
                block = dict(event["content_block"])
                self._blocks.append(block)
                if block.get("type") in ("tool_use", "server_tool_use"):
                    self._arguments[event["index"]] = []
                    return Piece(event["index"], "tool", f"{block.get('name')}(")
            case "content_block_delta":
                return self._grow(event["index"], event["delta"])
            case "content_block_stop":
                self._close(event["index"])
            case "message_delta":
                delta = event["delta"]
                self.stop_reason = delta.get("stop_reason") or self.stop_reason
                self.stop_details = delta.get("stop_details") or self.stop_details
                given = event.get("usage") or {}
                self.usage.update({key: one for key, one in given.items() if one is not None})
            case "message_stop":
                self._ended = True
        return None

    def _grow(self, index: int, delta: Mapping[str, Any]) -> Piece | None:
        block = self._blocks[index]
        match delta["type"]:
            case "text_delta":
                block["text"] = block.get("text", "") + delta["text"]
                return Piece(index, "text", delta["text"])
            case "thinking_delta":
                block["thinking"] = block.get("thinking", "") + delta["thinking"]
                return Piece(index, "thinking", delta["thinking"])
            case "signature_delta":
                block["signature"] = block.get("signature", "") + delta["signature"]
            case "citations_delta":
                block["citations"] = [*(block.get("citations") or []), delta["citation"]]
            case "input_json_delta":
                self._arguments.setdefault(index, []).append(delta["partial_json"])
                return Piece(index, "tool", delta["partial_json"])
        return None

    def _close(self, index: int) -> None:
        text = "".join(self._arguments.get(index, []))
        if not text:
            return
        try:
            self._blocks[index]["input"] = msgspec.json.decode(text)
        except msgspec.DecodeError:
            self._blocks[index]["input"] = {}  # cut off; its stop reason says so

    def content(self) -> str:
        """The blocks as JSON."""
        return msgspec.json.encode(self._blocks).decode()

    def blocks(self) -> list[Json]:
        """The blocks."""
        return self._blocks
