"""Who may do what: the hand-written table against the rules, and what no table can say."""

from collections.abc import Iterator

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.decider import scopes_in
from intheloop.errors import Denied, LoopError, NotFound
from tests.access_examples import EXAMPLES, Ids
from tests.access_table import (
    BEHIND_NO_DOOR,
    BY_ROLE,
    BY_SCOPE,
    BY_STATE,
    HERE,
    NOWHERE,
    ROLES,
    ROWS,
    SYSTEM_ROWS,
    WHO,
    WORKSPACE_ROWS,
    Row,
)
from tests.access_world import answer, world, wrong
from tests.model import Model

EVERY_SCOPE: tuple[e.Scope, ...] = (
    *("notebook:read", "notebook:write", "notebook:run", "notebook:admin"),
    *("runtime", "assistant", "approve", "audit"),
)


@pytest.fixture(scope="module")
def everybody() -> tuple[Model, Ids]:
    return world()


def tools_of(table: str) -> set[str]:
    return {line.split()[0].partition(":")[0] for line in table.split("\n") if line[:1].strip()}


def refusal(model: Model, tool: object, by: str) -> LoopError:
    with pytest.raises(LoopError) as refused:
        model.attempt(tool, by)
    return refused.value


# ------------------------------------------------------------------- the table


@pytest.mark.parametrize("tool", sorted({row.tool for row in ROWS}))
def test_everybody_may_do_what_the_table_says(tool: str, everybody: tuple[Model, Ids]) -> None:
    assert wrong(*everybody, [row for row in ROWS if row.tool == tool]) == []


def test_the_workspace_s_own_log_is_for_admins_with_audit(everybody: tuple[Model, Ids]) -> None:
    assert wrong(*everybody, WORKSPACE_ROWS) == []


def test_the_server_itself_needs_no_credential(everybody: tuple[Model, Ids]) -> None:
    assert wrong(*everybody, SYSTEM_ROWS) == []


@pytest.mark.parametrize("table", [BY_ROLE, BY_SCOPE, BY_STATE])
def test_every_public_tool_stands_in_every_table(table: str) -> None:
    assert tools_of(table) == set(c.PUBLIC_TOOLS)


def test_every_tool_has_an_example() -> None:
    assert {name.partition(":")[0] for name in EXAMPLES} == set(c.TOOLS)
    ids = Ids("a", "x", "k", "p", "p", "run", "ab" * 32)
    for name, example in EXAMPLES.items():
        assert type(example(ids)).tool_name() == name.partition(":")[0]


@pytest.mark.parametrize("role", ["owner", "editor", "runner", "viewer"])
def test_a_role_opens_what_the_table_says(role: str, everybody: tuple[Model, Ids]) -> None:
    model, _ = everybody
    letters = dict(line.split() for line in ROLES.strip().splitlines())[role]
    person = {"owner": "olga", "editor": "ed", "runner": "rue", "viewer": "vic"}[role]
    session = model.workspace.credentials[model.callers[person].credential_id or ""]
    held = scopes_in(model.workspace, session, HERE)
    assert "".join("y" if scope in held else "n" for scope in EVERY_SCOPE) == letters


# ------------------------------------------------------------ behind no door


def test_tools_of_the_system_are_behind_no_door(everybody: tuple[Model, Ids]) -> None:
    assert set(c.TOOLS) - set(c.PUBLIC_TOOLS) == set(BEHIND_NO_DOOR)
    model, ids = everybody
    for tool in BEHIND_NO_DOOR:
        for who in WHO:
            state = WHO[who].state
            signed_in = state not in ("expired", "revoked", "unknown")
            assert answer(model, ids, Row(tool, who, "")) == ("d" if signed_in else "u")


# ----------------------------------------------------------- another notebook


def in_a_notebook() -> Iterator[str]:
    return (row.split()[0] for row in BY_STATE.splitlines() if row.endswith(("nnn", "nnd", "ddn")))


@pytest.mark.parametrize("tool", [*in_a_notebook()])
def test_another_notebook_is_as_invisible_as_one_that_is_not_there(
    tool: str, everybody: tuple[Model, Ids]
) -> None:
    model, ids = everybody
    for by in ("sam session", "ada human", "ana assistant elsewhere", "ana runtime elsewhere"):
        hidden = refusal(model, EXAMPLES[tool](ids), by)
        missing = refusal(model, EXAMPLES[tool](ids._replace(notebook=NOWHERE)), by)
        assert type(hidden) is type(missing)
        assert hidden.detail.replace(HERE, NOWHERE) == missing.detail
        assert isinstance(hidden, NotFound) or "is for" in hidden.detail


def test_nobody_but_a_reader_gets_at_the_workspace_by_the_tools_of_notebooks(
    everybody: tuple[Model, Ids],
) -> None:
    model, ids = everybody
    for tool, example in EXAMPLES.items():
        call = example(ids._replace(notebook="workspace"))
        if tool in BEHIND_NO_DOOR or getattr(call, "notebook_id", None) != "workspace":
            continue
        for by in ("ana session", "ada human", "ada runtime"):
            if not tool.startswith("read_history"):
                assert isinstance(refusal(model, call, by), Denied)


# ---------------------------------------------------------------------- approve


def test_no_credential_but_a_session_has_approve_anywhere(everybody: tuple[Model, Ids]) -> None:
    model, _ = everybody
    for credential in model.workspace.credentials.values():
        may = "approve" in credential.scopes
        assert may is (credential.kind == "session")
        held = scopes_in(model.workspace, credential, HERE)
        assert ("approve" in held) <= may


@pytest.mark.parametrize("by", ["ana session", "ana human", "olga assistant", "ada runtime"])
@pytest.mark.parametrize("kind", ["human", "assistant", "runtime", "service"])
def test_nobody_issues_a_credential_with_approve(
    by: str, kind: str, everybody: tuple[Model, Ids]
) -> None:
    model, ids = everybody
    for scopes in (["approve"], [*EVERY_SCOPE]):
        asked = EXAMPLES["issue_credential"](ids)
        command = c.IssueCredential(
            kind=kind,  # type: ignore[arg-type]
            label="x",
            scopes=scopes,  # type: ignore[arg-type]
            secret_sha256=asked.secret_sha256,
        )
        assert isinstance(refusal(model, command, by), Denied)


# -------------------------------------------------------------------- sentences


def test_a_refusal_tells_whom_to_ask(everybody: tuple[Model, Ids]) -> None:
    model, ids = everybody
    for row in ROWS:
        if row.answer == "y":
            continue
        told = refusal(model, EXAMPLES[row.tool](ids), row.who).detail
        assert told[0].isupper() and told.endswith("."), told
        assert any(
            step in told
            for step in (
                *("ask", "Ask", "sign in", "list_notebooks", "until a person resumes it"),
                *("use a credential", "leave it out", "name only", "list_credentials"),
            )
        ), told
