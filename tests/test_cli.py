"""The command line as real processes on a real data folder."""

import json
import re
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psutil
import pytest

from intheloop.cli.parameters import inject, read_parameter
from intheloop.errors import BadArgument
from intheloop.ipynb import parse
from tests.command_line import WAIT_S, CommandLine, serving

pytestmark = pytest.mark.timeout(180)


def notebook(*sources: str, tags: dict[int, list[str]] | None = None) -> dict[str, Any]:
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"cell{place}",
            "metadata": {"tags": (tags or {}).get(place, [])},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for place, source in enumerate(sources)
    ]
    kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    metadata = {"kernelspec": kernelspec}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}


def written(path: Path, *sources: str, tags: dict[int, list[str]] | None = None) -> Path:
    path.write_text(json.dumps(notebook(*sources, tags=tags)))
    return path


def outputs(path: Path) -> list[list[str]]:
    """For each cell what it shows, as text."""
    cells = json.loads(path.read_text())["cells"]
    return [["".join(_text(output)) for output in cell.get("outputs", [])] for cell in cells]


def _text(output: dict[str, Any]) -> str:
    if output["output_type"] == "error":
        return str(output["ename"])
    return "".join(output.get("text") or output["data"]["text/plain"])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[CommandLine]:
    """A running server with its runtime, shared by the tests of this page."""
    here = tmp_path_factory.mktemp("here")
    at = CommandLine(tmp_path_factory.mktemp("data") / "house", here)
    with serving(at):
        yield at


def test_a_notebook_is_imported_shown_told_exported_and_verified(
    house: CommandLine, tmp_path: Path
) -> None:
    file = written(tmp_path / "birds.ipynb", "a = 1", "print(a)")
    said = house("import", str(file))
    assert said.code == 0, said.err
    assert said.err == "Imported birds.ipynb with 2 cells.\n"
    notebook_id = said.out.strip()
    assert f"{notebook_id}  birds  (2 cells, seq 3, owner)" in house.ok("list")
    now, before = house.ok("show", notebook_id), house.ok("show", notebook_id, "--at", "2")
    assert "cell1 (code [ ], rev 3)\n    print(a)" in now
    assert "cell0" in before
    assert "cell1" not in before
    log = house.ok("log", notebook_id).splitlines()
    assert len(log) == 3
    assert log[0].endswith('imported "birds.ipynb" as the notebook "birds".')
    assert house.ok("log", notebook_id, "--cell", "cell1").count("\n") == 1
    assert house.ok("log", notebook_id, "--type", "notebookCreated").count("\n") == 1
    assert house.ok("log", notebook_id, "--since", "1h", "-n", "2").count("\n") == 2
    exported = json.loads(house.ok("export", notebook_id))
    for cell in exported["cells"]:
        cell["source"] = "".join(cell["source"])
    assert exported == notebook("a = 1", "print(a)")
    sound = house.ok("verify", notebook_id)
    head = re.search(r"Head (3:[0-9a-f]{64})", sound)
    assert head, sound
    house.ok("verify", notebook_id, "--head", head[1])
    cut = house("verify", notebook_id, "--head", f"4:{'0' * 64}")
    assert cut.code == 1
    assert "Record 4 is missing" in cut.err
    assert len(house.ok("verify").splitlines()) >= 2  # This one and the workspace's.


def test_a_changed_record_of_an_exported_log_is_named(house: CommandLine, tmp_path: Path) -> None:
    file = written(tmp_path / "w.ipynb", "a = 1", "print(a)")
    notebook_id = house.ok("import", str(file)).strip()
    log = tmp_path / "log.jsonl"
    house.ok("export", notebook_id, "--log", "-o", str(log))
    assert "3 records, each as it was written" in house.ok("verify", "--file", str(log))
    lines = log.read_text().splitlines(keepends=True)
    log.write_text(lines[0] + lines[1].replace("a = 1", "a = 2") + lines[2])
    said = house("verify", "--file", str(log))
    assert said.code == 1
    assert said.err == (
        f"{notebook_id}: Record 2 was changed: its data or its salt is not what was recorded.\n"
    )
    log.write_text(lines[0] + lines[2])
    assert "Record 2 is missing" in house("verify", "--file", str(log)).err
    log.write_text(lines[0] + "nonsense\n")
    assert "line 2: This line is not a record" in house("verify", "--file", str(log)).err


def test_a_credential_is_made_listed_used_and_revoked(house: CommandLine) -> None:
    said = house("token", "create", "--kind", "service", "--label", "nightly", "--expires", "30d")
    assert said.code == 0, said.err
    secret = said.out.strip()
    found = re.search(r"credential (\S+) \(service 'nightly'", said.err)
    assert found, said.err
    assert secret not in house.ok("token", "list")
    assert f"{found[1]}  service 'nightly'" in house.ok("token", "list")
    url = json.loads(house.ok("status", "--json"))["url"]
    far = CommandLine(house.data / "no-such", house.here, {"INTHELOOP_URL": url})
    refused = far("list")
    assert (refused.code, refused.err) == (
        1,
        f"There is no credential for {url}; make one there with `intheloop token create` and set "
        "INTHELOOP_TOKEN to it.\n",
    )
    signed = CommandLine(far.data, far.here, {**far.variables, "INTHELOOP_TOKEN": secret})
    signed.ok("list")
    house.ok("token", "revoke", found[1])
    assert signed("list").code == 1


