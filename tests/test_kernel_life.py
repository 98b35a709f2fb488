"""The kernel face of the runtime, with real kernels: how they start, die, restart and end, and
those that answer oddly."""

import asyncio
import json
import os
import re
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intheloop_agents.runtime.jupyter.kernel import (
    Kernel,
    KernelGone,
    KernelNotFound,
    KernelStartFailed,
    kernelspecs,
)
from intheloop_agents.runtime.jupyter.outputs import (
    Display,
    Finished,
    InputRequest,
    Result,
    Stream,
)
from tests import odd_kernel
from tests.kernels import (
    ENVIRONMENT,
    LIMIT_S,
    last_of,
    next_of,
    read_all,
    run,
    text_of,
    text_until,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def spare(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kernel]:
    """One kernel for all tests that end it: they restart it first if need be."""
    kernel = await Kernel.start("python3", tmp_path_factory.mktemp("spare"), ENVIRONMENT)
    yield kernel
    await kernel.shutdown(now=True)


@pytest.fixture
async def mortal(spare: Kernel) -> Kernel:
    if spare.death is not None:
        await spare.restart(now=True)
    return spare


@pytest.fixture
async def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kernel]:
    """The kernel of `tests.odd_kernel`, installed for this test alone."""
    folder = tmp_path / "kernels" / "odd"
    folder.mkdir(parents=True)
    argv = [sys.executable, odd_kernel.__file__, "{connection_file}"]
    spec = {"argv": argv, "display_name": "Odd", "language": "odd", "interrupt_mode": "message"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    kernel = await Kernel.start("odd", tmp_path)
    yield kernel
    await kernel.shutdown(now=True)


async def test_the_first_execution_of_a_kernel_has_count_1(mortal: Kernel) -> None:
    await mortal.restart(now=True)
    assert (await run(mortal, "Out, 'no name is left behind' * ('tolerate' in dir())"))[0] == (
        Result(1, {"text/plain": "({}, '')"}, {})
    )


DYING = {
    "os._exit(7)": (7, "The kernel ended with exit code 7."),
    "os.kill(os.getpid(), 9)": (-9, "The kernel was killed by signal 9 (SIGKILL)."),
    "import ctypes; ctypes.string_at(0)": (-11, "The kernel was killed by signal 11 (SIGSEGV)."),
}


@pytest.mark.parametrize("last_words", DYING)
async def test_a_kernel_that_dies_says_how_at_once(mortal: Kernel, last_words: str) -> None:
    exit_code, reason = DYING[last_words]
    # ipykernel turns descriptor 2 into output; what the process itself says goes to a copy of it.
    code = f"""
        import os, sys
        print("printed", flush=True)
        input()
        os.write(sys.stderr._original_stdstream_copy, b"x" * 20_000 + b"last words")
        {last_words}
    """
    outputs = mortal.execute(textwrap.dedent(code), key="dying")
    queued = mortal.execute("1")
    await text_until(outputs, "printed\n")
    assert isinstance(await next_of(outputs), InputRequest)
    mortal.answer_input("")
    async with asyncio.timeout(2):
        death = await mortal.wait_for_death()
        (finished,) = [output async for output in outputs]
    assert finished == Finished("died", reason=reason, exit_code=exit_code)
    assert await read_all(queued) == [finished]
    assert mortal.death == death
    assert (death.exit_code, death.reason) == (exit_code, reason)
    assert "last words" in death.last_stderr
    assert len(death.last_stderr) <= 8192


async def test_a_dead_kernel_takes_nothing_and_lives_again_after_a_restart(
    mortal: Kernel,
) -> None:
    await run(mortal, "import os; kept = 1; os._exit(3)")
    assert last_of(await run(mortal, "1")).status == "died"
    with pytest.raises(KernelGone):
        await mortal.request("kernel_info_request", {}, 1)
    await mortal.interrupt()
    await mortal.restart()
    assert mortal.death is None
    assert last_of(await run(mortal, "kept")).ename == "NameError"


async def test_a_restart_ends_what_runs_and_forgets_all(mortal: Kernel) -> None:
    outputs = mortal.execute("kept = input()")
    assert isinstance(await next_of(outputs), InputRequest)
    watching = asyncio.create_task(mortal.wait_for_death())
    asking = asyncio.create_task(mortal.request("complete_request", {}, LIMIT_S))
    await asyncio.wait([watching, asking], timeout=0)
    await mortal.restart()
    assert last_of(await read_all(outputs)) == Finished("died", reason="The kernel was restarted.")
    for waiting in (watching, asking):
        with pytest.raises(KernelGone):
            await waiting
    assert last_of(await run(mortal, "kept")).ename == "NameError"


async def test_a_shut_down_kernel_is_gone_with_all_it_had(tmp_path: Path) -> None:
    kernel = await Kernel.start("python3", tmp_path)
    facts = text_of(await run(kernel, "import os, sys; print(os.getpid(), sys.argv)"))
    (folder,) = re.findall(r"'(/[^']*)/kernel.json'", facts)
    assert os.stat(folder).st_mode & 0o077 == 0
    await kernel.shutdown()
    await kernel.shutdown()
    with pytest.raises(FileNotFoundError):
        os.stat(folder)
    with pytest.raises(ProcessLookupError):
        os.kill(int(facts.split()[0]), 0)
    assert last_of(await run(kernel, "1")).reason == "The kernel was shut down."


async def test_a_kernel_that_hangs_ends_although_nobody_waits_for_its_end(tmp_path: Path) -> None:
    kernel = await Kernel.start("python3", tmp_path)
    pid = int(text_of(await run(kernel, "import os; print(os.getpid())")))
    kernel.execute("import itertools; sum(itertools.repeat(0))")
    ending = asyncio.create_task(kernel.shutdown())
    await asyncio.wait((ending,), timeout=0.3)
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_deep_temporary_folder_does_not_break_the_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    kernel = await Kernel.start("python3", tmp_path)
    assert last_of(await run(kernel, "1")).status == "ok"
    await kernel.shutdown(now=True)
    assert list(deep.iterdir()) == []


async def test_an_execution_ends_although_idle_is_lost(odd: Kernel) -> None:
    assert await run(odd, "never idle") == [Stream("stdout", "out"), Finished("ok", 1)]


async def test_idle_alone_does_not_end_an_execution(odd: Kernel) -> None:
    outputs = odd.execute("idle first")
    await odd.request("go_request", {}, LIMIT_S, channel="control")
    assert await next_of(outputs) == Stream("stdout", "after idle")
    await odd.request("go_request", {}, LIMIT_S, channel="control")
    assert await read_all(outputs) == [Finished("ok", 1)]


async def test_an_aborted_reply_is_told_as_such(odd: Kernel) -> None:
    assert await run(odd, "aborted") == [Finished("aborted")]


async def test_content_that_cannot_be_read_is_told_in_its_place(odd: Kernel) -> None:
    display, notice, finished = await run(odd, "nonsense")
    assert display == Display({"a": None, "b": "\ufffd\ufffd"}, {})
    assert isinstance(notice, Stream)
    assert "could not read" in notice.text
    assert finished == Finished("ok", 1)


async def test_a_kernel_that_wants_it_is_interrupted_by_message(odd: Kernel) -> None:
    await odd.interrupt()
    assert last_of(await run(odd, "aborted")).status == "aborted"
    assert odd.death is None


async def test_a_kernel_that_does_not_start_shows_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kernels" / "broken"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-c", "import sys; sys.exit('cannot find my library')"]
    spec = {"argv": argv, "display_name": "Broken", "language": "none"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with pytest.raises(KernelStartFailed, match=r"exit code 1\. It wrote:\ncannot find my library"):
        await Kernel.start("broken", tmp_path)
    (folder / "kernel.json").write_text(json.dumps({**spec, "argv": ["/no/such"]}))
    with pytest.raises(KernelStartFailed, match="could not be launched"):
        await Kernel.start("broken", tmp_path)
    (folder / "kernel.json").write_text(json.dumps({**spec, "argv": ["sleep", "600"]}))
    with pytest.raises(KernelStartFailed, match=r"did not answer within 0\.3 s"):
        await Kernel.start("broken", tmp_path, start_timeout_s=0.3)
    assert "broken" in [spec.name for spec in kernelspecs()]


async def test_an_unknown_kernel_or_folder_is_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(KernelNotFound, match=r"installed are: .*python3"):
        await Kernel.start("fortran77", tmp_path)
    with pytest.raises(KernelStartFailed, match="does not exist; create it"):
        await Kernel.start("python3", tmp_path / "nowhere")


async def test_installed_kernels_are_listed() -> None:
    assert ("python3", "python") in [(spec.name, spec.language) for spec in kernelspecs()]
