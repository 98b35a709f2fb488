"""The client of the benchmarks over HTTP, in a process of its own.

Many connections in one loop around epoll, with no library in between: it must cost less than any
server. Speaks as much of HTTP/1.1 as the two servers answer.
"""

from __future__ import annotations

import re
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from statistics import quantiles
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from intheloop.client import fresh_command_id

PATIENCE_S = 30.0
_ID = re.compile(rb"(?:^|\n)id: (\d+)\n")


class Target(Struct, frozen=True):
    """A server: where appends go, where events come from, and the body of an append."""

    url: str
    append: str
    events: str
    token: str
    body: str


class Task(Struct, frozen=True, kw_only=True):
    """What to do: `clients` append in a closed loop for `seconds`, or until `records` are done.

    With `subscribers` the records are followed by as many streams; with `rate` appends a second
    are sent evenly, whatever the answers do.
    """

    target: Target
    clients: int = 1
    seconds: float = 0
    records: int = 0
    subscribers: int = 0
    rate: float = 0


class Told(Struct, frozen=True):
    """What came of it: things done a second, and how long each took (ms)."""

    rate: float
    p50_ms: float
    p99_ms: float


class Connection:
    """One socket, and what it has got of the answer under way."""

    def __init__(self, target: Target) -> None:
        split = urlsplit(target.url)
        self.target = target
        self.socket = socket.create_connection((split.hostname, split.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got = b""
        self.sent_at = 0.0
        auth = f"Authorization: Bearer {target.token}\r\nHost: {split.netloc}\r\n"
        body = target.body.encode()
        self._post = (
            f"POST {target.append} HTTP/1.1\r\n{auth}Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nIdempotency-Key: "
        ).encode()
        self._body = b"\r\n\r\n" + body
        self._get = f"%s HTTP/1.1\r\n{auth}Accept: text/event-stream\r\n\r\n"

    def append(self) -> None:
        """Send one more record."""
        self.sent_at = time.perf_counter()
        self.socket.sendall(self._post + fresh_command_id().encode() + self._body)

    def answered(self) -> bytes | None:
        """The body of the answer, once it is all there. Raises RuntimeError for a refusal."""
        self.got += self.socket.recv(65536)
        head, found, body = self.got.partition(b"\r\n\r\n")
        if not found:
            return None
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        if len(body) < size:
            return None
        self.got = b""
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(body.decode())
        return body

    def follow(self, after: int) -> None:
        """Ask for the stream and wait for its beginning."""
        path = self.target.events.replace("AFTER", str(after))
        self.socket.sendall((self._get % f"GET {path}").encode())
        while b": \n\n" not in self.got:
            self.got += self.socket.recv(65536)
        if not self.got.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(self.got.decode())
        self.got = b""

    def news(self) -> bytes:
        """What came, with the end of what came before in front of it."""
        self.got = self.got[-64:] + self.socket.recv(1 << 20)
        return self.got


def appended(connection: Connection) -> int:
    """The seq of one more record."""
    connection.append()
    while (body := connection.answered()) is None:
        pass
    return int(msgspec.json.decode(body)["seq"])


def append_for(task: Task) -> Told:
    """Every client appends as soon as it was answered."""
    clients = [Connection(task.target) for _ in range(task.clients)]
    with selectors.DefaultSelector() as selector:
        for client in clients:
            appended(client)
            selector.register(client.socket, selectors.EVENT_READ, client)
        took: list[float] = []
        began = time.perf_counter()
        for client in clients:
            client.append()
        while (now := time.perf_counter()) < began + task.seconds:
            for key, _ in selector.select(PATIENCE_S):
                if key.data.answered() is not None:
                    took.append(time.perf_counter() - key.data.sent_at)
                    key.data.append()
    return _told(len(took) / (now - began), took)


def _subscribed(task: Task, after: int) -> list[Connection]:
    subscribers = [Connection(task.target) for _ in range(task.subscribers)]
    for subscriber in subscribers:
        subscriber.follow(after)
    return subscribers


def fan_out(task: Task) -> Told:
    """The clients append `records` as fast as they can; done when everybody has the last."""
    clients = [Connection(task.target) for _ in range(task.clients)]
    head = appended(clients[0])
    subscribers = _subscribed(task, head)
    last = b"id: %d\n" % (head + task.records)
    waiting, left = set(subscribers), task.records
    with selectors.DefaultSelector() as selector:
        for connection in (*clients, *subscribers):
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        began = time.perf_counter()
        for client in clients:
            client.append()
            left -= 1
        while waiting:
            for key, _ in _ready(selector, began):
                connection = key.data
                if connection in waiting:
                    if last in connection.news():
                        waiting.discard(connection)
                        selector.unregister(connection.socket)
                elif connection.answered() is not None and left > 0:
                    connection.append()
                    left -= 1
        took = time.perf_counter() - began
    return Told(task.records * task.subscribers / took, 0, 0)


def latency(task: Task) -> Told:
    """Appends at a steady rate: how long until each subscriber has each record."""
    client = Connection(task.target)
    head = appended(client)
    subscribers = _subscribed(task, head)
    sent: dict[int, float] = {}
    took: list[float] = []
    wanted = task.records * task.subscribers
    with selectors.DefaultSelector() as selector:
        for connection in (client, *subscribers):
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        began = time.perf_counter()
        while len(took) < wanted:
            number = len(sent)
            due = began + number / task.rate
            if number < task.records and time.perf_counter() >= due and not client.got:
                client.append()
                sent[head + number + 1] = client.sent_at
            pause = max(due - time.perf_counter(), 0.0) if number < task.records else 1.0
            for key, _ in _ready(selector, began, pause):
                if key.data is client:
                    client.answered()
                else:
                    took.extend(_delays(key.data, sent))
    return _told(task.records / (time.perf_counter() - began), took)


def _delays(subscriber: Connection, sent: dict[int, float]) -> Iterator[float]:
    """How long ago each record that just came was sent; frames come whole at this rate."""
    data = subscriber.socket.recv(1 << 20)
    now = time.perf_counter()
    for seq in _ID.findall(data):
        yield now - sent[int(seq)]


def _ready(
    selector: selectors.BaseSelector, began: float, seconds: float = 1.0
) -> list[tuple[selectors.SelectorKey, int]]:
    if time.perf_counter() > began + PATIENCE_S:
        raise RuntimeError("The server did not deliver all records in time.")
    return selector.select(seconds)


def _told(rate: float, took: list[float]) -> Told:
    cuts = quantiles(took, n=100)
    return Told(rate, cuts[49] * 1000, cuts[98] * 1000)


def main() -> None:
    """Do the task of the first argument and tell what came of it."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    if not task.subscribers:
        told = append_for(task)
    elif task.rate:
        told = latency(task)
    else:
        told = fan_out(task)
    print(msgspec.json.encode(told).decode())


if __name__ == "__main__":
    main()
