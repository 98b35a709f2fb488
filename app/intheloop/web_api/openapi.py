"""`/openapi.json`: the table of tools and the other rows, from the types that decode them.

Nothing is listed twice: a tool is here because it is in the table, with its own words.
"""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import Any

import msgspec
from msgspec import Struct

from intheloop.commands import PUBLIC_TOOLS, Asked, Created, History, NotebookState, Tool
from intheloop.values import Id, Sha256

from .problems import MEDIA_TYPE, STATUS, Problem
from .shapes import (
    BlobPut,
    EventsQuery,
    FollowBody,
    Health,
    ImportQuery,
    Lanes,
    LanesQuery,
    Lines,
    LinesQuery,
    Opened,
    OwnCommand,
    SignalBody,
    StateQuery,
    WorkQuery,
)

Json = dict[str, Any]

_REF = "#/components/schemas/{name}"
_OTHERS: tuple[type, ...] = (
    *(Asked, BlobPut, FollowBody, Health, History, Lanes, Lines, NotebookState, Opened),
    *(OwnCommand, Problem, EventsQuery, ImportQuery, LanesQuery, LinesQuery, SignalBody),
    *(StateQuery, WorkQuery),
)
_ID = msgspec.json.schema(Id)
_SHA256 = msgspec.json.schema(Sha256)
_OCTETS = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_FRAMES = {"text/event-stream": {"schema": {"type": "string"}}}


def describe() -> Json:
    """The OpenAPI 3.1 document."""
    tools = PUBLIC_TOOLS.values()
    kinds = list(dict.fromkeys([*tools, *(tool.ANSWER for tool in tools), *_OTHERS]))
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    ref = dict(zip(kinds, schemas, strict=True))
    paths = {
        f"/api/tools/{name}": {"post": _tool(tool, ref)} for name, tool in PUBLIC_TOOLS.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "In The Loop",
            "version": version("intheloop"),
            "description": "A shared, event-sourced notebook for people, assistants and runtimes.",
        },
        "paths": {**paths, **_notebook_rows(ref, components), **_server_rows(ref, components)},
        "components": {
            "schemas": components,
            "parameters": _parameters(),
            "responses": {"Problem": _problem(ref[Problem])},
            "securitySchemes": {
                "credential": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "intheloop_8765"},
            },
        },
        "security": [{"credential": []}, {"session": []}],
    }


def _tool(tool: type[Tool], ref: dict[type, Json]) -> Json:
    summary, _, rest = (inspect.getdoc(tool) or "").partition("\n\n")
    scopes = " or ".join(tool.SCOPES) or "none"
    names = ("Causation", "Correlation", "Traceparent", "Untrusted")
    parameters = [_parameter(name) for name in names]
    return {
        "operationId": tool.tool_name(),
        "summary": " ".join(summary.split()),
        "description": f"{rest}\n\nFor: {', '.join(sorted(tool.ACTORS))}. Scope: {scopes}.".strip(),
        "tags": ["tools"],
        "parameters": [_parameter("IdempotencyKey"), *parameters],
        "requestBody": _json_body(ref[tool]),
        "responses": _tool_responses(tool, ref),
    }


def _tool_responses(tool: type[Tool], ref: dict[type, Json]) -> Json:
    responses = _responses(_json_answer(tool.ANSWER.__doc__ or "", ref[tool.ANSWER]))
    if tool.DEED:
        responses["202"] = _json_answer(Asked.__doc__ or "", ref[Asked])
    return responses


def _notebook_rows(ref: dict[type, Json], components: dict[str, Any]) -> Json:
    """What one notebook answers."""
    events, state = _query(components, EventsQuery), _query(components, StateQuery)
    lines = _query(components, LinesQuery)
    page = _json_answer("Records in order, or, with that Accept, a stream.", ref[History])
    page["content"] |= _FRAMES
    one = "/api/notebooks/{notebook_id}"
    notebook = _in_path("notebook_id", _ID)
    place = [notebook, _in_path("sha256", _SHA256)]
    return {
        f"{one}/events": {
            "get": _row(
                *("read_or_follow_events", "Read the log, or follow it as a stream."),
                _responses(page),
                [notebook, *events, _parameter("LastEventId")],
            )
        },
        f"{one}/lines": {
            "get": _row(
                *("tell_events", "Read a stretch of the log in sentences."),
                _responses(_json_answer("The lines.", ref[Lines])),
                [notebook, *lines],
            )
        },
        f"{one}/lanes": {
            "get": _row(
                *("read_lanes", "Read who was at work from where to where in the log."),
                _responses(_json_answer("The lanes.", ref[Lanes])),
                [notebook, *_query(components, LanesQuery)],
            )
        },
        one: {
            "get": _row(
                *("read_state", "Read the notebook as of now or of a seq."),
                _responses(_json_answer("The state.", ref[NotebookState])),
                [notebook, *state],
            )
        },
        f"{one}/signals": {
            "post": _row(
                *("send_signal", "Tell those who follow something that is not kept."),
                _responses({"description": "It was sent."}, "204"),
                [notebook],
                _json_body(ref[SignalBody]),
            )
        },
        f"{one}/blobs/{{sha256}}": {
            "put": _row(
                *("put_blob", "Put bytes that records of this notebook may name."),
                _responses(_json_answer("It is kept.", ref[BlobPut])),
                place,
                {"required": True, "content": _OCTETS},
            ),
            "get": _row(
                *("get_blob", "Read bytes that were put."),
                {
                    **_responses({"description": "The bytes.", "content": _OCTETS}),
                    "304": {"description": "The caller has them."},
                },
                place,
            ),
        },
    }


