"""Asking a kernel over the wire: completion, inspection and variables, without a trace."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from intheloop import commands as c
from intheloop.client import (
    Answer,
    Client,
    Complete,
    Completions,
    DigestFrame,
    Inspect,
    Inspection,
    LiveItem,
    Match,
    Memory,
    MemoryHeld,
    NoAnswer,
    Question,
    Signal,
    VariableList,
    Variables,
    ask,
)
from intheloop.client.questions import VALUE_LIMIT
from intheloop.errors import Denied, NotFound
from intheloop.notebook import Notebook
from intheloop.text import utf16_length
from intheloop_agents.runtime import asking
from intheloop_agents.runtime.limits import Limits
from tests.desk import WAIT_S, Desk, desk, shown
from tests.serving import Served, served

__all__ = ["served"]
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

# Counts what hangs on executions, and what a `Touchy` sees of questions.
SETUP = """
import collections, numpy, pandas
touched = []
class Touchy:
    def __getattr__(self, name): touched.append(name); raise AttributeError(name)
    def __repr__(self): touched.append("repr"); return "?"
    def __len__(self): touched.append("len"); return 3
    shape = property(lambda self: touched.append("shape"))
touchy, grid = Touchy(), numpy.zeros((3, 4))
frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
runs = collections.Counter()
for hook in ("pre_execute", "post_execute", "pre_run_cell", "post_run_cell"):
    get_ipython().events.register(hook, lambda *_, hook=hook: runs.update([hook]))
import threading
def ask_in_a_thread():
    thread = threading.Thread(target=input, args=["Thread? "])
    thread.start()
    thread.join()
alphabet = 7
alphabet
"""
LOOK = """
import json as _json
_shell = get_ipython()
print(_json.dumps([
    len(In), sorted(Out), repr(_), _shell.execution_count, sorted(runs.values()),
    len(list(_shell.history_manager.get_range())),
    [name for name in sorted(globals()) if name.strip("_i0123456789")], touched,
]))
"""
# Runs until somebody writes to `go`, and then asks for two lines.
HELD = "print('begun', flush=True); open('go').read(); ask_in_a_thread(); input('Name? ')"


@pytest.fixture(scope="module")
async def at(served: Served, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A notebook whose kernel has run `SETUP`, for all tests that leave it as they found it."""
    folder = tmp_path_factory.mktemp("asked")
    os.mkfifo(folder / "go")
    async with desk(served, folder, SETUP, LOOK, HELD) as opened:
        (one,) = await opened.ran("c1")
        assert one.status == "ok"
        yield opened


def principal_of(at: Desk) -> str:
    return at.replica.notebook.runtimes[at.agent.runtime_id].principal_id


async def asked(at: Desk, question: Question, by: Client | None = None) -> Answer:
    return await ask(by or at.me, at.notebook_id, principal_of(at), question, WAIT_S)


async def completed(at: Desk, code: str) -> list[str]:
    answer = await asked(at, Complete(code, utf16_length(code)))
    assert isinstance(answer, Completions), answer
    return [match.text for match in answer.matches]


async def listed(at: Desk, contains: str = "", offset: int = 0) -> VariableList:
    answer = await asked(at, Variables(contains, offset))
    assert isinstance(answer, VariableList), answer
    return answer


async def next_signal(items: AsyncGenerator[LiveItem]) -> Signal:
    async with asyncio.timeout(WAIT_S):
        while not isinstance(item := await anext(items), Signal):
            pass
    return item


@asynccontextmanager
async def stream_of(at: Desk) -> AsyncIterator[AsyncGenerator[LiveItem]]:
    """What the owner's stream brings from here on."""
    _, head = await at.me.records(at.notebook_id, limit=1)
    async with aclosing(at.me.follow({at.notebook_id: head})) as items:
        assert isinstance(await anext(items), DigestFrame)
        yield items


async def prompted(at: Desk, execution_id: str, prompt: str) -> str:
    """The id of the input that an execution waits for with this prompt."""

    def asks(state: Notebook) -> bool:
        line = state.executions[execution_id].input
        return line is not None and line.prompt == prompt

    line = (await at.replica.wait_for(asks, WAIT_S)).executions[execution_id].input
    assert line is not None
    return line.input_id


