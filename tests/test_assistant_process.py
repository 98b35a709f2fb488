"""The assistant as `intheloop serve` starts it: a process of its own, without a key the demo."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psutil
import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client, Replica, to_record
from intheloop.folder import credential_file, find_server, secret_in
from intheloop.notebook import AssistantRun
from intheloop_agents.scripted_model import ScriptedModel, by_turn, serving
from intheloop_agents.scripted_model.demo import DEMO
from tests.command_line import CommandLine
from tests.command_line import serving as server_running

pytestmark = [pytest.mark.timeout(120), pytest.mark.slow]

WAIT_S = 60.0
KEY = "sk-canary-0123456789"


def home(folder: Path, **variables: str) -> CommandLine:
    (folder / "here").mkdir()
    return CommandLine(folder / "data", folder / "here", {"ANTHROPIC_API_KEY": "", **variables})


async def asked(
    at: CommandLine, text: str, *, begun: bool = False
) -> tuple[AssistantRun, list[e.Record]]:
    """The run that answers a message in a fresh notebook, once it is over, or at least `begun`; and
    the notebook's log."""
    found = find_server(at.data)
    assert found is not None
    secret = secret_in(credential_file(at.data, "command-line"))
    async with Client(found.url, secret or "", "test", "1", patience_s=10) as me:
        created: c.Created = await me.call(c.CreateNotebook(title="Heights"))
        nb = created.notebook_id
        async with Replica.following(me, nb) as replica:
            posted: c.Posted = await me.call(c.PostMessage(notebook_id=nb, text=text))
            state = await replica.wait_for(
                lambda state: _is_over(state.runs.get(posted.run_id), begun), WAIT_S
            )
        page, _ = await me.records(nb, limit=1000)
        return state.runs[posted.run_id], [to_record(one) for one in page]


def _is_over(run: AssistantRun | None, begun: bool) -> bool:
    return run is not None and (not run.is_open or (begun and run.turn > 0))


def assistants(server: int) -> list[psutil.Process]:
    children = psutil.Process(server).children()
    return [one for one in children if "intheloop_agents.assistant" in one.cmdline()]


def test_without_a_key_the_demo_answers_and_says_what_it_is(tmp_path: Path) -> None:
    at = home(tmp_path)
    with server_running(at) as server:
        assert not assistants(server.pid)  # nobody has asked yet
        run, records = asyncio.run(asked(at, "Add some numbers."))
        (process,) = assistants(server.pid)
    assert not process.is_running()
    assert run.status == "completed"
    assert run.agent is not None and run.agent.name == DEMO
    said: list[Any] = [one for one in records if isinstance(one.event, e.ModelCallCompleted)]
    assert DEMO[1:] in said[0].event.content
    assert {one.envelope.actor.name for one in said} == {DEMO}
    outputs = [one for one in records if isinstance(one.event, e.OutputAppended)]
    assert "55" in str(outputs)


def test_with_a_key_the_model_answers_and_the_key_stands_nowhere(tmp_path: Path) -> None:
    with serving(ScriptedModel(by_turn("I am the model."))) as model:
        at = home(tmp_path, INTHELOOP_ASSISTANT_KEY=KEY, INTHELOOP_ASSISTANT_URL=model.url)
        with server_running(at, "--no-runtime") as server:
            run, records = asyncio.run(asked(at, "Who are you?"))
            (process,) = assistants(server.pid)
            assert KEY not in " ".join(process.cmdline())
            assert KEY not in str(process.environ())
    assert (run.status, set(model.keys)) == ("completed", {KEY})
    assert run.agent is not None and run.agent.model == "claude-sonnet-5-5"
    assert KEY not in str(records)
    for file in at.data.rglob("*"):
        if file.is_file():
            assert KEY.encode() not in file.read_bytes(), file


def test_an_assistant_ends_with_a_server_that_was_killed(tmp_path: Path) -> None:
    at = home(tmp_path)
    with server_running(at, "--no-runtime") as server:
        asyncio.run(asked(at, "Add some numbers.", begun=True))
        (process,) = assistants(server.pid)
        server.kill()
        process.wait(WAIT_S)
