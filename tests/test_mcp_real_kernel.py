"""What a real kernel shows, as a model gets it through the real door."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import desk
from tests.mcp_callers import model
from tests.model_reader import ModelReader, holds_base64
from tests.serving import Served
from tests.test_mcp_running import assistant

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

FRAME = """\
import pandas
frame = pandas.DataFrame({"species": ["Adelie", "Gentoo"] * 500, "mass": range(1000)})
frame"""
PLOT = """\
import numpy
import matplotlib.pyplot as plt
figure = plt.figure(figsize=(20, 15), dpi=120)
plt.imshow(numpy.random.default_rng(1).random((900, 1200)))
plt.show()"""
BAR = """\
import sys
for done in range(101):
    sys.stdout.write(f"\\r\\x1b[32m{done:3}%\\x1b[0m")
print()"""


async def test_a_frame_a_plot_a_progress_bar_and_an_error_come_as_a_model_can_use_them(
    served: Served, tmp_path: Path
) -> None:
    sources = (FRAME, PLOT, BAR, 'frame["colour"]')
    async with (
        desk(served, tmp_path, *sources) as at,
        model(served.url, await assistant(at)) as client,
    ):
        reader = await ModelReader.opened(client)
        answer = await reader.call("run_cells", notebook_id=at.notebook_id, wait_s=120)
        frame, plot, bar, error = answer.fields["executions"]
        assert [one["state"] for one in answer.fields["executions"]] == [
            *("ok", "ok", "ok", "error")
        ]
        assert frame["outputs"][0]["shape"] == "1000 x 2"
        assert frame["outputs"][0]["text"].startswith(" | species | mass\n0 | Adelie | 0\n")
        assert plot["outputs"][0]["kind"] == "image" and not holds_base64(answer.fields)
        assert len(answer.images) == 1
        assert [one["text"] for one in bar["outputs"]] == ["100%\n"]
        said = error["outputs"][0]["text"]
        assert said.startswith("KeyError: 'colour'\n") and "Cell In[4], line 1" in said
        assert "site-packages" not in said.replace("in installed packages", "")
        whole = await reader.call(
            "read_output",
            notebook_id=at.notebook_id,
            execution_id=error["execution_id"],
            form="raw",
        )
        assert "site-packages" in whole.fields["text"]
