"""Questions to a kernel whose answer does not come, comes from another or is none."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import (
    Answer,
    Client,
    Complete,
    Completions,
    DigestFrame,
    Inspect,
    LiveItem,
    Match,
    NoAnswer,
    Question,
    Signal,
    Variables,
    ask,
)
from intheloop_agents.masking import NO_SECRETS
from intheloop_agents.runtime import asking
from intheloop_agents.runtime.jupyter.kernel import Kernel
from tests import odd_kernel
from tests.deciding import PYTHON
from tests.desk import WAIT_S, Desk, desk, shown
from tests.serving import Served
from tests.test_asking import asked, completed, next_signal

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]


class StandIn(Struct):
    """Ana asks, and this test answers with the credential of her runtime, or does not."""

    me: Client
    its: Client
    notebook_id: str
    ana: str
    principal: str
    questions: AsyncGenerator[LiveItem]

    async def asked(self) -> tuple["asyncio.Task[Answer]", Signal]:
        """A question that waits for its answer, as the runtime sees it."""
        question = Complete("tr", 2)
        asking_ = ask(self.me, self.notebook_id, self.principal, question, WAIT_S)
        return asyncio.create_task(asking_), await next_signal(self.questions)

    async def answer(self, by: Client, key: str, value: object) -> None:
        await by.signal(self.notebook_id, "answer", key, value, to=self.ana)


@pytest.fixture
async def stand_in(served: Served) -> AsyncIterator[StandIn]:
    ana = served.person("Ana")
    notebook_id = served.notebook(mine := served.secret(ana))
    of_runtime = served.secret(ana, "runtime", ["notebook:read", "runtime"])
    principal = served.caller(of_runtime).actor.id
    async with (
        Client(served.url, mine, "test", "1") as me,
        Client(served.url, of_runtime, "test", "1") as its,
        aclosing(its.follow({notebook_id: 1})) as questions,
    ):
        assert isinstance(await anext(questions), DigestFrame)
        yield StandIn(me, its, notebook_id, ana, principal, questions)


async def test_an_answer_counts_from_the_runtime_alone(served: Served, stand_in: StandIn) -> None:
    bob = served.person("Bob")
    served.grant(stand_in.notebook_id, bob, "runner")
    true, false = Completions((Match("true"),), 0, 1), Completions((Match("false"),), 0, 1)
    async with Client(served.url, served.secret(bob), "test", "1") as his:
        waiting, question = await stand_in.asked()
        value = {"question": "complete", "code": "tr", "cursor": 2}
        assert json.loads(bytes(question.value)) == value
        await stand_in.answer(his, question.key, false)
        await stand_in.answer(stand_in.its, "another", false)
        await stand_in.answer(stand_in.its, question.key, true)
        assert await waiting == true


async def test_what_is_no_answer_of_the_runtime_comes_as_a_sentence(stand_in: StandIn) -> None:
    waiting, question = await stand_in.asked()
    await stand_in.answer(stand_in.its, question.key, {"answer": "song"})
    unread = await waiting
    assert isinstance(unread, NoAnswer) and "versions" in unread.reason
    nb = stand_in.notebook_id
    await stand_in.its.call(c.AttachRuntime(notebook_id=nb, runtime_id="r1", kernel=PYTHON))
    waiting, _ = await stand_in.asked()
    await stand_in.its.call(c.DetachRuntime(notebook_id=nb, runtime_id="r1", reason="Bye."))
    left = await waiting
    assert isinstance(left, NoAnswer) and "left the notebook" in left.reason
    nobody = await ask(stand_in.me, nb, "nobody", Variables(), 0.5)
    assert isinstance(nobody, NoAnswer) and "within 0.5 s" in nobody.reason
    long = await ask(stand_in.me, nb, stand_in.principal, Complete("x" * 20_000, 0))
    assert isinstance(long, NoAnswer) and "less code" in long.reason


async def test_a_defect_at_one_question_is_told_and_ends_nothing(
    stand_in: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Kernel | None:
        raise RuntimeError("unlogged")

    it = asking.Asking(stand_in.its, stand_in.notebook_id, broken, NO_SECRETS)
    answering = asyncio.create_task(it.run())
    for _ in range(2):
        waiting, question = await stand_in.asked()
        it.take(question)
        failed = await waiting
        assert isinstance(failed, NoAnswer) and "failed at this question" in failed.reason
    answering.cancel()
    assert "RuntimeError" in caplog.text and "unlogged" not in caplog.text


# Its repr tells `asked` that it was called, and waits for `go`.
SLOW = """
class Slow:
    def __repr__(self):
        open('asked', 'w').close()
        return open('go').read()
