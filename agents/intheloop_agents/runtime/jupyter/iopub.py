"""The drain of a kernel's iopub channel: a thread and a socket of its own, so that no output is
lost however long the event loop is busy.

A SUB socket drops what exceeds its receive mark, silently and the final `idle` with it; the mark is
lifted here before the socket connects, for libzmq ignores it afterwards.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import zmq

from intheloop_agents.runtime.jupyter.messages import UnreadableMessage

T = TypeVar("T")
log = logging.getLogger(__name__)

# How many items one callback hands on before the loop's other work gets its turn.
_TURN = 1000
# How many messages, or bytes, are read before what they held is handed on.
_RUN = 200
_RUN_BYTES = 1024 * 1024
# How many bytes wait for the loop before no more are read.
_AHEAD_BYTES = 16 * 1024 * 1024


class Drain(Generic[T]):
    """Reads one PUB endpoint from `start` to `stop`.

    `read` opens the frames of a message in the drain's thread and may raise UnreadableMessage;
    `deliver` gets items in order on the event loop, many at once. With `most` no more messages than
    that wait to be read, for a publisher that keeps the others: any other drops them.
    """

    def __init__(
        self,
        context: "zmq.Context[zmq.Socket[bytes]]",
        url: str,
        read: Callable[[list[bytes]], T],
        deliver: Callable[[list[T]], None],
        most: int = 0,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._read = read
        self._deliver = deliver
        self._changed = threading.Condition()
        self._pending: deque[tuple[T, int]] = deque()
        self._pending_bytes = 0
        self._stopping = False
        self._woken = False
        self._heard_at = time.monotonic()
        self._socket = context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.RCVHWM, most)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RECONNECT_IVL, 10)
        self._socket.setsockopt(zmq.SUBSCRIBE, b"")
        self._socket.connect(url)
        self._stop_sender = context.socket(zmq.PAIR)
        self._stop_receiver = context.socket(zmq.PAIR)
        stop_url = f"inproc://stop-{id(self)}"
        self._stop_receiver.bind(stop_url)
        self._stop_sender.connect(stop_url)
        self._thread = threading.Thread(target=self._run, name="iopub-drain", daemon=True)

    def start(self) -> None:
        """Begin to read. Messages that came since the drain was made are read too."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close its sockets; what it has not read by now is dropped."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._stop_sender.send(b"")
            self._thread.join()
        for socket in (self._stop_sender, self._stop_receiver, self._socket):
            socket.close(linger=0)

    def quiet_for(self) -> float:
        """Seconds since a message was last received; 0 while some wait to be delivered."""
        with self._changed:
            return 0.0 if self._pending else time.monotonic() - self._heard_at

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._stop_receiver, zmq.POLLIN)
        while True:
            events = dict(poller.poll())
            if self._stop_receiver in events:
                return
            try:
                self._hand_over(self._receive_run())
            except RuntimeError:
                return  # The event loop is closed: nobody is left to deliver to.

    def _receive_run(self) -> list[tuple[T, int]]:
        run: list[tuple[T, int]] = []
        size = 0
        while len(run) < _RUN and size < _RUN_BYTES:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            length = sum(map(len, frames))
            size += length
            try:
                run.append((self._read(frames), length))
            except UnreadableMessage as error:
                log.warning("A message on the kernel's iopub channel is left out. %s", error)
        return run

    def _hand_over(self, run: list[tuple[T, int]]) -> None:
        if not run:
            return
        with self._changed:
            self._heard_at = time.monotonic()
            self._pending.extend(run)
            self._pending_bytes += sum(length for _, length in run)
            wake = not self._woken
            self._woken = True
        if wake:
            self._loop.call_soon_threadsafe(self._deliver_turn)
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._pending_bytes < _AHEAD_BYTES)

    def _deliver_turn(self) -> None:
        with self._changed:
            taken = [self._pending.popleft() for _ in range(min(_TURN, len(self._pending)))]
            self._pending_bytes -= sum(length for _, length in taken)
            self._changed.notify_all()
            self._woken = bool(self._pending)
            again = self._woken
        if again:
            self._loop.call_soon(self._deliver_turn)
        if taken:
            self._deliver([item for item, _ in taken])
