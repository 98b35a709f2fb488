"""One headless run: import, a runtime of its own, all cells, each followed live to its end.

Works on any server over the wire. The conventions are those of nbclient: blank cells and cells
tagged `skip-execution` are left alone, an error stops the run unless it is allowed.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

from msgspec import Struct

from intheloop import commands as c
from intheloop import events as e
from intheloop.access import new_credential_secret, secret_sha256
from intheloop.client import Client, Ended, to_record
from intheloop.errors import Denied
from intheloop.ipynb import ParsedNotebook
from intheloop.notebook import Cell, Execution, Notebook
from intheloop.reducer import apply
from intheloop.values import ErrorOutput

from .cells import json_value
from .files import put_notebook
from .group import Failed, Target
from .local_runtime import credential_input, runtime_command, runtime_environment
from .parameters import SKIPPED, tags_of
from .progress import Told, progress

# A kernel that does not stop when it is interrupted is given up after this while.
_STUBBORN_S = 5.0
_STOP_S = 10.0


class Failure(Struct, frozen=True):
    """Why the run did not succeed: a sentence, and the traceback of the cell's error, if any."""

    sentence: str
    traceback: tuple[str, ...] = ()


class Done(Struct, frozen=True):
    """The notebook that the run left behind."""

    notebook_id: str
    content: bytes
    failure: Failure | None


class Wish(Struct, frozen=True):
    """How to run: `timeout_s` is for each cell, `kernel` in place of what the notebook names."""

    workdir: Path
    allow_errors: bool = False
    timeout_s: float | None = None
    kernel: str = ""
    limits: Sequence[str] = ()


async def run_notebook(target: Target, parsed: ParsedNotebook, wish: Wish) -> Done:
    """Run all of a notebook and export it, also when a cell failed."""
    async with target.client(patience_s=30.0) as client:
        created = await put_notebook(client, parsed)
        notebook_id = created.notebook_id
        async with _runtime(client, target.url, notebook_id, wish) as process:
            failure = await _run(client, notebook_id, process, wish)
        exported = await client.export(notebook_id)
        return Done(notebook_id, exported.content.encode(), failure)


