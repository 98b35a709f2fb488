"""Links by which a person's browser is let in: who makes them, and what they open, once."""

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, Denied, LoopError, NotFound
from intheloop.notebook import WORKSPACE_ID, Credential
from intheloop.values import sha256_hex
from tests.deciding import Bench

CODE = sha256_hex(b"code")
THREE_DAYS = 3 * 86_400


def linking(person_id: str = "eve", secret: str = CODE) -> c.IssueLink:
    return c.IssueLink(person_id=person_id, secret_sha256=secret)


def entering(person_id: str = "eve", link: str | None = CODE, secret: str = "s") -> c.OpenSession:
    return c.OpenSession(
        person_id=person_id,
        label="A browser",
        secret_sha256=sha256_hex(secret.encode()),
        expires_at="2027-01-01T00:00:00Z",
        link_sha256=link,
    )


@pytest.fixture
def bench() -> Bench:
    """Ana is an admin; eve was added and never was here."""
    made = Bench()
    made.do(c.AddPerson(name="Eve", person_id="eve"))
    return made


def of_kind(bench: Bench, kind: str) -> list[Credential]:
    return [
        one
        for one in bench.workspace.credentials.values()
        if (one.kind, one.person_id) == (kind, "eve")
    ]


def test_an_admin_gives_a_person_a_link_and_it_lets_one_browser_in_once(bench: Bench) -> None:
    answer = bench.do(linking())
    (link,) = of_kind(bench, "link")
    assert (link.scopes, link.expires_at) == ((), "2026-01-04T00:00:00Z")
    assert (answer.credential_id, answer.expires_at) == (link.credential_id, link.expires_at)
    before = len(bench.records[WORKSPACE_ID])
    bench.do(entering(), "system")
    events = [record.event for record in bench.records[WORKSPACE_ID][before:]]
    assert [type(event) for event in events] == [e.CredentialRevoked, e.CredentialIssued]
    (session,) = of_kind(bench, "session")
    assert "approve" in session.scopes
    bench.refused(Denied, entering(secret="t"), "system", says="ask for another")


def test_a_link_is_made_in_a_session_alone_and_for_others_by_an_admin(bench: Bench) -> None:
    bench.person("bob")
    bench.program("broad", "human")
    for by in ("bob", "broad"):
        bench.refused(Denied, linking(), by, says="ask one")
    bench.refused(Denied, linking(), "bot", says="is for people")
    bench.do(linking("bob"), "bob")


def test_nobody_gets_a_link_to_be_somebody_who_is_signed_in(bench: Bench) -> None:
    bench.do(linking())
    session = bench.do(entering(), "system")
    other = linking(secret=sha256_hex(b"other"))
    bench.refused(Conflict, other, says="signed in")
    bench.do(c.RevokeCredential(credential_id=session.credential_id))
    bench.do(other)


@pytest.mark.parametrize("late", [0, 1])
def test_a_link_ends_after_three_days(bench: Bench, late: int) -> None:
    bench.do(linking())
    bench.pass_time(THREE_DAYS - 1 + late)
    if late:
        bench.refused(Denied, entering(), "system", says="too old")
    else:
        bench.do(entering(), "system")


def test_a_link_that_was_withdrawn_lets_nobody_in(bench: Bench) -> None:
    link = bench.do(linking())
    bench.do(c.RevokeCredential(credential_id=link.credential_id))
    bench.refused(Denied, entering(), "system", says="withdrawn")


def test_a_link_is_for_its_person_and_no_other_secret_is_one(bench: Bench) -> None:
    bench.do(linking())
    known = bench.workspace.credentials.values()
    others = [one.secret_sha256 for one in known if one.kind != "link"]
    assert others
    for command in (entering("ana"), *(entering(link=one) for one in (*others, "0" * 64))):
        bench.refused(Denied, command, "system", says="ask for another")


def test_a_link_needs_a_person_and_a_code_of_its_own(bench: Bench) -> None:
    def refusal(command: c.IssueLink) -> type[LoopError]:
        with pytest.raises(LoopError) as refused:
            bench.attempt(command, "ana")
        return type(refused.value)

    assert refusal(linking("nobody-known")) is NotFound
    bench.do(linking())
    assert refusal(linking()) is BadArgument
