"""A kernel that does what the protocol allows and ipykernel never does; run as a program.

The code of an execution is one word: what to do. It also obeys `go_request` on its control channel,
one step of the present execution each, so that tests need no clock.
"""

import json
import sys
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.session import Session

Message = dict[str, Any]


class OddKernel:
    def __init__(self, connection_file: str) -> None:
        self.info: dict[str, Any] = json.loads(Path(connection_file).read_text(encoding="utf-8"))
        self.session = Session(key=self.info["key"].encode())
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.iopub = self.bind(zmq.XPUB, "iopub")
        self.shell = self.bind(zmq.ROUTER, "shell")
        self.control = self.bind(zmq.ROUTER, "control")
        self.stdin = self.bind(zmq.ROUTER, "stdin")

    def bind(self, kind: int, channel: str) -> "zmq.Socket[bytes]":
        socket = self.context.socket(kind)
        socket.bind(f"ipc://{self.info['ip']}-{self.info[f'{channel}_port']}")
        return socket

    def serve(self) -> None:
        poller = zmq.Poller()
        poller.register(self.shell, zmq.POLLIN)
        poller.register(self.control, zmq.POLLIN)
        while True:
            for socket, _ in poller.poll():
                route, message = self.receive(socket)
                kind = message["header"]["msg_type"]
                if kind == "shutdown_request":
                    return
                if kind == "kernel_info_request":
                    self.publish(message, "status", {"execution_state": "idle"})
                    language = {"name": "odd", "version": "1"}
                    self.reply(route, message, {"status": "ok", "language_info": language})
                elif kind == "execute_request":
                    self.execute(route, message, message["content"]["code"])
                elif kind == "complete_request" and message["content"]["code"] == "reply":
                    odd = b'{"status": "ok", "matches": ["\\ud800", 7], "cursor_start": 9}'
                    self.reply(route, message, odd)
                elif kind == "interrupt_request":
                    self.answer(route, message, {"status": "ok", "interrupted": True})

    def execute(self, route: list[bytes], request: Message, code: str) -> None:
        done = {"status": "ok", "execution_count": 1}
        if code == "never idle":
            self.publish(request, "stream", {"name": "stdout", "text": "out"})
            self.reply(route, request, done)
        elif code == "idle first":
            self.publish(request, "status", {"execution_state": "idle"})
            self.wait_for_go()
            self.publish(request, "stream", {"name": "stdout", "text": "after idle"})
            self.wait_for_go()
            self.reply(route, request, done)
        elif code == "held":
            self.publish(request, "stream", {"name": "stdout", "text": "begun"})
            self.wait_for_go()
        elif code == "aborted":
            self.publish(request, "status", {"execution_state": "idle"})
            self.reply(route, request, {"status": "aborted"})
        elif code == "nonsense":
            self.publish(request, "display_data", b'{"data": {"a": NaN, "b": "\\ud800\xff"}}')
            self.publish(request, "display_data", b"{")
            self.iopub.send_multipart([b"no message at all"])
            self.publish(request, "status", {"execution_state": "idle"})
            self.reply(route, request, done)

    def wait_for_go(self) -> None:
        route, message = self.receive(self.control)
        assert message["header"]["msg_type"] == "go_request"
        self.answer(route, message, {"status": "ok"})

    def receive(self, socket: "zmq.Socket[bytes]") -> tuple[list[bytes], Message]:
        route, frames = self.session.feed_identities(socket.recv_multipart())
        return route, self.session.deserialize(frames)

    def publish(self, parent: Message, kind: str, content: dict[str, Any] | bytes) -> None:
        message = self.session.msg(kind, parent=parent["header"])
        message["content"] = content
        self.iopub.send_multipart(self.session.serialize(message, b"topic"))

    def reply(self, route: list[bytes], request: Message, content: dict[str, Any] | bytes) -> None:
        kind = request["header"]["msg_type"].replace("_request", "_reply")
        message = self.session.msg(kind, parent=request["header"])
        message["content"] = content
        self.shell.send_multipart([*route, *self.session.serialize(message)])

    def answer(self, route: list[bytes], request: Message, content: dict[str, Any]) -> None:
        kind = request["header"]["msg_type"].replace("_request", "_reply")
        self.session.send(self.control, kind, content, parent=request["header"], ident=route)


if __name__ == "__main__":
    OddKernel(sys.argv[1]).serve()
