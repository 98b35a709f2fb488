"""The message side of one kernel process: its sockets, who reads them, what is sent.

Each channel is read by its own task, iopub by its drain. It opens messages and hands them on in the
order of their channel; it knows no executions.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec
import zmq
import zmq.asyncio
from jupyter_client.session import Session

from intheloop_agents.runtime.jupyter.iopub import Drain
from intheloop_agents.runtime.jupyter.messages import Message, UnreadableMessage, read_message
from intheloop_agents.runtime.jupyter.outputs import Part, Stream, read_output

Channel = Literal["shell", "control", "stdin"]
_CHANNELS: tuple[Channel, ...] = ("shell", "control", "stdin")
log = logging.getLogger(__name__)


class Heard(msgspec.Struct, frozen=True):
    """One iopub message: the request that it belongs to ("" if none) and what it means for it."""

    parent_id: str
    output: Part | None
    idle: bool


class Channels:
    """The connected channels of a kernel. `close` must be called on the loop that made it."""

    def __init__(
        self,
        context: zmq.asyncio.Context,
        session: Session,
        url: Callable[[str], str],
        on_iopub: Callable[[list[Heard]], None],
        on_message: Callable[[Channel, Message], None],
    ) -> None:
        self._context = context
        self._session = session
        self._url = url
        self._on_iopub = on_iopub
        self._on_message = on_message
        self._drain: Drain[Heard] | None = None
        self._sockets = {name: self._connect(context, url(name)) for name in _CHANNELS}
        self._readers = [asyncio.create_task(self._read(name)) for name in _CHANNELS]

    def listen(self, most: int) -> None:
        """Begin to hear iopub. No more than `most` messages wait to be read, of a kernel that keeps
        the others; 0 is for one that drops them."""
        self._drain = Drain(
            zmq.Context.shadow(self._context.underlying),
            self._url("iopub"),
            self._hear,
            self._on_iopub,
            most,
        )
        self._drain.start()

    def send(
        self,
        channel: Channel,
        msg_type: str,
        content: Mapping[str, Any],
        subshell_id: str | None = None,
    ) -> str:
        """Put a message on its way and give its id. It does not wait: queues have no bound."""
        message = self._session.msg(msg_type, content=dict(content))
        if subshell_id is not None:
            message["header"]["subshell_id"] = subshell_id
        # Through the asyncio socket: a send past it can swallow the wake-up of a waiting reader.
        sent = self._sockets[channel].send_multipart(self._session.serialize(message))
        if isinstance(sent, asyncio.Future) and sent.done():
            sent.result()  # Raises what the send met.
        msg_id: str = message["header"]["msg_id"]
        return msg_id

    def quiet_for(self) -> float:
        """Seconds since the last iopub message; 0 while some are not yet handed on."""
        return float("inf") if self._drain is None else self._drain.quiet_for()

    async def close(self) -> None:
        """Stop reading and close every socket."""
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        if self._drain is not None:
            self._drain.stop()
        for socket in self._sockets.values():
            socket.close(linger=0)

    def _connect(self, context: zmq.asyncio.Context, url: str) -> zmq.asyncio.Socket:
        socket = context.socket(zmq.DEALER)
        # One identity on all channels: the kernel sends a prompt to whom the code came from.
        socket.setsockopt(zmq.IDENTITY, self._session.bsession)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SNDHWM, 0)
        socket.setsockopt(zmq.RCVHWM, 0)
        socket.setsockopt(zmq.RECONNECT_IVL, 10)
        socket.connect(url)
        return socket

    async def _read(self, channel: Channel) -> None:
        socket = self._sockets[channel]
        while True:
            frames = await socket.recv_multipart()
            try:
                message = read_message(frames, self._session.sign)
            except UnreadableMessage as error:
                log.warning("A message on the kernel's %s channel is left out. %s", channel, error)
                continue
            self._on_message(channel, message)

    def _hear(self, frames: list[bytes]) -> Heard:
        message = read_message(frames, self._session.sign)
        content = message.content or {}
        idle = message.msg_type == "status" and content.get("execution_state") == "idle"
        try:
            if message.content is None:
                raise ValueError("Its content is no JSON object.")
            output = read_output(message.msg_type, content)
        except (ValueError, RecursionError):
            output = Stream(
                "stderr", f"[In The Loop could not read a {message.msg_type!r} of the kernel.]\n"
            )
        return Heard(message.parent_id, output, idle)
