"""Where the rows meet their paths."""

from __future__ import annotations

import time

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from intheloop.access import OneTimeCodes
from intheloop.errors import NotFound
from intheloop.notebooks import Service
from intheloop.settings import Settings

from .answers import Streams
from .built import BuiltPage
from .guard import Guard
from .importing import Importing
from .lanes import LaneTelling
from .mcp import METADATA, Mcp, metadata
from .openapi import describe
from .pages import SCREENS, Pages
from .rows import Machine, Rows
from .signing import Signing
from .telling import Telling
from .tools import CallTool


def create_app(
    service: Service,
    settings: Settings,
    *,
    codes: OneTimeCodes | None = None,
    streams: Streams | None = None,
    machine: Machine | None = None,
    mcp: Mcp | None = None,
    page: BuiltPage | None = None,
) -> ASGIApp:
    """The door to this service. `codes` let browsers in; `streams.stop()` ends what is live. `mcp`
    is the door for models, which stands under the same roof. Without a built `page` browsers get
    the plain ones."""
    signing = Signing(service, codes or OneTimeCodes(time.monotonic), settings.session_days)
    rows = Rows(service, signing, settings, streams or Streams(), machine)
    pages = Pages(service, signing, page)
    description = msgspec.json.encode(describe())

    async def openapi(_: Request) -> Response:
        return Response(description, media_type="application/json")

    tools = CallTool(service, signing, settings.body_limit)
    one = "/api/notebooks/{notebook_id}"
    models = [] if mcp is None else _mcp_routes(mcp)
    files = [] if page is None else _page_routes(page)
    router = Router(
        [
            *models,
            *files,
            Route("/api/tools/{tool}", tools, methods=["POST"]),
            Route("/api/import", Importing(service, signing, settings).file, methods=["POST"]),
            Route(f"{one}/events", rows.events, methods=["GET"]),
            Route(f"{one}/lines", Telling(service, signing).lines, methods=["GET"]),
            Route(f"{one}/lanes", LaneTelling(service, signing).lanes, methods=["GET"]),
            Route(f"{one}/signals", rows.signal, methods=["POST"]),
            Route(f"{one}/blobs/{{sha256}}", rows.blob, methods=["GET", "PUT"]),
            Route(one, rows.state, methods=["GET"]),
            Route("/api/follow", rows.follow, methods=["POST"]),
            Route("/api/changes", rows.changes, methods=["GET"]),
            Route("/api/work", rows.work, methods=["GET"]),
            Route("/api/command", rows.own_command, methods=["GET"]),
            Route("/api/health", rows.health, methods=["GET"]),
            Route("/api/open", rows.open_browser, methods=["POST"]),
            Route("/openapi.json", openapi, methods=["GET"]),
            Route("/n/{notebook_id}", pages.notebook, methods=["GET"]),
            Route("/n/{notebook_id}/history", pages.notebook, methods=["GET"]),
            *(Route(f"/{name}", pages.screen, methods=["GET"]) for name in SCREENS),
            Route("/", pages.home, methods=["GET"]),
            Route("/", pages.sign_in, methods=["POST"]),
        ],
        redirect_slashes=False,
        default=_nothing_here,
        lifespan=None if mcp is None else mcp.lifespan,
    )
    return Guard(router, settings, service.stranger_refused)


def _mcp_routes(mcp: Mcp) -> list[Route]:
    return [
        Route("/mcp", mcp),
        Route(METADATA, metadata, methods=["GET"]),
        Route(f"{METADATA}/mcp", metadata, methods=["GET"]),
    ]


def _page_routes(page: BuiltPage) -> list[Route]:
    return [
        Route("/assets/{name}", page.asset, methods=["GET"]),
        Route("/offline.js", page.offline, methods=["GET"]),
        Route("/frame/{name}", page.frame, methods=["GET"]),
        Route("/frame", page.frame, methods=["GET"]),
    ]


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    raise NotFound("There is nothing at this address; /openapi.json describes what there is.")
