"""What a kernel says while it runs code, as plain values.

Owns the shapes and the reading of message contents into them; every string and value that leaves
here can be stored as JSON in UTF-8. Knows nothing of sockets, processes, time or the log.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from intheloop.ipynb import DEEPEST

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"
_TOO_DEEP = f"[In The Loop keeps {DEEPEST} levels of nesting; what stood below is left out.]"


class Stream(msgspec.Struct, frozen=True, tag="stream"):
    """Text on `stdout` or `stderr`; `flood`: it is part of more than anybody reads as it comes."""

    name: str
    text: str
    flood: bool = False


class Display(msgspec.Struct, frozen=True, tag="display"):
    """A mime bundle that the code displayed; `display_id` names it for later updates."""

    data: dict[str, Any]
    metadata: dict[str, Any]
    display_id: str | None = None


class Result(msgspec.Struct, frozen=True, tag="result"):
    """The value of the code's last expression, as a mime bundle."""

    execution_count: int | None
    data: dict[str, Any]
    metadata: dict[str, Any]
    display_id: str | None = None


class Failure(msgspec.Struct, frozen=True, tag="failure"):
    """An exception that left the code; `traceback` holds lines with ANSI colours."""

    ename: str
    evalue: str
    traceback: list[str]


class Update(msgspec.Struct, frozen=True, tag="update"):
    """New content for every output with this `display_id`, in whatever cell it stands."""

    display_id: str
    data: dict[str, Any]
    metadata: dict[str, Any]


class Clear(msgspec.Struct, frozen=True, tag="clear"):
    """Erase the execution's outputs so far; with `wait` only when the next output comes."""

    wait: bool


class InputRequest(msgspec.Struct, frozen=True, tag="input_request"):
    """The code waits for a line of text; with `password` it must not be shown or kept."""

    prompt: str
    password: bool


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """The one last word of an execution.

    `aborted`: the kernel skipped it because an earlier one failed. `died`: the kernel ended or was
    ended first; `reason` is a sentence, `exit_code` is negative for a signal (as in `subprocess`).
    """

    status: Literal["ok", "error", "aborted", "died"]
    execution_count: int | None = None
    ename: str | None = None
    evalue: str | None = None
    reason: str | None = None
    exit_code: int | None = None

    @property
    def error(self) -> str:
        """The exception in a line. A shell gives an exit code and no name for it."""
        if not self.ename:
            return f"It ended with the error {self.evalue}."
        return f"{self.ename}: {self.evalue}"


Part = Stream | Display | Result | Failure | Update | Clear
KernelOutput = Part | InputRequest | Finished


def valid_text(text: str) -> str:
    """The same text with every lone surrogate replaced by U+FFFD. NUL stays as it is."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub(_REPLACEMENT, text)
    return text


def valid_json(value: Any, levels: int = DEEPEST) -> Any:
    """The same JSON value made storable: valid text, also in keys, and only finite numbers.

    A list or object below so many levels becomes a note that says so.

    NaN and the infinities become null, as in JavaScript's `JSON.stringify`: they are no JSON, and
    a string such as "NaN" would be taken for a text that the code has written.
    """
    match value:
        case str():
            return valid_text(value)
        case float():
            return value if math.isfinite(value) else None
        case list() | dict() if not levels:
            return _TOO_DEEP
        case list():
            return [valid_json(item, levels - 1) for item in value]
        case dict():
            return {valid_text(key): valid_json(item, levels - 1) for key, item in value.items()}
        case _:
            return value


def read_output(msg_type: str, content: Mapping[str, Any]) -> Part | None:
    """The output in one iopub message of the Jupyter protocol, or None if it carries none.

    Content that is not as the protocol wants it is read as well as it can be, never refused.
    """
    match msg_type:
        case "stream":
            return Stream(_text(content.get("name"), "stdout"), _text(content.get("text")))
        case "display_data":
            return Display(*_bundle(content), _display_id(content))
        case "execute_result":
            return Result(
                _count(content.get("execution_count")), *_bundle(content), _display_id(content)
            )
        case "error":
            return read_failure(content)
        case "update_display_data":
            display_id = _display_id(content)
            # Without an id it updates nothing: what it shows is shown as a new display.
            if display_id is None:
                return Display(*_bundle(content))
            return Update(display_id, *_bundle(content))
        case "clear_output":
            return Clear(wait=bool(content.get("wait", False)))
        case _:
            return None


def read_failure(content: Mapping[str, Any]) -> Failure:
    """The exception in an `error` message or in an `execute_reply` with status error."""
    traceback = content.get("traceback")
    lines = traceback if isinstance(traceback, list) else []
    return Failure(
        _text(content.get("ename"), "Error"),
        _text(content.get("evalue")),
        [_text(line) for line in lines],
    )


def read_input_request(content: Mapping[str, Any]) -> InputRequest:
    """The prompt in an `input_request` message."""
    return InputRequest(_text(content.get("prompt")), password=bool(content.get("password", False)))


def read_finished(content: Mapping[str, Any]) -> Finished:
    """The end that an `execute_reply` tells."""
    count = _count(content.get("execution_count"))
    match content.get("status"):
        case "ok":
            return Finished("ok", count)
        # "abort" is how kernels of protocol 5.0 and earlier write it.
        case "aborted" | "abort":
            return Finished("aborted", count)
        case _:
            failure = read_failure(content)
            return Finished("error", count, failure.ename, failure.evalue)


def _text(value: Any, default: str = "") -> str:
    if value is None:
        return default
    return valid_text(value if isinstance(value, str) else str(value))


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _object(value: Any) -> dict[str, Any]:
    cleaned: dict[str, Any] = valid_json(value) if isinstance(value, dict) else {}
    return cleaned


def _bundle(content: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return _object(content.get("data")), _object(content.get("metadata"))


def _display_id(content: Mapping[str, Any]) -> str | None:
    transient = content.get("transient")
    display_id = transient.get("display_id") if isinstance(transient, dict) else None
    return None if display_id is None else _text(display_id)
