"""Outputs as answers show them: each with a fair part of the room, what is left out named with the
call that reads it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from intheloop.commands import OutputView

from .calls import Arguments, call
from .telling import AnyOutput, Told, mimes_of, told
from .value import Fetch
from .weight import shares, weight

MOST_CUT = 30
"""Of outputs that do not fit as they are, so many are shown in part."""

_LEAST = 420
_LEAST_TEXT = 60
_MIMES = 200


class Whose(Struct, frozen=True):
    """Whose outputs they are: the arguments with which `read_output` finds one of them, and the
    tool with the arguments that shows more of them."""

    one: Arguments
    tool: str
    more: Arguments


class _Drawn(Struct, frozen=True):
    """An output: its view without text, its text, and what room it needs to be shown whole."""

    view: OutputView
    told: Told
    need: int


def view_outputs(
    outputs: Sequence[AnyOutput], first: int, room: int, whose: Whose, fetch: Fetch
) -> tuple[tuple[OutputView, ...], str]:
    """The outputs from number `first` on, and what is left out of them; both within the room.

    Shown are all of them, or the first and the last; of a later part those that come next.
    """
    left = range(first, len(outputs))
    if not left:
        return (), ""
    gap = _gap(left, len(outputs), whose)
    drawn = _as_many_as_fit(outputs, left, room - weight(gap), whose, fetch)
    if len(drawn) == len(left):
        return _filled(drawn, room, whose), ""
    room -= weight(gap)
    most = min(MOST_CUT, room // (_LEAST + 2 * weight(call("", whose.one))))
    if most < 1:
        return (), gap
    if first:
        drawn = drawn or [_draw(outputs, first, room, whose, fetch)]
        return _filled(drawn, room, whose), _gap(left[len(drawn) :], len(outputs), whose)
    head, tail = most - most // 2, max(len(left) - most // 2, most - most // 2)
    shown = [*left[:head], *left[tail:]]
    drawn = [_draw(outputs, number, room, whose, fetch) for number in shown]
    return _filled(drawn, room, whose), _gap(left[head:tail], len(outputs), whose)


def _gap(left_out: Sequence[int], all_of_them: int, whose: Whose) -> str:
    if not left_out:
        return ""
    numbers = f"{left_out[0]} to {left_out[-1]}" if len(left_out) > 1 else f"{left_out[0]}"
    read = call(whose.tool, whose.more, first_output=left_out[0])
    return f"Of {all_of_them} outputs those numbered {numbers} are left out: {read}"


def _as_many_as_fit(
    outputs: Sequence[AnyOutput], numbers: Sequence[int], room: int, whose: Whose, fetch: Fetch
) -> list[_Drawn]:
    drawn: list[_Drawn] = []
    for number in numbers:
        one = _draw(outputs, number, room, whose, fetch)
        room -= one.need
        if room < 0:
            break
        drawn.append(one)
    return drawn


def _draw(
    outputs: Sequence[AnyOutput], number: int, room: int, whose: Whose, fetch: Fetch
) -> _Drawn:
    output = outputs[number]
    one = told(output, fetch)
    more = ""
    if one.kind == "image":
        more = f"To look at it: {call('read_output', whose.one, output=number, form='image')}"
    elif one.whole:
        more = f"{one.whole}: {call('read_output', whose.one, output=number, **one.form)}"
    view = OutputView(number, one.kind, "", 0, one.shape, _shown_mimes(output), more)
    whole = one.text.stretch(0, room)
    unfit = whole.end < one.text.size
    return _Drawn(view, one, weight(view) + 1 + (room + 1 if unfit else weight(whole.text)))


def _shown_mimes(output: AnyOutput) -> tuple[str, ...]:
    shown, left = list[str](), _MIMES
    for mime in mimes_of(output):
        left -= weight(mime) + 1
        if left >= 0 and mime != "text/plain":
            shown.append(mime)
    return tuple(shown)


def _filled(drawn: Sequence[_Drawn], room: int, whose: Whose) -> tuple[OutputView, ...]:
    given = shares([one.need for one in drawn], room)
    return tuple(_with_text(one, share - 1, whose) for one, share in zip(drawn, given, strict=True))


def _with_text(one: _Drawn, room: int, whose: Whose) -> OutputView:
    text = one.told.text
    if one.need - 1 <= room:
        return replace(one.view, text=text.stretch(0, room).text)
    cut = _cut(one, text.size, text.size, whose)
    if weight(cut) + _LEAST_TEXT > room:
        cut = replace(cut, mimes=())
    left = room - weight(cut)
    if left < _LEAST_TEXT:
        return replace(_cut(one, text.size, 0, whose), mimes=())
    short = text.shortened(left)
    if not short.left_out:
        return replace(one.view, text=short.text)
    told = _cut(one, short.left_out, short.next, whose)
    return replace(told, text=short.text, mimes=cut.mimes)


def _cut(one: _Drawn, left_out: int, offset: int, whose: Whose) -> OutputView:
    """The view of a text of which that much is left out, from the offset on."""
    rest = call("read_output", whose.one, output=one.view.output, offset=offset)
    more = f"{left_out} bytes are left out: {rest} {one.view.more}".rstrip()
    return replace(one.view, size=one.told.text.size, more=more)
