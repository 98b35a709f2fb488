"""The kernel face of the runtime, with real kernels: what comes out of running code, in order."""

import os
import re
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intheloop_agents.runtime.delivery.outlet import Outlet, batches
from intheloop_agents.runtime.jupyter.kernel import (
    Kernel,
    NoPromptOpen,
)
from intheloop_agents.runtime.jupyter.outputs import (
    Clear,
    Display,
    Failure,
    Finished,
    InputRequest,
    Result,
    Stream,
    Update,
)
from intheloop_agents.runtime.jupyter.process import clean_environment
from tests.kernels import (
    ENVIRONMENT,
    LIMIT_S,
    joined,
    last_of,
    late_text,
    next_late,
    next_of,
    read_all,
    run,
    text_of,
    text_until,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def kernel(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kernel]:
    """One kernel for all tests that leave it as they found it."""
    secrets = {"INTHELOOP_TOKEN": "secret", "INTHELOOP_URL": "http://localhost"}
    folder = tmp_path_factory.mktemp("working-folder")
    kernel = await Kernel.start("python3", folder, {**ENVIRONMENT, **secrets, "KEPT": "kept"})
    yield kernel
    await kernel.shutdown(now=True)


async def test_an_expression_gives_its_result_and_the_end(kernel: Kernel) -> None:
    result, finished = await run(kernel, "1+1")
    assert isinstance(result, Result)
    assert result.data == {"text/plain": "2"}
    assert finished == Finished("ok", result.execution_count)


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
    await text_until(outputs, "before\n")
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
    await text_until(outputs, "started\n")
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
