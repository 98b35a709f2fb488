"""What a list of notebooks shows of each, kept beside its head so that no log is opened for it."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from intheloop.notebook import Notebook
from intheloop.values import is_inline, json_bytes


class Summary(Struct, frozen=True, omit_defaults=True):
    """`open` counts executions queued or held; `kernel` is the kernelspec asked for."""

    title: str = ""
    created_at: str = ""
    changed_at: str = ""
    cells: int = 0
    archived: bool = False
    open: int = 0
    runtime_id: str | None = None
    kernel: str = ""


class _Kernelspec(Struct, frozen=True):
    name: str = ""


class _Metadata(Struct, frozen=True):
    kernelspec: _Kernelspec = _Kernelspec()


_decode_metadata = msgspec.json.Decoder(_Metadata).decode


def kernel_name(notebook: Notebook) -> str:
    """The name of the kernelspec in the notebook's metadata, as Jupyter keeps it; "" for none."""
    if not is_inline(notebook.metadata) or b'"kernelspec"' not in json_bytes(notebook.metadata):
        return ""
    try:
        return _decode_metadata(json_bytes(notebook.metadata)).kernelspec.name
    except msgspec.DecodeError:
        return ""


def summary(notebook: Notebook, changed_at: str) -> Summary:
    """The summary of a state."""
    return Summary(
        title=notebook.title,
        created_at=notebook.created_at,
        changed_at=changed_at,
        cells=len(notebook.order),
        archived=notebook.archived,
        open=len(notebook.queue),
        runtime_id=next(iter(notebook.runtimes), None),
        kernel=kernel_name(notebook),
    )
