"""The addresses that people open: the built page, or plain ones for a browser without scripts and
an installation without it.

No script runs in the plain ones (`?plain`), and whatever others wrote is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html import escape
from typing import cast
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from intheloop.commands import (
    History,
    HistoryLine,
    ListNotebooks,
    NotebookList,
    NotebookSummary,
    ReadHistory,
)
from intheloop.decider import Caller
from intheloop.errors import LoopError, Unauthenticated
from intheloop.notebook import PortableNotebook
from intheloop.notebooks import Service
from intheloop.values import ID_PATTERN

from .built import BuiltPage
from .cells import cell_html
from .problems import status_of
from .reading import checked_id, read_body
from .signing import SIGN_IN, Cookies, Signing

SCREENS = ("audit", "connect", "people")
"""Addresses of the built page alone; without it, or without scripts, they lead home."""

USED = "This link was used before, or it is too old."

LONGEST_FORM = 4096

SHOWN_NOTEBOOKS = 30
SHOWN_RECORDS = 5
SHOWN_HISTORY = 60

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882 }
* { box-sizing: border-box }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 50rem; padding: 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin: 0 }
article { border-top: 1px solid var(--line); padding: 1rem 0; overflow-wrap: anywhere }
p, ol { margin: .3rem 0 } ol { padding-left: 2.5rem }
li::marker { color: GrayText; font-size: .85rem }
small, time { opacity: .75; font-size: .85rem }
pre { background: var(--soft); border-radius: .3rem; margin: .3rem 0; overflow-x: auto;
  padding: .5rem; font: .9rem/1.4 ui-monospace, monospace }
pre.output { background: none; border-left: 3px solid var(--line); border-radius: 0 }
form { margin: 1.5rem 0 } button { font: inherit; font-weight: 600; padding: .6rem 1.2rem;
  border: 0; border-radius: .5rem; color: Canvas; background: CanvasText; cursor: pointer }
a { color: LinkText } a:focus-visible { outline: 2px solid; outline-offset: 2px }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)


class Pages:
    """The endpoints."""

    def __init__(self, service: Service, signing: Signing, built: BuiltPage | None = None) -> None:
        self._service = service
        self._signing = signing
        self._built = built

    async def home(self, request: Request) -> Response:
        """The list of notebooks; with a one-time code, the way in to it."""
        code = request.query_params.get("code")
        if code is not None and request.method == "GET":
            name = self._signing.linked(code)
            return await self._enter(code, request) if name is None else _asking(name, code)
        try:
            caller = self._signing.caller(request.scope)
            if self._built is not None and "plain" not in request.query_params:
                return self._built.index()
            listed = await self._service.ask(ListNotebooks(), caller)
            notebooks = cast(NotebookList, listed).notebooks
            articles = [
                await self._article(one, caller, shown=place < SHOWN_NOTEBOOKS)
                for place, one in enumerate(notebooks)
            ]
        except LoopError as error:
            return _refusal(error)
        nothing = "<p>There is no notebook yet. <code>intheloop import FILE.ipynb</code> makes one."
        return _page("Notebooks", "".join(articles) or nothing)

    async def notebook(self, request: Request) -> Response:
        """One notebook: its cells, and the last that happened."""
        try:
            caller = self._signing.caller(request.scope)
            if self._built is not None and "plain" not in request.query_params:
                return self._built.index()
            notebook_id = checked_id(request.path_params["notebook_id"], "notebook id")
            found = await self._service.state(notebook_id, caller)
            lines = await self._lines(notebook_id, found.seq, SHOWN_HISTORY, caller)
        except LoopError as error:
            return _refusal(error)
        state = msgspec.json.decode(bytes(found.state), type=PortableNotebook)
        executions = {one.execution_id: one for one in state.executions}
        cells = "".join(
            cell_html(cell, executions.get(cell.execution_id or ""))
            for cell in state.cells
            if not cell.deleted
        )
        history = f"<article><h2>History</h2>{_list(reversed(lines))}</article>"
        body = f'<p><a href="/">All notebooks</a> <small>seq {found.seq}</small>{cells}{history}'
        return _page(state.title, body)

    async def screen(self, request: Request) -> Response:
        """A screen that only the built page has."""
        if self._built is None or "plain" in request.query_params:
            return RedirectResponse("/?plain", 303, {"Cache-Control": "no-store"})
        try:
            self._signing.caller(request.scope)
        except LoopError as error:
            return _refusal(error)
        return self._built.index()

    async def sign_in(self, request: Request) -> Response:
        """A link is used: by the button of its page, and by nothing that only looks at links."""
        body = await read_body(request.scope, request.receive, LONGEST_FORM)
        (code,) = parse_qs(body.decode(errors="replace")).get("code", [""])
        try:
            cookies = await self._signing.use_link(code, request.scope)
        except LoopError as error:
            return _refusal(error)
        if not cookies:
            return _refusal(Unauthenticated(f"{USED} {SIGN_IN}"))
        return _leading("/", cookies)

    async def _enter(self, code: str, request: Request) -> Response:
        """A cookie for a good code, and the address without the code in any case that is in."""
        cookies = await self._signing.open_session(code, request.scope)
        if not cookies:
            try:
                self._signing.caller(request.scope)
            except LoopError:
                return _refusal(Unauthenticated(f"{USED} {SIGN_IN}"))
        wanted = request.query_params.get("notebook", "")
        place = f"/n/{wanted}" if ID_PATTERN.match(wanted) else "/"
        return _leading(place, cookies)

    async def _article(self, one: NotebookSummary, caller: Caller, *, shown: bool) -> str:
        cells = "1 cell" if one.cells == 1 else f"{one.cells} cells"
        running = f", {one.running} to run" if one.running else ""
        lines = await self._lines(one.notebook_id, one.seq, SHOWN_RECORDS, caller) if shown else []
        return (
            f'<article><h2><a href="/n/{escape(one.notebook_id)}">{escape(one.title)}</a></h2>'
            f"<p><small>{cells}{running}, you are its {escape(one.role)}, changed "
            f"{_time(one.changed_at)}</small>{_list(reversed(lines))}</article>"
        )

    async def _lines(
        self, notebook_id: str, seq: int, last: int, caller: Caller
    ) -> list[HistoryLine]:
        query = ReadHistory(notebook_id=notebook_id, after=max(0, seq - last), limit=last)
        history: History = await self._service.ask(query, caller)
        return history.lines


def _list(lines: Iterable[HistoryLine]) -> str:
    items = "".join(
        f'<li value="{line.seq}">{escape(line.text)} {_time(line.at)}' for line in lines
    )
    return f"<ol>{items}</ol>" if items else ""


def _time(moment: str) -> str:
    shown = re.sub(r"T(\d\d:\d\d).*", r" \1 UTC", moment)
    return f'<time datetime="{escape(moment)}">{escape(shown)}</time>'


def _leading(place: str, cookies: Cookies) -> Response:
    response = RedirectResponse(place, 303, {"Cache-Control": "no-store"})
    for cookie in cookies:
        response.headers.append("Set-Cookie", cookie)
    return response


def _refusal(error: LoopError) -> Response:
    words = escape(error.detail)
    words = re.sub(r"`([^`]*)`", r"<code>\1</code>", words)
    response = _page(error.title, f"<p>{words}", status_of(error))
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _asking(name: str, code: str) -> Response:
    """What a link leads to: a button, so that nothing that only looks at links uses it up."""
    body = (
        f"<p>This link signs this browser in as <b>{escape(name)}</b>, once. Whoever uses it acts "
        "in that name here; if that is not you, close this page."
        f'<form method="post" action="/"><input type="hidden" name="code" value="{escape(code)}">'
        f"<button>Sign in as {escape(name)}</button></form>"
    )
    response = _page("Sign in", body)
    response.headers["Content-Security-Policy"] = _POLICY.replace(
        "form-action 'none'", "form-action 'self'"
    )
    return response


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · In The Loop</title><style>{_STYLE}</style>"
        f"<main><h1>{escape(title)}</h1>{body}</main></html>"
    )
    return HTMLResponse(
        text, status, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    )
