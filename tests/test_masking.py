"""Secrets in a text that comes in pieces: wherever it is cut, none is shown whole."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop_agents.masking import MASK, Secrets, Sieve, masked, secrets_of
from intheloop_agents.runtime.delivery.outlet import Outlet
from intheloop_agents.runtime.delivery.screen import HOLD_S, Screen
from intheloop_agents.runtime.jupyter.outputs import (
    Display,
    Failure,
    Finished,
    InputRequest,
    KernelOutput,
    Part,
    Result,
    Stream,
)
from tests.test_assistant_masking import KEYS

VALUE = "Zk3-canary/of the=environment"
SECRETS = Secrets([VALUE, "two\nlines\n<of> a secret"])
OF_FORM = KEYS[0]


def out(text: str) -> Stream:
    return Stream("stdout", text)


def text_of(parts: list[Part]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Stream))


def sifted(*pieces: str) -> str:
    sieve = Sieve(SECRETS)
    return "".join(map(sieve.add, pieces)) + sieve.release()


words = st.sampled_from(
    [*KEYS, VALUE, VALUE[:9], "sk-", "run_", "a", " ", "\n", "-----BEGIN ", "€"]
)
texts = st.lists(words, max_size=8).map(" ".join)


@given(texts, st.lists(st.integers(0, 400), max_size=12))
def test_a_text_in_pieces_is_masked_as_the_whole_is(text: str, cuts: list[int]) -> None:
    ends = sorted({*(cut for cut in cuts if cut < len(text)), len(text)})
    starts = [0, *ends]
    pieces = [text[a:b] for a, b in zip(starts, ends, strict=False)]
    shown, (whole, count) = sifted(*pieces), masked(text, SECRETS)
    assert not any(secret in shown for secret in (*KEYS, VALUE))
    assert shown.count(MASK) == count
    # Of an opening that was cut, its first characters may stand before the mask.
    assert len(shown) <= len(whole) + 10 * count


@pytest.mark.parametrize("secret", [*KEYS, VALUE], ids=lambda key: key[:8])
def test_a_secret_written_character_by_character_is_masked(secret: str) -> None:
    before, _, after = sifted("a ", *secret, " b").partition(MASK)
    assert after == " b" and len(before) < len("a -----BEGIN ")


@given(st.sampled_from([*KEYS, VALUE]), st.integers(1, 100))
def test_what_follows_a_beginning_that_was_let_go_is_masked_all_the_same(
    secret: str, at: int
) -> None:
    sieve = Sieve(SECRETS)
    shown = sieve.add("a " + secret[:at]) + sieve.release() + sieve.add(secret[at:] + ".")
    assert MASK in shown and secret not in shown and shown.endswith(f"{MASK}.")


def test_half_of_a_known_value_is_not_let_go() -> None:
    sieve = Sieve(SECRETS)
    shown = [sieve.add("a " + VALUE[:20]) + sieve.release(), sieve.add(VALUE[20:] + " b")]
    assert shown == [f"a {MASK}", f"{MASK} b"]


@pytest.mark.parametrize(
    "text", [repr("two\nlines\n<of> a secret"), "two\nlines\n&lt;of&gt; a secret", VALUE + VALUE]
)
def test_a_value_is_known_in_quotes_and_in_html_too(text: str) -> None:
    shown, count = masked(text, SECRETS)
    assert count == text.count(MASK) + (2 if text == VALUE + VALUE else 1)
    assert "secret" not in shown and "canary" not in shown


def test_prose_after_the_head_of_a_private_key_is_not_swallowed() -> None:
    head = "-----BEGIN PRIVATE KEY-----"
    assert masked(f"{head} is how it begins.")[0] == f"{MASK} is how it begins."
    pem = f"{head}\n  MIIEow\n  AbC+/=\n-----END PRIVATE KEY-----"
    assert masked(f"{pem}\nand more")[0] == f"{MASK}\nand more"


def test_which_variables_are_secret() -> None:
    secret = {"OPENAI_API_KEY": "Abcdefg1", "db_password": "hunter-2", "A_TOKEN": "w" * 16}
    other = {"PATH": "/usr/bin:/bin", "HOME": "the-house", "KEYS_FILE": "a" * 20, "KEY": "short"}
    assert secrets_of({**secret, **other, "DEV_PASSWORD": "postgres"}) == [*secret.values()]


def test_what_may_begin_a_secret_waits_a_moment_and_the_rest_does_not() -> None:
    outlet = Outlet(0, SECRETS)
    assert outlet.add(out("done\n"), 0.0) == []
    outlet.add(out("5 of Zk3-"), 0.0)
    (first,) = outlet.due(0.05)
    assert text_of(first.parts) == "done\n5 of "
    assert outlet.due(0.05) == [] and outlet.due_at == HOLD_S
    assert outlet.due(HOLD_S) == []
    (rest,) = outlet.due(HOLD_S + 0.05)
    assert text_of(rest.parts) == "Zk3-"


def test_everything_else_waits_for_what_stands_before_it() -> None:
    screen = Screen(SECRETS)
    display = Display({"text/plain": "x"}, {})
    for other in (display, InputRequest("? ", password=False), Stream("stderr", "e")):
        screen.admit(out("sk-"), 0.0)
        assert screen.admit(other, 0.1) == [out("sk-"), other]
    assert screen.due_at is None


def test_errors_values_and_prompts_are_masked_and_the_end_says_so() -> None:
    screen = Screen(SECRETS)
    said: list[KernelOutput] = [
        Failure("E", f"no {VALUE}", ["line", f"E: no {VALUE}"]),
        Result(1, {"text/plain": repr(VALUE), "application/json": {"a": [VALUE]}}, {"m": VALUE}),
        Display({"text/html": f"<b>{OF_FORM}</b>"}, {}),
        InputRequest(f"{VALUE}? ", password=False),
        Finished("error", 1, "E", f"no {VALUE}"),
    ]
    told = [one for output in said for one in screen.admit(output, 0.0)]
    assert VALUE not in repr(told) and OF_FORM not in repr(told)
    notice = told[-2]
    assert isinstance(notice, Stream) and "masked 8 secrets" in notice.text
    assert told[-1] == Finished("error", 1, "E", f"no {MASK}")


def test_a_picture_is_left_as_it_is() -> None:
    picture = Display({"image/png": f"iVBORw0/{KEYS[6]}"}, {})
    assert Screen(SECRETS).admit(picture, 0.0) == [picture]


def test_a_flood_is_screened_about_as_fast_as_it_is_read() -> None:
    outlet, line = Outlet(0, SECRETS), out("line 12345 of the output\n" * 40_000)
    began = time.process_time()
    for at in range(20):
        outlet.add(line, float(at))
    assert time.process_time() - began < 5
