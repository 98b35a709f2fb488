"""What comes of commands on people, credentials, roles and pauses."""

from typing import Any

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, Denied, NotFound, Unauthenticated
from intheloop.notebook import WORKSPACE_ID
from intheloop.values import sha256_hex
from tests.deciding import Bench
from tests.model import EVERYTHING, NB, Model

READ: list[e.Scope] = ["notebook:read"]
READ_WRITE: list[e.Scope] = ["notebook:read", "notebook:write"]


def issuing(secret: str = "s3cret", **how: Any) -> c.IssueCredential:
    given = {"kind": "assistant", "label": "Helper", "scopes": READ} | how
    return c.IssueCredential(secret_sha256=sha256_hex(secret.encode()), **given)


def granting(person_id: str, role: e.Role, notebook_id: str = NB) -> c.GrantRole:
    return c.GrantRole(notebook_id=notebook_id, person_id=person_id, role=role)


def taking(person_id: str, notebook_id: str = NB) -> c.RevokeRole:
    return c.RevokeRole(notebook_id=notebook_id, person_id=person_id)


def revoking(credential_id: str) -> c.RevokeCredential:
    return c.RevokeCredential(credential_id=credential_id)


def session_of(model: Model, name: str) -> str:
    return model.callers[name].credential_id or ""


def new_events(bench: Bench, command: Any, by: str = "ana") -> list[e.Event]:
    """What comes of a command in the workspace's log."""
    before = len(bench.records[WORKSPACE_ID])
    bench.do(command, by)
    return [record.event for record in bench.records[WORKSPACE_ID][before:]]


# --------------------------------------------------------------------- people


def test_the_first_person_is_the_admin_and_later_ones_are_not() -> None:
    model = Model()
    model.person("ana")
    model.person("bob")
    assert [model.workspace.people[one].admin for one in ("ana", "bob")] == [True, False]


def test_an_admin_adds_people_and_admins() -> None:
    bench = Bench()
    answer = bench.do(c.AddPerson(name="Bob", admin=True))
    assert bench.workspace.people[answer.person_id].admin
    assert bench.do(c.AddPerson(name="Eve", person_id="eve")).person_id == "eve"


def test_only_an_admin_adds_people_and_not_with_a_narrow_credential() -> None:
    bench = Bench()
    bench.person("bob")
    bench.program("narrow", "human", READ)
    bench.program("bound", "human", notebooks=[NB])
    bench.program("broad", "human")
    for by in ("bob", "narrow", "bound"):
        bench.refused(Denied, c.AddPerson(name="Eve"), by, says="ask one")
    bench.refused(Denied, c.AddPerson(name="Eve"), "bot", says="is for people")
    bench.do(c.AddPerson(name="Eve"), "broad")


def test_ids_of_actors_never_meet() -> None:
    """A program under a person's id would be taken for that person: as author, when paused, and
    where commands are remembered."""
    bench = Bench()
    bench.person("bob")
    for taken in ("ana", "bob", "bot", session_of(bench, "ana"), "system", WORKSPACE_ID):
        add = c.AddPerson(name="Eve", person_id=taken)
        bench.refused(BadArgument, add, says="choose another, or leave it out")
        issue = issuing(credential_id=taken)
        bench.refused(BadArgument, issue, "bob", says="choose another, or leave it out")
    bench.do(revoking("bot"))
    bench.refused(BadArgument, issuing(credential_id="bot"), says="used before")


# ---------------------------------------------------------------- credentials


def test_a_credential_is_known_by_the_hash_of_its_secret_alone() -> None:
    bench = Bench()
    answer = bench.do(issuing(credential_id="helper"))
    assert (answer.credential_id, answer.principal_id) == ("helper", "helper")
    bench.sign_in("helper", "s3cret")
    assert bench.callers["helper"].actor == e.Actor("assistant", "helper", "Helper", ("ana",))
    assert b"s3cret" not in b"".join(e.encode_event(r.event) for r in bench.records[WORKSPACE_ID])


def test_the_same_request_for_a_credential_is_harmless_to_repeat() -> None:
    bench = Bench()
    first = bench.do(issuing(), command_id="k")
    seq = bench.workspace.seq
    assert bench.do(issuing(), command_id="k") == first
    assert bench.workspace.seq == seq


