"""What a runtime lets kernels and executions use, and what people read when it was more.

Values and sentences; who measures and who ends something is elsewhere.
"""

from msgspec import Struct

from intheloop.amounts import said_seconds, said_size


class Limits(Struct, frozen=True):
    """Bytes and seconds; 0 is no limit. `output_limit` and `cell_time_s` are for each execution."""

    kernel_memory: int = 0
    cell_time_s: float = 0.0
    output_limit: int = 256 * 1024 * 1024
    idle_stop_s: float = 0.0


USUAL = Limits()
"""What holds where nothing is said."""


def over_memory(held: int, limit: int) -> str:
    """Why a kernel was ended that held too much."""
    return (
        f"The kernel was ended: it held {said_size(held)} of memory, more than the limit of "
        f"{said_size(limit)}. Use less, or raise the limit with --kernel-memory."
    )


def over_time(limit_s: float) -> str:
    """Why an execution was stopped that took too long."""
    return f"It ran longer than the limit of {said_seconds(limit_s)} and was stopped."


def over_time_and_stubborn(limit_s: float, waited_s: float) -> str:
    """Why the kernel was ended with an execution that did not even stop."""
    return (
        f"The kernel was ended: a cell ran longer than the limit of {said_seconds(limit_s)} and "
        f"did not stop within {said_seconds(waited_s)} of being interrupted. Make it shorter, or "
        "raise the limit with --cell-time-s."
    )


def left_out(kept: int, more: int, *, lines_follow: bool) -> str:
    """What stands in an output of which only a part is kept."""
    then = " The last lines follow." if lines_follow else ""
    return (
        f"\n[In The Loop kept the first {said_size(kept)} of this output; {said_size(more)} more "
        f"were left out.{then}]\n"
    )


def left_out_late(kept: int) -> str:
    """The same when more comes of an execution that has ended, and nobody knows how much."""
    return (
        f"\n[In The Loop kept the first {said_size(kept)} of this output; what comes from here on "
        "is left out.]\n"
    )


def masked_in_output(count: int) -> str:
    """What stands at the end of an output in which secrets were masked."""
    what = "a secret" if count == 1 else f"{count} secrets"
    return (
        f"[In The Loop masked {what} in this output: the value of a variable of the runtime's "
        "environment, or what has the form of a key.]\n"
    )
