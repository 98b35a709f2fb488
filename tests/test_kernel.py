"""The kernel face of the runtime, with real kernels: what comes out of running code, in order."""

import asyncio
import json
import os
import re
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intheloop_agents.runtime.delivery.outlet import Outlet, batches
from intheloop_agents.runtime.jupyter.backlog import Backlog
from intheloop_agents.runtime.jupyter.kernel import (
    Kernel,
    KernelGone,
    KernelNotFound,
    KernelStartFailed,
    NoPromptOpen,
    kernelspecs,
)
from intheloop_agents.runtime.jupyter.outputs import (
    Clear,
    Display,
    Failure,
    Finished,
    InputRequest,
    KernelOutput,
    Part,
    Result,
    Stream,
    Update,
)
from intheloop_agents.runtime.jupyter.process import clean_environment
from tests import odd_kernel

pytestmark = pytest.mark.anyio
LIMIT_S = 20

# ipykernel behaves differently when it sees this: it no longer captures what goes to descriptors.
ENVIRONMENT = {name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


@pytest.fixture(scope="module")
async def kernel(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kernel]:
    """One kernel for all tests that leave it as they found it."""
    secrets = {"INTHELOOP_TOKEN": "secret", "INTHELOOP_URL": "http://localhost"}
    folder = tmp_path_factory.mktemp("working-folder")
    kernel = await Kernel.start("python3", folder, {**ENVIRONMENT, **secrets, "KEPT": "kept"})
    yield kernel
    await kernel.shutdown(now=True)


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


async def read_all(outputs: Backlog[KernelOutput]) -> list[KernelOutput]:
    async with asyncio.timeout(LIMIT_S):
        return [output async for output in outputs]


async def run(kernel: Kernel, code: str, key: str | None = None) -> list[KernelOutput]:
    return await read_all(kernel.execute(textwrap.dedent(code), key=key))


async def next_of(outputs: Backlog[KernelOutput]) -> KernelOutput:
    async with asyncio.timeout(LIMIT_S):
        return await anext(outputs)


async def next_late(kernel: Kernel) -> tuple[str, Part]:
    async with asyncio.timeout(LIMIT_S):
        return await anext(kernel.late)


async def late_text(kernel: Kernel, key: str, text: str) -> None:
    """This text comes late, of this execution alone, in as many pieces as the kernel likes."""
    shown = ""
    while len(shown) < len(text):
        whose, part = await next_late(kernel)
        assert whose == key and isinstance(part, Stream) and part.name == "stdout"
        shown += part.text
    assert shown == text


def text_of(outputs: list[KernelOutput], name: str = "stdout") -> str:
    return "".join(o.text for o in outputs if isinstance(o, Stream) and o.name == name)


def joined(outputs: list[KernelOutput]) -> list[KernelOutput]:
    """The outputs with neighbouring text of one stream in one: a kernel sends it as it likes."""
    found: list[KernelOutput] = []
    for output in outputs:
        last = found[-1] if found else None
        if isinstance(output, Stream) and isinstance(last, Stream) and last.name == output.name:
            found[-1] = Stream(last.name, last.text + output.text)
        else:
            found.append(output)
    return found


def last_of(outputs: list[KernelOutput]) -> Finished:
    assert [o for o in outputs if isinstance(o, Finished)] == outputs[-1:]
    last = outputs[-1]
    assert isinstance(last, Finished)
    return last


async def test_an_expression_gives_its_result_and_the_end(kernel: Kernel) -> None:
    result, finished = await run(kernel, "1+1")
    assert isinstance(result, Result)
    assert result.data == {"text/plain": "2"}
    assert finished == Finished("ok", result.execution_count)


async def test_the_first_execution_of_a_kernel_has_count_1(mortal: Kernel) -> None:
    await mortal.restart(now=True)
    assert (await run(mortal, "Out, 'no name is left behind' * ('tolerate' in dir())"))[0] == (
        Result(1, {"text/plain": "({}, '')"}, {})
    )


async def test_a_kernel_says_what_it_is(kernel: Kernel) -> None:
    assert kernel.info.language == "python"
    assert kernel.info.language_version == ".".join(map(str, sys.version_info[:3]))
    assert kernel.info.implementation == "ipython"
    assert "IPython" in kernel.info.banner


async def test_text_of_both_streams_comes_in_the_order_of_its_flushes(kernel: Kernel) -> None:
    code = """
        import sys
        for number in range(50):
            print(number, file=(sys.stdout, sys.stderr)[number % 2], flush=True)
    """
    outputs = await run(kernel, code)
    order = [int(line) for o in outputs if isinstance(o, Stream) for line in o.text.splitlines()]
    assert order == list(range(50))
    assert text_of(outputs, "stderr") == "".join(f"{n}\n" for n in range(1, 50, 2))


async def test_text_comes_in_pieces_however_much_is_printed_at_once(kernel: Kernel) -> None:
    outputs = await run(kernel, "print('x' * 5_000_000)\nfor _ in range(50): print('y' * 99_999)")
    assert text_of(outputs) == "x" * 5_000_000 + "\n" + ("y" * 99_999 + "\n") * 50
    longest = max(len(output.text) for output in outputs if isinstance(output, Stream))
    assert longest <= 2 * 2**20
    assert last_of(outputs).status == "ok"


async def test_an_error_comes_with_its_traceback(kernel: Kernel) -> None:
    failure, finished = await run(kernel, "1/0")
    assert isinstance(failure, Failure)
    assert (failure.ename, failure.evalue) == ("ZeroDivisionError", "division by zero")
    assert "1/0" in re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(failure.traceback))
    assert isinstance(finished, Finished)
    assert (finished.status, finished.ename) == ("error", "ZeroDivisionError")


