"""A long text is read by the stretch, whole and in order, whatever it is made of; what nobody looks
at is not fetched."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop.views.long_text import LongText, Piece
from intheloop.views.plain import one_line, plain, visible
from intheloop.views.weight import fitting, shares, text_weight, weight

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=400) | st.text(
    st.sampled_from('a\n"\\\r\b\t\x00\x1b[1mé😀'), max_size=400
)
rooms = st.integers(1, 300)


def cut_up(data: bytes, sizes: list[int], *, styled: bool = False) -> LongText:
    """A text in pieces of these sizes, which need not end with a character."""
    parts, at = list[bytes](), 0
    for size in sizes:
        parts.append(data[at : at + size])
        at += size
    parts.append(data[at:])
    return LongText((Piece(len(one), partial(bytes, one)) for one in parts), styled=styled)


def read_through(text: LongText, room: int, start: int = 0) -> list[str]:
    """The stretches, one after the other."""
    read, at = list[str](), start
    while at < text.size:
        part = text.stretch(at, room)
        assert part.start == at and part.end > at
        assert text_weight(part.text) <= max(room, 6)
        read.append(part.text)
        at = part.end
    return read


@given(texts, st.lists(st.integers(0, 90), max_size=5), rooms)
def test_stretches_put_together_are_the_text(text: str, sizes: list[int], room: int) -> None:
    long = cut_up(text.encode(), sizes)
    assert long.size == len(text.encode())
    assert "".join(read_through(long, room)) == text


@given(texts, rooms)
def test_lines_that_fit_are_shown_as_a_terminal_shows_them(text: str, room: int) -> None:
    read = read_through(cut_up(text.encode(), [], styled=True), room)
    assert not any("\x1b" in one or "\r" in one for one in read)
    if all(text_weight(line) < room for line in text.split("\n")):
        assert "".join(read) == plain(text)


@given(texts, st.integers(60, 300))
def test_a_text_cut_short_names_where_its_rest_begins(text: str, room: int) -> None:
    long = cut_up(text.encode(), [])
    short = long.shortened(room)
    assert weight(short.text) - 2 <= room
    if not short.left_out:
        assert short.text == text
        return
    head, marker, tail = short.text.partition(f"\n…[{short.left_out} more bytes]…\n")
    assert marker and text.startswith(head) and text.endswith(tail)
    assert len(head.encode()) == short.next
    assert head + "".join(read_through(long, 50, short.next)) == text
    assert len(head.encode()) + short.left_out + len(tail.encode()) == long.size


@given(st.binary(max_size=300), st.integers(0, 310), rooms)
def test_bytes_that_are_no_text_are_read_through_too(data: bytes, start: int, room: int) -> None:
    for styled in (False, True):
        long = cut_up(data, [3, 5], styled=styled)
        long.shortened(room)
        part = long.stretch(start, room)
        part.text.encode()
        assert start >= len(data) or part.end > start


@given(texts, st.text("ab\n", min_size=1, max_size=2), st.integers(20, 200))
def test_every_line_that_holds_a_text_is_found_once(text: str, wanted: str, room: int) -> None:
    long = cut_up(text.encode(), [7])
    found, at = list[str](), 0
    while at < long.size:
        part = long.find(wanted, at, room)
        found += part.text.split("\n") if part.text else []
        assert part.end > at
        at = part.end
    lines = [line for line in text.split("\n") if wanted in line]
    assert len(found) == len(lines)
    for one, line in zip(found, lines, strict=True):
        position, _, shown = one.partition(": ")
        assert text.encode()[int(position) :].startswith(line.encode())
        assert shown == line


def test_only_the_pieces_that_are_looked_at_are_fetched() -> None:
    fetched: list[int] = []

    def piece(number: int) -> Piece:
        def load() -> bytes:
            fetched.append(number)
            return b"line\n" * 1000

        return Piece(5000, load)

    long = LongText(map(piece, range(1000)), styled=True)
    short = long.shortened(600)
    assert short.text.startswith("line\n") and short.text.endswith("line\n")
    assert set(fetched) <= {*range(60), 999}
    fetched.clear()
    assert long.stretch(3_000_000, 100).text.startswith("line")
    assert len(fetched) <= 54


def test_a_progress_bar_is_shown_as_it_ended() -> None:
    bar = "\r".join(f"{done}%|{'#' * (done // 5):20}|" for done in range(101))
    long = LongText.of(f"begin\n{bar}\nend\n" * 20, styled=True)
    assert long.shortened(2000).text == ("begin\n100%|####################|\nend\n" * 20)


def test_a_control_sequence_is_not_cut_in_two() -> None:
    long = LongText.of("\x1b[38;5;208mx\x1b[0m" * 500, styled=True)
    assert set("".join(read_through(long, 99))) == {"x"}


def test_a_blob_that_is_shorter_than_it_was_said_to_be_is_read_all_the_same() -> None:
    long = LongText([Piece(100, lambda: b"short")])
    assert long.stretch(0, 200).text.strip() == "short" and long.stretch(0, 200).end == 100


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-3, 60))
def test_what_fits_is_what_json_says(text: str, room: int) -> None:
    assert text_weight(text) == weight(text) - 2
    end = fitting(text, room)
    assert text_weight(text[:end]) <= max(room, 0)
    assert end == len(text) or text_weight(text[: end + 1]) > room


@given(st.lists(st.integers(0, 500)), st.integers(-5, 900))
def test_room_is_shared_so_that_the_small_get_what_they_need(needs: list[int], room: int) -> None:
    given_ = shares(needs, room)
    assert sum(given_) <= max(room, 0)
    assert all(got <= need for got, need in zip(given_, needs, strict=True))
    cut = [got for got, need in zip(given_, needs, strict=True) if got < need]
    assert bool(cut) == (sum(needs) > max(room, 0))
    assert not cut or min(cut) >= max(given_) - 1


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[31mred\x1b[0m and \x1b]8;;http://x\x07link\x1b]8;;\x07", "red and link"),
        ("10%\r20%\rdone", "done"),
        ("abc\rX", "Xbc"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("pass\b\b\b\bfail", "fail"),
        ("bell\x07 null\x00 c1\x9b del\x7f tab\t.", "bell null c1 del tab\t."),
        ("\x1b", ""),
    ],
)
def test_plain_text_is_what_a_terminal_shows_in_the_end(written: str, shown: str) -> None:
    assert plain(written) == shown


def test_what_nobody_sees_is_made_visible() -> None:
    assert visible("a\x1b[2J\r\x00\x7f\x9b\tb\n") == "a␛[2J␍␀␡\ufffd\tb\n"
    assert one_line("safe\rrm -rf /\n  and   more", 100) == "safe␍rm -rf / and more"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"


@given(st.text(st.sampled_from("ab\r\n\b\x1b[]m0;\x07\\"), max_size=60))
def test_plain_text_holds_no_controls_and_is_never_longer(text: str) -> None:
    shown = plain(text)
    assert text_weight(shown) <= text_weight(text)
    assert not set(shown) & {"\r", "\b", "\x1b", "\x07"}
    assert plain(shown) == shown