slow = Slow()
import os
print(os.getpid())
"""


@asynccontextmanager
async def while_asked(at: Desk, question: Question) -> AsyncIterator["asyncio.Task[Answer]"]:
    """Inside the block the kernel works on a question about `slow`."""
    waiting = asyncio.create_task(asked(at, question))
    await asyncio.to_thread((at.folder / "asked").read_text)
    yield waiting


async def test_a_kernel_that_dies_or_is_not_there_is_no_answer(
    served: Served, tmp_path: Path
) -> None:
    for name in ("asked", "go"):
        os.mkfifo(tmp_path / name)
    async with desk(served, tmp_path, SLOW) as at:
        (ran,) = await at.ran("c1")
        async with while_asked(at, Inspect("slow", 4)) as waiting:
            # The answer is slow, the kernel is not: it runs cells meanwhile.
            (again,) = await at.ran("c1")
            assert again.execution_count == 2
            os.kill(int(shown(ran)), signal.SIGKILL)
            killed = "The kernel was killed by signal 9 (SIGKILL). Run a cell and ask again."
            assert await waiting == NoAnswer(killed)
        for question in (Complete("slow", 4), Inspect("slow", 4), Variables()):
            answer = await asked(at, question)
            assert answer == NoAnswer("No kernel is running; run a cell and ask again.")
        kinds = [type(event) for event in await at.events()]
        assert kinds.count(e.KernelStarted) == 1
        await at.ran("c1")
        assert await completed(at, "slo") == ["slow"]


async def test_a_runtime_that_leaves_is_no_answer(served: Served, tmp_path: Path) -> None:
    for name in ("asked", "go"):
        os.mkfifo(tmp_path / name)
    async with desk(served, tmp_path, SLOW) as at:
        await at.ran("c1")
        async with while_asked(at, Inspect("slow", 4)) as waiting:
            at.agent_task.cancel()
            assert await waiting == NoAnswer("The kernel was shut down. Run a cell and ask again.")
            await asyncio.wait([at.agent_task], timeout=WAIT_S)


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel of `tests.odd_kernel`, installed for this test alone."""
    folder = tmp_path / "kernels" / "odd"
    folder.mkdir(parents=True)
    argv = [sys.executable, odd_kernel.__file__, "{connection_file}"]
    spec = {"argv": argv, "display_name": "Odd", "language": "odd", "interrupt_mode": "message"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))


async def test_a_kernel_that_never_replies_costs_each_question_its_time_and_no_more(
    served: Served, tmp_path: Path, odd: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ANSWER_S", 0.5)
    async with desk(served, tmp_path, "aborted", kernel="odd") as at:
        await at.ran("c1")
        questions: list[Question] = [Complete("a", 1), Inspect("a", 1), Complete("b", 1)]
        answers = await asyncio.gather(*(asked(at, one) for one in questions))
        silent = "The kernel did not answer within 0.5 s; ask again later."
        assert answers == [NoAnswer(silent)] * 3
        assert await asked(at, Variables()) == NoAnswer("This kernel does not tell its variables.")
        answer = await asked(at, Complete("reply", 5))
        assert answer == Completions((Match("\ufffd"), Match("7")), 5, 5)


async def test_a_kernel_without_subshells_says_at_once_that_it_is_busy(
    served: Served, tmp_path: Path, odd: None
) -> None:
    async with desk(served, tmp_path, "held", kernel="odd") as at:
        (running,) = await at.run("c1")
        await at.shows(running, "begun")
        for question in (Complete("a", 1), Inspect("a", 1)):
            answer = await asked(at, question)
            assert isinstance(answer, NoAnswer) and "is busy" in answer.reason
        assert at.replica.notebook.executions[running].is_open
