"""A kernel that starts in no time and writes down what it runs; run as a program.

`python counting_kernel.py CONNECTION_FILE DIARY`. Each execution adds a line to the diary, the
process id and the code, and shows the process id. It speaks no more of the protocol than it must.
"""

import hashlib
import hmac
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

import zmq

DELIMITER = b"<IDS|MSG>"


class CountingKernel:
    """Serves until it is shut down."""

    def __init__(self, connection_file: str, diary: str) -> None:
        self._info = json.loads(Path(connection_file).read_text(encoding="utf-8"))
        self._key = self._info["key"].encode()
        self._diary = os.open(diary, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._count = 0
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._iopub = self._bind(zmq.XPUB, "iopub")
        self._shell = self._bind(zmq.ROUTER, "shell")
        self._control = self._bind(zmq.ROUTER, "control")
        self._stdin = self._bind(zmq.ROUTER, "stdin")

    def serve(self) -> None:
        """Answer what comes on shell and control."""
        poller = zmq.Poller()
        poller.register(self._shell, zmq.POLLIN)
        poller.register(self._control, zmq.POLLIN)
        while True:
            for socket, _ in poller.poll():
                frames = socket.recv_multipart()
                at = frames.index(DELIMITER)
                header, content = json.loads(frames[at + 2]), json.loads(frames[at + 5])
                kind = header["msg_type"]
                if kind == "shutdown_request":
                    return
                answer = self._run(header, content) if kind == "execute_request" else _INFO
                self._send(self._iopub, [b"status"], "status", header, {"execution_state": "idle"})
                reply = kind.replace("_request", "_reply")
                self._send(socket, frames[:at], reply, header, answer)

    def _run(self, header: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        os.write(self._diary, f"{os.getpid()} {content['code']}\n".encode())
        self._count += 1
        shown = {"name": "stdout", "text": f"{os.getpid()}"}
        self._send(self._iopub, [b"stream"], "stream", header, shown)
        return {"status": "ok", "execution_count": self._count}

    def _bind(self, kind: int, channel: str) -> "zmq.Socket[bytes]":
        socket = self._context.socket(kind)
        socket.bind(f"ipc://{self._info['ip']}-{self._info[f'{channel}_port']}")
        return socket

    def _send(
        self,
        socket: "zmq.Socket[bytes]",
        route: list[bytes],
        kind: str,
        parent: dict[str, Any],
        content: dict[str, Any],
    ) -> None:
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "version": "5.3"}
        parts = [json.dumps(part).encode() for part in (header, parent, {}, content)]
        signed = hmac.new(self._key, b"".join(parts), hashlib.sha256).hexdigest().encode()
        socket.send_multipart([*route, DELIMITER, signed, *parts])


_INFO = {"status": "ok", "language_info": {"name": "counting", "version": "1"}}


if __name__ == "__main__":
    CountingKernel(*sys.argv[1:]).serve()
