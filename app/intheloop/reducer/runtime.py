"""What events of runtimes and kernels do to a notebook."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from intheloop import events as e
from intheloop.notebook import Notebook, Runtime


def apply(notebook: Notebook, event: e.RuntimeEvent, envelope: e.Envelope) -> Notebook:
    """The notebook after an event of a runtime; one of a detached runtime changes nothing."""
    if isinstance(event, e.RuntimeAttached):
        runtime = Runtime(
            runtime_id=event.runtime_id,
            principal_id=envelope.actor.id,
            kernel=event.kernel,
            attached_at=envelope.recorded_at,
            environment=event.environment,
            capabilities=event.capabilities,
            label=event.label,
        )
        return _put(notebook, runtime)
    attached = notebook.runtimes.get(event.runtime_id)
    if attached is None:
        return notebook
    match event:
        case e.RuntimeDetached():
            return replace(notebook, runtimes=notebook.runtimes.delete(event.runtime_id))
        case e.KernelStarted(kernel=kernel):
            started = replace(attached, kernel=kernel, kernel_alive=True, restart_requested=False)
            return _put(notebook, started)
        case e.KernelDied():
            return _put(notebook, replace(attached, kernel_alive=False))
        case e.KernelInterruptRequested():
            return _void_input(notebook)
        case e.KernelRestartRequested():
            return _void_input(_put(notebook, replace(attached, restart_requested=True)))
        case _:
            assert_never(event)


def _put(notebook: Notebook, runtime: Runtime) -> Notebook:
    return replace(notebook, runtimes=notebook.runtimes.set(runtime.runtime_id, runtime))


def _void_input(notebook: Notebook) -> Notebook:
    """An interrupt takes a question back: nobody waits for its answer any more."""
    held = notebook.held()
    if held is None or held.input is None:
        return notebook
    asked = replace(held, input=None)
    return replace(notebook, executions=notebook.executions.set(held.execution_id, asked))