async def test_an_error_does_not_abort_what_was_sent_after_it(kernel: Kernel) -> None:
    first, second = kernel.execute("1/0"), kernel.execute("2")
    assert last_of(await read_all(first)).status == "error"
    assert last_of(await read_all(second)).status == "ok"


async def test_with_stop_on_error_what_is_queued_is_aborted(kernel: Kernel) -> None:
    first = kernel.execute("input(); 1/0", stop_on_error=True)
    second = kernel.execute("2", stop_on_error=True)
    assert isinstance(await next_of(first), InputRequest)
    kernel.answer_input("")
    assert last_of(await read_all(first)).status == "error"
    assert last_of(await read_all(second)).status == "aborted"
    assert last_of(await run(kernel, "3")).status == "ok"


async def test_a_display_is_updated_from_another_execution(kernel: Kernel) -> None:
    display, _ = await run(kernel, "handle = display('one', display_id='d1')")
    update, _ = await run(kernel, "handle.update('two')")
    assert display == Display({"text/plain": "'one'"}, {}, "d1")
    assert update == Update("d1", {"text/plain": "'two'"}, {})


async def test_a_clear_stands_where_the_code_put_it(kernel: Kernel) -> None:
    code = """
        from IPython.display import clear_output
        print("a"); clear_output(wait=True); print("b"); clear_output(); print("c")
    """
    assert joined(await run(kernel, code))[:-1] == [
        Stream("stdout", "a\n"),
        Clear(wait=True),
        Stream("stdout", "b\n"),
        Clear(wait=False),
        Stream("stdout", "c\n"),
    ]


async def test_a_prompt_comes_after_the_text_before_it_and_takes_an_answer(
    kernel: Kernel,
) -> None:
    outputs = kernel.execute("print('before'); print('hello', input('name? '))")
    assert await next_of(outputs) == Stream("stdout", "before\n")
    assert await next_of(outputs) == InputRequest("name? ", password=False)
    assert kernel.prompt_open
    kernel.answer_input("Ana")
    assert not kernel.prompt_open
    assert text_of(await read_all(outputs)) == "hello Ana\n"


async def test_a_password_prompt_says_so(kernel: Kernel) -> None:
    outputs = kernel.execute("import getpass; len(getpass.getpass('key: '))")
    assert await next_of(outputs) == InputRequest("key: ", password=True)
    kernel.answer_input("1234")
    result = await next_of(outputs)
    assert isinstance(result, Result)
    assert result.data == {"text/plain": "4"}
    await read_all(outputs)


async def test_an_interrupt_voids_a_prompt(kernel: Kernel) -> None:
    outputs = kernel.execute("input()")
    assert isinstance(await next_of(outputs), InputRequest)
    await kernel.interrupt()
    assert last_of(await read_all(outputs)).ename == "KeyboardInterrupt"
    with pytest.raises(NoPromptOpen, match="No code waits for input"):
        kernel.answer_input("late")


async def test_input_that_is_not_allowed_is_an_error_of_the_code(kernel: Kernel) -> None:
    outputs = await read_all(kernel.execute("input()", allow_stdin=False))
    assert last_of(outputs).ename == "StdinNotImplementedError"


