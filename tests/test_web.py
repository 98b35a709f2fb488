"""The TypeScript package of the page, and the small door through which tests run it."""

import subprocess
from pathlib import Path

import pytest

from tests.needs import WEB
from tests.web import Node, NodeError

pytestmark = pytest.mark.node


def test_the_types_of_the_page_are_sound(node: Path) -> None:
    compiler = WEB / "node_modules" / "typescript" / "bin" / "tsc"
    found = subprocess.run(
        [node, compiler, "--noEmit"], cwd=WEB, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.slow
def test_the_pure_parts_of_the_page_pass_their_own_tests(node: Path) -> None:
    vitest = WEB / "node_modules" / "vitest" / "vitest.mjs"
    found = subprocess.run(
        [node, vitest, "run"], cwd=WEB, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_long_request_gets_its_whole_answer() -> None:
    text = "é\n" * 500_000
    with Node("test/text-oracle.ts") as oracle:
        answer = oracle.ask({"op": "ownApply", "args": [text, [len(text), [0, "x"]]]})
    assert answer == {"ok": text + "x"}


def test_a_script_that_ends_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    with Node("test/text-oracle.ts") as oracle, pytest.raises(NodeError, match="ended with status"):
        oracle.ask(None)
    assert "TypeError" in capfd.readouterr().err


def test_a_script_that_is_not_there_is_named() -> None:
    with (
        pytest.raises(NodeError, match=r"no script test/nothing\.ts"),
        Node("test/nothing.ts"),
    ):
        pass
