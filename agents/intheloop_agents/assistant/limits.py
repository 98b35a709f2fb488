"""What a run may use, and the sentence that says which limit it has reached. Pure."""

from __future__ import annotations

from intheloop import events as e

from .thread import Run

REPEATS = 4
"""So many equal tool calls in a row, and the run goes round in circles."""

USUAL = e.Limits(turns=40, tool_calls=100, tokens=2_000_000, cost=2_000_000, seconds=1800)
"""The limits of a run, unless the settings say otherwise."""


def tightened(own: e.Limits, asked: e.Limits) -> e.Limits:
    """The tighter of each two limits; 0 is none."""
    return e.Limits(
        turns=_least(own.turns, asked.turns),
        tool_calls=_least(own.tool_calls, asked.tool_calls),
        tokens=_least(own.tokens, asked.tokens),
        cost=_least(own.cost, asked.cost),
        seconds=_least(own.seconds, asked.seconds),
    )


def _least(one: int, other: int) -> int:
    return min(one, other) if one and other else one or other


def over_limit(run: Run, limits: e.Limits, elapsed_s: float) -> str | None:
    """The sentence that ends the run, or None while it may go on.

    A run that has its answer is not over any limit: nothing more is asked of it.
    """
    answers = [turn.answer for turn in run.turns if turn.answer is not None]
    if answers and answers[-1].stop_reason not in ("tool_use", "pause_turn"):
        return None
    if limits.seconds and elapsed_s >= limits.seconds:
        return f"It worked for its {limits.seconds} seconds and was stopped."
    tokens = sum(used(answer.usage) for answer in answers)
    if limits.tokens and tokens >= limits.tokens:
        return f"It used {tokens} tokens, and its limit is {limits.tokens}."
    cost = sum(answer.usage.cost for answer in answers)
    if limits.cost and cost >= limits.cost:
        return f"It cost {_dollars(cost)}, and its limit is {_dollars(limits.cost)}."
    if limits.tool_calls and len(run.uses) > limits.tool_calls:
        return f"It wanted more than its {limits.tool_calls} uses of tools."
    if repeats(run) >= REPEATS:
        name = run.uses[-1].proposed.tool
        return f"It made the same call of {name} {REPEATS} times in a row and was stopped."
    asking = not run.turns or run.turns[-1].answer is not None
    pending = any(use.completed is None for use in run.uses)
    if limits.turns and asking and not pending and len(run.turns) >= limits.turns:
        return f"It asked the model {limits.turns} times, which is its limit."
    return None


def used(usage: e.Usage) -> int:
    """All tokens of a call."""
    read = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    return read + usage.output_tokens


def repeats(run: Run) -> int:
    """How many of the last tool calls are the same, tool and arguments alike."""
    calls = [(use.proposed.tool, use.proposed.arguments) for use in run.uses]
    count = 0
    for call in reversed(calls):
        if call != calls[-1]:
            break
        count += 1
    return count


def _dollars(millionths: int) -> str:
    return f"${millionths / 1_000_000:.2f}"
