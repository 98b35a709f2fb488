"""The MCP door and clients that others wrote: the SDKs in both languages and eras, the Inspector.
Two of them at one notebook never lose an edit, and nothing lands in the wrong notebook."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from intheloop.mcp_server.listing import FOR_MODELS
from intheloop.mcp_server.pace import Pace
from tests.foreign import Caller, Kind, TypeScript, caller, typescript
from tests.needs import FOREIGN_CLIENTS
from tests.serving import Served, serving

pytestmark = [pytest.mark.slow, pytest.mark.foreign_clients]

CALLS = 1000
INSPECTOR = (
    FOREIGN_CLIENTS / "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"
)


@pytest.fixture(scope="module")
def here() -> Iterator[Served]:
    """A server whose callers may hurry."""
    with serving(pace=Pace(10_000, 10_000)) as one:
        yield one


@pytest.fixture(scope="module")
def ana(here: Served) -> str:
    return here.person("Ana")


@pytest.fixture(scope="module")
def mine(here: Served, ana: str) -> str:
    return here.secret(ana)


# ------------------------------------------------------------------- one at a time


@pytest.mark.anyio
@pytest.mark.parametrize("over", ["http", "stdio"])
@pytest.mark.parametrize(
    ("sdk", "version"), [("v1", "2025-11-25"), ("v2", "2026-07-28"), ("v2-legacy", "2025-11-25")]
)
async def test_the_typescript_sdk_finds_everything(
    here: Served, ana: str, mine: str, sdk: str, version: str, over: str, tmp_path: Path
) -> None:
    notebook_id = here.notebook(mine, "Herons", sources=["1 + 1"])
    uri = f"notebook://{notebook_id}"
    secret, folder = (mine, None) if over == "http" else (here.secret(ana, "assistant"), tmp_path)
    async with typescript(sdk, here.url, secret, folder) as client:
        if (sdk, over) != ("v1", "stdio"):  # which does not tell
            assert await client.do("version") == version
        assert await client.do("tools") == list(FOR_MODELS)
        await client.do("watch", uri=uri)
        cells = [{"source": "2 + 2"}]
        made = await client.call("insert_cells", notebook_id=notebook_id, cells=cells)
        assert await client.do("notice") == uri
        assert made["structuredContent"]["cell_ids"][0] in await client.do("read", uri=uri)
        waited = await client.call("run_code", notebook_id=notebook_id, source="1", wait_s=2.5)
        assert [(round(done), total) for done, total in waited["told"]] == [(2, 2.5)]
        await _others(client, notebook_id)


async def _others(client: TypeScript, notebook_id: str) -> None:
    assert await client.do("templates") == 3
    assert "debug_cell" in await client.do("prompts")
    given = {"notebook_id": notebook_id, "cell_id": "c1"}
    assert "c1" in await client.do("prompt", name="debug_cell", arguments=given)
    ref = {"type": "ref/prompt", "name": "debug_cell"}
    argument = {"name": "notebook_id", "value": notebook_id[:-1]}
    assert await client.do("complete", ref=ref, argument=argument) == [notebook_id]
    refused = await client.call("delete_cells", notebook_id=notebook_id, cell_ids=["c9"])
    assert refused["isError"] and "read_notebook" in refused["content"][0]["text"]
    with pytest.raises(RuntimeError, match="that you may see"):
        await client.do("read", uri="notebook://nothing")


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_finds_no_fault_and_calls_tools(
    here: Served, mine: str, node: Path, tmp_path: Path, era: str
) -> None:
    inspector = [str(INSPECTOR), "--cli", f"{here.url}/mcp", "--transport", "http"]
    inspector += ["--header", f"Authorization: Bearer {mine}", "--format", "json"]

    def inspect(*args: str) -> Any:
        done = subprocess.run(
            [node, *inspector, "--protocol-era", era, "--method", *args],
            env={**os.environ, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout)
        assert not told.get("schemaFindings")
        return told["result"]

    def call(tool: str, *arguments: str) -> Any:
        result = inspect("tools/call", "--tool-name", tool, "--tool-arg", *arguments)
        assert not result.get("isError")
        return result["structuredContent"]

    listed = inspect("tools/list", "--strict")["tools"]
    assert [tool["name"] for tool in listed] == list(FOR_MODELS)
    notebook_id = call("create_notebook", "title=Herons")["notebook_id"]
    made = call("insert_cells", f"notebook_id={notebook_id}", 'cells=[{"source": "1 + 1"}]')
    read = call("read_notebook", f"notebook_id={notebook_id}")
    assert [cell["cell_id"] for cell in read["cells"]] == made["cell_ids"]


# ------------------------------------------------------------------- two at once


class Known(Struct):
    """A cell as somebody last saw it."""

    notebook_id: str
    cell_id: str
    rev: int
    source: str


class Writer:
    """Inserts and edits cells by chance, from what it last saw; remembers what was accepted."""

    def __init__(self, name: str, client: Caller, chance: random.Random) -> None:
        self.name = name
        self.client = client
        self.chance = chance
        self.cells: dict[str, Known] = {}
        self.written: dict[str, str] = {}
        self.calls = self.refused = 0

    async def write(self, notebooks: list[str], others: Writer, count: int) -> None:
        """Do this many calls."""
        while self.calls < count:
            if len(self.cells) < 4 or self.chance.random() < 0.2:
                await self._insert(self.chance.choice(notebooks))
            else:
                await self._edit(self.chance.choice(list(self.cells.values())))
            for cell_id, cell in others.cells.items():
                self.cells.setdefault(cell_id, Known(cell.notebook_id, cell_id, 0, ""))

    async def _call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call, and again when it is told to wait first, as a client in a hurry is."""
        self.calls += 1
        while True:
            result = await self.client.call(tool, **arguments)
            told = result["content"][0]["text"] if result.get("isError") else ""
            hurried = re.search(r"wait ([\d.]+) s and call again", told)
            if hurried is None:
                return result
            await asyncio.sleep(float(hurried[1]))

    def _token(self) -> str:
        return f"{self.name}-{self.calls}"

    async def _insert(self, notebook_id: str) -> None:
        token = self._token()
        source = f"# {notebook_id}\n# {token}"
        cells = [{"source": source, "cell_id": f"{self.name}{self.calls}"}]
        result = await self._call("insert_cells", notebook_id=notebook_id, cells=cells)
        made = result["structuredContent"]
        (cell_id,) = made["cell_ids"]
        self.cells[cell_id] = Known(notebook_id, cell_id, made["seq"], source)
        self.written[token] = cell_id

    async def _edit(self, cell: Known) -> None:
        """Add a line to what was last seen, again and again until it is accepted."""
        token = self._token()
        while True:
            source = f"{cell.source}\n# {token}"
            result = await self._call(
                "edit_cell",
                notebook_id=cell.notebook_id,
                cell_id=cell.cell_id,
                base_rev=cell.rev,
                source=source,
            )
            if not result.get("isError"):
                cell.rev, cell.source = result["structuredContent"]["rev"], source
                self.written[token] = cell.cell_id
                return
            self.refused += 1
            told = result["content"][0]["text"]
            found = re.search(
                r"(\w+)'s assistant, via [^,]+, (?:created|edited) it \(seq [\d to]+\)\..* "
                r"\(rev (\d+)\)",
                told,
            )
            assert found and found[1] in {"Ada", "Bob"} - {self.name}, told
            cell.rev, cell.source = int(found[2]), told.partition("Current source:\n")[2]


