"""Access by every path that is no tool: expected answers from tables written by hand.

Never from the code: what the tables say is what the design says, and a check that is taken out of
the code fails here.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal, TypeAlias

import msgspec
import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.decider import Caller
from intheloop.errors import Denied, LoopError, NotFound, Unauthenticated
from intheloop.events import Role, Scope
from intheloop.notebook import WORKSPACE_ID
from intheloop.values import Blob, StreamOutput, sha256_hex
from tests.house import BEARER, House, house

pytestmark = pytest.mark.anyio

Answer: TypeAlias = Literal["yes", "denied", "not found", "nobody"]
_ANSWERS: dict[type[LoopError], Answer] = {
    Denied: "denied",
    NotFound: "not found",
    Unauthenticated: "nobody",
}

DATA = b"d" * 1000
SHA256 = sha256_hex(DATA)
NEW = b"n" * 1000


@pytest.fixture
async def home() -> AsyncIterator[House]:
    """A notebook `nb` of ana's with a blob, work to do and a question, and a foreign one."""
    async with house() as opened:
        await opened.person("zoe")
        for notebook_id, owner in (("nb", "ana"), ("foreign", "zoe")):
            await opened.notebook("1", by=owner, notebook_id=notebook_id)
            ana = opened.callers[owner]
            await opened.service.put_blob(notebook_id, SHA256, DATA, ana)
            output = StreamOutput("stdout", "", sha256=SHA256, blob=Blob(len(DATA), "text"))
            cells = [c.GivenCell("2", cell_id="b", outputs=[output])]
            await opened.do(c.InsertCells(notebook_id=notebook_id, cells=cells), owner)
            runtime = await opened.caller("runtime", of=owner, name=f"rt-of-{owner}")
            running = await opened.running(notebook_id, f"rt-of-{owner}", owner)
            ask = c.RequestInput(
                notebook_id=notebook_id, execution_id=running, input_id="q", prompt="?"
            )
            await opened.do(ask, runtime)
            await opened.run(notebook_id, "queued", owner)
        yield opened


# -------------------------------------------------------------------------------- paths


async def _records(home: House, by: Caller, nb: str) -> None:
    await home.service.ask(c.ReadHistory(notebook_id=nb), by)


async def _state(home: House, by: Caller, nb: str) -> None:
    await home.service.state(nb, by)


async def _past(home: House, by: Caller, nb: str) -> None:
    await home.service.state(nb, by, at=1, outputs="refs")


async def _follow(home: House, by: Caller, nb: str) -> None:
    async with home.follow(nb, by) as stream:
        await stream.next("record")


async def _follow_several(home: House, by: Caller, nb: str) -> None:
    async with home.follow({nb: 0, "shared": 0}, by) as stream:
        while (await stream.next("record")).record.notebook_id != nb:
            pass


async def _signal(home: House, by: Caller, nb: str) -> None:
    await home.signal(nb, by=by)


async def _ask(home: House, by: Caller, nb: str) -> None:
    await home.signal(nb, by=by, kind="ask", to="rt-of-ana")


async def _answer(home: House, by: Caller, nb: str) -> None:
    await home.signal(nb, by=by, kind="answer", to="rt-of-ana")


async def _get(home: House, by: Caller, nb: str) -> None:
    assert await home.service.get_blob(nb, SHA256, by) == DATA


async def _put(home: House, by: Caller, nb: str) -> None:
    await home.service.put_blob(nb, sha256_hex(NEW), NEW, by)


PATHS: dict[str, Callable[[House, Caller, str], Awaitable[None]]] = {
    "records": _records,
    "state": _state,
    "past": _past,
    "follow": _follow,
    "follow several": _follow_several,
    "signal": _signal,
    "ask": _ask,
    "answer": _answer,
    "get blob": _get,
    "put blob": _put,
}
READ = ("records", "state", "past", "follow", "follow several", "get blob", "signal")


async def _tried(home: House, path: str, by: Caller, nb: str) -> Answer:
    try:
        await PATHS[path](home, by, nb)
    except LoopError as refusal:
        return _ANSWERS[type(refusal)]
    return "yes"


