"""What a runtime knows of its notebook's queue: whether to ask for work, and the next count.

A mirror of the log, which may lag behind it: it only says when to ask and what will be shown until
the kernel counts for itself.
"""

from intheloop import commands as c
from intheloop import events as e


class Queued:
    """Fed with the events of the notebook in order."""

    def __init__(self) -> None:
        # Execution id to whether its source is blank, oldest first.
        self._waiting: dict[str, bool] = {}
        # The seq of the last request, and up to where all that was requested has been claimed.
        self._requested, self._asked = 0, -1

    @property
    def may_hold_some(self) -> bool:
        """Whether something may have been requested since the runtime last asked in vain."""
        return self._requested > self._asked

    def see(self, event: e.Event, seq: int) -> None:
        """An event of the notebook."""
        match event:
            case e.ExecutionRequested(execution_id=execution_id, source=source):
                self._waiting[execution_id] = not source.strip()
                self._requested = max(self._requested, seq)
            case e.ExecutionClaimed() | e.ExecutionCompleted():
                self._waiting.pop(event.execution_id, None)

    def answered(self, claimed: c.Claimed) -> None:
        """The server's answer to who asked for the next."""
        self._asked = claimed.seq
        if claimed.claim is not None:
            self._waiting.pop(claimed.claim.execution_id, None)

    def ask_again(self) -> None:
        """Something may wait of which no event will tell."""
        self._asked = -1

    def foretold(self, count: int) -> c.Start:
        """The count that the kernel, now at `count`, will give to the next; it does not count
        blank code."""
        blank = next(iter(self._waiting.values()), False)
        return c.Start(None if blank else count + 1)
