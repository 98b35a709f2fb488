"""Deleting any one check of `decider/access.py` makes the table of `test_access` fail."""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from intheloop import decider
from intheloop.decider import access
from intheloop.decider import notebook as notebook_rules
from intheloop.decider import signing_in as signing_in_rules
from intheloop.decider import workspace as workspace_rules
from tests.access_examples import Ids
from tests.access_table import ROWS, SYSTEM_ROWS, WORKSPACE_ROWS
from tests.access_world import world, wrong
from tests.model import Model
from tests.test_access import test_a_role_opens_what_the_table_says as check_role

SOURCE = Path(access.__file__).read_text(encoding="utf-8")
USERS = (decider, access, notebook_rules, signing_in_rules, workspace_rules)


class Mutant(NamedTuple):
    """The rules with one check gone."""

    name: str
    source: str


def _spots(tree: ast.Module) -> Iterator[tuple[str, Callable[[], None]]]:
    """All that can be taken away, each with what takes it away in this very tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            for value in (True, False):
                yield f"{ast.unparse(node.test)} is {value}", _test_is(node, value)
        elif isinstance(node, ast.BoolOp):
            for at, part in enumerate(node.values):
                name = f"{ast.unparse(node)} without {ast.unparse(part)}"
                yield name, _without(node, at)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield f"{ast.unparse(node)} turned", _turned(node)
        if isinstance(node, ast.stmt):
            yield from _removals(node)
        yield from _intersections(node)


def _removals(node: ast.stmt) -> Iterator[tuple[str, Callable[[], None]]]:
    for field in ("body", "orelse"):
        body = getattr(node, field, [])
        for at, statement in enumerate(body if isinstance(body, list) else []):
            call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
            if call or isinstance(statement, ast.Raise):
                yield f"no {ast.unparse(statement)[:70]}", _passed(body, at)


def _intersections(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    """`a.intersection(b)` as `a` alone and as `b` alone."""
    for field, child in ast.iter_fields(node):
        if not isinstance(child, ast.Call) or not isinstance(child.func, ast.Attribute):
            continue
        if child.func.attr == "intersection":
            for part in (child.func.value, child.args[0]):
                name = f"{ast.unparse(child)} as {ast.unparse(part)}"
                yield name, _set(node, field, part)


def _test_is(node: ast.If, value: bool) -> Callable[[], None]:
    return _set(node, "test", ast.Constant(value))


def _without(node: ast.BoolOp, at: int) -> Callable[[], None]:
    return _set(node, "values", [*node.values[:at], *node.values[at + 1 :]])


def _turned(node: ast.UnaryOp) -> Callable[[], None]:
    inner = ast.UnaryOp(ast.Not(), node.operand)
    return _set(node, "operand", inner)


def _passed(body: list[ast.stmt], at: int) -> Callable[[], None]:
    def change() -> None:
        body[at] = ast.Pass()

    return change


def _set(node: ast.AST, field: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, field, value)


def _is_no_check(name: str) -> bool:
    """Words of a refusal, and the guard of a look-up that finds nothing either way."""
    return name.startswith(("' or '", "caller.credential_id or ''", "' or '.join(listed)"))


def mutants() -> list[Mutant]:
    names = [name for name, _ in _spots(ast.parse(SOURCE))]
    found = []
    for at, name in enumerate(names):
        if _is_no_check(name):
            continue
        tree = ast.parse(SOURCE)
        list(_spots(tree))[at][1]()
        found.append(Mutant(f"{at} {name}", ast.unparse(ast.fix_missing_locations(tree))))
    return found


def roles() -> list[Mutant]:
    """The rules with one scope more or less for one role."""
    changed = []
    for role in access.ROLE_SCOPES:
        for scope in decider.ALL_SCOPES:
            line = f"ROLE_SCOPES[{role!r}] = ROLE_SCOPES[{role!r}] ^ {{{scope!r}}}"
            changed.append(Mutant(f"{role} and {scope}", f"{SOURCE}\n{line}\n"))
    return changed


def loaded(source: str) -> ModuleType:
    module = ModuleType("intheloop.decider.mutant")
    module.__package__ = "intheloop.decider"
    exec(compile(source, "mutant", "exec"), module.__dict__)
    return module


def use(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody decide by these rules."""
    for user in USERS:
        for name, value in vars(module).items():
            old = getattr(user, name, None)
            if callable(value) and getattr(old, "__module__", None) == access.__name__:
                monkeypatch.setattr(user, name, value)
    monkeypatch.setattr(sys.modules["tests.test_access"], "scopes_in", vars(module)["scopes_in"])


@pytest.fixture(scope="module")
def everybody() -> tuple[Model, Ids]:
    return world()


def is_noticed(everybody: tuple[Model, Ids]) -> bool:
    """Whether the table fails; a defect that shows as an error of ours is noticed too."""
    try:
        for role in access.ROLE_SCOPES:
            check_role(role, everybody)
        return bool(wrong(*everybody, (*ROWS, *WORKSPACE_ROWS, *SYSTEM_ROWS)))
    except Exception:
        return True


def test_the_rules_as_they_are_pass(
    everybody: tuple[Model, Ids], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(loaded(SOURCE), monkeypatch)
    assert not is_noticed(everybody)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", [*mutants(), *roles()], ids=lambda mutant: mutant.name)
def test_no_check_can_go_unnoticed(
    mutant: Mutant, everybody: tuple[Model, Ids], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(loaded(mutant.source), monkeypatch)
    assert is_noticed(everybody), f"nothing fails with {mutant.name}"


def test_every_raise_and_every_condition_is_taken_away_in_turn() -> None:
    taken = [mutant.name for mutant in mutants()]
    raises = sum(isinstance(node, ast.Raise) for node in ast.walk(ast.parse(SOURCE)))
    conditions = sum(isinstance(node, ast.If) for node in ast.walk(ast.parse(SOURCE)))
    assert sum("no raise" in name for name in taken) == raises > 5
    assert sum(name.endswith((" is True", " is False")) for name in taken) == 2 * conditions