@asynccontextmanager
async def _runtime(
    client: Client, url: str, notebook_id: str, wish: Wish
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A runtime process for this notebook alone, with a credential that ends with it."""
    secret = new_credential_secret()
    issued: c.CredentialIs = await client.call(
        c.IssueCredential(
            kind="runtime",
            label="of a headless run",
            scopes=["notebook:read", "runtime"],
            secret_sha256=secret_sha256(secret),
            notebooks=[notebook_id],
        )
    )
    with (
        tempfile.TemporaryDirectory(prefix="intheloop-") as spool,
        credential_input(secret) as stdin,
    ):
        command = runtime_command(
            *("--url", url, "--notebook", notebook_id, "--workdir", wish.workdir),
            *("--kernel", wish.kernel, "--spool", spool, "--give-up-after", "60", *wish.limits),
        )
        process = await asyncio.create_subprocess_exec(
            *command,
            env=runtime_environment(),
            cwd=wish.workdir,
            stdin=stdin,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            await _end(process)
            await client.call(c.RevokeCredential(credential_id=issued.credential_id))


async def _run(
    client: Client, notebook_id: str, process: asyncio.subprocess.Process, wish: Wish
) -> Failure | None:
    at = await client.state(notebook_id)
    cells = list(at.notebook.live_cells())
    wanted = [cell for cell in cells if _is_to_run(cell)]
    if not wanted:
        return None
    with progress(len(wanted)) as told:
        watch = _Watch(client, at.notebook, cells, told, wish)
        watching = asyncio.create_task(watch.follow())
        dying = asyncio.create_task(_death_of(process))
        try:
            await _first(watching, dying, asyncio.create_task(watch.ready.wait()))
            if watch.failure is None:
                asked = [c.CellAt(cell.cell_id, cell.rev) for cell in wanted]
                answer = await client.call(
                    c.RunCells(
                        notebook_id=notebook_id,
                        cells=asked,
                        allow_errors=wish.allow_errors,
                        wait_s=0,
                    )
                )
                if isinstance(answer, c.Asked):
                    raise Denied(f"{answer.reason} Decide it in the page, or run it as yourself.")
                watch.expect(answer.execution_ids)
                await _first(watching, dying, asyncio.create_task(watch.over.wait()))
            return await watch.told_failure()
        finally:
            watching.cancel()
            dying.cancel()
            await asyncio.gather(watching, dying, return_exceptions=True)


async def _first(*tasks: asyncio.Task[object]) -> None:
    """Until one is done; what it raises is raised. The last one is then of no more use."""
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        tasks[-1].cancel()


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _death_of(process: asyncio.subprocess.Process) -> None:
    code = await process.wait()
    raise Failed(
        f"The runtime ended with exit code {code} before the run was over; "
        "`intheloop doctor` looks for the cause."
    )


def _is_to_run(cell: Cell) -> bool:
    return (
        cell.cell_type == "code"
        and bool(cell.source.strip())
        and SKIPPED not in tags_of(cell.metadata)
    )


class _Watch:
    """Follows the notebook of the run, tells progress, minds the clock of each cell.

    `ready` is set once there is a kernel, or none to be had; `over` once all has ended.
    """

    def __init__(
        self, client: Client, notebook: Notebook, cells: Sequence[Cell], told: Told, wish: Wish
    ) -> None:
        self._client = client
        self._state = notebook
        self._places = {cell.cell_id: place for place, cell in enumerate(cells, 1)}
        self._told = told
        self._wish = wish
        self._open: set[str] | None = None
        self._ended: set[str] = set()
        self._clock: asyncio.Task[None] | None = None
        self._late: Execution | None = None
        self._failed: Execution | None = None
        self.failure: Failure | None = None
        self.ready = asyncio.Event()
        self.over = asyncio.Event()

    def expect(self, execution_ids: Sequence[str]) -> None:
        """The run is over when these have ended."""
        self._open = set(execution_ids) - self._ended
        self._look_if_over()

    async def follow(self) -> None:
        """Take in what happens, for ever."""
        after = {self._state.notebook_id: self._state.seq}
        async with aclosing(self._client.follow(after)) as items:
            async for item in items:
                if isinstance(item, Ended):
                    raise Failed(f"The notebook of the run went out of sight: {item.reason}")
                if isinstance(item, e.WireRecord):
                    record = to_record(item)
                    before, self._state = self._state, apply(self._state, record)
                    self._take_in(record.event, before)

    def _take_in(self, event: e.Event, before: Notebook) -> None:
        match event:
            case e.KernelStarted():
                self.ready.set()
            case e.KernelDied(reason=reason, last_stderr=said) if not self.ready.is_set():
                self.failure = Failure(reason or "No kernel started.", tuple(said.splitlines()))
                self.ready.set()
            case e.ExecutionStarted(execution_id=execution_id):
                execution = self._state.executions[execution_id]
                self._told.started(self._place(execution), execution.source)
                if self._wish.timeout_s is not None:
                    self._clock = asyncio.create_task(
                        self._stop_late(execution, self._wish.timeout_s)
                    )
            case e.ExecutionCompleted(execution_id=execution_id):
                # One that never started has left the state with its end.
                ended = self._state.executions.get(execution_id)
                if self._clock is not None:
                    self._clock.cancel()
                if ended is not None and ended.started_at:
                    self._note_end(ended)
                self._ended.add(execution_id)
                self._look_if_over()

    def _note_end(self, ended: Execution) -> None:
        seconds = (ended.duration_ms or 0) / 1000
        self._told.ended(self._place(ended), ended.status, seconds)
        bad = ended.status != "ok" and not (ended.status == "error" and ended.allow_error)
        if self._failed is None and (bad or self._late is not None):
            self._failed = ended

    def _look_if_over(self) -> None:
        if self._open is not None and self._open <= self._ended:
            self.over.set()

    def _place(self, execution: Execution) -> int:
        return self._places.get(execution.cell_id or "", 0)

    async def _stop_late(self, execution: Execution, timeout_s: float) -> None:
        """Interrupt a cell that takes too long, and restart a kernel that does not mind."""
        notebook_id = self._state.notebook_id
        await asyncio.sleep(timeout_s)
        if self._late is None:
            self._late = execution
        await self._client.call(c.InterruptKernel(notebook_id=notebook_id))
        await asyncio.sleep(_STUBBORN_S)
        await self._client.call(
            c.CancelExecution(
                notebook_id=notebook_id, execution_id=execution.execution_id, force=True
            )
        )

    async def told_failure(self) -> Failure | None:
        """Why the run did not succeed, if it did not."""
        failed = self._failed
        if self.failure is not None or failed is None:
            return self.failure
        place = self._place(failed)
        if self._late is not None and self._late.execution_id == failed.execution_id:
            return Failure(
                f"Cell {place} took longer than {self._wish.timeout_s:g} s and was interrupted."
            )
        state = self._state.executions.get(failed.execution_id, failed)
        for output in state.outputs:
            if isinstance(output, ErrorOutput) and failed.status == "error":
                lines = await json_value(self._client, self._state.notebook_id, output.traceback)
                trace = tuple(str(line) for line in lines) if isinstance(lines, list) else ()
                return Failure(f"Cell {place} failed with {failed.reason}", trace)
        return Failure(f"Cell {place} ended as {failed.status}: {failed.reason}")