# -------------------------------------------------------------------------------- roles

ROLES: tuple[Role | None, ...] = ("viewer", "runner", "editor", "owner", None)
_SIGNS: dict[str, Answer] = {"+": "yes", "-": "denied", ".": "not found"}

# `+` yes, `-` denied, `.` there is no such notebook. Who has a role gets the same by a session and
# by a credential that holds everything.
BY_ROLE = {
    #       viewer, runner, editor, owner, no role
    "records":        "+  +  +  +  .",
    "state":          "+  +  +  +  .",
    "past":           "+  +  +  +  .",
    "follow":         "+  +  +  +  .",
    "follow several": "+  +  +  +  .",
    "signal":         "+  +  +  +  .",
    "ask":            "-  +  +  +  .",
    "answer":         "-  +  +  +  .",
    "get blob":       "+  +  +  +  .",
    "put blob":       "-  +  +  +  .",
}  # fmt: skip


def _by_role(path: str, role: Role | None) -> Answer:
    return _SIGNS[BY_ROLE[path].split()[ROLES.index(role)]]


KINDS = ("session", "human", "assistant", "runtime", "service")


async def _somebody(home: House, role: Role | None, kind: str, **more: Any) -> Caller:
    """Bob, who may read `shared` and has this role in `nb`, or what acts for him."""
    await home.person("bob")
    await home.notebook(by="ana", notebook_id="shared")
    await home.grant("bob", "viewer", "shared")
    if role is not None:
        await home.grant("bob", role, "nb")
    if kind == "session":
        return home.callers["bob"]
    return await home.caller(kind, of="bob", **more)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROLES)
async def test_a_role_opens_these_paths_by_whatever_credential(
    home: House, role: Role | None, kind: str
) -> None:
    by = await _somebody(home, role, kind)
    got = {path: await _tried(home, path, by, "nb") for path in PATHS}
    assert got == {path: _by_role(path, role) for path in PATHS}


# ------------------------------------------------------------------------------- scopes

# What one scope alone opens for a credential of the owner.
BY_SCOPE: dict[Scope, tuple[str, ...]] = {
    "notebook:read": READ,
    "notebook:write": ("put blob",),
    "notebook:run": (),
    "notebook:admin": (),
    "runtime": ("put blob",),
    "assistant": (),
    "audit": (),
}
# With reading beside it, since who asks a kernel must also follow.
WITH_READ: dict[Scope, tuple[str, ...]] = {
    "notebook:read": READ,
    "notebook:write": (*READ, "put blob"),
    "notebook:run": (*READ, "ask", "answer"),
    "notebook:admin": READ,
    "runtime": (*READ, "ask", "answer", "put blob"),
    "assistant": READ,
    "audit": READ,
}


@pytest.mark.parametrize("kind", ["human", "assistant", "runtime", "service"])
@pytest.mark.parametrize("scope", BEARER)
async def test_a_scope_opens_these_paths_and_no_others(
    home: House, scope: Scope, kind: str
) -> None:
    await home.notebook(notebook_id="shared")
    alone = await home.caller(kind, [scope])
    beside = await home.caller(kind, [scope, "notebook:read"])
    for by, opened in ((alone, BY_SCOPE[scope]), (beside, WITH_READ[scope])):
        got = {path: await _tried(home, path, by, "nb") for path in PATHS}
        # A credential without any scope that counts in a notebook does not see it at all.
        no: Answer = "not found" if scope == "audit" and by is alone else "denied"
        assert got == {path: "yes" if path in opened else no for path in PATHS}


# ------------------------------------------------------------------------ other notebooks


@pytest.mark.parametrize("kind", KINDS)
async def test_no_credential_sees_or_touches_another_notebook(home: House, kind: str) -> None:
    by = home.callers["ana"] if kind == "session" else await home.caller(kind)
    await home.notebook(notebook_id="shared")
    before = home.types("foreign")
    for path in PATHS:
        assert await _tried(home, path, by, "foreign") == "not found", path
    assert home.types("foreign") == before


