"""A hostile notebook, opened in a real browser: what it wants, who would hear of it, and how each
guard is taken away, so that an attack that is stopped is known to be one that could succeed.

The secrets to be had are a cookie that scripts may read and an entry of the storage. The recorder
is a server of another origin that keeps what reaches it.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx2
from msgspec import Struct

from tests.browsing import WAIT_MS, House

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

SECRET = "canary-4f1d"
SOON_S = 20
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


class Heard(Struct, frozen=True):
    """A request that reached the recorder."""

    method: str
    path: str
    headers: dict[str, str]


class Recorder:
    """Keeps what reaches it."""

    def __init__(self) -> None:
        self._heard: list[Heard] = []
        self._lock = threading.Lock()

    def note(self, method: str, path: str, headers: dict[str, str]) -> None:
        """Something came."""
        with self._lock:
            self._heard.append(Heard(method, path, headers))

    def heard(self, part: str = "") -> list[Heard]:
        """What has come with this in its path."""
        with self._lock:
            return [one for one in self._heard if part in one.path]


@contextmanager
def recording() -> Iterator[tuple[Recorder, str]]:
    """A recorder and its address: another site, since cookies do not tell ports apart."""
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            recorder.note(self.command, self.path, {k.lower(): v for k, v in self.headers.items()})
            body = b"{}" if "json" in self.path else PIXEL
            self.send_response(200)
            kind = "text/html" if "page" in self.path else "image/gif"
            self.send_header("Content-Type", kind)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield recorder, f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Scene(Struct):
    """The notebook, open, with all that happened beside it."""

    page: Page
    house: House
    recorder: Recorder
    elsewhere: str
    notebook_id: str
    said: list[str]
    opened: list[Page]

    def told(self, number: int = 0) -> str:
        """What the script of an output found out, once it is through."""
        frame = self.page.frame_locator(f"iframe >> nth={number}")
        told = frame.locator("#told[data-done]")
        told.wait_for()
        return told.inner_text()

    def refused(self, *words: str) -> None:
        """Until the browser said that it refused something, in words that hold all these."""
        self._until(
            lambda: any(all(word in one for word in words) for one in self.said),
            lambda: f"Nothing was refused with {words}, but: {self.said}",
        )

    def reached(self, part: str) -> Heard:
        """The first request with this in its path that came to the recorder."""
        self._until(
            lambda: bool(self.recorder.heard(part)),
            lambda: f"{part!r} did not come, but {self.recorder.heard()}",
        )
        return self.recorder.heard(part)[0]

    def _until(self, true: Callable[[], bool], told: Callable[[], str]) -> None:
        """The browser goes on meanwhile, and what tests do to its answers too."""
        until = time.monotonic() + SOON_S
        while not true():
            assert time.monotonic() < until, told()
            self.page.wait_for_timeout(20)


Cell: TypeAlias = dict[str, Any]
Guard: TypeAlias = "Callable[[BrowserContext, House], None]"


def note(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def shows(*outputs: dict[str, Any]) -> Cell:
    """A cell with these outputs, as a file holds them."""
    return {
        "cell_type": "code",
        "metadata": {},
        "source": "show()",
        "execution_count": 1,
        "outputs": list(outputs),
    }


def displays(mime: str, data: Any) -> Cell:
    return shows({"output_type": "display_data", "data": {mime: data}, "metadata": {}})


def html(text: str) -> Cell:
    return displays("text/html", text)


def script(code: str, before: str = "") -> Cell:
    """HTML whose script tells what it found; `tell` may be awaited for."""
    body = (
        "const tell = (what) => { const told = document.getElementById('told');"
        "told.textContent += what + ' '; };"
        "const attempt = async (name, what) => { try { tell(name + '=' + await what()); }"
        "catch (error) { tell(name + '!' + error.name); } };"
        f"(async () => {{ {code}; document.getElementById('told').dataset.done = 1; }})();"
    )
    return html(f"{before}<p id=told></p><script>{body}</script>")


def imported(house: House, cells: list[Cell], name: str = "hostile.ipynb") -> str:
    """The notebook's id."""
    file = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    with httpx2.Client(base_url=house.address, trust_env=False) as http:
        http.headers["Authorization"] = f"Bearer {house.token}"
        answer = http.post("/api/import", params={"name": name}, content=json.dumps(file))
    assert answer.status_code == 200, answer.text
    made: str = answer.json()["notebook_id"]
    return made


@contextmanager
def opened(
    house: House,
    browser: Browser,
    recorder: tuple[Recorder, str],
    cells: list[Cell],
    *,
    without: tuple[Guard, ...] = (),
    path: str = "/n/{}",
    name: str = "hostile.ipynb",
) -> Iterator[Scene]:
    """The notebook in a browser of its own in which there are secrets, without these guards."""
    notebook_id = imported(house, cells, name)
    context = browser.new_context(storage_state=house.signed_in)
    context.set_default_timeout(WAIT_MS)
    context.add_cookies([{"name": "canary", "value": SECRET, "url": house.url}])
    keep = f"try {{ localStorage.setItem('canary', {SECRET!r}) }} catch {{}}"
    context.add_init_script(f"if (location.origin === {house.url!r}) {{ {keep} }}")
    for remove in without:
        remove(context, house)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    others: list[Page] = []
    context.on("page", lambda other: others.append(other))
    page.on("dialog", lambda dialog: dialog.accept(SECRET))
    heard, elsewhere = recorder
    page.goto(house.url + path.format(notebook_id))
    page.locator("main").first.wait_for()
    try:
        yield Scene(page, house, heard, elsewhere, notebook_id, said, others)
    finally:
        context.close()


# ------------------------------------------------------------------ guards, taken away


