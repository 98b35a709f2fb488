"""The output buffer: what is sent together and when, with time passed in; and what outputs hold."""

import json
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop_agents.runtime.delivery.buffer import Batch, Buffer, size_of
from intheloop_agents.runtime.delivery.outlet import Outlet, batches
from intheloop_agents.runtime.jupyter.backlog import Backlog
from intheloop_agents.runtime.jupyter.outputs import (
    Clear,
    Display,
    Failure,
    Finished,
    InputRequest,
    KernelOutput,
    Part,
    Result,
    Stream,
    Update,
    read_finished,
    read_output,
    valid_json,
)


def out(text: str) -> Stream:
    return Stream("stdout", text)


def err(text: str) -> Stream:
    return Stream("stderr", text)


def test_neighbouring_text_of_one_stream_becomes_one_part() -> None:
    buffer = Buffer()
    for text in ("a", "b", "c"):
        assert buffer.add(out(text), now=1.0) == []
    assert buffer.take(now=1.0) == Batch([out("abc")])
    assert buffer.take(now=1.0) is None


def test_alternating_streams_keep_their_order() -> None:
    buffer = Buffer()
    for part in (out("1"), err("2"), out("3"), out("4"), err("5")):
        buffer.add(part, now=0.0)
    assert buffer.take(now=0.0) == Batch([out("1"), err("2"), out("34"), err("5")])


def test_a_display_between_two_texts_keeps_them_apart() -> None:
    buffer = Buffer()
    display = Display({"text/plain": "x"}, {}, "d1")
    update = Update("d1", {"text/plain": "y"}, {})
    for part in (out("a"), display, out("b"), update, out("c")):
        buffer.add(part, now=0.0)
    assert buffer.take(now=0.0) == Batch([out("a"), display, out("b"), update, out("c")])


def test_output_is_due_50_ms_after_the_first_that_was_not_sent() -> None:
    buffer = Buffer()
    assert buffer.due_at is None
    buffer.add(out("a"), now=10.0)
    assert buffer.due_at == pytest.approx(10.05)
    assert buffer.add(out("b"), now=10.04) == []
    assert buffer.due_at == pytest.approx(10.05)
    assert buffer.add(out("c"), now=10.06) == [Batch([out("abc")])]
    assert buffer.due_at is None


def test_8_kib_are_sent_at_once() -> None:
    buffer = Buffer()
    assert buffer.add(out("x" * 8191), now=0.0) == []
    assert buffer.add(out("y"), now=0.0) == [Batch([out("x" * 8191 + "y")])]


def test_bytes_are_counted_in_utf_8_and_in_values_too() -> None:
    assert size_of(out("é\u20ac")) == 5
    assert size_of(Display({"text/plain": "abcd"}, {})) == len("text/plain") + 4
    assert size_of(Display({"a": {"b": ["cc", 1.5]}}, {})) == 1 + 1 + 2 + 8
    assert size_of(Failure("E", "no", ["1", "2"])) == 5
    image = Display({"image/png": "i" * 9000}, {})
    assert Buffer().add(image, now=0.0) == [Batch([image])]


def test_a_clear_sends_what_is_held_and_itself() -> None:
    buffer = Buffer()
    buffer.add(out("a"), now=0.0)
    assert buffer.add(Clear(wait=True), now=0.01) == [Batch([out("a"), Clear(wait=True)])]


def test_a_loop_that_clears_at_each_turn_is_sent_20_times_a_second_and_whole() -> None:
    buffer = Buffer()
    sent: list[Batch] = []
    for turn in range(1000):
        now = turn / 1000
        sent += buffer.add(Clear(wait=True), now) + buffer.add(out(str(turn)), now)
    sent += buffer.add(Finished("ok"), now=1.0)
    assert len(sent) <= 20 + 2
    parts = [part for batch in sent for part in batch.parts]
    assert parts == [part for turn in range(1000) for part in (Clear(wait=True), out(str(turn)))]


@pytest.mark.parametrize("last", [InputRequest("name? ", password=False), Finished("ok", 3)])
def test_an_input_and_the_end_send_what_is_held_before_them(last: InputRequest | Finished) -> None:
    buffer = Buffer()
    buffer.add(out("a"), now=0.0)
    assert buffer.add(last, now=0.0) == [Batch([out("a")], then=last)]
    assert buffer.add(last, now=0.0) == [Batch([], then=last)]


texts = st.builds(Stream, st.sampled_from(["stdout", "stderr"]), st.text(min_size=1, max_size=5000))
parts = st.one_of(
    texts,
    st.builds(
        Display,
        st.dictionaries(st.text(max_size=3), st.text(max_size=9000), max_size=2),
        st.just({}),
    ),
    st.builds(Update, st.text(max_size=3), st.just({"text/plain": "u"}), st.just({})),
    st.builds(Clear, st.booleans()),
)
moments = st.floats(min_value=0, max_value=0.2)


def run_through(steps: list[tuple[Part, float]]) -> tuple[list[Batch], float]:
    """Feed outputs with these pauses before them, flushing when due; the batches and run time."""
    buffer, now, sent = Buffer(), 0.0, []
    for part, pause in steps:
        now += pause
        if buffer.due_at is not None and buffer.due_at <= now:
            held = buffer.take(buffer.due_at)
            sent += [] if held is None else [held]
        sent += buffer.add(part, now)
    return [*sent, *buffer.add(Finished("ok"), now)], now


