"""The scripted model over real HTTP: streams as the real one does, and fails where told to."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

import msgspec

from .reply import Fault, Json, Reply, blocks, events, message, tokens

Answer: TypeAlias = Callable[[Json], Reply]
"""What is answered to a request, from the request alone."""
Faults: TypeAlias = Callable[[int], Fault | None]
"""What goes wrong with the call of this number, from 1 on."""


def _no_faults(_: int) -> None:
    return None


class ScriptedModel:
    """A script, the faults of its server, and the requests that came: their bytes, in order."""

    def __init__(self, answer: Answer, faults: Faults = _no_faults) -> None:
        self.answer = answer
        self.faults = faults
        self.requests: list[bytes] = []
        self.keys: list[str] = []
        self.url = ""
        self._lock = threading.Lock()

    def came(self, body: bytes, key: str) -> int:
        """Take a request down; its number."""
        with self._lock:
            self.requests.append(body)
            self.keys.append(key)
            return len(self.requests)

    def reply_to(self, body: bytes) -> tuple[Reply, list[Json], Json]:
        """The reply, its blocks, and what it is said to have used."""
        request = msgspec.json.decode(body)
        reply = self.answer(request)
        content = blocks(reply, mark_of(body))
        said = msgspec.json.encode(content)
        return reply, content, {"input_tokens": tokens(body), "output_tokens": tokens(said)}


def mark_of(body: bytes) -> str:
    """What tells a request from all others, and is the same when it comes again."""
    return hashlib.sha256(body).hexdigest()[:16]


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with suppress(BrokenPipeError, ConnectionResetError):
            if "count_tokens" in self.path:
                self._whole(200, {"input_tokens": tokens(body)})
            else:
                self._answer(body)

    def _answer(self, body: bytes) -> None:
        key = self.headers.get("x-api-key") or self.headers.get("authorization") or ""
        number = self.server.model.came(body, key.removeprefix("Bearer "))
        reply, content, usage = self.server.model.reply_to(body)
        fault = self.server.model.faults(number) or reply.fault
        time.sleep(fault.delay_s)
        if fault.status != 200:
            error = {"type": fault.kind, "message": "A fault of the script."}
            self._whole(fault.status, {"type": "error", "error": error}, fault.headers)
        elif msgspec.json.decode(body).get("stream"):
            told = [*events(content, reply.reason, usage, mark_of(body))]
            self._stream(told, fault)
        else:
            self._whole(200, message(content, reply.reason, usage, mark_of(body)))

    def _whole(self, status: int, told: Json, headers: dict[str, str] | None = None) -> None:
        data = msgspec.json.encode(told)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, told: list[Json], fault: Fault) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("request-id", f"req_{len(self.server.model.requests)}")
        if fault.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for number, event in enumerate(told):
            if number == fault.drop_after:
                return
            if number == fault.error_after:
                event = {"type": "error", "error": {"type": fault.kind, "message": "A fault."}}
            self._send(event, fault.chunked)
            if number == fault.error_after:
                return
            time.sleep(fault.pause_s)
        if fault.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _send(self, event: Json, chunked: bool) -> None:
        data = b"event: %b\ndata: %b\n\n" % (event["type"].encode(), msgspec.json.encode(event))
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    """Knows what it answers with."""

    daemon_threads = True

    def __init__(self, port: int, model: ScriptedModel) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.model = model


@contextmanager
def serving(model: ScriptedModel, port: int = 0) -> Iterator[ScriptedModel]:
    """A server of this model inside the block, on this machine alone."""
    server = _Server(port, model)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.daemon = True
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