def test_a_run_joins_the_server_and_leaves_its_log_there(
    house: CommandLine, tmp_path: Path
) -> None:
    look = (
        "import os\nprint(alpha, os.path.basename(os.getcwd()))\n"
        "[name for name in os.environ if name.startswith('INTHELOOP_')]"
    )
    sources = ["alpha = 1", look, ""]
    file = written(tmp_path / "p.ipynb", *sources, tags={0: ["parameters"]})
    said = house.process("run", str(file), "-p", "alpha=0.5", "-p", "who=Ada")
    assert said.code == 0, said.err
    assert said.out == ""
    assert "[3/3] cell 3: ok" in said.err
    out = tmp_path / "p.out.ipynb"
    # The kernel stands in the notebook's folder and knows no address and no credential of ours.
    assert outputs(out) == [[], [], [f"0.5 {tmp_path.name}\n", "[]"], []]
    injected = json.loads(out.read_text())["cells"][1]
    assert injected["metadata"]["tags"] == ["injected-parameters"]
    assert "".join(injected["source"]) == "# Parameters\nalpha = 0.5\nwho = 'Ada'"
    kept = re.search(r"The run is kept as notebook (\S+)\.", said.err)
    assert kept, said.err
    assert "The runtime of a headless run finished execution" in house.ok("log", kept[1])
    house.ok("verify", kept[1])


def test_a_run_that_fails_says_where_and_writes_what_it_has(tmp_path: Path) -> None:
    at = CommandLine(tmp_path / "data", tmp_path)
    at = CommandLine(at.data, at.here, {"INTHELOOP_DATA": ""})
    file = written(
        tmp_path / "f.ipynb",
        "1/0",
        "print('on')",
        "open('no such file')",
        "print('never')",
        tags={0: ["raises-exception"], 1: ["a"]},
    )
    said = at.process("run", str(file), "-o", "f2.ipynb")
    assert said.code == 1
    assert said.err.splitlines()[-1] == (
        "Cell 3 failed with FileNotFoundError: [Errno 2] No such file or directory: 'no such file'"
    )
    assert "Traceback" in said.err
    assert "Error\x1b" not in said.err
    assert outputs(tmp_path / "f2.ipynb") == [
        ["ZeroDivisionError"],
        ["on\n"],
        ["FileNotFoundError"],
        [],
    ]
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
def test_a_run_goes_on_after_errors_when_they_are_allowed_and_interrupts_a_slow_cell(
    house: CommandLine, tmp_path: Path
) -> None:
    file = written(tmp_path / "e.ipynb", "1/0", "import time; time.sleep(600)", "print('on')")
    said = house.process("run", str(file), "--allow-errors", "--timeout", "1.5", "-o", "-")
    assert said.code == 1
    assert said.err.splitlines()[-1] == "Cell 2 took longer than 1.5 s and was interrupted."
    out = tmp_path / "out.ipynb"
    out.write_text(said.out)
    assert outputs(out) == [["ZeroDivisionError"], ["KeyboardInterrupt"], ["on\n"]]
    allowed = written(tmp_path / "a.ipynb", "1/0", "print('on')")
    assert house.process("run", str(allowed), "--allow-errors").code == 0


def test_a_runtime_of_elsewhere_serves_a_notebook_until_it_is_stopped(
    house: CommandLine, tmp_path: Path
) -> None:
    notebook_id = house.ok("import", str(written(tmp_path / "r.ipynb", "1 + 1"))).strip()
    made = house("token", "create", "--kind", "runtime", "--label", "afar")
    url = json.loads(house.ok("status", "--json"))["url"]
    variables = {"INTHELOOP_URL": url, "INTHELOOP_TOKEN": made.out.strip()}
    elsewhere = CommandLine(tmp_path / "none", tmp_path, variables)
    following = house.start("log", notebook_id, "--follow")
    runtime = elsewhere.start("runtime", "--notebook", notebook_id, "--label", "afar")
    assert following.stdout is not None
    while "The runtime afar started a fresh kernel python3" not in following.stdout.readline():
        pass
    run_cells(house, notebook_id)
    while "finished execution" not in following.stdout.readline():
        pass
    runtime.terminate()
    assert runtime.wait(WAIT_S) == 0
    while "detached" not in (line := following.stdout.readline()):
        pass
    assert "The runtime was stopped." in line
    following.send_signal(signal.SIGINT)
    assert following.wait(WAIT_S) == 130
    for process in (runtime, following):
        process.communicate(timeout=WAIT_S)
    assert "| 2" in house.ok("show", notebook_id)