@pytest.mark.parametrize("kind", ["human", "assistant", "runtime", "service"])
async def test_a_bound_credential_sees_only_its_notebooks(home: House, kind: str) -> None:
    await home.notebook(notebook_id="shared")
    bound = await home.caller(kind, notebooks=["shared", "foreign", "unmade"])
    for path in PATHS:
        if path != "get blob":
            assert await _tried(home, path, bound, "shared") == "yes", path
        for notebook_id in ("nb", "foreign", "unmade", "nowhere"):
            assert await _tried(home, path, bound, notebook_id) == "not found", path


async def test_a_foreign_and_an_unknown_notebook_get_the_same_answer(home: House) -> None:
    """By every path, and by every kind of caller that cannot make notebooks."""
    await home.person("bob")
    await home.notebook(notebook_id="shared")
    await home.grant("bob", "owner", "shared")
    callers = [
        await home.caller("assistant", ["notebook:read", "notebook:run"], of="bob"),
        await home.caller("runtime", of="bob"),
        await home.caller("service", of="bob", notebooks=["shared"]),
    ]
    for by in callers:
        for path in PATHS:
            said = []
            for notebook_id in ("nb", "nowhere"):
                with pytest.raises(LoopError) as caught:
                    await PATHS[path](home, by, notebook_id)
                said.append((type(caught.value), caught.value.detail.replace(notebook_id, "it")))
            assert said[0] == said[1], path


async def test_attempts_at_what_never_existed_are_not_noted(home: House) -> None:
    await home.person("bob")
    before = len(home.types(WORKSPACE_ID))
    for path in PATHS:
        if path != "put blob":
            await _tried(home, path, home.callers["bob"], "nowhere")
    assert len(home.types(WORKSPACE_ID)) == before


async def test_a_blob_of_another_notebook_is_not_here(home: House) -> None:
    await home.notebook(notebook_id="empty")
    with pytest.raises(NotFound) as foreign:
        await home.service.get_blob("empty", SHA256, home.callers["ana"])
    with pytest.raises(NotFound) as nowhere:
        await home.service.get_blob("empty", "0" * 64, home.callers["ana"])
    assert foreign.value.detail.replace(SHA256, "it") == nowhere.value.detail.replace(
        "0" * 64, "it"
    )


# ------------------------------------------------------------- while it lasts, and after


@pytest.mark.parametrize("kind", ["human", "assistant", "runtime", "service"])
async def test_a_credential_that_ended_opens_nothing(home: House, kind: str) -> None:
    revoked = await home.caller(kind, name="revoked")
    expired = await home.caller(kind, name="expired", expires_at=home.clock.at(1))
    assert await _tried(home, "records", expired, "nb") == "yes"
    await home.do(c.RevokeCredential(credential_id="revoked"))
    home.clock.pass_time(1)
    for by in (revoked, expired):
        for path in PATHS:
            if path != "follow several":
                assert await _tried(home, path, by, "nb") == "nobody", path
        with pytest.raises(Unauthenticated):
            async with home.work(by):
                pass


@pytest.mark.parametrize("kind", ["assistant", "runtime", "service"])
async def test_a_paused_program_reads_and_does_nothing_else(home: House, kind: str) -> None:
    await home.notebook(notebook_id="shared")
    by = await home.caller(kind, name="bot")
    await home.do(c.PauseAgent(principal_id="bot", reason="too keen"))
    got = {path: await _tried(home, path, by, "nb") for path in PATHS}
    acts = ("signal", "ask", "answer", "put blob")
    assert got == {path: "denied" if path in acts else "yes" for path in PATHS}
    with pytest.raises(LoopError):
        await home.service.put_blob("fresh", sha256_hex(NEW), NEW, by)
    async with home.work(by, "execution", "input") as work:
        assert (await work.next("open")).json == {"items": []}
    await home.do(c.ResumeAgent(principal_id="bot"))
    assert await _tried(home, "signal", by, "nb") == "yes"


# -------------------------------------------------------------------------- work, and all

# Kinds of work by kind of caller: with everything that the owner can give.
WORK: dict[str, set[str]] = {
    "session": {"input"},
    "human": {"input"},
    "assistant": {"input"},
    "service": {"input"},
    "runtime": {"execution", "input"},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROLES)