@pytest.mark.anyio
@pytest.mark.parametrize("over", ["http", "stdio"])
@pytest.mark.parametrize(
    ("one", "other"), [("python", "v1"), ("v2", "python-legacy"), ("v2", "v2-legacy")]
)
async def test_two_clients_at_two_notebooks_lose_nothing_and_mix_up_nothing(
    here: Served, mine: str, seed: int, one: Kind, other: Kind, over: str, tmp_path: Path
) -> None:
    people = [here.person(name) for name in ("Ada", "Bob")]
    notebooks = [here.notebook(mine), here.notebook(mine)]
    for notebook_id in notebooks:
        for person in people:
            here.grant(notebook_id, person, "editor")
    secrets = [here.secret(person, "assistant") for person in people]
    folder = tmp_path if over == "stdio" else None
    async with (
        caller(one, here.url, secrets[0], folder) as first,
        caller(other, here.url, secrets[1], folder) as second,
    ):
        ada = Writer("Ada", first, random.Random(seed))
        bob = Writer("Bob", second, random.Random(seed + 1))
        await asyncio.gather(
            ada.write(notebooks, bob, CALLS // 2), bob.write(notebooks, ada, CALLS // 2)
        )
    assert ada.refused and bob.refused
    found: dict[str, str] = {}
    with here.client(mine) as http:
        for notebook_id in notebooks:
            for cell in http.get(f"/api/notebooks/{notebook_id}").json()["state"]["cells"]:
                lines = cell["source"].split("\n")
                assert lines[0] == f"# {notebook_id}"
                for line in lines[1:]:
                    token = line.removeprefix("# ")
                    assert token not in found
                    found[token] = cell["cell_id"]
    assert found == ada.written | bob.written
