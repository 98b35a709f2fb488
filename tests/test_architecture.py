"""The directions of imports between the rooms, read from the sources without running them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "intheloop": ROOT / "app" / "intheloop",
    "intheloop_agents": ROOT / "agents" / "intheloop_agents",
}

# From the doors down: a room imports rooms of lower layers and, in its own layer, only those
# that NEIGHBOURS names. A room that does not exist yet breaks nothing; one that is not named here
# fails, so that every new room is given its place.
LAYERS: list[set[str]] = [
    {"__main__", "cli", "server"},
    {"web_api", "mcp_server"},
    {"notebooks"},
    {"views"},
    {"log", "blobs", "access", "live", "ipynb", "client", "settings", "folder"},
    {"decider"},
    {"canonical"},
    {"commands", "reducer", "sentences"},
    {"notebook"},
    {"events"},
    {"values", "text", "errors", "amounts", "__version__"},
]
NEIGHBOURS = {
    ("__main__", "cli"),
    ("cli", "server"),
    ("text", "errors"),
    ("values", "errors"),
}
PURE = {
    *("events", "notebook", "reducer", "commands", "decider"),
    *("values", "text", "canonical", "errors", "ipynb", "sentences", "amounts", "views"),
}
# What opens the world: I/O, clocks, chance, the machine, other tasks. `datetime` is a type of
# value; that nobody calls `now` is for the reader of the rooms to see.
IMPURE = {
    *("os", "io", "pathlib", "shutil", "tempfile", "glob", "sys", "platform", "subprocess"),
    *("signal", "socket", "ssl", "select", "selectors", "http", "urllib", "time", "random"),
    *("secrets", "uuid", "asyncio", "anyio", "threading", "multiprocessing", "concurrent"),
    *("queue", "logging", "sqlite3", "sqlalchemy", "sqlmodel", "fastapi", "starlette"),
    *("aiohttp", "httpx2", "uvicorn", "psutil", "platformdirs", "click", "rich", "tenacity"),
    *("jupyter_client", "zmq"),
}
JUPYTER = "intheloop_agents.runtime.jupyter"
# Which modules may import a library at all; a name covers what lies below it.
ONLY_IN = {
    "sqlalchemy": {"intheloop.log"},
    "sqlmodel": {"intheloop.log"},
    "fastapi": {"intheloop.web_api", "intheloop.server"},
    "starlette": {"intheloop.web_api", "intheloop.server", "intheloop.mcp_server"},
    "sse_starlette": {"intheloop.web_api", "intheloop.server"},
    "uvicorn": {"intheloop.server"},
    "aiohttp": {"intheloop.client"},
    "jupyter_client": {JUPYTER},
    "zmq": {JUPYTER},
    "mcp": {"intheloop.mcp_server"},
    "mcp_types": {"intheloop.mcp_server"},
    "PIL": {"intheloop.mcp_server"},
    "anthropic": {"intheloop_agents.assistant"},
}
AGENTS_MAY_USE = {*PURE, "client", "__version__"}


class Import(NamedTuple):
    """`line` of `module` imports `target`, both with their full dotted names."""

    module: str
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def imports_of(module: str, source: str, *, is_package: bool) -> Iterator[Import]:
    """Every import of a source text, also those inside functions and `if TYPE_CHECKING`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            above = parts[: len(parts) - node.level + is_package] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(module, node.lineno, f"{base}.{alias.name}")


def imports_of_package(package: str) -> Iterator[Import]:
    folder = PACKAGES[package]
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        module = ".".join(parts[:-1] if is_package else parts)
        yield from imports_of(module, path.read_text(encoding="utf-8"), is_package=is_package)


def room_of(name: str) -> str | None:
    """The room of `intheloop` that a dotted name lies in; None outside and at the top."""
    package, _, rest = name.partition(".")
    return rest.partition(".")[0] or None if package == "intheloop" else None