async def test_work_is_told_to_who_may_do_it(home: House, role: Role | None, kind: str) -> None:
    by = await _somebody(home, role, kind)
    async with home.work(by, "execution", "input", "assistant_run", "approval") as work:
        items = (await work.next("open")).json["items"]
    assert {item["notebook_id"] for item in items} <= {"nb"}
    expected = WORK[kind] if role in ("runner", "editor", "owner") else set()
    assert {item["kind"] for item in items} == expected


# ---------------------------------------------------------------------------- workspace


async def test_the_history_of_the_workspace_is_for_admins_with_audit(home: House) -> None:
    """By record, by state and live; a credential that is bound to notebooks never."""
    await home.person("root", admin=True)
    callers: dict[str, tuple[Caller, Answer]] = {
        "an admin's session": (home.callers["root"], "yes"),
        "an admin's credential": (await home.caller("human", ["audit"], of="root"), "yes"),
        "an admin's service": (await home.caller("service", ["audit"], of="root"), "yes"),
        "an admin's assistant": (await home.caller("assistant", ["audit"], of="root"), "yes"),
        "an admin's credential without audit": (
            await home.caller("human", [one for one in BEARER if one != "audit"], of="root"),
            "denied",
        ),
        "an admin's bound credential": (
            await home.caller("human", of="root", notebooks=["nb"]),
            "denied",
        ),
        "somebody's session": (home.callers["zoe"], "denied"),
        "somebody's credential with audit": (await home.caller("human", of="zoe"), "denied"),
    }
    for who, (by, expected) in callers.items():
        for path in ("records", "state", "follow"):
            assert await _tried(home, path, by, WORKSPACE_ID) == expected, (who, path)
    for path in ("get blob", "put blob"):
        with pytest.raises(LoopError):
            await PATHS[path](home, home.callers["root"], WORKSPACE_ID)


async def test_an_admin_sees_no_notebook_without_a_role(home: House) -> None:
    await home.person("root", admin=True)
    await home.notebook(notebook_id="shared")
    for path in PATHS:
        assert await _tried(home, path, home.callers["root"], "nb") == "not found"


async def test_who_makes_no_notebooks_puts_no_blobs_for_one_to_come(home: House) -> None:
    await home.person("bob")
    may: dict[str, tuple[Caller, bool]] = {
        "session": (home.callers["bob"], True),
        "writes": (await home.caller("assistant", ["notebook:write"], of="bob"), True),
        "reads": (await home.caller("assistant", ["notebook:read"], of="bob"), False),
        "bound": (await home.caller("assistant", of="bob", notebooks=["fresh-bound"]), False),
        "runtime": (await home.caller("runtime", of="bob"), False),
    }
    for name, (by, expected) in may.items():
        answer = await _tried(home, "put blob", by, f"fresh-{name}")
        assert answer == ("yes" if expected else "not found"), name


async def test_a_signal_says_who_sent_it_whatever_it_says(home: House) -> None:
    bot = await home.caller("assistant", name="bot")
    async with home.follow({"nb": 1}) as stream:
        await home.signal("nb", {"actor": {"id": "ana"}}, by=bot)
        told = (await stream.next("signal")).json
        assert told["actor"]["id"] == "bot"
        assert told["actor"]["on_behalf_of"] == ["ana"]
        assert told["actor"]["kind"] == "assistant"


async def test_refused_looks_stand_in_the_log_of_the_workspace(home: House) -> None:
    await home.person("bob")
    await home.notebook(notebook_id="shared")
    await home.grant("bob", "viewer", "shared")
    for path in PATHS:
        await _tried(home, path, home.callers["bob"], "nb")
    denied = [one.event for one in home.logged(WORKSPACE_ID)]
    tools = {
        event.tool
        for event in denied
        if isinstance(event, e.ActionDenied) and event.denied.id == "bob"
    }
    assert tools == {"read_history", "read_notebook", "follow", "signal", "blob"}
    assert msgspec.json.encode(denied[-1])
