"""Nobody but a person in a browser session lets a program do what it asked for, by whatever door.

The table is written by hand: each kind of credential, at each door, with each tool by which the
gate could be opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mcp_types as types
import msgspec
import pytest

from intheloop import commands as c
from intheloop.access import cookie_name
from intheloop.client import Client
from intheloop.mcp_server import deciding
from intheloop.notebook import Approval
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
        return self.served.secret(self.person_id, given[kind])

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

    def approvals(self) -> tuple[Approval, ...]:
        """How all stand."""
        return self.served.run(self.served.service.desk.notebook(self.nb)).approvals


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


async def test_a_client_that_can_ask_its_person_is_sent_to_the_page_and_decides_nothing(
    served: Served,
) -> None:
    scene = Scene(served)
    shown: list[str] = []

    async def show(
        _: object, params: types.ElicitRequestURLParams | types.ElicitRequestFormParams
    ) -> types.ElicitResult:
        assert isinstance(params, types.ElicitRequestURLParams)
        shown.append(params.url)
        return types.ElicitResult(action="accept")

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
