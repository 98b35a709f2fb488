"""The notebooks that the page is measured with: many cells with much output, few, and none.

What is large was run by the kernel of the server, cell by cell. Every output is below the size at
which it would be kept beside the log: what is hard for a page is what a state brings along.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx2
import msgspec

LARGE = 1000
SMALL = 10
OUTPUT = 10_000_000
"""Bytes of output that the large notebook has, at least."""

_FIRST = """import base64, random
from IPython.display import HTML, display

dice = random.Random(7)

def lines(weir):
    for line in range(420):
        print(f"{weir:>4} {line:>4} {dice.random():.17f}")

def table(weir):
    rows = "".join(
        f"<tr><th>{row}</th>{''.join(f'<td>{dice.random():.12f}</td>' for _ in range(8))}</tr>"
        for row in range(60)
    )
    head = "".join(f"<th>weir {weir + column}</th>" for column in range(8))
    head = f"<thead><tr><th></th>{head}</tr></thead>"
    display(HTML(f'<table class="dataframe">{head}<tbody>{rows}</tbody></table>'))

def picture(weir):
    bits = base64.b64encode(dice.randbytes(9000)).decode()
    display({"image/png": bits}, raw=True)"""


class Shelf:
    """Makes notebooks on a server."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    def large(self) -> str:
        """The id of a fresh notebook of LARGE cells: notes, text, tables and pictures."""
        notebook_id = self._made([_cell(number) for number in range(LARGE)])
        ran = self._call("run_cells", notebook_id=notebook_id, wait_s=600)
        assert ran["state"] == "ok", ran
        shown = self.state(notebook_id)["executions"]
        size = sum(len(msgspec.json.encode(one.get("outputs", []))) for one in shown)
        assert size >= OUTPUT, size
        return notebook_id

    def small(self) -> str:
        """The same, of SMALL cells that nobody ran."""
        return self._made([_cell(number) for number in range(SMALL)])

    def empty(self) -> str:
        """A notebook without a cell."""
        return self._made([])

    def state(self, notebook_id: str) -> dict[str, Any]:
        """All of it, as the server holds it."""
        with self._http() as http:
            answer = http.get(f"/api/notebooks/{notebook_id}").raise_for_status()
        state: dict[str, Any] = answer.json()["state"]
        return state

    def _made(self, cells: Sequence[dict[str, Any]]) -> str:
        made = self._call("create_notebook", title="Weirs", cells=cells)
        notebook_id: str = made["notebook_id"]
        return notebook_id

    def _call(self, tool: str, **arguments: Any) -> Any:
        with self._http() as http:
            return http.post(f"/api/tools/{tool}", json=arguments).raise_for_status().json()

    def _http(self) -> httpx2.Client:
        return httpx2.Client(
            base_url=self._url, headers=self._headers, timeout=660, trust_env=False
        )


def _cell(number: int) -> dict[str, Any]:
    cell_id = f"c{number}"
    if number == 0:
        return {"cell_id": cell_id, "source": _FIRST}
    if number % 10 == 1:
        note = f"## Part {number // 10}\n\nWhat the herons of weir {number} did."
        return {"cell_id": cell_id, "cell_type": "markdown", "source": note}
    steps = [f"step_{number}_{step} = {number} * {step}" for step in range(number % 4)]
    show = {3: "table", 5: "picture", 7: "table"}.get(number % 10, "lines")
    return {"cell_id": cell_id, "source": "\n".join([*steps, f"{show}({number})"])}
