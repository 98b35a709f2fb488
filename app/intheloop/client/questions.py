"""What may be asked of a kernel, and what comes back: the values of `ask` and `answer` signals.

Shapes and their bound alone; who asks is `asking`, who answers is a runtime. Nothing of it is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

T = TypeVar("T")

VALUE_LIMIT = 16 * 1024
"""Bytes that the value of a signal may have as JSON."""

_Count: TypeAlias = Annotated[int, Meta(ge=0)]
_encode = msgspec.json.Encoder().encode
# Room for the fields around what is cut, and for the note of what was left out.
_FRAME = 256
_LONGEST_MATCH = 1000


class Complete(Struct, frozen=True, tag_field="question", tag="complete"):
    """What could stand at the cursor? `cursor` counts UTF-16 units."""

    code: str
    cursor: _Count


class Inspect(Struct, frozen=True, omit_defaults=True, tag_field="question", tag="inspect"):
    """What is it that the cursor stands on? With `detail` 1 its source comes too."""

    code: str
    cursor: _Count
    detail: Literal[0, 1] = 0


class Variables(Struct, frozen=True, omit_defaults=True, tag_field="question", tag="variables"):
    """Which variables are there, by name? `contains`: only names with this text in them, whatever
    its case. `offset`: leave out so many of them, to read on where an answer was cut."""

    contains: str = ""
    offset: _Count = 0


class Memory(Struct, frozen=True, tag_field="question", tag="memory"):
    """How much memory does the kernel hold, with all that it started?"""


Question: TypeAlias = Complete | Inspect | Variables | Memory


class Match(Struct, frozen=True, omit_defaults=True):
    """A text that could stand there; `type` is the kernel's word for what it is, if it has one."""

    text: str
    type: str = ""


class Completions(Struct, frozen=True, omit_defaults=True, tag_field="answer", tag="completions"):
    """What each match would replace is `start` to `end`, in UTF-16 units. `more` were left out."""

    matches: tuple[Match, ...]
    start: _Count
    end: _Count
    more: int = 0


class Inspection(Struct, frozen=True, omit_defaults=True, tag_field="answer", tag="inspection"):
    """What the kernel says, as plain text without colours, and as HTML or Markdown if it has that
    and it fits. `left_out` names what did not fit."""

    found: bool
    text: str = ""
    html: str = ""
    markdown: str = ""
    left_out: tuple[str, ...] = ()


class Variable(Struct, frozen=True, omit_defaults=True):
    """A name and what it stands for, as far as that can be told without running any code of its
    class. `shape` of what has only a length is that; `size` is in bytes, without what it holds."""

    name: str
    type: str
    kind: Literal["value", "module", "function", "class"] = "value"
    shape: tuple[int, ...] | None = None
    size: int | None = None
    preview: str = ""


class VariableList(Struct, frozen=True, omit_defaults=True, tag_field="answer", tag="variables"):
    """Variables in the order of their names; `more` come after them."""

    variables: tuple[Variable, ...]
    more: int = 0


class MemoryHeld(Struct, frozen=True, omit_defaults=True, tag_field="answer", tag="memory"):
    """Bytes of resident memory. With more than `limit` the kernel is ended; 0 is no limit."""

    held: int
    limit: int = 0


class NoAnswer(Struct, frozen=True, tag_field="answer", tag="none"):
    """There is none; `reason` is a sentence."""

    reason: str


Answer: TypeAlias = Completions | Inspection | VariableList | MemoryHeld | NoAnswer


def too_large(question: Question) -> NoAnswer | None:
    """Why a question cannot be sent, if so."""
    size = len(_encode(question))
    if size <= VALUE_LIMIT:
        return None
    return NoAnswer(
        f"The question has {size} bytes, and a signal carries {VALUE_LIMIT}; "
        "ask with less code around the cursor."
    )


def fitted(answer: Answer) -> Answer:
    """The same answer, cut to what a signal carries, with a note of what was left out."""
    match answer:
        case Completions(matches=matches):
            short = [one for one in matches if len(one.text) <= _LONGEST_MATCH]
            kept = _first_that_fit(short)
            return replace(answer, matches=kept, more=answer.more + len(matches) - len(kept))
        case VariableList(variables=variables):
            some = _first_that_fit(variables)
            return VariableList(some, answer.more + len(variables) - len(some))
        case Inspection():
            return _fitted_inspection(answer)
        case MemoryHeld():
            return answer
        case NoAnswer(reason=reason):
            return NoAnswer(_cut(reason, VALUE_LIMIT - _FRAME))


def _first_that_fit(parts: Sequence[T]) -> tuple[T, ...]:
    room = VALUE_LIMIT - _FRAME
    for count, part in enumerate(parts):
        room -= len(_encode(part)) + 1
        if room < 0:
            return tuple(parts[:count])
    return tuple(parts)


def _fitted_inspection(answer: Inspection) -> Inspection:
    text = _cut(answer.text, VALUE_LIMIT - _FRAME)
    left_out = [] if text == answer.text else [f"{len(answer.text) - len(text)} characters of text"]
    cut = Inspection(answer.found, text)
    for form in ("html", "markdown"):
        fuller = replace(cut, **{form: getattr(answer, form)})
        if fuller == cut or len(_encode(fuller)) <= VALUE_LIMIT - _FRAME:
            cut = fuller
        else:
            left_out.append(form)
    return replace(cut, left_out=(*answer.left_out, *left_out))


def _cut(text: str, room: int) -> str:
    """The longest beginning of a text that has at most so many bytes as JSON."""
    if len(text) <= room and len(_encode(text)) <= room:
        return text
    text = text[:room]
    lengths = range(1, len(text) + 1)
    return text[: bisect_right(lengths, room, key=lambda length: len(_encode(text[:length])))]
