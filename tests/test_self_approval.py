"""Nobody but a person in a browser session lets a program do what it asked for, by whatever door.

The table is written by hand: each kind of credential, at each door, with each tool by which the
gate could be opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import mcp_types as types
import msgspec
import pytest

from intheloop import commands as c
from intheloop.access import cookie_name, new_credential_secret, secret_sha256
from intheloop.client import Client
from intheloop.mcp_server import deciding
from intheloop.notebook import Approval, Notebook
from tests.command_line import CommandLine, serving_at_a_link
from tests.mcp_callers import called, model, refused
from tests.serving import Kind, Served, serving

pytestmark = pytest.mark.anyio

# As a bearer token, as a cookie, at the door for models. y: done, d: denied, u: nobody is signed
# in, -: there is no such tool there.
TABLE = """
            resolve_approval  set_policy  revoke_permission
session     uyu               uyu         uyu
human       du-               du-         yu-
assistant   du-               du-         du-
service     du-               du-         du-
runtime     du-               du-         du-
run         du-               du-         du-
"""
TOOLS, *_ROWS = (line.split() for line in TABLE.strip().splitlines())
ROWS = [
    (kind, door, tool, letters[at])
    for kind, *columns in _ROWS
    for tool, letters in zip(TOOLS, columns, strict=True)
    for at, door in enumerate(("bearer", "cookie", "models"))
]
STATUS = {200: "y", 401: "u", 403: "d"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A server of its own, as what is tried here may succeed."""
    with serving() as one:
        yield one


