"""Keys are masked in all that a model is shown, and that it happened is recorded."""

from __future__ import annotations

import pytest

from intheloop import events as e
from intheloop.access import new_credential_secret
from intheloop_agents.masking import MASK, masked
from intheloop_agents.scripted_model import Use, by_turn
from tests.asking import asking
from tests.serving import Served, served

__all__ = ["served"]

# Put together from pieces, so that no scanner of keys takes this file for a leak.
KEYS = (
    "sk-" + "ant-api03-" + "aB3_" * 8,
    "AKIA" + "ABCD1234EFGH5678",
    "gh" + "p_" + "a1B2" * 9,
    "github" + "_pat_" + "a1B2" * 8,
    "gl" + "pat-" + "a1B2" * 5,
    "xox" + "b-" + "1234-abcd-5678",
    "AI" + "za" + "a1B2c" * 7,
    "hf" + "_" + "a1B2" * 8,
    "run" + "_" + "a1B2" * 11,
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nxyz\n-----END RSA PRIVATE KEY-----",
)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:8])
def test_a_key_is_masked_wherever_it_stands(key: str) -> None:
    for around in ("{}", "key = '{}'\n", "a:{};b", '{{"k":"{}"}}', "({})"):
        text, count = masked(around.format(key))
        assert count == 1 and key not in text and MASK in text


def test_a_secret_of_this_server_is_masked() -> None:
    secret = new_credential_secret()
    assert masked(f"token {secret}.") == (f"token {MASK}.", 1)


@pytest.mark.parametrize(
    "text", ["risk-free returns of the portfolio, long term", "run_cells", "task-sk-1", "hf_hub"]
)
def test_other_words_stay(text: str) -> None:
    assert masked(text) == (text, 0)


@pytest.mark.anyio
async def test_a_key_is_in_no_request_and_no_record_of_the_assistant(served: Served) -> None:
    key = KEYS[0]
    script = by_turn([Use("read_notebook")], "I see.")
    async with asking(served, script, f"key = '{key}'") as at, at.agent():
        assert (await at.asked(f"Is {key} right?")).status == "completed"
        assert all(key.encode() not in body for body in at.model.requests)
        (first, _) = await at.of(e.ContextAssembled)
        (result,) = await at.of(e.ToolCallCompleted)
        assert (first.masked, result.masked) == (1, 1)
        assert key not in result.text and key in at.replica.notebook.cells["c1"].source
