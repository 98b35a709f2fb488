"""Ids that follow from run, turn and step: who repeats a step after a crash repeats its id."""

import hashlib

_LENGTH = 32


def derived(*parts: object) -> str:
    """An id of this step: the same parts give the same id, in every process."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:_LENGTH]


def tool_call_id(run_id: str, turn: int, position: int) -> str:
    """The id of a tool call: the tool's command carries it, so that it happens once."""
    return "call_" + derived(run_id, turn, position)[:24]


def sha256_of(text: str) -> str:
    """The sha256 of a text's UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()
