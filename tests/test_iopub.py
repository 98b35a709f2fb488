"""The iopub drain against a publisher of the test's own: what a stalled reader still gets."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq
from jupyter_client.session import Session

from intheloop_agents.runtime.jupyter.iopub import Drain
from intheloop_agents.runtime.jupyter.messages import UnreadableMessage, read_json, read_message

pytestmark = pytest.mark.anyio
LIMIT_S = 30


class Publisher:
    """A PUB end with a kernel's own send mark; where a kernel would drop, it raises."""

    def __init__(self, folder: Path) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.drains: list[Drain[bytes]] = []
        self.url = f"ipc://{folder}/pub"
        self._socket = self.context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.SNDHWM, 1000)
        self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        self._socket.setsockopt(zmq.SNDTIMEO, 5000)
        self._socket.bind(self.url)

    def wait_for_reader(self) -> None:
        assert self._socket.poll(LIMIT_S * 1000), "nobody subscribed"
        self._socket.recv()

    def have_patience(self, seconds: float) -> None:
        self._socket.setsockopt(zmq.SNDTIMEO, int(seconds * 1000))

    def send(self, *frames: bytes) -> None:
        self._socket.send_multipart(frames)

    def close(self) -> None:
        for drain in self.drains:
            drain.stop()
        self._socket.close(linger=0)
        self.context.term()


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Publisher]:
    publisher = Publisher(tmp_path)
    yield publisher
    publisher.close()


class Reader:
    """Collects what a drain delivers."""

    def __init__(
        self, publisher: Publisher, read: Callable[[list[bytes]], bytes], most: int = 0
    ) -> None:
        self.items: list[bytes] = []
        self.deliveries = 0
        self._stirred = asyncio.Event()
        self.drain: Drain[bytes] = Drain(
            publisher.context, publisher.url, read, self._deliver, most
        )
        self.drain.start()
        publisher.drains.append(self.drain)

    def _deliver(self, items: list[bytes]) -> None:
        self.items += items
        self.deliveries += 1
        self._stirred.set()

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(LIMIT_S):
            while len(self.items) < count:
                self._stirred.clear()
                await self._stirred.wait()


def first_frame(frames: list[bytes]) -> bytes:
    return frames[0]


async def test_a_drain_whose_thread_is_held_up_loses_nothing(publisher: Publisher) -> None:
    release = threading.Event()

    def read_when_released(frames: list[bytes]) -> bytes:
        assert release.wait(LIMIT_S)
        return frames[0]

    reader = Reader(publisher, read_when_released)
    publisher.wait_for_reader()
    sent = [b"%d" % number for number in range(20_000)]
    try:
        for text in sent:
            publisher.send(text)
        assert reader.items == []
    finally:
        release.set()
    await reader.wait_for(len(sent))
    assert reader.items == sent


async def test_an_event_loop_that_is_held_up_gets_everything_in_few_turns(
    publisher: Publisher,
) -> None:
    reader = Reader(publisher, first_frame)
    publisher.wait_for_reader()
    sent = [b"%d" % number for number in range(5_000)]
    # No await between here and the last send: the loop delivers nothing meanwhile.
    for text in sent:
        publisher.send(text)
    assert reader.items == []
    await reader.wait_for(len(sent))
    assert reader.items == sent
    assert reader.deliveries < len(sent) / 10


async def test_of_a_publisher_that_keeps_what_is_not_read_only_so_much_is_taken(
    publisher: Publisher,
) -> None:
    reader = Reader(publisher, first_frame, most=8)
    publisher.wait_for_reader()
    publisher.have_patience(0.5)
    sent = 0
    # The loop takes nothing meanwhile: 16 MiB wait for it, some messages wait to be read, and the
    # publisher has to keep the others, of which it can 1000.
    with pytest.raises(zmq.Again):
        for number in range(3000):
            publisher.send(b"%d" % number + b"x" * 2**16)
            sent += 1
    assert 1000 <= sent < 2000
    await reader.wait_for(sent)
    assert [item.rstrip(b"x") for item in reader.items] == [b"%d" % n for n in range(sent)]


async def test_a_drain_that_waits_for_the_loop_can_be_stopped(publisher: Publisher) -> None:
    reader = Reader(publisher, first_frame, most=8)
    publisher.wait_for_reader()
    for _ in range(100):
        publisher.send(b"x" * 2**20)
    reader.drain.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "iopub-drain"]


async def test_messages_that_cannot_be_read_are_left_out_and_the_rest_comes(
    publisher: Publisher,
) -> None:
    def read(frames: list[bytes]) -> bytes:
        if frames[0] == b"bad":
            raise UnreadableMessage("It is bad.")
        return frames[0]

    reader = Reader(publisher, read)
    publisher.wait_for_reader()
    for text in (b"1", b"bad", b"2"):
        publisher.send(text)
    await reader.wait_for(2)
    assert reader.items == [b"1", b"2"]


async def test_a_stopped_drain_leaves_no_thread_and_may_never_have_started(
    publisher: Publisher,
) -> None:
    reader = Reader(publisher, first_frame)
    reader.drain.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "iopub-drain"]
    never_started: Drain[bytes] = Drain(
        publisher.context, publisher.url, first_frame, lambda items: None
    )
    never_started.stop()


def frames_of(session: Session, content: bytes) -> list[bytes]:
    message = session.msg("stream", parent=session.msg("execute_request"))
    return [b"topic", *session.serialize({**message, "content": content})]


async def test_a_signed_message_is_opened_whatever_its_topic() -> None:
    session = Session(key=b"secret")
    message = read_message(frames_of(session, b'{"text":"a\\ud800"}'), session.sign)
    assert (message.msg_type, message.content) == ("stream", {"text": "a\ud800"})
    assert message.parent_id.startswith(session.session)


async def test_a_message_with_a_foreign_signature_is_refused() -> None:
    session, stranger = Session(key=b"secret"), Session(key=b"other")
    with pytest.raises(UnreadableMessage, match="key"):
        read_message(frames_of(stranger, b"{}"), session.sign)
    with pytest.raises(UnreadableMessage, match="frames"):
        read_message([b"topic", b"noise"], session.sign)


@pytest.mark.parametrize(
    "content", [b"{", b"[1]", b"[" * 100_000], ids=["cut", "no object", "deep"]
)
async def test_broken_content_still_tells_whose_message_it_is(content: bytes) -> None:
    session = Session(key=b"secret")
    message = read_message(frames_of(session, content), session.sign)
    assert message.msg_type == "stream"
    assert message.content is None


async def test_json_is_read_as_kernels_write_it() -> None:
    assert read_json(b'["\xff", 12345678901234567890123]') == ["\ufffd", 12345678901234567890123]
    assert read_json(b"[" + b"9" * 5000 + b", 1]") == [None, 1]
    assert str(read_json(b"[NaN, -Infinity]")) == "[nan, -inf]"
