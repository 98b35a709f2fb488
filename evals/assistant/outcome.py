"""What a case has come to: all that graders look at. Values only."""

from __future__ import annotations

from msgspec import Struct

from intheloop import events as e
from intheloop.notebook import AssistantRun, Notebook


class Outcome(Struct, frozen=True):
    """A case at its end.

    `before` and `after` are the notebook when the first message was posted and once the runs were
    over. `requests` are the bodies that the model was sent, `rebuilt` those that the log gives.
    `fresh` tells how the notebook ran from the top in a fresh kernel, and `values` what expressions
    gave there; both are empty for a case that needs no kernel. `others` counts what happened in the
    person's other notebook and `workspace` names what happened in the workspace meanwhile.
    """

    before: Notebook
    after: Notebook
    records: tuple[e.Record, ...]
    runs: tuple[AssistantRun, ...]
    requests: tuple[bytes, ...] = ()
    rebuilt: tuple[bytes, ...] = ()
    shown: dict[str, str] = {}
    fresh: str = ""
    values: dict[str, str] = {}
    others: int = 0
    workspace: tuple[str, ...] = ()

    @property
    def run_ids(self) -> frozenset[str]:
        """The runs of the case."""
        return frozenset(run.run_id for run in self.runs)

    def since(self) -> tuple[e.Record, ...]:
        """What happened after the case began."""
        return tuple(record for record in self.records if record.seq > self.before.seq)

    def by_runs(self) -> tuple[e.Record, ...]:
        """What the runs themselves did."""
        return tuple(one for one in self.since() if one.envelope.correlation_id in self.run_ids)
