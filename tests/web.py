"""Runs TypeScript of app/web in Node and talks to it in JSON lines, one answer to each line.

Installs nothing: `make web` does that. What is missing is an error here, with its next step;
whether a test is then left out is for its marker to say.
"""

import json
import os
import selectors
import subprocess
import time
from types import TracebackType
from typing import Any, Self

from tests.needs import WEB, node_path, why_node_is_missing


class NodeError(RuntimeError):
    """Node is missing, ended, or did not answer in time."""


class Node:
    """A Node process that runs one script of app/web, for the length of a `with` block.

    `script` is a path below app/web, such as "test/text-oracle.ts".
    """

    def __init__(self, script: str, *, timeout_s: float = 30) -> None:
        self._script = script
        self._timeout_s = timeout_s
        self._unread = b""

    def __enter__(self) -> Self:
        missing = why_node_is_missing()
        if missing:
            raise NodeError(f"{self._script} cannot run: {missing}.")
        path = WEB / self._script
        if not path.exists():
            raise NodeError(f"There is no script {self._script} in app/web.")
        self._process = subprocess.Popen(
            [str(node_path()), str(path)],
            cwd=WEB,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._process as process:
            if kind is not None:
                process.kill()

    def ask(self, request: Any) -> Any:
        """Return the answer to one request; both are JSON values.

        Raises NodeError when the process ends instead, or stays silent for `timeout_s`.
        """
        assert self._process.stdin is not None
        line = json.dumps(request, separators=(",", ":")).encode() + b"\n"
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        return json.loads(self._read_line())

    def _read_line(self) -> bytes:
        assert self._process.stdout is not None
        pieces = []
        deadline = time.monotonic() + self._timeout_s
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._unread:
                pieces.append(self._unread)
                if not selector.select(max(0, deadline - time.monotonic())):
                    raise NodeError(f"{self._script} gave no answer in {self._timeout_s} s.")
                self._unread = os.read(self._process.stdout.fileno(), 1 << 20)
                if not self._unread:
                    raise self._ended()
        last, _, self._unread = self._unread.partition(b"\n")
        return b"".join([*pieces, last])

    def _ended(self) -> NodeError:
        status = self._process.wait(self._timeout_s)
        return NodeError(f"{self._script} ended with status {status}; its stderr says why.")
