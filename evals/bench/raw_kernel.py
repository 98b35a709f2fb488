"""The floor of execution: a kernel through jupyter_client alone, over ipc, read without loss.

Both ends of iopub have a mark beyond which a flood is dropped unseen, and who drops measures less
work: both are lifted here.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from .snippet import Snippet

_PATIENCE_S = 60.0
_LIFT = Snippet(
    "from ipykernel.kernelapp import IPKernelApp\n"
    "import zmq\n"
    "thread = IPKernelApp.instance().iopub_thread\n"
    "thread.schedule(lambda: thread.socket.setsockopt(zmq.SNDHWM, 0))\n",
    "",
)


class LosslessClient(BlockingKernelClient):
    """Lifts the mark of the receiving end."""

    def connect_iopub(self, identity: bytes | None = None) -> zmq.Socket[bytes]:
        """The socket, made anew: the mark is set before it connects, or it is without effect."""
        socket: zmq.Socket[bytes] = self.context.socket(zmq.SUB)
        socket.setsockopt(zmq.RCVHWM, 0)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect(self._make_url("iopub"))
        return socket


class RawKernel:
    """A warm kernel and its one client. `start_s` is what it took until it was ready."""

    def __init__(self, client: Any, start_s: float) -> None:
        self._client = client
        self.start_s = start_s

    def run(self, snippet: Snippet) -> float:
        """Seconds from the request until both its `idle` and its reply are here."""
        client, shown, idle = self._client, [], False
        began = time.perf_counter()
        msg_id = client.execute(snippet.source)
        while not idle:
            message = client.get_iopub_msg(timeout=_PATIENCE_S)
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            content = message["content"]
            match message["msg_type"]:
                case "stream" if content["name"] == "stdout":
                    shown.append(content["text"])
                case "execute_result":
                    shown.append(content["data"]["text/plain"])
                case "status":
                    idle = content["execution_state"] == "idle"
        while client.get_shell_msg(timeout=_PATIENCE_S)["parent_header"]["msg_id"] != msg_id:
            pass
        took = time.perf_counter() - began
        snippet.check("".join(shown))
        return took


@contextmanager
def raw_kernel() -> Iterator[RawKernel]:
    """A kernel that is ready, inside the block."""
    with tempfile.TemporaryDirectory(prefix="raw-") as folder:
        manager = KernelManager(
            transport="ipc",
            connection_file=str(Path(folder) / "kernel.json"),
            ip=str(Path(folder) / "k"),
        )
        manager.client_factory = LosslessClient
        began = time.perf_counter()
        manager.start_kernel()
        client = manager.client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=_PATIENCE_S)
            raw = RawKernel(client, time.perf_counter() - began)
            raw.run(_LIFT)
            yield raw
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