class Scene:
    """A notebook of ana's in which a program of hers asked for something."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.person_id = served.person()
        self.human = served.secret(self.person_id)
        self.nb = served.notebook(self.human, sources=["1"])
        self.session = served.session(self.person_id)
        self.page("set_policy", preset="ask")
        bot = served.secret(self.person_id, "assistant")
        with served.client(bot) as client:
            run = {"notebook_id": self.nb, "source": "1", "wait_s": 0}
            answer = client.post("/api/tools/run_code", json=run)
        assert answer.status_code == 202
        self.asked = answer.json()

    def secret(self, kind: str) -> str:
        """A secret of this kind of ana's."""
        given: dict[str, Kind] = {one: one for one in ("human", "assistant", "service", "runtime")}
        if kind == "session":
            return self.session
        if kind == "run":
            return self.run_secret()
        return self.served.secret(self.person_id, given[kind])

    def run_secret(self) -> str:
        """The secret of a run of the assistant, which a person asked for."""
        with self.served.client(self.human) as client:
            message = {"notebook_id": self.nb, "text": "Do it."}
            run_id = client.post("/api/tools/post_message", json=message).json()["run_id"]
        secret = new_credential_secret()
        claim = {
            "notebook_id": self.nb,
            "run_id": run_id,
            "secret_sha256": secret_sha256(secret),
            "label": "Assistant",
            "agent": {"name": "assistant", "version": "1"},
        }
        bot = self.served.secret(self.person_id, "assistant")
        with self.served.client(bot) as client:
            answer = client.post("/api/tools/claim_assistant_run", json=claim)
            assert answer.status_code == 200, answer.text
        return secret

    def arguments(self, tool: str) -> dict[str, Any]:
        """What would open the gate."""
        more: dict[str, dict[str, Any]] = {
            "resolve_approval": {
                "approval_id": self.asked["approval_id"],
                "verdict": "allow",
                "resolved_sha256": self.asked["resolved_sha256"],
            },
            "set_policy": {"preset": "act"},
            "revoke_permission": {"permission_id": "none"},
        }
        return {"notebook_id": self.nb, **more[tool]}

    def page(self, tool: str, **arguments: Any) -> int:
        """What the page of the session is answered."""
        return self.by_cookie(self.session, tool, {"notebook_id": self.nb, **arguments})

    def by_cookie(self, secret: str, tool: str, arguments: dict[str, Any]) -> int:
        """What somebody is answered who sends this secret as a cookie."""
        headers = {"Cookie": f"{cookie_name(self.served.url)}={secret}", "Origin": self.served.url}
        with self.served.client(**headers) as client:
            return client.post(f"/api/tools/{tool}", json=arguments).status_code

    def by_bearer(self, secret: str, tool: str, arguments: dict[str, Any]) -> int:
        """The same as a bearer token."""
        with self.served.client(secret) as client:
            return client.post(f"/api/tools/{tool}", json=arguments).status_code

    async def by_models(self, secret: str, tool: str, arguments: dict[str, Any]) -> str:
        """The same at the door for models."""
        with self.served.client(secret) as client:
            if client.post("/mcp", json={}).status_code == 401:
                return "u"
        async with model(self.served.url, secret) as reader:
            said = await refused(reader, tool, **arguments)
        return "-" if "There is no tool" in said else "d"

    def call(self, secret: str, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a program is answered whose call is done, or waits."""
        with self.served.client(secret) as client:
            answer = client.post(f"/api/tools/{tool}", json={"notebook_id": self.nb, **arguments})
        assert answer.status_code in (200, 202), answer.text
        said: dict[str, Any] = answer.json()
        return said

    def notebook(self) -> Notebook:
        """As it stands."""
        return self.served.run(self.served.service.desk.notebook(self.nb))

    def rev(self) -> int:
        """Of its cell."""
        return self.notebook().cells["c1"].rev

    def approvals(self) -> tuple[Approval, ...]:
        """How all stand."""
        return self.notebook().approvals


@pytest.mark.parametrize(("kind", "door", "tool", "answer"), ROWS)
async def test_only_a_session_in_its_page_opens_the_gate(
    kind: str, door: str, tool: str, answer: str, served: Served
) -> None:
    scene = Scene(served)
    secret, arguments = scene.secret(kind), scene.arguments(tool)
    if door == "models":
        found = await scene.by_models(secret, tool, arguments)
    else:
        send = scene.by_bearer if door == "bearer" else scene.by_cookie
        found = STATUS[send(secret, tool, arguments)]
    assert found == answer
    (approval,) = scene.approvals()
    decided = kind == "session" and door == "cookie" and tool == "resolve_approval"
    assert approval.status == ("granted" if decided else "pending")


def test_an_attempt_to_approve_one_s_own_call_is_a_fact(served: Served) -> None:
    scene = Scene(served)
    bot = scene.secret("assistant")
    assert scene.by_bearer(bot, "resolve_approval", scene.arguments("resolve_approval")) == 403
    records = [*served.log.records("workspace")]
    denied = msgspec.json.decode(records[-1].data)
    assert (denied["tool"], denied["notebook_id"]) == ("resolve_approval", scene.nb)


async def test_a_model_is_told_where_a_person_decides_and_then_does_it(served: Served) -> None:
    scene = Scene(served)
    async with model(served.url, scene.secret("assistant")) as reader:
        edit = {"cell_id": "c1", "edits": [{"old": "1", "new": "2"}], "notebook_id": scene.nb}
        asked = await called(reader, "edit_cell", **edit)
        assert asked["decide_at"] == f"/n/{scene.nb}?approval={asked['approval_id']}"
        word = {key: asked[key] for key in ("approval_id", "resolved_sha256")}
        assert scene.page("resolve_approval", verdict="allow", **word) == 200
        assert (await called(reader, "edit_cell", **edit))["cell_id"] == "c1"


async def test_a_person_s_own_credential_at_the_door_for_models_is_an_assistant_s(
    served: Served,
) -> None:
    scene = Scene(served)
    async with model(served.url, scene.human) as reader:
        asked = await called(reader, "run_code", notebook_id=scene.nb, source="2", wait_s=0)
    assert asked["approval_id"]


@pytest.mark.parametrize("said", ["accept", "decline", "cancel"])
async def test_a_client_that_can_ask_its_person_is_sent_to_the_page_and_decides_nothing(
    served: Served, said: Any
) -> None:
    scene = Scene(served)
    shown: list[str] = []

    async def show(
        _: object, params: types.ElicitRequestURLParams | types.ElicitRequestFormParams
    ) -> types.ElicitResult:
        assert isinstance(params, types.ElicitRequestURLParams)
        shown.append(params.url)
        return types.ElicitResult(action=said)

    secret = scene.secret("assistant")
    async with model(served.url, secret, elicitation_callback=show) as reader:
        asked = await called(reader, "run_code", notebook_id=scene.nb, source="3", wait_s=0)
    assert shown == [f"{served.url}{asked['decide_at']}"]
    assert {one.status for one in scene.approvals()} == {"pending"}


async def test_a_program_on_the_wire_learns_that_it_waits_and_says_what_it_goes_by(
    served: Served,
) -> None:
    scene = Scene(served)
    scene.page("set_policy", preset="act")
    secret = scene.secret("assistant")
    async with Client(served.url, secret, "a program", "1") as client:
        run = c.RunCode(notebook_id=scene.nb, source="5", wait_s=0)
        assert isinstance(await client.call(run), c.Requested)
        asked = await client.call(run, untrusted=True, correlation_id="run1")
    assert isinstance(asked, c.Asked)
    assert scene.approvals()[-1].correlation_id == "run1"


def test_a_client_that_shows_no_pages_is_told_the_address_with_nothing_to_fill_in() -> None:
    form = types.ElicitationCapability(form=types.FormElicitationCapability())
    told = deciding.told(form, "It asks", "http://here/n/nb?approval=p")
    assert isinstance(told, types.ElicitRequestFormParams)
    assert told.message == "It asks: http://here/n/nb?approval=p"
    assert told.requested_schema["properties"] == {}


# What becomes of a call that was allowed, when the source of its cell is another one at its use:
# who changed it, and by what. The requester may edit without being asked here.
CHANGES = ["the requester", "a third party", "an accepted hunk", "nobody"]


@pytest.mark.parametrize("by", CHANGES)
def test_a_source_that_is_another_one_since_it_was_allowed_is_not_run(
    by: str, served: Served
) -> None:
    scene = Scene(served)
    rule = {"kind": "assistant", "tool": "edit_cell", "verdict": "auto"}
    scene.page("set_policy", preset="ask", rules=[rule])
    bot = scene.secret("assistant")
    edit = {"cell_id": "c1", "edits": [{"old": "1", "new": "import os"}]}
    run = {"cells": [{"cell_id": "c1", "rev": scene.rev()}], "wait_s": 0}
    asked = scene.call(bot, "run_cells", **run)
    word = {name: asked[name] for name in ("approval_id", "resolved_sha256")}
    assert scene.page("resolve_approval", verdict="allow", **word) == 200
    match by:
        case "the requester":
            scene.call(bot, "edit_cell", **edit)
        case "a third party":
            bea = served.person("Bea")
            served.grant(scene.nb, bea, "editor")
            scene.call(served.secret(bea), "edit_cell", **edit)
        case "an accepted hunk":
            change = {"kind": "edit", "base_rev": scene.rev(), **edit}
            proposed = scene.call(bot, "propose_changes", changes=[change])
            take = {"proposal_id": proposed["proposal_id"], "verdict": "accept"}
            assert scene.page("resolve_proposal", **take) == 200
    status = {one.approval_id: one.status for one in scene.approvals()}
    assert status[asked["approval_id"]] == ("granted" if by == "nobody" else "voided")
    run["cells"] = [{"cell_id": "c1", "rev": scene.rev()}]
    again = scene.call(bot, "run_cells", **run)
    assert ("execution_ids" in again) == (by == "nobody")
    if by != "nobody":
        assert again["approval_id"] != asked["approval_id"]
        assert not scene.notebook().executions


TRY_ALL = """
import json, os, re, urllib.error, urllib.request
from pathlib import Path
found = set()
def look(text):
    found.update(re.findall(rb"[A-Za-z0-9_=-]{24,}", text))
for file in Path(DATA).rglob("*"):
    if file.is_file():
        look(file.read_bytes())
for pid in ("self", os.getppid()):
    for name in ("environ", "cmdline"):
        look(Path(f"/proc/{pid}/{name}").read_bytes())
tried = {}
for secret in sorted(found):
    text = secret.decode()
    for header in ({"Authorization": f"Bearer {text}"}, {"Cookie": f"{COOKIE}={text}"}):
        headers = {"Content-Type": "application/json", "Origin": URL, **header}
        body = json.dumps(WORD).encode()
        request = urllib.request.Request(URL + "/api/tools/resolve_approval", body, headers)
        try:
            status = urllib.request.urlopen(request).status
        except urllib.error.HTTPError as error:
            status = error.code
        tried[status] = tried.get(status, 0) + 1
Path("tried.json").write_text(json.dumps(tried))
"""


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_code_that_tries_every_credential_that_it_finds_approves_nothing(tmp_path: Path) -> None:
    at = CommandLine(tmp_path / "data", tmp_path)
    with serving_at_a_link(at) as (_, link):
        entered = httpx2.get(link, trust_env=False, follow_redirects=False)
        cookie = entered.headers["set-cookie"].partition(";")[0]
        url = link.partition("/?")[0]

        def page(tool: str, **arguments: Any) -> dict[str, Any]:
            headers = {"Cookie": cookie, "Origin": url}
            path = f"{url}/api/tools/{tool}"
            answer = httpx2.post(
                path, json=arguments, headers=headers, trust_env=False, timeout=150
            )
            assert answer.status_code in (200, 202), answer.text
            said: dict[str, Any] = answer.json()
            return said

        nb = page("create_notebook", title="Gated")["notebook_id"]
        page("set_policy", notebook_id=nb, preset="ask")
        token = at.ok("token", "create", "--kind", "assistant", "--label", "bot").strip()
        asked = httpx2.post(
            f"{url}/api/tools/run_code",
            json={"notebook_id": nb, "source": "1", "wait_s": 0},
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        ).json()
        word = {
            **{name: asked[name] for name in ("approval_id", "resolved_sha256")},
            **{"notebook_id": nb, "verdict": "allow"},
        }
        given = f"DATA, URL, COOKIE = {str(at.data)!r}, {url!r}, {cookie.partition('=')[0]!r}\n"
        page("run_code", notebook_id=nb, source=f"{given}WORD = {word!r}\n{TRY_ALL}", wait_s=120)
        tried = json.loads((tmp_path / "tried.json").read_text())
        # Some open a little (of the command line, of the runtime); none of them opens the gate.
        assert set(tried) == {"401", "403"} and tried["403"] >= 2, tried
        state = httpx2.get(
            f"{url}/api/notebooks/{nb}", headers={"Cookie": cookie}, trust_env=False
        ).json()["state"]
        assert [one.get("status", "pending") for one in state["approvals"]] == ["pending"]
