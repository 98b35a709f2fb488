"""The people and credentials of `access_table` on a model, and what its rows come to there."""

from collections.abc import Iterable

from intheloop import commands as c
from intheloop.decider import Caller
from intheloop.errors import Denied, LoopError, NotFound, Unauthenticated
from intheloop.values import sha256_hex
from tests.access_examples import EXAMPLES, Ids
from tests.access_table import ELSEWHERE, HERE, PEOPLE, WHO, Row
from tests.deciding import PYTHON
from tests.model import Model

LETTERS: dict[type[Exception], str] = {Denied: "d", NotFound: "n", Unauthenticated: "u"}


def world() -> tuple[Model, Ids]:
    """A model with everybody in it, and what the examples name."""
    model = Model()
    for person, (admin, _) in PEOPLE.items():
        model.person(person, admin=admin)
        model.callers[f"{person} session"] = model.callers[person]
    cell = c.GivenCell("1", cell_id="a")
    model.do(c.CreateNotebook(notebook_id=HERE, cells=[cell]))
    model.do(c.CreateNotebook(notebook_id=ELSEWHERE), "ada")
    for person, (_, role) in PEOPLE.items():
        if role is not None:
            model.do(c.GrantRole(notebook_id=HERE, person_id=person, role=role))
    model.program("helper", "assistant", of="olga")
    model.do(c.AddComment(notebook_id=HERE, text="Why?", comment_id="k"))
    execution_id = _running(model)
    model.do(c.PostMessage(notebook_id=HERE, text="Why?", run_id="run", thread_id="t"))
    for name in WHO:
        _give(model, name)
    model.pass_time(60)  # from here on what expires has expired
    named = ("a", execution_id, "k", "helper", "helper", "run", _prompt(model))
    return model, Ids(*named, HERE, _waiting(model), _proposed(model))


def _prompt(model: Model) -> str:
    text = "Be brief."
    model.do(c.RegisterPrompt(prompt_id="assistant", version="1", text=text))
    return sha256_hex(text.encode())


def _running(model: Model) -> str:
    model.program("rt", "runtime")
    model.do(c.AttachRuntime(notebook_id=HERE, runtime_id="r1", kernel=PYTHON), "rt")
    (execution_id,) = model.do(c.RunCells(notebook_id=HERE)).execution_ids
    model.do(c.ClaimExecution(notebook_id=HERE, runtime_id="r1", start=c.Start(1)), "rt")
    return str(execution_id)


def _waiting(model: Model) -> str:
    """What a program asks a person."""
    model.do(c.SetPolicy(notebook_id=HERE, preset="ask"))
    asked = model.do(c.RunCode(notebook_id=HERE, source="1"), "helper")
    model.do(c.SetPolicy(notebook_id=HERE, preset="act"))
    return str(asked.approval_id)


def _proposed(model: Model) -> str:
    """What a program would change."""
    change = c.ProposeInsert(source="2")
    proposed = model.do(c.ProposeChanges(notebook_id=HERE, changes=[change]), "helper")
    return str(proposed.proposal_id)


def _give(model: Model, name: str) -> None:
    """The credential of one of `WHO`."""
    who = WHO[name]
    if who.kind == "session":
        return
    credential_id = name.replace(" ", "-")
    model.program(
        credential_id,
        who.kind,
        who.scopes,
        of=who.person,
        notebooks=None if who.notebooks is None else list(who.notebooks),
        expires_at="2026-01-01T00:01:00Z" if who.state == "expired" else None,
    )
    model.callers[name] = model.callers.pop(credential_id)
    if who.state == "revoked":
        model.do(c.RevokeCredential(credential_id=credential_id), who.person)
    if who.state == "paused" and who.kind != "human":
        model.do(c.PauseAgent(principal_id=credential_id), who.person)
    if who.state == "unknown":
        model.callers[name] = Caller(model.callers[name].actor, "never-issued")


def answer(model: Model, ids: Ids, row: Row) -> str:
    """What a row comes to, in the letters of the table."""
    try:
        model.attempt(EXAMPLES[row.tool](ids), row.who)
    except LoopError as error:
        return LETTERS.get(type(error), "y")
    return "y"


def wrong(model: Model, ids: Ids, rows: Iterable[Row]) -> list[str]:
    """The rows that come to something else than they say."""
    return [
        f"{row} is {found} and not {row.answer}"
        for row in rows
        if (found := answer(model, ids, row)) != row.answer
    ]