@pytest.mark.parametrize("revoked", [False, True])
def test_a_secret_opens_one_credential_only_for_ever(revoked: bool) -> None:
    bench = Bench()
    credential_id = bench.do(issuing()).credential_id
    if revoked:
        bench.do(revoking(credential_id))
    bench.refused(BadArgument, issuing(), says="make another one")
    bench.person("bob")
    opening = c.OpenSession(
        person_id="bob",
        label="x",
        secret_sha256=sha256_hex(b"s3cret"),
        expires_at="2027-01-01T00:00:00Z",
    )
    bench.refused(BadArgument, opening, "system", says="make another one")


@pytest.mark.parametrize("kind", ["human", "assistant", "runtime", "service"])
def test_approve_is_never_carried_by_a_credential(kind: str) -> None:
    bench = Bench()
    bench.program("broad", "human")
    for by in ("ana", "broad"):
        command = issuing(kind=kind, scopes=["notebook:read", "approve"])
        bench.refused(Denied, command, by, says="approve in a browser session")
    assert "approve" in bench.workspace.credentials[session_of(bench, "ana")].scopes


def test_nobody_gives_scopes_that_they_lack() -> None:
    bench = Bench()
    bench.program("narrow", "human", READ_WRITE)
    bench.do(issuing(), "narrow")
    command = issuing("other", scopes=["notebook:write", "notebook:run", "audit"])
    refusal = bench.refused(Denied, command, "narrow", says="leave it out")
    assert "audit, notebook:run" in refusal.detail


def test_nobody_gives_notebooks_that_they_lack() -> None:
    bench = Bench()
    bench.program("bound", "human", EVERYTHING, notebooks=[NB, "n2"])
    for notebooks in (None, ["n3"], [NB, "n3"]):
        bench.refused(Denied, issuing(notebooks=notebooks), "bound", says="name only those")
    for secret, notebooks in (("1", [NB]), ("2", [])):
        bench.do(issuing(secret, notebooks=notebooks), "bound")


def test_nobody_gives_time_that_they_lack() -> None:
    bench = Bench()
    bench.program("brief", "human", expires_at="2026-01-02T00:00:00Z")
    for end in (None, "2026-01-02T00:00:00.001Z", "2027-01-01T00:00:00Z"):
        bench.refused(Denied, issuing(expires_at=end), "brief", says="give no later end")
    bench.do(issuing(expires_at="2026-01-02T00:00:00.000Z"), "brief")


def test_what_a_session_issues_may_outlive_it() -> None:
    bench = Bench()
    bench.do(issuing("1"))
    bench.do(issuing("2", expires_at="2030-01-01T00:00:00Z"))


def test_an_end_must_be_a_time_to_come() -> None:
    bench = Bench()
    bench.pass_time(3600)
    for past in ("2026-01-01T00:59:59Z", "2026-01-01T01:00:00Z", "2025-12-31T00:00:00.5Z"):
        bench.refused(BadArgument, issuing(expires_at=past), says="give one to come")
    for nonsense in ("2026-02-30T00:00:00Z", "2026-01-02T25:00:00Z"):
        bench.refused(BadArgument, issuing(expires_at=nonsense), says="give one as in")
    bench.do(issuing(expires_at="2026-01-01T01:00:00.001Z"))


def test_a_session_ends_in_time_to_come() -> None:
    bench = Bench()
    opening = c.OpenSession(
        person_id="ana", label="x", secret_sha256="0" * 64, expires_at="2026-01-01T00:00:00Z"
    )
    bench.refused(BadArgument, opening, "system", says="give one to come")


def test_a_credential_opens_nothing_from_its_end_on() -> None:
    bench = Bench("1")
    bench.program("brief", "assistant", expires_at="2026-01-01T00:00:10Z")
    rename = c.RenameNotebook(notebook_id=NB, title="x")
    bench.pass_time(9)
    bench.do(rename, "brief")
    bench.pass_time(1)
    bench.refused(Unauthenticated, rename, "brief", says="sign in again or ask for a new one")