def layer_of(room: str) -> int:
    for number, rooms in enumerate(LAYERS):
        if room in rooms:
            return number
    raise AssertionError(f"intheloop.{room} has no place: name it in LAYERS of {__name__}")


def why_forbidden(found: Import) -> str | None:
    """The rule that an import breaks, or None."""
    top = found.target.partition(".")[0]
    allowed = ONLY_IN.get(top)
    if allowed and not any(f"{found.module}.".startswith(f"{name}.") for name in allowed):
        return f"{top} is imported in {', '.join(sorted(allowed))} alone"
    room, target = room_of(found.module), room_of(found.target)
    if found.module.startswith("intheloop_agents"):
        if top == "intheloop" and target not in AGENTS_MAY_USE:
            return "agents use the pure rooms and the client alone"
        return None
    if top == "intheloop_agents":
        return "the server never imports the agents; it starts them as processes"
    if room in PURE and top in IMPURE:
        return f"intheloop.{room} is pure"
    if room is None or target is None or room == target or (room, target) in NEIGHBOURS:
        return None
    if layer_of(target) <= layer_of(room):
        return f"intheloop.{target} is not below intheloop.{room}"
    return None


def test_imports_follow_the_directions_of_the_rooms() -> None:
    found = [*imports_of_package("intheloop"), *imports_of_package("intheloop_agents")]
    assert found
    broken = [f"{one}: {why}" for one in found if (why := why_forbidden(one))]
    assert not broken, "\n".join(broken)


def test_every_room_has_its_place() -> None:
    rooms = {
        path.stem
        for path in PACKAGES["intheloop"].iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    for room in rooms - {"__init__"}:
        layer_of(room)


@pytest.mark.parametrize(
    ("module", "source", "rule"),
    [
        ("intheloop.decider.cell", "import time", "is pure"),
        ("intheloop.reducer", "def f():\n    from random import random", "is pure"),
        ("intheloop.events.cell", "from intheloop import reducer", "is not below"),
        ("intheloop.events.cell", "from ..reducer import apply", "is not below"),
        ("intheloop.events", "from ..reducer import apply", "is not below"),
        ("intheloop.commands", "import intheloop.reducer.cell", "is not below"),
        ("intheloop.live", "from intheloop.notebooks import Notebooks", "is not below"),
        ("intheloop.notebooks", "from sqlalchemy import select", "alone"),
        ("intheloop.log.sql", "import fastapi", "alone"),
        ("intheloop.client", "import zmq.asyncio", "alone"),
        ("intheloop.logbook", "import sqlmodel", "alone"),
        ("intheloop_agents.assistant", "import jupyter_client", "alone"),
        ("intheloop.server", "import intheloop_agents.runtime", "never imports the agents"),
        ("intheloop_agents.runtime.work", "from intheloop.log import Log", "agents use"),
        ("intheloop_agents.runtime.work", "import intheloop", "agents use"),
    ],
)
def test_an_import_against_the_directions_is_found(module: str, source: str, rule: str) -> None:
    is_package = module.count(".") == 1
    why = [why_forbidden(one) for one in imports_of(module, source, is_package=is_package)]
    assert any(reason and rule in reason for reason in why), why


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("intheloop.cli.serve", "from intheloop.server import serve"),
        ("intheloop.web_api", "import fastapi, sse_starlette.sse"),
        ("intheloop.decider", "from intheloop.commands import EditCell\nimport re, hashlib"),
        ("intheloop.log.sql", "from .tables import records\nfrom sqlmodel import SQLModel"),
        (
            "intheloop_agents.runtime.jupyter.kernel",
            "import zmq\nfrom intheloop.client import Client",
        ),
        (
            "intheloop_agents.runtime.jupyter.kernel",
            "from intheloop.events.cell import CellCreated",
        ),
    ],
)
def test_an_import_along_the_directions_passes(module: str, source: str) -> None:
    is_package = module.count(".") == 1
    assert not [
        why
        for one in imports_of(module, source, is_package=is_package)
        if (why := why_forbidden(one))
    ]