@asynccontextmanager
async def held(at: Desk) -> AsyncIterator[str]:
    """A cell that runs inside the block, and then asks for its lines and ends well."""
    (execution_id,) = await at.run("c3")
    await at.shows(execution_id, "begun")
    yield execution_id
    assert at.replica.notebook.executions[execution_id].is_open
    await asyncio.to_thread((at.folder / "go").write_text, "x")
    for prompt in ("Thread? ", "Name? "):
        input_id = await prompted(at, execution_id, prompt)
        await at.me.call(c.ProvideInput(notebook_id=at.notebook_id, input_id=input_id, value="Ada"))
    (ended,) = await at.ended(execution_id)
    assert ended.status == "ok", ended.reason
    assert "Ada" in shown(ended)


async def test_completion_names_matches_their_type_and_what_they_replace(at: Desk) -> None:
    answer = await asked(at, Complete("x = alpha + 1", 9))
    assert answer == Completions((Match("alphabet", "instance"),), 4, 9)
    assert await completed(at, "nothing_begins_so") == []


async def test_positions_count_utf16_units_beyond_the_first_plane(at: Desk) -> None:
    before = "'😀𝒳'; "
    answer = await asked(at, Complete(before + "alpha", utf16_length(before) + 5))
    start = utf16_length(before)
    assert answer == Completions((Match("alphabet", "instance"),), start, start + 5)
    inside = await asked(at, Complete("😀", 1))
    assert isinstance(inside, NoAnswer) and "UTF-16" in inside.reason


async def test_inspection_tells_what_a_name_is_without_colours(at: Desk) -> None:
    told = await asked(at, Inspect("alphabet", 3))
    assert isinstance(told, Inspection)
    assert told.found and "int" in told.text and "\x1b" not in told.text
    source = await asked(at, Inspect("json.JSONDecoder", 12, detail=1))
    assert source == Inspection(False)
    source = await asked(at, Inspect("collections.Counter", 15, detail=1))
    assert isinstance(source, Inspection)
    assert "class Counter" in source.text
    assert source.left_out and source.left_out[0].endswith("characters of text")


async def test_variables_are_listed_by_name_without_ipythons_own(at: Desk) -> None:
    found = {one.name: one for one in (await listed(at)).variables}
    assert {"In", "Out", "exit", "quit", "get_ipython", "open"}.isdisjoint(found)
    assert (found["alphabet"].type, found["alphabet"].preview) == ("int", "7")
    assert (found["grid"].shape, found["grid"].size) == ((3, 4), 96)
    assert (found["frame"].shape, found["frame"].preview) == ((2, 2), "a, b")
    assert found["Touchy"].kind == "class" and found["numpy"].kind == "module"
    assert [one.name for one in (await listed(at, "ALPHA")).variables] == ["alphabet"]


async def test_a_running_cell_is_not_disturbed_and_all_is_told_meanwhile(at: Desk) -> None:
    async with held(at):
        assert await completed(at, "alpha") == ["alphabet"]
        told = await asked(at, Inspect("alphabet", 3))
        assert isinstance(told, Inspection) and told.found
        assert "alphabet" in [one.name for one in (await listed(at)).variables]


async def test_the_memory_is_that_of_the_kernel_and_all_that_it_started(
    served: Served, tmp_path: Path
) -> None:
    started = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c',"
        " 'x = bytearray(b\"x\") * 100_000_000; print(1, flush=True); input()'],"
        " stdin=-1, stdout=-1)\nchild.stdout.readline()"
    )
    limits = Limits(kernel_memory=4 * 2**30)
    async with desk(
        served, tmp_path, "1", started, "child.kill(); child.wait()", limits=limits
    ) as at:
        await at.ran("c1")
        before = await asked(at, Memory())
        assert isinstance(before, MemoryHeld) and before.limit == 4 * 2**30
        await at.ran("c2")
        after = await asked(at, Memory())
        assert isinstance(after, MemoryHeld)
        assert 100_000_000 < after.held - before.held < 300_000_000
        await at.ran("c3")


