"""The quota of an execution: the whole below it, and past it the end with a word about the rest."""

import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from intheloop_agents.runtime.delivery.buffer import size_of
from intheloop_agents.runtime.delivery.quota import TAIL_BYTES, Quota, weight_of
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
)

NOTICE = re.compile(
    r"\n\[In The Loop kept the first (\d+) bytes? of this output; (\d+) bytes? more were left out\."
    r"( The last lines follow\.)?\]\n"
)
LATE = "what comes from here on is left out.]\n"
# A notice, the last text, and an exception cut short.
PAST_BYTES = 200 + 2 * TAIL_BYTES


def out(text: str) -> Stream:
    return Stream("stdout", text)


def through(quota: Quota, outputs: Sequence[KernelOutput]) -> list[KernelOutput]:
    return [kept for output in outputs for kept in quota.admit(output)]


def is_notice(output: KernelOutput) -> bool:
    return isinstance(output, Stream) and output.text.startswith("\n[In The Loop kept")


def text_of(outputs: Sequence[KernelOutput]) -> str:
    return "".join(output.text for output in outputs if isinstance(output, Stream))


def weight(outputs: Sequence[KernelOutput]) -> int:
    return sum(weight_of(one) for one in outputs if not isinstance(one, Finished | InputRequest))


NARROW = "".join(f"{number}," for number in range(4000))
WIDE = "".join(f"{number}é€😀" for number in range(2500))
texts = st.builds(out, st.text(max_size=40)) | st.builds(
    Stream, st.sampled_from(["stdout", "stderr"]), st.sampled_from(["a", "é€😀", NARROW, WIDE])
)
bundles = st.dictionaries(st.just("text/plain"), st.text(max_size=200))
parts: st.SearchStrategy[Part] = st.one_of(
    texts,
    st.builds(Display, bundles, st.just({})),
    st.builds(Result, st.none(), bundles, st.just({})),
    st.builds(Update, st.just("d"), bundles, st.just({})),
    st.builds(Clear, st.booleans()),
    st.builds(Failure, st.just("E"), st.text(max_size=5), st.lists(st.just("line"), max_size=3)),
)
runs = st.lists(parts | st.just(InputRequest("? ", password=False)), max_size=30)
limits = st.integers(1, 300) | st.integers(1, 60_000)
ends = st.sampled_from([Finished("ok", 1), Finished("error", 1, "E", "v"), Finished("died")])


@given(runs, ends)
def test_below_the_quota_nothing_changes(run: list[KernelOutput], end: Finished) -> None:
    everything = [*run, end]
    for limit in (0, max(1, weight(run))):
        assert through(Quota(limit), everything) == everything


@given(runs, ends, limits)
def test_whatever_comes_what_is_let_through_is_bounded(
    run: list[KernelOutput], end: Finished, limit: int
) -> None:
    assert weight(through(Quota(limit), [*run, end])) <= limit + PAST_BYTES


@given(runs, ends, limits)
def test_what_is_let_through_is_the_beginning_then_a_notice_then_the_true_end(
    run: list[KernelOutput], end: Finished, limit: int
) -> None:
    quota = Quota(limit)
    first, last = through(quota, run), quota.admit(end)
    assert last.pop() == end
    # The beginning, but for a text that was cut where the quota ended.
    asked = [one for one in run if isinstance(one, InputRequest)]
    assert [one for one in first if isinstance(one, InputRequest)] == asked
    said = [one for one in run if not isinstance(one, InputRequest)]
    kept = [one for one in first if not isinstance(one, InputRequest)]
    assert kept[:-1] == said[: len(kept) - 1] if kept else True
    if kept and kept[-1] != said[len(kept) - 1]:
        whole, cut = said[len(kept) - 1], kept[-1]
        assert isinstance(whole, Stream) and isinstance(cut, Stream)
        assert whole.text.startswith(cut.text) and cut.name == whole.name
        assert limit - weight(kept) < 4  # No further character would have fitted.
    # The notice, when something was left out, and with the right numbers.
    notices = [one for one in last if is_notice(one)]
    rest = [one for one in last if not is_notice(one)]
    left_out = weight(said) - weight(kept) - weight(rest)
    assert len(notices) == (1 if left_out > 0 else 0)
    if notices:
        assert last[0] == notices[0]
        found = NOTICE.fullmatch(text_of(notices)) if max(weight(kept), left_out) < 1024 else None
        if found:
            assert [int(found[1]), int(found[2])] == [weight(kept), left_out]
            assert bool(found[3]) == bool(text_of(rest))
    # The end of the text, as long as it may be.
    unseen = text_of(said)[len(text_of(kept)) :]
    tail = text_of(rest)
    assert unseen.endswith(tail)
    assert len(tail.encode()) <= TAIL_BYTES
    assert tail == unseen or TAIL_BYTES - len(tail.encode()) < 4
    # And what ended it.
    failures = [one for one in said[len(kept) :] if isinstance(one, Failure)]
    ended_it = failures[-1:] if end.status == "error" else []
    assert [one for one in rest if not isinstance(one, Stream)] == ended_it


