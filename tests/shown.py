"""What cells show, made as a kernel makes it: JSON in, large values put beside the log."""

from __future__ import annotations

import base64
import io
import random
from typing import Any

from PIL import Image

from intheloop import commands as c
from intheloop.ipynb import stream_of, value_of
from intheloop.values import (
    EMPTY,
    DisplayOutput,
    ErrorOutput,
    Output,
    ResultOutput,
    Value,
)
from tests.house import House, completing

_TOGETHER = 500


class Screen:
    """Outputs in order, and the blobs that they name."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self.blobs: dict[str, bytes] = {}

    def prints(self, text: str, name: str = "stdout", part: int = 4 << 20) -> Screen:
        """Text on a stream; in parts of so many characters."""
        for at in range(0, len(text), part):
            self.outputs.append(stream_of(name, text[at : at + part], self.blobs))
        return self

    def displays(self, **data: Any) -> Screen:
        """A display: `text_plain` stands for text/plain."""
        return self.shows({name.replace("_", "/", 1): one for name, one in data.items()})

    def shows(self, data: dict[str, Any]) -> Screen:
        """A display of these forms."""
        self.outputs.append(DisplayOutput(self.values(data), EMPTY))
        return self

    def results(self, data: dict[str, Any]) -> Screen:
        """The value of the last expression."""
        self.outputs.append(ResultOutput(self.values(data), EMPTY, 1))
        return self

    def raises(self, ename: str, evalue: str, *traceback: str) -> Screen:
        """An exception."""
        self.outputs.append(ErrorOutput(ename, evalue, value_of(list(traceback), self.blobs)))
        return self

    def values(self, data: dict[str, Any]) -> dict[str, Value]:
        """The values of a display."""
        return {mime: value_of(one, self.blobs) for mime, one in data.items()}

    def fetch(self, sha256: str) -> bytes:
        """A blob, for views that are made without a service."""
        return self.blobs[sha256]


def picture(width: int, height: int, form: str = "PNG", *, noise: bool = True) -> str:
    """An image in base64; of noise, which no format makes small."""
    image = Image.new("RGB", (width, height), "white")
    if noise:
        image = Image.frombytes("RGB", image.size, random.Random(7).randbytes(3 * width * height))
    file = io.BytesIO()
    image.save(file, form)
    return base64.b64encode(file.getvalue()).decode()


async def prepared(home: House, *sources: str) -> str:
    """A notebook that a runtime serves."""
    notebook_id = await home.notebook(*(sources or ("1",)))
    await home.attach(notebook_id)
    return notebook_id


async def ran(
    home: House, notebook_id: str, screen: Screen, cell: str = "a", status: str = "ok"
) -> str:
    """The execution of a cell that showed this."""
    caller = home.callers["rt"]
    for sha256, data in screen.blobs.items():
        await home.service.put_blob(notebook_id, sha256, data, caller)
    rev = (await home.state(notebook_id)).cells[cell].rev
    asked = await home.do(c.RunCells(notebook_id=notebook_id, cells=[c.CellAt(cell, rev)]))
    await home.claim(notebook_id)
    (execution_id,) = asked.execution_ids
    for index, at in enumerate(range(0, len(screen.outputs), _TOGETHER)):
        parts: list[c.Part] = [c.Append([one]) for one in screen.outputs[at : at + _TOGETHER]]
        await home.do(
            c.AppendOutputs(
                notebook_id=notebook_id, execution_id=execution_id, index=index, parts=parts
            ),
            "rt",
        )
    await home.do(completing(notebook_id, execution_id, status=status), "rt")
    return str(execution_id)
