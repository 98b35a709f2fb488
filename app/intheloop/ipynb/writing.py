"""A notebook's state to the bytes of a .ipynb file, as Jupyter would write it.

What was imported and not changed since comes back as it was, ill-formed parts too; what changed
or is new is well formed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import UnsetType

from intheloop.notebook import Cell, Execution, Notebook, Shown, Stream
from intheloop.values import (
    DisplayOutput,
    ErrorOutput,
    OtherOutput,
    Output,
    ResultOutput,
    StreamOutput,
    Value,
    json_bytes,
)

from .blob_values import decode_blob
from .file_form import FileForm, file_form
from .json_text import Number, read_json, write_json
from .reading import FIRST_MINOR_WITH_IDS

Fetch: TypeAlias = Callable[[str], bytes]
"""The bytes of a blob by its sha256."""

_SPLIT_MIMES = ("application/javascript", "image/svg+xml")


def render(notebook: Notebook, fetch: Fetch) -> bytes:
    """The file: UTF-8 JSON, indented by one, keys sorted, long text as lists of lines.

    One that was never imported is nbformat 4.5. Raises what `fetch` raises.
    """
    imported = notebook.imported
    minor = int(imported.nbformat.partition(".")[2]) if imported else FIRST_MINOR_WITH_IDS
    form = file_form(imported.extra if imported else None)
    write = _Writer(minor, fetch)
    file = dict(form.keys)
    form.put(file, "metadata", write.value(notebook.metadata), {})
    form.put(file, "nbformat", Number("4"), Number("4"))
    form.put(file, "nbformat_minor", Number(str(minor)), Number("0"))
    file["cells"] = [
        write.cell(cell, notebook.executions.get(cell.execution_id or ""))
        for cell in notebook.live_cells()
    ]
    return write_json(file, indented=True) + b"\n"


class _Writer:
    """Cells and outputs as members of one file."""

    def __init__(self, minor: int, fetch: Fetch) -> None:
        self._has_ids = minor >= FIRST_MINOR_WITH_IDS
        self._fetch = fetch

    def value(self, value: Value) -> Any:
        if isinstance(value.blob, UnsetType):
            return read_json(json_bytes(value).decode())
        data = self._fetch(value.sha256)
        # Read here and not by `decode_blob`, so that its numbers keep their text.
        encoding = value.blob.encoding
        return read_json(data.decode()) if encoding == "json" else decode_blob(data, encoding)

    def cell(self, cell: Cell, execution: Execution | None) -> dict[str, Any]:
        form = file_form(cell.extra)
        if execution is not None:
            form = form.without("outputs", "execution_count")
        made = dict(form.keys)
        form.put(made, "cell_type", cell.cell_type, "raw")
        if self._has_ids:
            form.put(made, "id", cell.cell_id, cell.cell_id)
        form.put(made, "metadata", self.value(cell.metadata), {})
        form.put(made, "source", cell.source.splitlines(True), [])
        if cell.attachments:
            made["attachments"] = {
                name: self._bundle(bundle) for name, bundle in cell.attachments.items()
            }
        if cell.cell_type == "code":
            shown = execution.outputs if execution else cell.outputs
            count = execution.execution_count if execution else cell.execution_count
            form.put(made, "outputs", [self._output(one, execution) for one in shown], [])
            form.put(made, "execution_count", count, None)
        return made

    def _bundle(self, bundle: dict[str, Value]) -> dict[str, Any]:
        return {mime: _split(mime, self.value(value)) for mime, value in bundle.items()}

    def _output(self, output: Output | Shown, execution: Execution | None) -> Any:
        match output:
            case OtherOutput(value=value):
                return self.value(value)
            case Stream(name=name, pieces=pieces):
                return _stream("".join(map(self._text, pieces)), name, FileForm())
            case StreamOutput(name=name, extra=extra):
                return _stream(self._text(output), name, file_form(extra))
            case ErrorOutput(ename=ename, evalue=evalue, traceback=traceback, extra=extra):
                return {
                    **file_form(extra).keys,
                    "output_type": "error",
                    "ename": ename,
                    "evalue": evalue,
                    "traceback": self.value(traceback),
                }
            case DisplayOutput() | ResultOutput():
                return self._display(output, execution)

    def _display(
        self, output: DisplayOutput | ResultOutput, execution: Execution | None
    ) -> dict[str, Any]:
        form = file_form(output.extra)
        made = {**form.keys, "data": self._bundle(output.data)}
        form.put(made, "metadata", self.value(output.metadata), {})
        if isinstance(output, DisplayOutput):
            return made | {"output_type": "display_data"}
        count = output.execution_count
        if count is None and execution is not None:
            count = execution.execution_count
        form.put(made, "execution_count", count, None)
        return made | {"output_type": "execute_result"}

    def _text(self, piece: StreamOutput) -> str:
        if isinstance(piece.blob, UnsetType):
            return piece.text
        return self._fetch(piece.sha256).decode()


def _stream(text: str, name: str, form: FileForm) -> dict[str, Any]:
    return {**form.keys, "output_type": "stream", "name": name, "text": text.splitlines(True)}


def _split(mime: str, value: Any) -> Any:
    if isinstance(value, str) and (mime.startswith("text/") or mime in _SPLIT_MIMES):
        return value.splitlines(True)
    return value