def _changed(
    context: BrowserContext,
    where: re.Pattern[str],
    change: Callable[[dict[str, str], str], tuple[dict[str, str], str]],
) -> None:
    def answer(route: Route) -> None:
        real = route.fetch()
        headers, body = change(dict(real.headers), real.text())
        for name in ("content-length", "content-encoding"):
            headers.pop(name, None)
        route.fulfill(status=real.status, headers=headers, body=body)

    context.route(where, answer)


def _document(house: House) -> re.Pattern[str]:
    return re.compile(re.escape(house.url) + r"/(n/[^/]+(/history)?)?(\?.*)?$")


def _frame(house: House) -> re.Pattern[str]:
    return re.compile(re.escape(house.url) + "/frame$")


def _policy_without(headers: dict[str, str], *directives: str) -> dict[str, str]:
    parts = [part.strip() for part in headers["content-security-policy"].split(";")]
    kept = [part for part in parts if part.split(" ")[0] not in directives]
    return {**headers, "content-security-policy": "; ".join(kept)}


def page_policy(*directives: str) -> Guard:
    """The page's policy, or of it what stands for these directives."""

    def remove(context: BrowserContext, house: House) -> None:
        def change(headers: dict[str, str], body: str) -> tuple[dict[str, str], str]:
            if directives:
                return _policy_without(headers, "default-src", *directives), body
            return {k: v for k, v in headers.items() if k != "content-security-policy"}, body

        _changed(context, _document(house), change)

    return remove


def frame_policy(*directives: str) -> Guard:
    """The frame's policy, but for these directives of it."""

    def remove(context: BrowserContext, house: House) -> None:
        def change(headers: dict[str, str], body: str) -> tuple[dict[str, str], str]:
            return _policy_without(headers, *directives), body

        _changed(context, _frame(house), change)

    return remove


def sandbox(context: BrowserContext, house: House) -> None:
    """Both fences around the frame: the attribute and the directive, and what forbids forms."""
    context.add_init_script(
        "const set = Element.prototype.setAttribute;"
        "Element.prototype.setAttribute = function (name, value) {"
        "  if (name !== 'sandbox') set.call(this, name, value); };"
    )
    frame_policy("sandbox", "form-action")(context, house)


def cleaner(context: BrowserContext, house: House) -> None:
    """What cleans notes cannot take anything out of, or change anything in, a document that is not
    shown; what it gives keeps its looks, and is drawn wherever it wants."""
    context.add_init_script(
        """
        const inert = (node) => node.ownerDocument !== document;
        for (const [owner, name] of [
          [Node, "removeChild"], [Element, "remove"], [Element, "removeAttribute"],
          [Element, "setAttribute"], [Element, "removeAttributeNode"],
        ]) {
          const real = owner.prototype[name];
          owner.prototype[name] = function (...given) {
            if (!inert(name === "removeChild" ? given[0] : this)) return real.apply(this, given);
          };
        }
        const real = Object.getOwnPropertyDescriptor(Element.prototype, "className");
        Object.defineProperty(Element.prototype, "className", {
          ...real, set(value) { if (this.isConnected) real.set.call(this, value); },
        });
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(
          ".markdown, .cell, .stretch { contain: none !important;" +
          " content-visibility: visible !important }");
        document.adoptedStyleSheets = [sheet];
        """
    )


def text_as_text(context: BrowserContext, house: House) -> None:
    """Text that the page sets as text is read as markup."""
    context.add_init_script(
        """
        const text = Object.getOwnPropertyDescriptor(Node.prototype, "textContent");
        Object.defineProperty(Node.prototype, "textContent", {
          ...text,
          set(value) {
            if (String(value).includes("<img")) this.innerHTML = value;
            else text.set.call(this, value);
          },
        });
        const value = Object.getOwnPropertyDescriptor(Node.prototype, "nodeValue");
        Object.defineProperty(Node.prototype, "nodeValue", {
          ...value,
          set(given) {
            if (String(given).includes("<img")) this.parentNode.innerHTML = given;
            else value.set.call(this, given);
          },
        });
        const create = document.createTextNode.bind(document);
        document.createTextNode = (value) => {
          if (!String(value).includes("<img")) return create(value);
          const span = document.createElement("span");
          span.innerHTML = value;
          return span;
        };
        """
    )


def clicked(active: bool) -> Guard:
    """Whether a person seems to have just clicked: a browser that is steered always says so."""

    def remove(context: BrowserContext, house: House) -> None:
        context.add_init_script(
            "Object.defineProperty(Navigator.prototype, 'userActivation',"
            f" {{ value: {{ isActive: {str(active).lower()} }} }});"
        )

    return remove


def served_as_page(context: BrowserContext, address: str, kept: tuple[str, ...]) -> None:
    """Have what stands at this address come as a page, with no more than these of its headers."""

    def change(headers: dict[str, str], body: str) -> tuple[dict[str, str], str]:
        guards = ("content-disposition", "content-security-policy", "x-content-type-options")
        left = {k: v for k, v in headers.items() if k not in guards or k in kept}
        return (left if "content-type" in kept else {**left, "content-type": "text/html"}), body

    _changed(context, re.compile(re.escape(address)), change)


def rewritten(path: str, *changes: tuple[str, str]) -> Guard:
    """A script of the page in which a guard is another expression."""

    def remove(context: BrowserContext, house: House) -> None:
        def change(headers: dict[str, str], body: str) -> tuple[dict[str, str], str]:
            for old, new in changes:
                assert old in body, f"{old} is not in {path}"
                body = body.replace(old, new)
            return headers, body

        _changed(context, re.compile(re.escape(house.url) + path), change)

    return remove