def merged(outputs: list[Part]) -> list[Part]:
    result: list[Part] = []
    for part in outputs:
        last = result[-1] if result else None
        if isinstance(part, Stream) and isinstance(last, Stream) and last.name == part.name:
            result[-1] = Stream(part.name, last.text + part.text)
        else:
            result.append(part)
    return result


@given(st.lists(st.tuples(parts, moments), max_size=60))
def test_nothing_is_lost_or_reordered_whatever_the_moments(
    steps: list[tuple[Part, float]],
) -> None:
    sent, _ = run_through(steps)
    seen = [part for batch in sent for part in batch.parts]
    assert merged(seen) == merged([part for part, _ in steps])
    text: dict[str, str] = defaultdict(str)
    for part, _ in steps:
        if isinstance(part, Stream):
            text[part.name] += part.text
    for name, whole in text.items():
        assert whole == "".join(p.text for p in seen if isinstance(p, Stream) and p.name == name)
    assert [batch.then for batch in sent] == [None] * (len(sent) - 1) + [Finished("ok")]


@given(st.lists(st.tuples(parts, moments), max_size=200))
def test_a_run_makes_at_most_20_batches_a_second_and_one_for_each_8_kib(
    steps: list[tuple[Part, float]],
) -> None:
    sent, seconds = run_through(steps)
    size = sum(size_of(part) for part, _ in steps)
    assert len(sent) <= 20 * seconds + size / 8192 + 5


@pytest.mark.anyio
async def test_batches_come_without_the_clock_when_they_are_full_and_end_with_the_end() -> None:
    outputs: Backlog[KernelOutput] = Backlog()
    outputs.put(out("a" * 9000), out("b"), Finished("ok", 1))
    sent = [batch async for batch in batches(outputs, Outlet(), now=lambda: 0.0)]
    assert sent == [Batch([out("a" * 9000)]), Batch([out("b")], then=Finished("ok", 1))]


@pytest.mark.anyio
async def test_a_batch_comes_when_it_is_due_while_the_code_runs_on() -> None:
    outputs: Backlog[KernelOutput] = Backlog()
    outputs.put(out("a"))
    sending = batches(outputs, Outlet())
    assert await anext(sending) == Batch([out("a")])
    outputs.put(Finished("ok", 1))
    assert await anext(sending) == Batch([], then=Finished("ok", 1))
    with pytest.raises(StopAsyncIteration):
        await anext(sending)


@pytest.mark.anyio
async def test_outputs_that_stop_without_an_end_are_sent_too() -> None:
    outputs: Backlog[KernelOutput] = Backlog()
    outputs.put(out("a"))
    outputs.close()
    assert [batch async for batch in batches(outputs, Outlet())] == [Batch([out("a")])]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=20,
)


@given(json_values)
def test_every_value_that_leaves_is_strict_json_in_utf_8(value: object) -> None:
    cleaned = valid_json(value)
    raw = json.dumps(cleaned, allow_nan=False, ensure_ascii=False).encode("utf-8")
    assert json.loads(raw) == cleaned
    assert valid_json(cleaned) == cleaned


def test_lone_surrogates_and_endless_numbers_are_replaced_deep_inside() -> None:
    data = {"\ud800k": [float("nan"), {"x\udfff": "a\ud800\0b"}], "n": float("-inf")}
    assert valid_json(data) == {"\ufffdk": [None, {"x\ufffd": "a\ufffd\0b"}], "n": None}


def test_messages_become_outputs() -> None:
    bundle = {"data": {"text/plain": "1"}, "metadata": {"a": 1}, "transient": {"display_id": "d"}}
    assert read_output("display_data", bundle) == Display({"text/plain": "1"}, {"a": 1}, "d")
    assert read_output("update_display_data", bundle) == Update("d", {"text/plain": "1"}, {"a": 1})
    assert read_output("execute_result", {**bundle, "execution_count": 4}) == Result(
        4, {"text/plain": "1"}, {"a": 1}, "d"
    )
    assert read_output("clear_output", {"wait": True}) == Clear(wait=True)
    assert read_output("stream", {"name": "stderr", "text": "\ud800\0"}) == err("\ufffd\0")
    assert read_output("error", {"ename": "E", "evalue": "v", "traceback": ["t"]}) == Failure(
        "E", "v", ["t"]
    )
    assert read_output("status", {"execution_state": "idle"}) is None
    assert read_output("comm_open", {"comm_id": "c"}) is None


@pytest.mark.parametrize(
    ("msg_type", "content", "expected"),
    [
        ("stream", {}, out("")),
        ("stream", {"name": None, "text": 5}, out("5")),
        ("display_data", {"data": None, "metadata": [], "transient": "?"}, Display({}, {})),
        ("update_display_data", {"data": {"a": "b"}}, Display({"a": "b"}, {})),
        ("execute_result", {"execution_count": "7"}, Result(None, {}, {})),
        ("error", {"traceback": "lines"}, Failure("Error", "", [])),
        ("clear_output", {}, Clear(wait=False)),
    ],
)
def test_content_that_breaks_the_protocol_is_read_as_well_as_it_can_be(
    msg_type: str, content: dict[str, object], expected: Part
) -> None:
    assert read_output(msg_type, content) == expected


def test_replies_become_the_end_of_an_execution() -> None:
    assert read_finished({"status": "ok", "execution_count": 2}) == Finished("ok", 2)
    assert read_finished({"status": "aborted"}) == Finished("aborted")
    failed = {"status": "error", "execution_count": 2, "ename": "E", "evalue": "\ud800"}
    assert read_finished(failed) == Finished("error", 2, "E", "\ufffd")
