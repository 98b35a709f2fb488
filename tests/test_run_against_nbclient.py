"""`intheloop run` and nbclient on one real notebook: the same outputs."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

FIXTURES = Path(__file__).parent.parent / "evals" / "fixtures"
NOTEBOOK = FIXTURES / "penguins.ipynb"
# What differs from one run to the next of the same tool: addresses, times taken, drawn pictures.
_ADDRESS = re.compile(r"0x[0-9a-f]+")
_TIME = re.compile(r"\d+(\.\d+)?(e-?\d+)? ?(ns|µs|us|ms|s|min)\b")
_IMAGE = re.compile(r"image/(png|jpeg)")

pytestmark = pytest.mark.slow


def comparable(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The outputs without what no two runs have in common."""
    found: list[dict[str, Any]] = []
    for output in outputs:
        last = found[-1] if found else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
            continue
        found.append(json.loads(json.dumps(output)))
    for output in found:
        for mime in output.get("data", {}):
            if _IMAGE.fullmatch(mime):
                assert len(output["data"][mime]) > 1000, "a picture is there"
                output["data"][mime] = "a picture"
    return [json.loads(_plain(json.dumps(output, ensure_ascii=False))) for output in found]


def _plain(text: str) -> str:
    return _TIME.sub("some time", _ADDRESS.sub("0xADDRESS", text))


def test_a_run_has_the_outputs_that_nbclient_has(tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "intheloop", "run", str(NOTEBOOK), "-o", str(out)]
    ours = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ours.returncode == 0, ours.stderr
    # In a process of its own: nbclient leaves warnings behind that are errors here.
    script = (
        "import sys, nbclient, nbformat\n"
        "book = nbformat.read(sys.argv[1], 4)\n"
        "resources = {'metadata': {'path': sys.argv[2]}}\n"
        "nbclient.NotebookClient(book, resources=resources).execute()\n"
        "nbformat.write(book, sys.argv[3])\n"
    )
    reference = tmp_path / "reference.ipynb"
    arguments = [sys.executable, "-c", script, str(NOTEBOOK), str(FIXTURES), str(reference)]
    subprocess.run(arguments, capture_output=True, timeout=300, check=True)
    expected, found = (nbformat.read(one, 4) for one in (reference, out))  # type: ignore[no-untyped-call]
    assert len(found.cells) == len(expected.cells) >= 30
    for number, (theirs, mine) in enumerate(zip(expected.cells, found.cells, strict=True), 1):
        assert mine.cell_type == theirs.cell_type
        assert mine.source == theirs.source
        assert mine.get("execution_count") == theirs.get("execution_count"), f"cell {number}"
        if mine.cell_type == "code":
            assert comparable(mine.outputs) == comparable(theirs.outputs), f"cell {number}"
        else:
            assert mine.get("attachments") == theirs.get("attachments")


def test_what_is_not_noise_is_compared() -> None:
    one = {"output_type": "stream", "name": "stdout", "text": "at 0x1f in 3 ms: 5 birds\n"}
    same = {"output_type": "stream", "name": "stdout", "text": "at 0x2e in 4.5 ms: 5 birds\n"}
    other = {"output_type": "stream", "name": "stdout", "text": "at 0x2e in 4.5 ms: 6 birds\n"}
    assert comparable([one]) == comparable([same]) != comparable([other])
    halves = [one | {"text": "at 0x1f in 3 ms: "}, one | {"text": "5 birds\n"}]
    assert comparable(halves) == comparable([one])
