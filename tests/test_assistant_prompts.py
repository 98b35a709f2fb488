"""Prompts: released versions never change, and what a model was told can be read from the log."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import NotFound
from intheloop_agents.assistant import prompts
from intheloop_agents.assistant.prompts import current, read_prompt
from intheloop_agents.assistant.tools import OFFERED, described
from intheloop_agents.scripted_model import by_turn
from tests.asking import asking
from tests.serving import Served, served

__all__ = ["served"]

FOLDER = Path(str(files(prompts)))
LOCK: dict[str, str] = json.loads((FOLDER / "lock.json").read_text(encoding="utf-8"))


def test_a_released_prompt_is_what_it_was_when_it_was_released() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.md")
    }
    assert found == LOCK, "give a changed prompt a new version, and lock that"


@pytest.mark.parametrize("name", sorted(LOCK))
def test_a_prompt_has_front_matter_and_is_named_by_it(name: str) -> None:
    prompt = read_prompt((FOLDER / name).read_text(encoding="utf-8"))
    assert name == f"{prompt.prompt_id}.v{prompt.version}.md"
    assert prompt.text.strip() and not prompt.text.startswith("---")


@pytest.mark.parametrize("source", ["no front matter", "---\nid: a\n---\ntext", "---\nid: a"])
def test_a_prompt_without_front_matter_is_refused_with_the_next_step(source: str) -> None:
    with pytest.raises(ValueError, match="add it"):
        read_prompt(source)


def test_the_model_is_offered_the_notebook_s_tools_of_the_one_table() -> None:
    tools = json.loads(described())
    assert [one["name"] for one in tools] == list(OFFERED)
    assert set(OFFERED) < set(c.TOOLS)
    assert {"insert_cells", "edit_cell", "run_cells", "read_notebook"} < set(OFFERED)
    for one in tools:
        assert one["description"] and "notebook_id" not in one["input_schema"]["properties"]
    assert len(described()) < 24_000


@pytest.mark.anyio
async def test_each_call_names_its_prompt_and_tools_whose_text_stays(served: Served) -> None:
    async with asking(served, by_turn("Yes.")) as at, at.agent():
        await at.asked()
        (context,) = await at.of(e.ContextAssembled)
        assert context.prompt == current().ref
        prompt: c.PromptText = await at.me.call(c.ReadPrompt(sha256=context.prompt.sha256))
        tools: c.PromptText = await at.me.call(c.ReadPrompt(sha256=context.tools.sha256))
        (request,) = at.requests()
        assert request["system"][0]["text"] == prompt.text == current().text
        assert request["tools"] == json.loads(tools.text)
        with pytest.raises(NotFound):
            await at.me.call(c.ReadPrompt(sha256="ab" * 32))
