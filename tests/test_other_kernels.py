"""Any kernelspec works, shown by a shell: what a notebook names is what runs it, or it is told."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.values import Value, inline, utf8
from intheloop_agents.runtime.jupyter.choosing import Wanted, choose
from intheloop_agents.runtime.jupyter.process import KernelNotFound, KernelSpec, kernelspecs
from tests.command_line import CommandLine
from tests.desk import WAIT_S, Desk, desk, shown
from tests.serving import Served, served

__all__ = ["served"]
pytestmark = [
    pytest.mark.timeout(120),
    # bash_kernel puts a key into its kernelspec that Jupyter's client does not know.
    pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def shells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the kernelspec `bash`, as its own program installs it."""
    prefix = tmp_path_factory.mktemp("prefix")
    installing = [sys.executable, "-m", "bash_kernel.install", "--prefix", str(prefix)]
    at_home = {**os.environ, "HOME": str(prefix)}
    subprocess.run(installing, check=True, capture_output=True, env=at_home)
    return prefix / "share" / "jupyter"


@pytest.fixture(autouse=True)
def with_bash(shells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels of this machine and bash; what a shell leaves at home stays with the test."""
    monkeypatch.setenv("JUPYTER_PATH", f"{tmp_path}{os.pathsep}{shells}")
    monkeypatch.setenv("HOME", str(tmp_path))


def named(name: str, language: str) -> Value:
    """The metadata of a notebook that names this kernelspec."""
    spec = {"name": name, "display_name": name.upper(), "language": language}
    return inline(utf8({"kernelspec": spec}))


BASH = named("bash", "bash")


def kernel_of(at: Desk) -> tuple[str, str]:
    """Name and language of the kernel, as people see it."""
    kernel = at.replica.notebook.runtimes[at.agent.runtime_id].kernel
    return kernel.name, kernel.language


@pytest.mark.anyio
async def test_a_shell_runs_a_notebook_that_names_it(served: Served, tmp_path: Path) -> None:
    both = "for n in 1 2; do echo out $n; echo err $n >&2; done"
    sources = ["bird=owl", both, 'echo "$bird in $(pwd)"', "ls no-such-file", "echo never"]
    async with desk(served, tmp_path, *sources, metadata=BASH) as at:
        asked = await at.run()
        first, lines, place, failed = await at.ended(*asked[:4])
        await at.replica.wait_for(lambda state: not state.queue, WAIT_S)
        assert kernel_of(at) == ("bash", "bash")
        assert [first.status, lines.status, place.status] == ["ok"] * 3
        assert [one.execution_count for one in (first, lines, place, failed)] == [1, 2, 3, 4]
        assert shown(lines) == "out 1\nerr 1\nout 2\nerr 2\n"
        assert shown(place) == f"owl in {tmp_path}\n"
        assert (failed.status, failed.reason) == ("error", "It ended with the error 2.")
        assert "no-such-file" in shown(failed)
        ends = [event for event in await at.events() if isinstance(event, e.ExecutionCompleted)]
        assert [(end.execution_id, end.status) for end in ends[4:]] == [(asked[4], "cancelled")]


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_shell_is_interrupted_and_keeps_its_variables_and_a_restart_takes_them(
    served: Served, tmp_path: Path
) -> None:
    sources = ["bird=owl", "echo begun; sleep 600", 'echo "[$bird]"']
    async with desk(served, tmp_path, *sources, metadata=BASH) as at:
        await at.ran("c1")
        (running,) = await at.run("c2")
        await at.shows(running, "begun")
        await at.me.call(c.InterruptKernel(notebook_id=at.notebook_id))
        (stopped,) = await at.ended(running)
        assert (stopped.status, stopped.reason) == ("cancelled", "It was stopped as it ran.")
        (kept,) = await at.ran("c3")
        assert shown(kept) == "[owl]\n"
        await at.me.call(c.RestartKernel(notebook_id=at.notebook_id, wait_s=0))
        (gone,) = await at.ran("c3")
        assert (shown(gone), gone.execution_count) == ("[]\n", 1)


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_killed_shell_kernel_is_told_and_replaced(served: Served, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    die = "echo last; read word < go; kill -KILL $PPID"
    async with desk(served, tmp_path, die, "echo here", metadata=BASH) as at:
        (lost,) = await at.run("c1")
        await at.shows(lost, "last")
        await asyncio.to_thread((tmp_path / "go").write_text, "on\n")
        (ended,) = await at.ended(lost)
        assert ended.status == "lost"
        assert ended.reason == "The kernel was killed by signal 9 while it ran."
        assert shown(ended) == "last\n"
        (after,) = await at.ran("c2")
        assert (shown(after), after.execution_count) == ("here\n", 1)


@pytest.mark.anyio
async def test_a_kernel_of_another_language_that_is_missing_is_told_in_the_cell(
    served: Served, tmp_path: Path
) -> None:
    julia = named("julia-1.11", "julia")
    async with desk(served, tmp_path, "println(1)", "echo 2", metadata=julia) as at:
        first, second = await at.run()
        (failed,) = await at.ended(first)
        assert failed.status == "error"
        assert failed.reason is not None
        assert failed.reason.startswith(
            "No kernel 'julia-1.11' is installed where this runs. Install it there, or choose "
            "another as the notebook's kernelspec, and run again; installed are: bash (Bash), "
        )
        assert shown(failed) == "NoKernel"
        await at.replica.wait_for(lambda state: not state.queue, WAIT_S)
        ends = [event for event in await at.events() if isinstance(event, e.ExecutionCompleted)]
        assert [(end.execution_id, end.status) for end in ends] == [
            (first, "error"),
            (second, "cancelled"),
        ]
        # The log tells it of a restart that cannot be done, and the next cell as before.
        asked: c.Requested = await at.me.call(c.RestartKernel(notebook_id=at.notebook_id, wait_s=0))
        await at.replica.wait_for(lambda state: state.seq > asked.seq, WAIT_S)
        (again,) = await at.ran("c2")
        assert (again.status, again.reason) == ("error", failed.reason)
        deaths = [event for event in await at.events() if isinstance(event, e.KernelDied)]
        assert [death.reason for death in deaths] == [failed.reason]
        await at.me.call(c.SetMetadata(notebook_id=at.notebook_id, metadata=BASH))
        (ran,) = await at.ran("c2")
        assert (ran.status, shown(ran)) == ("ok", "2\n")
        assert kernel_of(at) == ("bash", "bash")


@pytest.mark.slow
@pytest.mark.anyio
async def test_another_kernelspec_counts_from_the_next_start_on(
    served: Served, tmp_path: Path
) -> None:
    async with desk(served, tmp_path, "echo $((1 + 1))", "1 + 2", metadata=BASH) as at:
        (shell,) = await at.ran("c1")
        assert shown(shell) == "2\n"
        # Not installed, but of a language for which there is one.
        python = named("conda-env-birds-py", "python")
        await at.me.call(c.SetMetadata(notebook_id=at.notebook_id, metadata=python))
        await at.me.call(c.RestartKernel(notebook_id=at.notebook_id, wait_s=0))
        (ran,) = await at.ran("c2")
        assert (shown(ran), kernel_of(at)) == ('"3"', ("python3", "python"))
        gone = named("julia-1.11", "julia")
        await at.me.call(c.SetMetadata(notebook_id=at.notebook_id, metadata=gone))
        await at.me.call(c.RestartKernel(notebook_id=at.notebook_id, wait_s=0))
        await at.replica.wait_for(
            lambda state: not state.runtimes[at.agent.runtime_id].kernel_alive, WAIT_S
        )
        (failed,) = await at.ran("c2")
        assert failed.status == "error", "it must not run on the kernel that was to go"


def install(folder: Path, name: str, argv: Sequence[str]) -> None:
    """A kernelspec of this name in a folder of JUPYTER_PATH."""
    at = folder / "kernels" / name
    at.mkdir(parents=True)
    spec = {"argv": list(argv), "display_name": name.title(), "language": name}
    (at / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


@pytest.mark.anyio
async def test_what_a_kernel_wrote_that_did_not_start_stands_in_the_cell(
    served: Served, tmp_path: Path
) -> None:
    install(tmp_path, "broken", [sys.executable, "-c", "raise SystemExit('no library here')"])
    async with desk(served, tmp_path, "1", metadata=named("broken", "broken")) as at:
        (failed,) = await at.ran("c1")
        assert failed.reason == (
            "The kernel 'broken' did not start. The kernel ended with exit code 1."
        )
        assert b"no library here" in b"".join(
            bytes(record.data) for record in (await at.me.records(at.notebook_id, limit=1000))[0]
        )


def test_the_doctor_names_a_kernel_whose_program_is_missing(tmp_path: Path) -> None:
    install(tmp_path, "cobol", ["/no/such/cobol", "{connection_file}"])
    at = CommandLine(tmp_path / "data", tmp_path)
    said = at("doctor")
    assert said.code == 1
    assert "ok   Kernels: bash (Bash, bash), python3 (" in said.out
    assert (
        "BAD  The kernel cobol (Cobol, cobol) cannot start, for its program /no/such/cobol is not "
        "there; install that, or take the kernel away with `jupyter kernelspec remove cobol`."
    ) in said.out
    assert {spec.name: spec.missing for spec in kernelspecs()} == {
        "bash": "",
        "cobol": "/no/such/cobol",
        "python3": "",
    }


@pytest.mark.slow
def test_a_file_is_run_by_the_kernel_that_it_names_or_by_none(tmp_path: Path) -> None:
    at = CommandLine(tmp_path / "data", tmp_path, {"INTHELOOP_DATA": ""})
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "echo $((40 + 2))"}
    spec = {"name": "bash", "display_name": "Bash", "language": "bash"}
    book = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": spec},
        "cells": [{**cell, "outputs": [], "execution_count": None}],
    }
    (tmp_path / "n.ipynb").write_text(json.dumps(book))
    said = at.process("run", "n.ipynb")
    assert said.code == 0, said.err
    (ran,) = json.loads((tmp_path / "n.out.ipynb").read_text())["cells"]
    assert "".join(ran["outputs"][0]["text"]) == "42\n"
    refused = at.process("run", "n.ipynb", "--kernel", "fortran77")
    assert refused.code == 1
    assert refused.err.splitlines()[-1].startswith(
        "No kernel 'fortran77' is installed where this runs. Install it there, or choose another "
        "with --kernel, and run again; installed are: bash (Bash), python3 ("
    )


PYTHON = KernelSpec("python3", "Python 3", "python")
CONDA = KernelSpec("conda", "Conda", "Python")
SHELL = KernelSpec("bash", "Bash", "bash")
GONE = KernelSpec("ir", "R", "R", missing="/no/such/R")
INSTALLED = [SHELL, CONDA, GONE, PYTHON]


@pytest.mark.parametrize(
    ("wanted", "installed", "name"),
    [
        (Wanted(), INSTALLED, "python3"),
        (Wanted("bash", "bash"), INSTALLED, "bash"),
        (Wanted("bash", "python"), INSTALLED, "bash"),
        (Wanted("", "bash"), INSTALLED, "bash"),
        (Wanted("of-a-laptop", "python"), INSTALLED, "python3"),
        (Wanted("of-a-laptop", "python"), [SHELL, CONDA], "conda"),
        (Wanted("python3"), [SHELL, CONDA], "conda"),
        (Wanted("ir", "r"), INSTALLED, "ir"),
        (Wanted("bash", alone=True), INSTALLED, "bash"),
    ],
)
def test_a_notebook_gets_what_it_names_or_another_of_its_language(
    wanted: Wanted, installed: list[KernelSpec], name: str
) -> None:
    assert choose(wanted, installed) == name


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Wanted("julia", "julia"), "No kernel 'julia' is installed"),
        (Wanted("", "julia"), "No kernel for julia is installed"),
        (Wanted("mystery"), "No kernel 'mystery' is installed"),
        (Wanted("irkernel", "r"), "installed are: bash (Bash), conda (Conda), python3 (Python 3)."),
        (Wanted("of-a-laptop", "python", alone=True), "or choose another with --kernel, and run"),
    ],
)
def test_a_notebook_never_gets_a_kernel_of_another_language(wanted: Wanted, says: str) -> None:
    with pytest.raises(KernelNotFound) as error:
        choose(wanted, INSTALLED)
    assert says in str(error.value)