def test_refusals_are_one_sentence_and_wrong_use_is_exit_code_2(house: CommandLine) -> None:
    said = house("show", "nosuch")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "Traceback" not in said.err
    wrong = house.process("show")
    assert (wrong.code, wrong.out) == (2, "")
    assert "Missing argument 'NOTEBOOK_ID'" in wrong.err
    assert house("log", "nosuch", "--since", "yesterday").code == 2
    nowhere = CommandLine(house.data / "nowhere", house.here)
    assert "start it with `intheloop serve`" in nowhere("list").err
    assert nowhere("status").code == 1
    assert nowhere.ok("stop") == f"No server runs on {nowhere.data}.\n"


def test_the_doctor_tells_what_is_there(house: CommandLine) -> None:
    said = house("doctor")
    assert said.code == 0, said.out
    assert "A server answers at http://127.0.0.1:" in said.out
    assert "Kernels: " in said.out
    assert "python3 (" in said.out
    house.data.chmod(0o755)
    try:
        ill = house("doctor")
        assert ill.code == 1
        assert "run `chmod 700" in ill.out
    finally:
        house.data.chmod(0o700)


def test_stop_ends_the_server_its_runtime_and_the_kernels(tmp_path: Path) -> None:
    at = CommandLine(tmp_path / "data", tmp_path)
    with serving(at) as process:
        file = written(
            tmp_path / "s.ipynb", "import time\nprint('up', flush=True)\ntime.sleep(600)"
        )
        notebook_id = at.ok("import", str(file)).strip()
        following = at.start("log", notebook_id, "--follow")
        run_cells(at, notebook_id)
        assert following.stdout is not None
        while "added 1 output" not in following.stdout.readline():
            pass
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 2, "a runtime and a kernel"
        second = at.process("serve", "--port", "0", "--no-browser")
        assert second.code == 1
        assert "is in use by process" in second.err
        assert "has stopped" in at.process("stop").out
        assert process.wait(WAIT_S) == 0
        _, alive = psutil.wait_procs(family, 0)
        assert not alive, "the server is the last to end"
        following.terminate()
        following.communicate(timeout=WAIT_S)
    at.ok("verify", notebook_id)


def run_cells(at: CommandLine, notebook_id: str) -> None:
    """Ask for all cells to be run, as a page would."""
    import httpx2

    url = json.loads(at.ok("status", "--json"))["url"]
    secret = (at.data / "command-line.token").read_text().strip()
    answer = httpx2.post(
        f"{url}/api/tools/run_cells",
        json={"notebook_id": notebook_id, "wait_s": 0},
        headers={"Authorization": f"Bearer {secret}"},
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.slow
def test_a_runtime_outlives_a_killed_server_and_is_taken_over_by_the_next(tmp_path: Path) -> None:
    at = CommandLine(tmp_path / "data", tmp_path)
    source = (
        "import time\nprint('begun', flush=True)\n"
        "from pathlib import Path\nwhile not Path('go').exists(): time.sleep(0.05)\nprint('done')"
    )
    with serving(at) as first:
        notebook_id = at.ok("import", str(written(tmp_path / "k.ipynb", source))).strip()
        following = at.start("log", notebook_id, "--follow")
        run_cells(at, notebook_id)
        assert following.stdout is not None
        while "added 1 output" not in following.stdout.readline():
            pass
        (runtime,) = psutil.Process(first.pid).children()
        first.send_signal(signal.SIGKILL)
        first.wait(WAIT_S)
    (tmp_path / "go").touch()
    with serving(at):
        while "finished execution" not in following.stdout.readline():
            pass
        following.terminate()
        following.communicate(timeout=WAIT_S)
        shown = at.ok("show", notebook_id)
        assert "  | begun\n  | done\n" in shown
        assert runtime.is_running()
        at.ok("stop")
        runtime.wait(WAIT_S)
    at.ok("verify")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=1", 1),
        ("a=-0.5", -0.5),
        ("a=1e3", 1000.0),
        ("a=True", True),
        ("a=None", None),
        ("a=one two", "one two"),
        ("a=", ""),
        ("a=x=y", "x=y"),
        ('a=[1, "b"]', [1, "b"]),
        ("a=[broken", "[broken"),
    ],
)
def test_a_parameter_is_read_as_what_it_looks_like(text: str, value: object) -> None:
    name, found = read_parameter(text)
    assert (name, found) == ("a", value)
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["a", "=1", "a b=1", "class=1"])
def test_what_is_no_parameter_is_refused(text: str) -> None:
    with pytest.raises(BadArgument, match="NAME=VALUE"):
        read_parameter(text)


def test_parameters_take_the_place_of_those_of_an_earlier_run_or_stand_at_the_top() -> None:
    def sources(book: dict[str, Any]) -> list[str]:
        parsed = parse(json.dumps(book).encode(), "n.ipynb")
        return [cell.source for cell in inject(parsed, {"x": float("2.5")}).cells]

    again = notebook("x = 1", "x = 2", "x", tags={0: ["parameters"], 1: ["injected-parameters"]})
    assert sources(again) == ["x = 1", "# Parameters\nx = 2.5", "x"]
    assert sources(notebook("x")) == ["# Parameters\nx = 2.5", "x"]
    other = notebook("x") | {"metadata": {"kernelspec": {"name": "ir", "language": "R"}}}
    with pytest.raises(BadArgument, match="Python notebooks alone"):
        sources(other)
