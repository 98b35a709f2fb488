"""A real Chromium on the real page, with server, local runtime and kernels as people have them.

`house` is one server for the tests of a module; `enter` opens a notebook in it, signed in.
What the page says of errors, and a request to any other origin, fails the test that caused it; a
cut connection and a refused command are no such errors.

With COMMANDS_LATE=0.5 commands come to the server so many seconds late, with SLOW_PROCESSOR=5 pages
have a fifth of the processor: a test that passes by luck then fails for certain.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from msgspec import Struct

from intheloop.access import new_credential_secret, secret_sha256
from intheloop.folder import credential_file
from intheloop.server import COMMAND_LINE
from tests.command_line import CommandLine
from tests.relay import Relay, relay, storm

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
WAIT_MS = 30_000
END_S = 30.0
TURNS = 10
"""Of an event loop, in which it has heard of all connections that were there at the first."""

SHOWN = r"""[...document.querySelectorAll("article")].map((cell) => {
  const drawn = cell.querySelector(".static-source");
  if (drawn) return drawn.textContent.replace(/(^|\n) $/, "$1");
  return [...cell.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n");
})"""
"""The sources of all cells as they are drawn. Where there is no editor a last line without a
character is drawn as a space."""


class Network:
    """The way from the browsers to a server, which can be cut and mended."""

    def __init__(self, relay: Relay, loop: asyncio.AbstractEventLoop) -> None:
        self.url = relay.url
        self._relay = relay
        self._loop = loop

    @property
    def answered(self) -> int:
        """Bytes that came from the server to the browsers by now."""
        return self._relay.answered

    def cut(self) -> None:
        """Break every connection, and refuse all that come."""
        self._have(self._relay.cut)

    def mend(self) -> None:
        """Let connections through again that are made from here on. One that was made before, and
        that the relay has not heard of yet, is refused still: it carries what was sent before."""
        mended: Future[None] = Future()
        self._have(lambda: self._mend_after(TURNS, self._relay.cuts, mended))
        mended.result(END_S)

    def _mend_after(self, turns: int, cuts: int, mended: Future[None]) -> None:
        if turns:
            self._loop.call_soon(self._mend_after, turns - 1, cuts, mended)
            return
        if self._relay.cuts == cuts:
            self._relay.mend()
        mended.set_result(None)

    def _have(self, work: Callable[[], None]) -> None:
        """Have something done by the relay, before this returns."""
        done: Future[None] = Future()

        def do() -> None:
            work()
            done.set_result(None)

        self._loop.call_soon_threadsafe(do)
        done.result(END_S)

    def hush(self) -> None:
        """Let nothing more come through the connections that follow logs, which nobody is told."""
        self._have(self._relay.hush)

    def streams(self) -> int:
        """How many connections follow logs now."""
        return self._relay.streams()

    @contextmanager
    def holding_commands(self) -> Iterator[None]:
        """Commands of pages come to the server after the block; all else comes through."""
        self._have(self._relay.through.clear)
        try:
            yield
        finally:
            self._have(self._relay.through.set)

    def aim(self, target: str) -> None:
        """Lead to another server from here on."""
        self._relay.aim(target)

    @contextmanager
    def bad_weather(self, chance: random.Random) -> Iterator[None]:
        """A network that delays and breaks inside the block."""
        weather = asyncio.run_coroutine_threadsafe(storm(self._relay, chance), self._loop)
        try:
            yield
        finally:
            weather.cancel()
            self.mend()


@contextmanager
def network(target: str) -> Iterator[Network]:
    """A way to this address inside the block."""
    laid: Future[Network] = Future()
    done = asyncio.Event()

    async def main() -> None:
        async with relay(target) as one:
            laid.set_result(Network(one, asyncio.get_running_loop()))
            await done.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    thread.start()
    way = laid.result(END_S)
    try:
        yield way
    finally:
        way._loop.call_soon_threadsafe(done.set)
        thread.join(END_S)


class House(Struct):
    """A server with its runtime, as its tests see it. Browsers come to it through `network`, by
    `url`; programs by `address`."""

    url: str
    address: str
    token: str
    network: Network
    process: Any
    signed_in: Any = None

    def call(self, tool: str, secret: str | None = None, /, **arguments: Any) -> Any:
        """Do something as the command line of the owner does, or with another credential."""
        headers = {"Authorization": f"Bearer {secret or self.token}"}
        with httpx2.Client(base_url=self.address, headers=headers, trust_env=False) as http:
            answer = http.post(f"/api/tools/{tool}", json=arguments, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def notebook(self, *sources: str, title: str = "Birds", **more: Any) -> str:
        """A new notebook with these code cells, c1, c2 ...; one that begins with # and a space is
        a note."""
        cells = [
            {
                "source": source,
                "cell_id": f"c{number}",
                "cell_type": "markdown" if source.startswith("# ") else "code",
            }
            for number, source in enumerate(sources, 1)
        ]
        created = self.call("create_notebook", title=title, cells=cells, **more)
        notebook_id: str = created["notebook_id"]
        return notebook_id

    def credential(self, kind: str, label: str) -> str:
        """The secret of a program that acts for the owner."""
        secret = new_credential_secret()
        self.call(
            "issue_credential",
            kind=kind,
            label=label,
            scopes=["notebook:read", "notebook:write", "notebook:run"],
            secret_sha256=secret_sha256(secret),
        )
        return secret

    def sources(self, notebook_id: str) -> list[str]:
        """What the cells say, by the server's reckoning."""
        view = self.call("read_notebook", notebook_id=notebook_id, detail="source")
        return [cell.get("source", "") for cell in view["cells"]]

    def wait_for_sources(
        self, notebook_id: str, wanted: list[str], *, in_any_order: bool = False
    ) -> None:
        """Until the server has these."""
        self.wait_for_cells(notebook_id, "source", wanted, in_any_order=in_any_order)

    def wait_for_cells(
        self, notebook_id: str, part: str, wanted: list[str], *, in_any_order: bool = False
    ) -> None:
        """Until the server has cells with these sources or types. A page shows what was done in it
        before the server has it: what a test did there is to be waited for here."""
        until = time.monotonic() + WAIT_MS / 1000
        while True:
            view = self.call("read_notebook", notebook_id=notebook_id, detail="source")
            found = [cell.get(part, "") for cell in view["cells"]]
            if found == wanted or (in_any_order and sorted(found) == sorted(wanted)):
                return
            assert time.monotonic() < until, f"{found} is not {wanted}"
            self.call("read_history", notebook_id=notebook_id, after=view["seq"], wait_s=5)

    def records(self, notebook_id: str) -> list[Any]:
        """The whole log of a notebook."""
        headers = {"Authorization": f"Bearer {self.token}"}
        found: list[Any] = []
        with httpx2.Client(base_url=self.address, headers=headers, trust_env=False) as http:
            while True:
                query = {"after": len(found), "limit": 1000}
                answer = http.get(f"/api/notebooks/{notebook_id}/events", params=query).json()
                found += answer["records"]
                if not answer["records"]:
                    return found


@contextmanager
def launched(*arguments: str) -> Iterator[Browser]:
    """A browser inside the block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*ARGUMENTS, *arguments], timeout=60_000
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module. It ends with them, since while Playwright is there no
    other test can run an event loop in this thread."""
    with launched() as browser:
        yield browser


@contextmanager
def housing(
    folder: Path, browser: Browser, *arguments: str, variables: dict[str, str] | None = None
) -> Iterator[House]:
    """A server inside the block, with these variables in its environment."""
    at = CommandLine(folder / "data", folder, variables or {})
    process = at.start("serve", "--port", "0", "--no-browser", "--json", *arguments)
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        token = credential_file(at.data, COMMAND_LINE).read_text(encoding="utf-8").strip()
        with network(ready["url"]) as way:
            house = House(way.url, ready["url"], token, way, process)
            context = browser.new_context()
            context.new_page().goto(ready["link"].replace(ready["url"], way.url))
            house.signed_in = context.storage_state()
            context.close()
            yield house
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[House]:
    """A server that the tests of a module share."""
    with housing(tmp_path_factory.mktemp("house"), chromium) as one:
        yield one


def watch(page: Page, house: House, trouble: list[str]) -> None:
    """Note what no page may do: errors, refused policies, other origins."""
    if slowness := float(os.environ.get("SLOW_PROCESSOR", "0")):
        page.context.new_cdp_session(page).send(
            "Emulation.setCPUThrottlingRate", {"rate": slowness}
        )
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))

    def hear(said: ConsoleMessage) -> None:
        told = "net::ERR_" in said.text or "status of 409" in said.text
        if said.type == "error" and not told:
            trouble.append(f"console: {said.text}")

    page.on("console", hear)
    page.on(
        "request",
        lambda sent: (
            None
            if sent.url.startswith((house.url, "data:", "blob:"))
            else trouble.append(f"request: {sent.url}")
        ),
    )


@pytest.fixture
def trouble() -> list[str]:
    """What the pages of a test did that no page may do."""
    return []


@pytest.fixture
def enter(house: House, chromium: Browser, trouble: list[str]) -> Iterator[Callable[..., Page]]:
    """Opens a notebook as the owner, each time in a browser of its own unless one is given. These
    keep no page for later: that is for the tests of it."""
    contexts: list[BrowserContext] = []

    def enter(notebook_id: str, context: BrowserContext | None = None, **how: Any) -> Page:
        if context is None:
            how = {"storage_state": house.signed_in, "service_workers": "block", **how}
            context = chromium.new_context(**how)
            context.set_default_timeout(WAIT_MS)
            contexts.append(context)
        page = context.new_page()
        watch(page, house, trouble)
        page.goto(f"{house.url}/n/{notebook_id}")
        page.locator(".cells").wait_for()
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not trouble, "\n".join(trouble)
