"""`jupyter-mcp-server` to measure beside: the extension of a JupyterLab of its own environment.

The extension is faster than the standalone server, and keeps notebooks as files as long as no
browser has them open, which is faster than a shared document.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import msgspec
from anyio.from_thread import BlockingPortal
from mcp.shared.exceptions import MCPError

from .doors import Call, Called, Door, Refused, door, text_of
from .snippet import Snippet

NAME = "jupyter-mcp-server"

_ROOT = Path(__file__).parents[2]
_PROGRAM = _ROOT / ".peer" / "bin" / "jupyter-lab"
_START_S = 60.0
_CELL: dict[str, object] = {
    "cell_type": "code",
    "metadata": {},
    "outputs": [],
    "execution_count": None,
}


class PeerFailed(Exception):
    """It is not there, does not start, or does not do what is measured; the message says which."""


class Peer:
    """It, with a notebook whose kernel is warm."""

    def __init__(self, root: Path, way: Door) -> None:
        self._root = root
        self._way = way
        self._made = 0

    def kernel(self, snippet: Snippet) -> None:
        """Make a notebook of this one cell, with a kernel, the current one."""
        self._use([snippet.source], "NEW")

    def run(self, snippet: Snippet) -> float:
        """Seconds that running the current notebook's cell takes."""
        called = self._call(Call("execute_cell", {"cell_index": 0}))
        try:
            snippet.check(text_of(called.results[-1]))
        except RuntimeError as error:
            raise PeerFailed(f"{NAME}: {error}") from error
        return called.took_s

    def read(self, sources: Sequence[str]) -> Call:
        """Make a notebook of these cells; gives the call that reads it whole."""
        name = self._use(sources)
        whole = {"notebook_name": name, "response_format": "detailed", "limit": 0}
        call = Call("read_notebook", whole)
        said = text_of(self._call(call).results[-1])
        if not all(f"\n{source}\n" in said for source in sources):
            raise PeerFailed(f"{NAME} did not read all cells, but: {said[-500:]}")
        return call

    def timed(self, *calls: Call) -> float:
        """Seconds that these calls take."""
        return self._call(*calls).took_s

    def insert(self, sources: Sequence[str]) -> float:
        """Seconds that inserting cells into a fresh notebook takes."""
        name = self._use(["pass"])
        called = self._call(*(Call("insert_cell", _cell(name, source)) for source in sources))
        said = text_of(called.results[-1])
        if f"now has {len(sources) + 1} cells" not in said:
            raise PeerFailed(f"{NAME} did not insert all cells, but said: {said}")
        return called.took_s

    def _use(self, sources: Sequence[str], kernel: str | None = None) -> str:
        self._made += 1
        name = f"book{self._made}"
        file = self._root / f"{name}.ipynb"
        file.write_bytes(msgspec.json.encode(_notebook(sources)))
        given = {"notebook_name": name, "notebook_path": file.name}
        self._call(Call("use_notebook", given | ({"kernel_id": kernel} if kernel else {})))
        return name

    def _call(self, *calls: Call) -> Called:
        with _its_failures():
            return self._way.call(*calls)


@contextmanager
def jupyter_mcp(portal: BlockingPortal) -> Iterator[Peer]:
    """It, up, inside the block. Raises PeerFailed."""
    if not _PROGRAM.exists():
        raise PeerFailed(f"{NAME} is not installed: `make peer` does it, or says why it cannot.")
    secret = secrets.token_hex(24)
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        root = Path(folder) / "root"
        root.mkdir()
        with _lab(Path(folder), root, secret) as url, ExitStack() as stack:
            with _its_failures():
                way = stack.enter_context(door(portal, f"{url}/mcp", secret, "auto"))
            yield Peer(root, way)


@contextmanager
def _its_failures() -> Iterator[None]:
    try:
        yield
    except (Refused, MCPError, httpx2.HTTPError) as error:
        raise PeerFailed(f"{NAME}: {error}") from error


@contextmanager
def _lab(folder: Path, root: Path, secret: str) -> Iterator[str]:
    port = _free_port()
    options = {
        "ip": "127.0.0.1",
        "port": port,
        "port_retries": 0,
        "open_browser": False,
        "allow_root": True,
        "root_dir": root,
        "log_level": "ERROR",
    }
    command = [f"{_PROGRAM}", *(f"--ServerApp.{key}={value}" for key, value in options.items())]
    own = {f"JUPYTER_{kind}_DIR": f"{folder / kind}" for kind in ("CONFIG", "DATA", "RUNTIME")}
    with (folder / "said.txt").open("wb") as said:
        started = subprocess.Popen(
            command,
            env={**os.environ, **own, "JUPYTER_TOKEN": secret},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            if not _is_up(started, url, secret):
                last = (folder / "said.txt").read_text(errors="replace").strip()[-300:]
                raise PeerFailed(f"{NAME} does not start. It said last: {last or 'nothing'}")
            yield url
        finally:
            started.terminate()
            try:
                started.wait(30)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def _is_up(started: subprocess.Popen[bytes], url: str, secret: str) -> bool:
    headers = {"Authorization": f"Bearer {secret}"}
    until = time.monotonic() + _START_S
    while started.poll() is None and time.monotonic() < until:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"{url}/api/status", headers=headers, trust_env=False).is_success:
                return True
        time.sleep(0.2)
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _cell(notebook: str, source: str) -> dict[str, str | int]:
    return {
        "notebook_name": notebook,
        "cell_index": -1,
        "cell_type": "code",
        "cell_source": source,
    }


def _notebook(sources: Sequence[str]) -> dict[str, object]:
    cells = [{**_CELL, "id": f"c{number}", "source": one} for number, one in enumerate(sources)]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
