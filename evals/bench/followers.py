"""Other clients that look on by SSE, and when each thing came to all of them.

One thread around epoll, as little as the load generator costs; the clock is the machine's, which a
browser reads too.
"""

from __future__ import annotations

import re
import selectors
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .load import Connection, Target
from .ours import Served

PATIENCE_S = 60.0

ECHO = "bench-echo"
"""The kind of a signal that is waited for, as an edit is."""

_WANTED = re.compile(rb'"type":"cellSourceEdited"|"kind":"bench-echo"')


class Followers:
    """So many streams of one notebook."""

    def __init__(self, server: Served, notebook_id: str, after: int, count: int) -> None:
        target = Target(
            url=server.url,
            append="/",
            events=f"/api/notebooks/{notebook_id}/events?after=AFTER",
            token=server.token,
            body="",
        )
        self._came: dict[Connection, list[float]] = {Connection(target): [] for _ in range(count)}
        for connection in self._came:
            connection.follow(after)
        self._done = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look on no longer."""
        self._done = True
        self._thread.join()
        for connection in self._came:
            connection.socket.close()

    def came(self, count: int) -> list[float]:
        """When each of the first `count` edits and echoes was at all of them, in milliseconds since
        the epoch. Nothing before is heard again."""
        until = time.monotonic() + PATIENCE_S
        while any(len(came) < count for came in self._came.values()):
            if time.monotonic() > until:
                raise RuntimeError("The server did not deliver everything in time.")
            time.sleep(0.01)
        at = [max(each) for each in zip(*self._came.values(), strict=True)]
        assert len(at) == count, at
        for came in self._came.values():
            came.clear()
        return at

    def _read(self) -> None:
        with selectors.DefaultSelector() as selector:
            for connection in self._came:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            while not self._done:
                for key, _ in selector.select(0.1):
                    self._take(key.data)

    def _take(self, connection: Connection) -> None:
        connection.got += connection.socket.recv(1 << 20)
        now = time.time() * 1000
        whole, _, connection.got = connection.got.rpartition(b"\n\n")
        self._came[connection] += [now] * len(_WANTED.findall(whole))


@contextmanager
def followers(server: Served, notebook_id: str, after: int, count: int) -> Iterator[Followers]:
    """They look on, inside the block."""
    looking = Followers(server, notebook_id, after, count)
    try:
        yield looking
    finally:
        looking.stop()