def test_a_person_s_credential_acts_as_the_person() -> None:
    bench = Bench()
    bench.program("laptop", "human")
    assert bench.callers["laptop"].actor == e.Actor("human", "ana", "Ana")


def test_a_program_keeps_its_id_across_its_credentials() -> None:
    bench = Bench()
    bench.do(revoking("bot"))
    answer = bench.do(issuing(principal_id="bot", credential_id="bot2"))
    assert (answer.credential_id, answer.principal_id) == ("bot2", "bot")


def test_nobody_makes_a_credential_for_a_program_that_is_not_theirs() -> None:
    bench = Bench()
    bench.person("bob")
    for by, kind, principal in [
        ("bob", "assistant", "bot"),
        ("ana", "service", "bot"),
        ("ana", "assistant", "nobody"),
        ("bob", "assistant", "ana"),
        ("ana", "assistant", "ana"),
    ]:
        command = issuing(kind=kind, principal_id=principal)
        bench.refused(NotFound, command, by, says="leave principal_id out")


def test_the_system_issues_for_a_person_that_there_is() -> None:
    model = Model()
    model.refused(NotFound, issuing(), "system", says="add a person first")
    model.person("ana")
    actor = e.Actor("system", "system", "The server", ("ana",))
    model.callers["for ana"] = model.callers["system"].__class__(actor)
    answer = model.do(issuing(kind="human", scopes=EVERYTHING), "for ana")
    assert answer.principal_id == "ana"


def test_a_session_is_opened_for_a_person_alone_and_may_all() -> None:
    bench = Bench()
    opening = c.OpenSession(
        person_id="nobody",
        label="x",
        secret_sha256="0" * 64,
        expires_at="2027-01-01T00:00:00Z",
    )
    bench.refused(NotFound, opening, "system", says="list_people shows who there is")
    bench.refused(Denied, opening, "ana", says="is for the server itself")
    session = bench.workspace.credentials[session_of(bench, "ana")]
    assert (session.kind, session.principal_id, len(session.scopes)) == ("session", "ana", 8)


# ------------------------------------------------------------------- revoking


def test_a_revoked_credential_opens_nothing_at_once() -> None:
    bench = Bench()
    assert new_events(bench, revoking("bot")) == [e.CredentialRevoked("bot")]
    assert new_events(bench, revoking("bot")) == []
    rename = c.RenameNotebook(notebook_id=NB, title="x")
    bench.refused(Unauthenticated, rename, "bot", says="ask for a new one")
    assert bench.workspace.by_secret.get(sha256_hex(b"bot")) is None


def test_a_person_revokes_their_own_credentials_and_an_admin_everybody_s() -> None:
    bench = Bench()
    bench.person("bob")
    bench.program("bobs", "assistant", of="bob")
    bench.refused(NotFound, revoking("bot"), "bob", says="list_credentials shows")
    bench.refused(NotFound, revoking("nobody"), says="list_credentials shows")
    bench.do(revoking("bobs"), "ana")
    bench.do(revoking(session_of(bench, "bob")), "bob")


def test_a_narrow_credential_ends_itself_alone() -> None:
    bench = Bench()
    bench.program("narrow", "human", READ)
    bench.program("bound", "human", notebooks=[NB])
    for by in ("narrow", "bound"):
        bench.refused(NotFound, revoking("bot"), by, says="that you may revoke")
        bench.do(revoking(by), by)
    bench.program("broad", "human", of="ana")
    bench.do(revoking("bot"), "broad")
    bench.do(revoking("rt"), "system")


# --------------------------------------------------------------------- pauses


def pausing(principal_id: str = "bot", reason: str = "Too eager.") -> c.PauseAgent:
    return c.PauseAgent(principal_id=principal_id, reason=reason)


def test_a_paused_program_reads_and_does_nothing_else_until_it_is_resumed() -> None:
    bench = Bench("1")
    rename = c.RenameNotebook(notebook_id=NB, title="x")
    assert new_events(bench, pausing()) == [e.AgentPaused("bot", "Too eager.")]
    assert new_events(bench, pausing()) == []
    bench.refused(Denied, rename, "bot", says="is paused: Too eager.; it may read until a person")
    resume = c.ResumeAgent(principal_id="bot")
    assert new_events(bench, resume) == [e.AgentResumed("bot")]
    assert new_events(bench, resume) == []
    bench.do(rename, "bot")