@given(runs, runs, ends, limits)
def test_what_comes_after_the_end_counts_on_and_one_word_is_enough(
    run: list[KernelOutput], late: list[KernelOutput], end: Finished, limit: int
) -> None:
    quota = Quota(limit)
    everything = [*through(quota, [*run, end]), *through(quota, late)]
    assert weight(everything) <= limit + PAST_BYTES
    assert sum(map(is_notice, everything)) == (
        1 if text_of(everything).count("[In The Loop") else 0
    )
    if weight(run) + weight(late) > limit + 2 * TAIL_BYTES:
        assert sum(map(is_notice, everything)) == 1


def test_a_notice_reads_as_a_sentence() -> None:
    kept = through(Quota(3), [out("abc"), out("." * 36 * 1024), Finished("ok")])
    notice = (
        "\n[In The Loop kept the first 3 bytes of this output; 20 KiB more were left out. "
        "The last lines follow.]\n"
    )
    tail = out("." * TAIL_BYTES)
    assert kept == [out("abc"), Stream("stderr", notice), tail, Finished("ok")]
    display = Display({"text/plain": "x" * 2**20}, {})
    kept = through(Quota(3), [out("abc"), display, Finished("ok")])
    assert text_of(kept[1:]) == (
        "\n[In The Loop kept the first 3 bytes of this output; 1 MiB more were left out.]\n"
    )


def test_text_is_cut_between_characters_and_counted_in_utf_8() -> None:
    quota = Quota(5)
    assert quota.admit(out("a€€")) == [out("a€")]
    assert quota.admit(Finished("ok")) == [out("€"), Finished("ok")]


def test_the_end_of_text_of_both_streams_keeps_their_order() -> None:
    quota = Quota(1)
    flood = [Stream(name, f"{n:05}") for n in range(10_000) for name in ("stdout", "stderr")]
    kept = through(quota, [*flood, Finished("ok")])
    assert kept[0] == out("0")
    lines = kept[2:-1]
    assert lines[1:] == flood[-len(lines) + 1 :]
    assert sum(size_of(line) for line in lines if isinstance(line, Stream)) == TAIL_BYTES


def test_an_exception_past_the_quota_is_cut_to_what_fits_and_ends_with_its_end() -> None:
    failure = Failure("E" * 9000, "v" * 10**6, [f"line {n}" for n in range(10_000)])
    kept = through(Quota(1), [out("ab"), failure, Finished("error", 1, "E", "v")])
    shown = kept[-2]
    assert isinstance(shown, Failure)
    assert size_of(shown) <= TAIL_BYTES
    assert shown.ename.startswith("EE") and shown.evalue.startswith("vv")
    assert shown.traceback[-1] == "line 9999" and len(shown.traceback) > 500


def test_a_loop_that_only_clears_or_updates_comes_to_an_end_too() -> None:
    for part in (Clear(wait=True), Update("d", {"text/plain": "u"}, {})):
        kept = through(Quota(10_000), [part] * 10_000 + [Finished("ok")])
        assert len(kept) < 200
        assert is_notice(kept[-2])


def test_a_thread_that_floods_after_the_end_is_told_off_once() -> None:
    quota = Quota(4)
    assert through(quota, [out("ab"), Finished("ok")]) == [out("ab"), Finished("ok")]
    late = through(quota, [out("cdef")] * 3)
    assert late[0] == out("cd")
    assert text_of(late[1:]) == f"\n[In The Loop kept the first 4 bytes of this output; {LATE}"
