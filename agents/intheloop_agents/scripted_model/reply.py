"""What the scripted model answers, and the events that an answer is streamed as. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

Json: TypeAlias = dict[str, Any]

NAME = "scripted-demo-not-an-ai"
"""The model that answers say that they are of."""

_PIECE = 12


class Say(Struct, frozen=True):
    """Words."""

    text: str


class Think(Struct, frozen=True):
    """Thoughts, with a signature."""

    text: str


class Use(Struct, frozen=True):
    """A tool to use."""

    tool: str
    arguments: dict[str, Any] = {}


Part: TypeAlias = Say | Think | Use


class Fault(Struct, frozen=True):
    """What goes wrong with an answer: another status, an error within the stream, a connection
    that is dropped after so many events; and how long it takes, before and between events."""

    status: int = 200
    kind: str = "overloaded_error"
    error_after: int | None = None
    drop_after: int | None = None
    chunked: bool = False
    delay_s: float = 0.0
    pause_s: float = 0.0
    headers: dict[str, str] = {}


class Reply(Struct, frozen=True):
    """An answer. `stop_reason` follows from its parts unless given."""

    parts: tuple[Part, ...] = ()
    stop_reason: str | None = None
    fault: Fault = Fault()

    @property
    def reason(self) -> str:
        """The stop reason that is sent."""
        uses = any(isinstance(part, Use) for part in self.parts)
        return self.stop_reason or ("tool_use" if uses else "end_turn")


def by_turn(*replies: Reply | Sequence[Part] | str) -> Callable[[Json], Reply]:
    """The reply is chosen by the number of answers in the request, so that a request that comes
    again is answered as before. After the last one there is nothing more to say."""

    def answer(request: Json) -> Reply:
        turn = sum(one["role"] == "assistant" for one in request["messages"])
        reply = replies[turn] if turn < len(replies) else "That is all."
        if isinstance(reply, Reply):
            return reply
        return Reply((Say(reply),) if isinstance(reply, str) else tuple(reply))

    return answer


def blocks(reply: Reply, mark: str) -> list[Json]:
    """The blocks of an answer; their ids carry the mark of the request."""
    return [_block(part, f"toolu_{mark}_{at}") for at, part in enumerate(reply.parts)]


def _block(part: Part, use_id: str) -> Json:
    match part:
        case Say(text=text):
            return {"type": "text", "text": text}
        case Think(text=text):
            return {"type": "thinking", "thinking": text, "signature": f"sig-{len(text)}"}
        case Use(tool=tool, arguments=arguments):
            return {"type": "tool_use", "id": use_id, "name": tool, "input": arguments}


def message(content: list[Json], reason: str | None, usage: Json, mark: str) -> Json:
    """A message as it is sent whole, or as the beginning of a stream."""
    return {
        "id": f"msg_{mark}",
        "type": "message",
        "role": "assistant",
        "model": NAME,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": usage,
    }


def events(content: list[Json], reason: str, usage: Json, mark: str) -> Iterator[Json]:
    """The events that a message is streamed as."""
    begun = message([], None, {**usage, "output_tokens": 1}, mark)
    yield {"type": "message_start", "message": begun}
    for index, block in enumerate(content):
        yield from _streamed(index, block)
    delta = {"stop_reason": reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": usage}
    yield {"type": "message_stop"}


def _streamed(index: int, block: Json) -> Iterator[Json]:
    def delta(kind: str, name: str, text: str) -> Json:
        part = {"type": kind, name: text}
        return {"type": "content_block_delta", "index": index, "delta": part}

    start = {"type": "content_block_start", "index": index}
    match block["type"]:
        case "text":
            yield {**start, "content_block": {**block, "text": ""}}
            yield from (delta("text_delta", "text", one) for one in _pieces(block["text"]))
        case "thinking":
            yield {**start, "content_block": {**block, "thinking": "", "signature": ""}}
            for one in _pieces(block["thinking"]):
                yield delta("thinking_delta", "thinking", one)
            yield delta("signature_delta", "signature", block["signature"])
        case _:
            yield {**start, "content_block": {**block, "input": {}}}
            given = msgspec.json.encode(block["input"]).decode()
            yield from (delta("input_json_delta", "partial_json", one) for one in _pieces(given))
    yield {"type": "content_block_stop", "index": index}


def _pieces(text: str) -> Iterator[str]:
    return (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))


def tokens(text: bytes | str) -> int:
    """About how many tokens a text has."""
    return len(text) // 4 + 1
