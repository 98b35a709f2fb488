"""Who acts through the MCP door, what is refused there and how, and what is noted of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from mcp.shared.exceptions import MCPError

from intheloop import commands as c
from intheloop.access import new_credential_secret
from intheloop.errors import Unavailable
from intheloop.events import ActionDenied
from intheloop.log import open_stored
from intheloop.mcp_server.pace import Pace, Paces
from intheloop.mcp_server.watching import MOST_STREAMS, MOST_WATCHED
from intheloop.settings import Settings
from tests.mcp_callers import ERAS, Era, called, model
from tests.mcp_raw import LEGACY, MODERN, ask, ask_in_session, begin, call
from tests.serving import Served, serving
from tests.test_hostile_http import BODIES

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(scope="module")
def ana(served: Served) -> str:
    return served.person("Ana", admin=True)


@pytest.fixture(scope="module")
def mine(served: Served, ana: str) -> str:
    return served.secret(ana)


@pytest.fixture
def http(served: Served, mine: str) -> Iterator[httpx2.Client]:
    with served.client(mine) as one:
        yield one


def log_of(http: httpx2.Client, notebook_id: str, **where: str) -> list[dict[str, Any]]:
    """The records of a notebook."""
    page = http.get(f"/api/notebooks/{notebook_id}/events", params={"limit": "1000", **where})
    found: list[dict[str, Any]] = page.json()["records"]
    return found


def denied(http: httpx2.Client, who: str) -> list[tuple[str, str]]:
    """What was refused to this actor: tools and notebooks."""
    events = [one["data"] for one in log_of(http, "workspace", type="actionDenied")]
    return [(one["tool"], one["notebook_id"]) for one in events if one["denied"]["id"] == who]


def said(result: dict[str, Any]) -> str:
    """The sentence of a refusal."""
    assert result["isError"], result
    text: str = result["content"][0]["text"]
    return text


# ------------------------------------------------------------------------- who


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("name", ["Claude Code", "Ana", "system", "\x1b[31mroot\n", "é" * 300])
async def test_who_acts_is_the_credential_whatever_the_client_calls_itself(
    served: Served, ana: str, mine: str, era: Era, name: str
) -> None:
    helper = served.secret(ana, "assistant", label="Helper")
    for secret, actor in (
        (mine, {"kind": "assistant", "name": "Ana's assistant"}),
        (helper, {"kind": "assistant", "name": "Helper"}),
    ):
        async with model(served.url, secret, era, name) as client:
            made = await called(client, "create_notebook", title="Birds")
        with served.client(mine) as http:
            (record,) = log_of(http, made["notebook_id"])
        by = record["actor"]
        assert by | actor == by and by["on_behalf_of"] == [ana] and by["id"] != ana
        shown = by["client"]["name"]
        assert shown.isprintable() and len(shown) <= 100 and by["client"]["version"] == "1.2"
        assert shown == name or name[0] in "\x1bé"


def test_a_browser_session_opens_nothing_here(served: Served, ana: str) -> None:
    with served.client(served.session(ana)) as http, served.unchanged():
        assert ask(http, "tools/list").status_code == 401
    with served.client(cookie=served.cookie(ana)) as http, served.unchanged():
        assert ask(http, "tools/list").status_code == 401


def test_the_trace_of_a_call_stands_in_its_records(served: Served, http: httpx2.Client) -> None:
    traces = {f"00-{TRACE}-b7ad6b7169203331-01": TRACE, "00-0-0-00": None, "x": None}
    for given, kept in traces.items():
        made = call(http, "create_notebook", meta={"traceparent": given})
        (record,) = log_of(http, made["structuredContent"]["notebook_id"])
        assert record.get("trace_id") == kept


# --------------------------------------------------------------- one call, one command


def test_each_request_is_a_command_of_its_own_also_under_one_id(
    served: Served, mine: str, http: httpx2.Client
) -> None:
    notebook_id = served.notebook(mine)
    insert = {"notebook_id": notebook_id, "cells": [{"source": "1"}]}
    for _ in range(2):
        call(http, "insert_cells", arguments=insert, request_id=7)
    ids = [one["command_id"] for one in log_of(http, notebook_id, type="cellCreated")]
    assert len(set(ids)) == 2


def test_a_program_makes_a_call_safe_to_repeat(
    served: Served, mine: str, http: httpx2.Client
) -> None:
    notebook_id = served.notebook(mine)
    insert = {"notebook_id": notebook_id, "cells": [{"source": "1"}]}
    once = {"intheloop/command_id": "step-1"}
    first = call(http, "insert_cells", arguments=insert, meta=once)["structuredContent"]
    again = call(http, "insert_cells", arguments=insert, meta=once)["structuredContent"]
    assert (first["cell_ids"], first["seq"]) == (again["cell_ids"], again["seq"])
    assert len(log_of(http, notebook_id, type="cellCreated")) == 1
    with served.unchanged():
        other = {**insert, "cells": [{"source": "2"}]}
        assert "step-1" in said(call(http, "insert_cells", arguments=other, meta=once))
        bad = {"intheloop/command_id": "../x"}
        assert "1 to 64 of" in said(call(http, "insert_cells", arguments=insert, meta=bad))


# ----------------------------------------------------------------------- the door


def test_who_sends_no_credential_is_told_where_to_learn_more(served: Served) -> None:
    with served.client() as http, served.unchanged():
        refused = ask(http, "tools/list")
        assert refused.status_code == 401
        assert "intheloop connect" in refused.json()["detail"]
        where = f"{served.url}/.well-known/oauth-protected-resource/mcp"
        assert refused.headers["www-authenticate"] == (
            f'Bearer scope="notebook:read", resource_metadata="{where}"'
        )
        told = http.get(where).json()
        assert http.get("/.well-known/oauth-protected-resource").json() == told
    assert told["resource"] == f"{served.url}/mcp"
    assert told["bearer_methods_supported"] == ["header"]
    assert told["scopes_supported"] == ["notebook:read", "notebook:write", "notebook:run"]


def test_a_credential_of_another_server_or_a_revoked_one_is_no_valid_token(
    served: Served, ana: str
) -> None:
    revoked = served.secret(ana, "assistant")
    caller = served.caller(revoked)
    served.call_as_system(c.RevokeCredential(credential_id=caller.credential_id or ""))
    with serving() as elsewhere:
        foreign = elsewhere.secret(elsewhere.person("Ana"))
    for secret in (revoked, foreign, new_credential_secret(), "x" * 5000, "é"):
        with served.client() as http, served.unchanged():
            given = {"Authorization": f"Bearer {secret}".encode()}
            refused = ask(http, "tools/list", headers=given)
            assert refused.status_code == 401
            assert 'error="invalid_token"' in refused.headers["www-authenticate"]


def test_a_credential_that_may_not_read_is_told_which_scope_it_lacks(
    served: Served, ana: str, http: httpx2.Client
) -> None:
    blind = served.secret(ana, "assistant", ["notebook:write"])
    with served.client(blind) as other:
        refused = ask(other, "tools/list")
    assert refused.status_code == 403
    assert refused.headers["www-authenticate"].startswith(
        'Bearer error="insufficient_scope", scope="notebook:read", resource_metadata="http'
    )
    assert denied(http, served.caller(blind).actor.id) == [("mcp", "workspace")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_a_page_of_another_site_is_refused(
    served: Served, http: httpx2.Client, headers: dict[str, str]
) -> None:
    with served.unchanged():
        refused = ask(http, "tools/call", {"name": "create_notebook"}, headers=headers)
    assert refused.status_code == 403


def test_a_stranger_who_is_refused_is_found_in_the_log_and_one_who_hurries_is_counted() -> None:
    with serving() as here:
        ana = here.secret(here.person("Ana", admin=True))
        with here.client() as http, here.client(ana) as mine:
            for headers in (
                *({} for _ in range(3)),
                {"Authorization": f"Bearer {new_credential_secret()}"},
                {"Host": "evil.example"},
                {"Origin": "https://evil.example"},
            ):
                assert ask(http, "tools/list", headers=headers).status_code in (401, 403)
            assert http.get("/").status_code == 401, "who is asked to sign in is not noted"
            assert denied(mine, "nobody") == [("mcp", "workspace"), ("mcp", "workspace")]
            told = call(mine, "read_history", arguments={"notebook_id": "workspace"})
    assert "Somebody unknown" in told["content"][0]["text"]
    records = map(open_stored, here.log.records("workspace"))
    counted = [record.event.count for record in records if isinstance(record.event, ActionDenied)]
    assert counted == [1, 1, 3, 1], "what the minute counted is written when the server stops"


def test_a_header_that_says_something_else_than_the_body_is_refused(
    served: Served, http: httpx2.Client
) -> None:
    named = {"name": "list_notebooks"}
    assert ask(http, "tools/call", named, headers={"Origin": served.url}).status_code == 200
    headers = {"Mcp-Name": "read_notebook"}
    assert ask(http, "tools/call", named, headers=headers).status_code == 400


def test_white_space_around_a_header_is_no_part_of_it(served: Served, http: httpx2.Client) -> None:
    request = http.build_request("POST", "/mcp")
    sent = ask(http, "tools/call", {"name": "list_notebooks"}).request
    head = [f"POST /mcp HTTP/1.1\r\nHost: {request.url.host}\r\nConnection: close"]
    for name, value in sent.headers.items():
        if name not in ("host", "connection", "accept-encoding"):
            head.append(f"{name}:  {value}\t ")
    with socket.create_connection((request.url.host, request.url.port or 0), timeout=10) as raw:
        raw.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + sent.content)
        assert raw.recv(4096).split(b" ")[1] == b"200"


def test_a_session_is_for_the_credential_that_opened_it_alone(
    served: Served, ana: str, http: httpx2.Client
) -> None:
    session = begin(http)
    with served.client(served.secret(ana, "assistant")) as other:
        assert ask_in_session(other, session, "tools/list").status_code == 404
        end = {"Mcp-Session-Id": session, "MCP-Protocol-Version": LEGACY}
        assert other.delete("/mcp", headers=end).status_code == 404
        listen = {**end, "Accept": "text/event-stream"}
        assert other.get("/mcp", headers=listen).status_code == 404
    assert ask_in_session(http, session, "tools/list").status_code == 200
    assert http.delete("/mcp", headers=end).status_code == 200
    assert ask_in_session(http, session, "tools/list").status_code == 404


def test_a_session_ends_with_its_credential(served: Served, ana: str) -> None:
    secret = served.secret(ana, "assistant")
    with served.client(secret) as http:
        session = begin(http)
        caller = served.caller(secret)
        served.call_as_system(c.RevokeCredential(credential_id=caller.credential_id or ""))
        assert ask_in_session(http, session, "tools/list").status_code == 401


# ------------------------------------------------------------------ what is refused


def test_a_reader_calls_no_tool_that_acts(
    served: Served, ana: str, mine: str, http: httpx2.Client
) -> None:
    notebook_id = served.notebook(mine, sources=["1"])
    reader = served.secret(ana, "assistant", ["notebook:read"])
    here = {"notebook_id": notebook_id}
    before = served.heads()[notebook_id]
    with served.client(reader) as other:
        for tool, arguments in {
            "insert_cells": {**here, "cells": [{"source": "2"}]},
            "run_cells": here,
            "rename_notebook": {**here, "title": "Mine"},
            "restart_kernel": here,
        }.items():
            assert "This needs notebook:" in said(call(other, tool, arguments=arguments))
        assert "needs the scope" in said(call(other, "create_notebook"))
    assert served.heads()[notebook_id] == before
    assert denied(http, served.caller(reader).actor.id) == [
        ("insert_cells", notebook_id),
        ("run_cells", notebook_id),
        ("rename_notebook", notebook_id),
        ("restart_kernel", notebook_id),
        ("create_notebook", "workspace"),
    ]


def test_anothers_notebook_is_nowhere_to_be_found_and_each_try_is_noted(
    served: Served, mine: str, http: httpx2.Client
) -> None:
    notebook_id = served.notebook(mine, sources=["secret"])
    bob = served.secret(served.person("Bob"), "assistant")
    here, uri = {"notebook_id": notebook_id}, f"notebook://{notebook_id}"
    with served.client(bob) as his:
        tool = said(call(his, "read_notebook", arguments=here))
        run = said(call(his, "run_cells", arguments=here))
        completion = {
            "ref": {"type": "ref/prompt", "name": "debug_cell"},
            "argument": {"name": "cell_id", "value": ""},
            "context": {"arguments": here},
        }
        session = begin(his)
        answers = [
            ask(his, "resources/read", {"uri": uri}),
            ask(his, "resources/read", {"uri": f"{uri}/cells/c1"}),
            ask(his, "resources/read", {"uri": f"{uri}/events"}),
            ask(his, "completion/complete", completion),
            ask(his, "subscriptions/listen", {"notifications": {"resourceSubscriptions": [uri]}}),
        ]
        for answer in answers:
            assert answer.status_code == 400, answer.text
            assert answer.json()["error"]["code"] == -32602
        older = ask_in_session(his, session, "resources/subscribe", {"uri": uri}).text
        assert call(his, "list_notebooks")["structuredContent"]["notebooks"] == []
        assert ask(his, "resources/list").json()["result"]["resources"] == []
        made_up = {"notebook_id": "nothing"}
        unknown = said(call(his, "read_notebook", arguments=made_up))
    told = [tool, run, *(answer.text for answer in answers), older]
    assert all("that you may see" in one and "secret" not in one for one in told)
    assert tool.replace(notebook_id, "nothing") == unknown
    tries = ("read_notebook", "run_cells", "read_history", "subscribe")
    assert denied(http, served.caller(bob).actor.id) == [(one, notebook_id) for one in tries]


# ----------------------------------------------------------------------- how much


class Seconds:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_of_calls_fills_again_as_time_passes() -> None:
    clock = Seconds()
    paces = Paces(Pace(per_second=2, burst=3), clock)
    for _ in range(3):
        paces.take("ana")
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"wait 0\.50 s and call again"):
            paces.take("ana")
    paces.take("bob")
    clock.now += 0.5
    paces.take("ana")
    clock.now += 100
    for _ in range(3):
        paces.take("ana")
    with pytest.raises(Unavailable):
        paces.take("ana")


def test_who_calls_too_fast_is_told_when_to_call_again() -> None:
    with serving(pace=Pace(per_second=0.01, burst=3)) as served:
        ana = served.person("Ana")
        with served.client(served.secret(ana)) as http, served.client(served.secret(ana)) as other:
            for _ in range(3):
                call(http, "list_notebooks")
            with served.unchanged():
                told = said(call(http, "create_notebook"))
            assert told.startswith("You call faster than 0.01 times a second; wait ")
            refused = ask(http, "tools/list").json()["error"]
            assert refused["message"].startswith("You call faster") and refused["code"] == -32603
            call(other, "list_notebooks")


def test_a_body_beyond_the_limit_is_refused() -> None:
    with (
        serving(settings=Settings(body_limit=2000)) as served,
        served.client(served.secret(served.person("Ana"))) as http,
        served.unchanged(),
    ):
        big = {"title": "x" * 2000}
        refused = ask(http, "tools/call", {"name": "create_notebook", "arguments": big})
        assert refused.status_code == 413


@pytest.mark.slow
@pytest.mark.anyio
async def test_streams_and_what_they_watch_have_their_limits(served: Served, mine: str) -> None:
    notebook_id = served.notebook(mine)
    secret = served.secret(served.person("Bob"), "assistant")
    uris = [f"notebook://{notebook_id}/cells/c{number}" for number in range(MOST_WATCHED + 1)]
    with served.client(mine) as http:
        wanted = {"notifications": {"resourceSubscriptions": uris}}
        refused = ask(http, "subscriptions/listen", wanted).json()["error"]["message"]
        assert f"At most {MOST_WATCHED} resources" in refused
    async with model(served.url, secret) as client:
        async with AsyncExitStack() as streams:
            for _ in range(MOST_STREAMS):
                await streams.enter_async_context(client.listen(tools_list_changed=True))
            with pytest.raises(MCPError, match=f"You have {MOST_STREAMS} streams open"):
                async with client.listen(tools_list_changed=True):
                    pass
        async with client.listen(tools_list_changed=True):
            pass


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_not_well_formed_changes_nothing(
    served: Served, http: httpx2.Client, body: bytes
) -> None:
    if body == b"null":
        return  # which are no arguments at all
    meta = f'"io.modelcontextprotocol/protocolVersion": "{MODERN}"'
    meta += ', "io.modelcontextprotocol/clientCapabilities": {}'
    start = b'{"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": '
    inner = b'"create_notebook", "_meta": {%s}, "arguments": %s}}' % (meta.encode(), body)
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    named = {"Mcp-Method": "tools/call", "Mcp-Name": "create_notebook"}
    versions: list[dict[str, str]] = [
        {"MCP-Protocol-Version": MODERN, **named},
        {"MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": begin(http)},
    ]
    with served.unchanged():
        for headers in versions:
            for sent in (body, start + inner):
                answer = http.post("/mcp", content=sent, headers={**accept, **headers})
                told = answer.text.replace(" ", "")
                assert '"error":{"code":-32' in told or '"isError":true' in told
                assert answer.status_code < 500 and "-32603" not in told