@pytest.mark.parametrize("asked_meanwhile", [False, True])
async def test_a_thread_that_prints_after_the_end_is_late_output_of_its_execution(
    kernel: Kernel, tmp_path: Path, asked_meanwhile: bool
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = f"""
        import threading
        def wait_and_print():
            with open({str(fifo)!r}) as fifo:
                print(fifo.read(), flush=True)
        threading.Thread(target=wait_and_print).start()
    """
    assert [type(o) for o in await run(kernel, code, key="first")] == [Finished]
    if asked_meanwhile:
        await kernel.request("complete_request", {"code": "prin", "cursor_pos": 4}, LIMIT_S)
    fifo.write_text("from the thread", encoding="utf-8")
    await late_text(kernel, "first", "from the thread\n")


async def test_text_of_a_thread_while_another_execution_runs_belongs_to_one_of_them(
    kernel: Kernel,
) -> None:
    code = """
        import threading
        go, gone = threading.Event(), threading.Event()
        def wait_and_print():
            go.wait()
            print("from the thread", flush=True)
            gone.set()
        threading.Thread(target=wait_and_print).start()
    """
    await run(kernel, code, key="first")
    outputs = await run(kernel, "go.set(); assert gone.wait(10)", key="second")
    late = [output for _, output in kernel.late.take()]
    assert text_of([*outputs, *late]) == "from the thread\n"


async def test_an_interrupt_ends_what_runs_and_the_kernel_goes_on(kernel: Kernel) -> None:
    code = """
        import time
        print("started", flush=True)
        while True:
            time.sleep(0.01)
    """
    outputs = kernel.execute(textwrap.dedent(code))
    assert await next_of(outputs) == Stream("stdout", "started\n")
    await kernel.interrupt()
    assert last_of(await read_all(outputs)).ename == "KeyboardInterrupt"
    assert last_of(await run(kernel, "1")).status == "ok"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (r"print('\0')", "\0\n"),
        (r"print('a\ud800b')", "a\ufffdb\n"),
        (r"print('\udcff')", "\ufffd\n"),
        (r"print('\ud83d\ude00')", "\U0001f600\n"),
    ],
)
async def test_any_text_comes_through_as_valid_text(kernel: Kernel, code: str, text: str) -> None:
    outputs = await run(kernel, code)
    assert joined(outputs)[:-1] == [Stream("stdout", text)]


async def test_an_error_whose_message_is_no_valid_text_is_told_whole(kernel: Kernel) -> None:
    failure, finished = await run(kernel, r"raise ValueError('a\ud800')")
    assert isinstance(failure, Failure)
    assert (failure.ename, failure.evalue) == ("ValueError", "a\ufffd")
    assert failure.traceback
    assert isinstance(finished, Finished)
    assert finished.evalue == "a\ufffd"


async def test_no_variable_of_the_server_reaches_the_kernel(kernel: Kernel) -> None:
    outputs = await run(kernel, "import os; print('\\n'.join(os.environ), os.environ['KEPT'])")
    names = text_of(outputs)
    assert "kept" in names
    assert not [name for name in names.split() if name.upper().startswith("INTHELOOP")]
    assert clean_environment({"inTheLoop_x": "1", "A": "2"}) == {"A": "2"}


async def test_what_a_child_process_writes_is_output_too(kernel: Kernel) -> None:
    """The kernel reads a child's pipes by threads of its own, so some may come after the end."""
    outputs = await run(kernel, "import os; os.system('echo out; echo err >&2')", key="child")
    while len(text_of(outputs) + text_of(outputs, "stderr")) < len("out\nerr\n"):
        key, late = await next_late(kernel)
        assert key == "child"
        outputs.append(late)
    assert text_of(outputs) == "out\n"
    assert text_of(outputs, "stderr") == "err\n"


async def test_the_kernel_works_in_the_folder_it_was_given(kernel: Kernel) -> None:
    outputs = await run(kernel, "import os; print(os.getcwd())")
    assert Path(text_of(outputs).strip()).name.startswith("working-folder")


async def test_a_kernel_answers_other_requests(kernel: Kernel) -> None:
    reply = await kernel.request("complete_request", {"code": "prin", "cursor_pos": 4}, LIMIT_S)
    assert "print" in reply["matches"]


async def test_a_request_that_the_busy_kernel_does_not_answer_runs_out(kernel: Kernel) -> None:
    outputs = kernel.execute("input()")
    assert isinstance(await next_of(outputs), InputRequest)
    with pytest.raises(TimeoutError):
        await kernel.request("complete_request", {"code": "a", "cursor_pos": 1}, 0.01)
    kernel.answer_input("")
    assert last_of(await read_all(outputs)).status == "ok"


async def test_a_flood_of_flushed_lines_becomes_few_batches_of_the_same_text(
    kernel: Kernel,
) -> None:
    code = """
        import sys
        for number in range(1000):
            print(number, file=(sys.stdout, sys.stderr)[number % 2], flush=True)
    """
    started_at = time.monotonic()
    sent = [batch async for batch in batches(kernel.execute(textwrap.dedent(code)), Outlet())]
    seconds = time.monotonic() - started_at
    parts = [part for batch in sent for part in batch.parts if isinstance(part, Stream)]
    assert "".join(part.text for part in parts) == "".join(f"{n}\n" for n in range(1000))
    assert len(sent) <= 20 * seconds + 5


def wait_for_line(fifo: Path) -> None:
    """Block this thread, and the event loop with it, until the kernel has opened the FIFO."""
    assert fifo.read_text(encoding="utf-8") == "done"


@pytest.mark.parametrize("count", [1_000, pytest.param(20_000, marks=pytest.mark.slow)])
async def test_a_reader_that_stands_still_during_many_prints_loses_nothing(
    kernel: Kernel, tmp_path: Path, count: int
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    outputs = kernel.execute(
        f"for number in range({count}): print(number, flush=True)\n"
        f"with open({str(fifo)!r}, 'w') as fifo: fifo.write('done')"
    )
    wait_for_line(fifo)
    assert text_of(await read_all(outputs)) == "".join(f"{n}\n" for n in range(count))


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
    assert await next_of(outputs) == Stream("stdout", "printed\n")
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