def _server_rows(ref: dict[type, Json], components: dict[str, Any]) -> Json:
    """What the server answers of itself, and of several notebooks."""
    live = {"description": "A stream of server-sent events.", "content": _FRAMES}
    return {
        "/api/follow": {
            "post": _row(
                *("follow_several", "Follow several logs in one stream."),
                _responses(live),
                [],
                _json_body(ref[FollowBody]),
            )
        },
        "/api/work": {
            "get": _row(
                *("find_work", "Follow what this credential may act on."),
                _responses(live),
                _query(components, WorkQuery),
            )
        },
        "/api/changes": {
            "get": _row(
                *("follow_changes", "Follow that something changed in what you may see."),
                _responses(live),
                [],
            )
        },
        "/api/import": {
            "post": _row(
                *("import_file", "Make a notebook of an .ipynb file as it is."),
                _responses(_json_answer("The notebook.", ref[Created])),
                [*_query(components, ImportQuery), _parameter("IdempotencyKey")],
                {"required": True, "content": _OCTETS},
            )
        },
        "/api/open": {
            "post": _row(
                *("open_browser", "Open the page on the server's own machine, signed in."),
                _responses(_json_answer("It is open.", ref[Opened])),
                [],
            )
        },
        "/api/command": {
            "get": _row(
                *("read_own_command", "Read how `intheloop` is started on your own machine."),
                _responses(_json_answer("The command, if it is known.", ref[OwnCommand])),
                [],
            )
        },
        "/api/health": {
            "get": {
                **_row(
                    *("read_health", "Read how the server is."),
                    _responses(_json_answer("Its health.", ref[Health])),
                    [],
                ),
                "security": [],
            }
        },
    }


def _row(
    operation: str, summary: str, responses: Json, parameters: list[Json], body: Json | None = None
) -> Json:
    described: Json = {"operationId": operation, "summary": summary, "tags": ["rows"]}
    described |= {"parameters": parameters, "responses": responses}
    return described | ({} if body is None else {"requestBody": body})


def _json_body(schema: Json) -> Json:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _json_answer(words: str, schema: Json) -> Json:
    return {
        "description": inspect.cleandoc(words),
        "content": {"application/json": {"schema": schema}},
    }


def _responses(good: Json, status: str = "200") -> Json:
    problem = {"$ref": "#/components/responses/Problem"}
    return {status: good, **{str(code): problem for code in sorted(STATUS.values())}}


def _problem(schema: Json) -> Json:
    return {
        "description": "Refused; `detail` tells the next step (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


def _in_path(name: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query(components: dict[str, Any], kind: type[Struct]) -> list[Json]:
    """The fields of a query as parameters; the type itself is then needed no more."""
    shape = components.pop(kind.__name__)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in shape.get("required", ()),
            "schema": schema,
        }
        for name, schema in shape["properties"].items()
    ]


def _parameter(name: str) -> Json:
    return {"$ref": f"#/components/parameters/{name}"}


def _parameters() -> Json:
    return {
        "IdempotencyKey": _header(
            "Idempotency-Key",
            "The command's id. The same key again gives the first answer; without one the call is "
            "not safe to repeat.",
            _ID,
        ),
        "Causation": _header("Loop-Causation-Id", "Kept in the records that come of it.", _ID),
        "Correlation": _header("Loop-Correlation-Id", "Kept in the records that come of it.", _ID),
        "Traceparent": _header(
            "traceparent", "W3C trace context; its trace id is kept.", {"type": "string"}
        ),
        "Untrusted": _header(
            "Loop-Untrusted", "1 when words of nobody here led to the call.", {"enum": ["0", "1"]}
        ),
        "LastEventId": _header(
            "Last-Event-ID",
            "Where a stream is taken up; wins over `after`.",
            {"type": "string", "pattern": "^[0-9]{1,15}$"},
        ),
    }


def _header(name: str, words: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "description": words, "schema": schema}
