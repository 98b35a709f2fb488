"""What becomes of outputs on their way to the log: floods as blobs, and what comes late."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from intheloop import commands as c
from intheloop.values import StreamOutput, sha256_hex
from intheloop_agents.runtime.delivery.buffer import (
    FLOOD_AT_BYTES,
    FLOOD_FROM_BYTES,
    Batch,
    Buffer,
    size_of,
)
from intheloop_agents.runtime.delivery.outlet import Outlet, Outlets
from intheloop_agents.runtime.delivery.recorded import prepare
from intheloop_agents.runtime.jupyter.backlog import Backlog
from intheloop_agents.runtime.jupyter.outputs import (
    Clear,
    Display,
    Finished,
    InputRequest,
    Part,
    Stream,
)

MIB = 2**20


def out(text: str) -> Stream:
    return Stream("stdout", text)


def flooded() -> Buffer:
    """A buffer that a flood has come through."""
    buffer = Buffer()
    buffer.add(out("x" * (FLOOD_FROM_BYTES + 1)), now=0.0)
    buffer.take(now=0.0)
    return buffer


def pieces_of(parts: list[c.Part]) -> list[StreamOutput]:
    return [
        output
        for part in parts
        if isinstance(part, c.Append)
        for output in part.outputs
        if isinstance(output, StreamOutput)
    ]


def test_after_the_first_mib_text_is_gathered_for_a_second_or_4_mib() -> None:
    buffer = flooded()
    assert buffer.add(out("a"), now=10.0) == []
    assert buffer.due_at == 11.0
    assert buffer.add(out("b"), now=10.9) == []
    assert buffer.add(out("c"), now=11.0) == [Batch([Stream("stdout", "abc", flood=True)])]
    many = [batch for _ in range(10) for batch in buffer.add(out("y" * MIB), now=20.0)]
    assert [size_of(batch.parts[0]) for batch in many] == [FLOOD_AT_BYTES] * 2


def test_the_first_mib_comes_as_ever_and_an_end_does_not_wait() -> None:
    buffer = Buffer()
    assert buffer.add(out("x" * MIB), now=0.0) == [Batch([out("x" * MIB)])]
    buffer = flooded()
    for last in (InputRequest("? ", password=False), Finished("ok")):
        buffer.add(out("a"), now=0.0)
        assert buffer.add(last, 0.0) == [Batch([Stream("stdout", "a", flood=True)], then=last)]


def test_of_a_flood_the_log_holds_names_of_blobs_and_small_pieces() -> None:
    prepared = prepare([Stream("stdout", "é" * 1000, True), Clear(False), out("a"), out("b")])
    small, _, other = prepared.parts
    assert [piece.text for piece in pieces_of([small, other])] == ["é" * 1000, "ab"]
    text = "0123456789" * 500_000
    prepared = prepare([Stream("stdout", text, True), Stream("stderr", "€" * 3_000_000, True)])
    pieces = pieces_of(prepared.parts)
    assert all(piece.blob is not UNSET and piece.text == "" for piece in pieces)
    assert [piece.name for piece in pieces] == ["stdout"] * 2 + ["stderr"] * 3
    kept = b"".join(prepared.blobs[piece.sha256] for piece in pieces)
    assert kept.decode() == text + "€" * 3_000_000
    for sha256, data in prepared.blobs.items():
        assert sha256 == sha256_hex(data) and len(data) <= 4 * MIB


sizes = st.sampled_from([10, 5_000, 300_000, 3_000_000])
texts = st.builds(
    lambda name, char, size: Stream(name, char * size),
    st.sampled_from(["stdout", "stderr"]),
    st.sampled_from(["x", "é"]),
    sizes,
)
displays = st.just(Display({"text/plain": "d"}, {}))


@given(st.lists(st.tuples(texts | displays, st.floats(0, 2)), max_size=20))
def test_a_flood_is_whole_in_order_and_never_more_than_the_first_mib_stands_in_the_log(
    steps: list[tuple[Part, float]],
) -> None:
    outlet, now, inline = Outlet(), 0.0, 0
    told: list[tuple[str, str]] = []
    for part, pause in [*steps, (None, 0.0)]:
        now += pause
        ready = outlet.due(now) + outlet.add(part or Finished("ok"), now)
        for batch in ready:
            assert sum(map(size_of, batch.parts)) < 2 * FLOOD_AT_BYTES + 3_000_000
            prepared = prepare(batch.parts)
            for piece in pieces_of(prepared.parts):
                text = piece.text or prepared.blobs.get(piece.sha256, b"").decode()
                told.append((piece.name, text))
                inline += len(piece.text.encode())
    assert joined(told) == joined(
        [(part.name, part.text) for part, _ in steps if isinstance(part, Stream)]
    )
    assert inline <= FLOOD_FROM_BYTES + 1024 * (len(steps) + 1)


def joined(texts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbouring text of one stream as one."""
    result: list[tuple[str, str]] = []
    for name, text in texts:
        if result and result[-1][0] == name:
            result[-1] = (name, result[-1][1] + text)
        else:
            result.append((name, text))
    return result


@pytest.mark.anyio
async def test_what_comes_late_is_gathered_for_each_execution_and_counts_on() -> None:
    outlets, late = Outlets(limit=10), Backlog[tuple[str, Part]]()
    outlets.of("a").add(out("12345678"), now=0.0)
    outlets.of("a").add(Finished("ok"), now=0.0)
    moments = itertools.count()
    batches = outlets.late_batches(late, now=lambda: next(moments) * 0.03)
    late.put(("a", out("90")), ("b", out("1")), ("a", out("lost")), ("b", out("2")))
    first, second = await anext(batches), await anext(batches)
    assert [first[0], second[0]] == ["a", "b"]
    kept, notice = first[1].parts
    assert kept == out("90")
    assert isinstance(notice, Stream) and "kept the first 10 bytes" in notice.text
    assert second[1] == Batch([out("12")])
    await batches.aclose()