async def test_questions_leave_no_trace_in_the_kernel_or_in_the_log(at: Desk) -> None:
    (before,) = await at.ran("c2")
    head = at.replica.notebook.seq
    for code in ("alphabet", "grid.sh", "unknown", "%ti", "for in"):
        await completed(at, code)
    await listed(at)
    await asked(at, Inspect("alphabet", 3))
    assert (await at.me.records(at.notebook_id, limit=1))[1] == head
    async with held(at):
        await completed(at, "alpha")
        await listed(at)
    assert [one.name for one in (await listed(at, "touch")).variables] == [
        *("Touchy", "touched", "touchy")
    ]
    (after,) = await at.ran("c2")
    inputs, outs, _, count, runs, history, names, touched = json.loads(shown(before))
    # More are the cell that was held, with its result, and the second look.
    assert json.loads(shown(after)) == [
        *(inputs + 2, [*outs, inputs], "'Ada'", count + 2, [one + 2 for one in runs]),
        *(history + 2, names, touched),
    ]
    assert touched == []


async def test_two_thousand_variables_come_in_pages_that_a_signal_carries(
    served: Served, tmp_path: Path
) -> None:
    source = (
        "for n in range(2000): globals()[f'v{n:04}'] = 'x' * n\nglobals()['w\\ud800'] = '\\ud800'"
    )
    async with desk(served, tmp_path, source) as at:
        await at.ran("c1")
        names, more = list[str](), 1
        while more:
            page = await listed(at, "", len(names))
            assert len(msgspec.json.encode(page)) <= VALUE_LIMIT
            assert page.variables
            names += [one.name for one in page.variables]
            more = page.more
        assert names == ["n", *(f"v{number:04}" for number in range(2000)), "w\ufffd"]
        assert len(await completed(at, "v")) > 100


async def test_many_questions_at_once_are_answered_each(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_OPEN", 8)
    keys = [f"q{number:02}" for number in range(20)]
    async with stream_of(at) as items:
        for key in keys:
            question = Variables() if key > "q16" else Complete("alpha", 5)
            await at.me.signal(at.notebook_id, "ask", key, question, to=principal_of(at))
        answers = [await next_signal(items) for _ in keys]
    assert sorted(answer.key for answer in answers) == keys
    kinds = [json.loads(bytes(answer.value))["answer"] for answer in answers]
    assert "completions" in kinds
    assert set(kinds) <= {"completions", "variables", "none"}


async def test_what_is_no_question_is_answered_too(at: Desk) -> None:
    async with stream_of(at) as items:
        odd = {"question": "everything"}
        await at.me.signal(at.notebook_id, "ask", "odd", odd, to=principal_of(at))
        answer = await next_signal(items)
    assert "no question" in json.loads(bytes(answer.value))["reason"]
    assert await completed(at, "alpha") == ["alphabet"]


async def test_who_may_run_is_answered_alone_and_nothing_of_it_is_kept(
    served: Served, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    source = "globals()['hunter' + str(2)] = 'pass' + 'word'"
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(desk(served, tmp_path, source))
        await at.ran("c1")
        clients = dict[str, Client]()
        for name, role in (("Run", "runner"), ("View", "viewer"), ("Out", None)):
            person = served.person(name)
            if role is not None:
                served.grant(at.notebook_id, person, role)  # type: ignore[arg-type]
            client = Client(served.url, served.secret(person), "test", "1")
            clients[name] = await stack.enter_async_context(client)
        stream = await stack.enter_async_context(stream_of(at))
        told = await asked(at, Variables(), clients["Run"])
        assert isinstance(told, VariableList)
        assert [(one.name, one.preview) for one in told.variables] == [("hunter2", "'password'")]
        unlogged = Complete("unlogged", 4)
        with pytest.raises(Denied, match="notebook:run"):
            await asked(at, unlogged, clients["View"])
        with pytest.raises(NotFound):
            await asked(at, unlogged, clients["Out"])
        assert await completed(at, "hunter") == ["hunter2"]
        # What Ana's own stream and a newcomer's bring, up to a signal to all.
        await at.me.signal(at.notebook_id, "caret", "last", 1, ttl_s=60)
        newcomer = await stack.enter_async_context(
            aclosing(clients["Run"].follow({at.notebook_id: 0}))
        )
        for items, own in ((stream, 1), (newcomer, 0)):
            seen = list[Signal]()
            while not seen or seen[-1].kind != "caret":
                seen.append(await next_signal(items))
            assert [one.kind for one in seen] == ["answer"] * own + ["caret"]
    kept = [
        stored.envelope + stored.data
        for notebook_id in served.heads()
        for stored in served.log.records(notebook_id)
    ]
    assert [one for one in kept if b"actionDenied" in one]
    for text in ("hunter2", "'password'", "unlogged"):
        assert text.encode() not in b"".join(kept)
        assert text not in caplog.text
