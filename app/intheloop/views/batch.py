"""What came of a request to run code: the whole in one word, the executions that matter most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from intheloop.commands import Requested
from intheloop.notebook import Execution, Notebook

from .calls import Arguments, call
from .execution import URGENT, places, run_state, view_batch
from .value import Fetch

ROOM = 16_000
_SENTENCES = 800


def view_requested(
    requested: Requested, state: Notebook, found: Sequence[Execution], fetch: Fetch
) -> Requested:
    """The answer with the executions as they stand; `found` are all of them, in order."""
    of: Arguments = {"notebook_id": state.notebook_id}
    if not found:
        more = f"A fresh kernel was asked for: {call('read_runtime', of)} tells when it is there."
        return replace(requested, seq=state.seq, more=more)
    shown = view_batch(found, places(state), ROOM - _SENTENCES, of, fetch)
    counts = Counter(run_state(one) for one in found)
    told = []
    if len(shown) < len(found):
        counted = ", ".join(f"{counts[one]} {one}" for one in URGENT if counts[one])
        told.append(
            f"{len(found)} executions: {counted}. {len(found) - len(shown)} of them are not shown: "
            f"{call('read_notebook', of, detail='outline')} tells how each cell stands."
        )
    going = next((one.execution_id for one in found if one.is_open), None)
    if going is not None:
        wait = call("read_execution", of, execution_id=going, wait_s=20)
        told.append(f"What has not ended goes on: {wait}")
    return replace(
        requested,
        seq=state.seq,
        waiting_for_runtime=requested.waiting_for_runtime and not state.runtimes,
        state=next(one for one in URGENT if counts[one]),
        executions=shown,
        more=" ".join(told),
    )