def test_a_pause_holds_for_every_credential_of_the_program() -> None:
    bench = Bench()
    bench.do(pausing(reason=""))
    bench.program("bot2", "assistant", principal_id="bot")
    rename = c.RenameNotebook(notebook_id=NB, title="x")
    bench.refused(Denied, rename, "bot2", says="is paused; it may read")


def test_a_person_pauses_their_own_programs_and_an_admin_all() -> None:
    bench = Bench()
    bench.person("bob")
    bench.program("bobs", "service", of="bob")
    bench.do(pausing("bobs"), "bob")
    bench.do(c.ResumeAgent(principal_id="bobs"), "ana")
    for command in (pausing("bot"), c.ResumeAgent(principal_id="bot")):
        bench.refused(NotFound, command, "bob", says="No program bot acts for you")


def test_people_are_not_paused() -> None:
    bench = Bench()
    bench.person("bob")
    bench.program("laptop", "human", of="bob")
    for principal in ("bob", "ana", "nobody"):
        bench.refused(NotFound, pausing(principal), says="list_credentials shows")


def test_a_narrow_credential_pauses_nothing() -> None:
    bench = Bench()
    bench.program("narrow", "human", READ)
    bench.program("bound", "human", notebooks=[NB])
    for by in ("narrow", "bound"):
        bench.refused(NotFound, pausing(), by, says="and a session may")


# ---------------------------------------------------------------------- roles


def test_an_owner_gives_and_takes_roles() -> None:
    bench = Bench()
    bench.person("bob")
    assert new_events(bench, granting("bob", "viewer")) == [e.RoleGranted(NB, "bob", "viewer")]
    assert new_events(bench, granting("bob", "viewer")) == []
    assert new_events(bench, granting("bob", "editor")) == [e.RoleGranted(NB, "bob", "editor")]
    assert new_events(bench, taking("bob")) == [e.RoleRevoked(NB, "bob")]
    assert new_events(bench, taking("bob")) == []


def test_a_role_counts_from_the_next_command_on() -> None:
    bench = Bench("1")
    bench.invite("bob", "editor")
    bench.program("bobs", "assistant", of="bob")
    rename = c.RenameNotebook(notebook_id=NB, title="x")
    bench.do(rename, "bobs")
    bench.do(granting("bob", "viewer"))
    bench.refused(Denied, rename, "bobs", says="Ask an owner of the notebook for more")
    bench.do(taking("bob"))
    bench.refused(NotFound, rename, "bobs", says="list_notebooks shows")


def test_the_last_owner_stays() -> None:
    bench = Bench()
    bench.invite("bob", "editor")
    for command in (granting("ana", "editor"), taking("ana")):
        bench.refused(Conflict, command, says="make somebody else an owner first")
    bench.do(granting("bob", "owner"))
    bench.do(granting("ana", "owner"))
    bench.do(granting("ana", "viewer"), "bob")
    bench.refused(Conflict, taking("bob"), "bob", says="make somebody else an owner first")


def test_roles_are_for_people_that_there_are() -> None:
    bench = Bench()
    for nobody in ("nobody", "bot"):
        bench.refused(NotFound, granting(nobody, "viewer"), says="list_people shows who there is")


def test_even_the_system_gives_no_role_in_a_notebook_that_is_not_there() -> None:
    bench = Bench()
    for command in (granting("ana", "viewer", "n9"), taking("ana", "n9")):
        bench.refused(NotFound, command, "system", says="list_notebooks shows those there are")


# --------------------------------------------------------------------- denials


def test_refused_attempts_are_facts_with_a_count() -> None:
    bench = Bench()
    denial = c.Denial(bench.callers["bot"].actor, "run_cells", NB, "It may not.", 3, bench.now)
    events = new_events(bench, c.RecordDenials(denials=[denial, denial]), "system")
    denied = e.ActionDenied(denial.denied, "run_cells", NB, "It may not.", 3, bench.now)
    assert events == [denied, denied]
    assert bench.workspace.denials == 6
