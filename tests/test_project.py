"""What holds for every file of the project, and the rule that nothing skipped counts as passed."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOST_LINES = 500


def tracked(*patterns: str) -> list[Path]:
    """The files of the project: what git tracks or would, and what is not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


# Put together from pieces, so that this file does not find itself.
FOREIGN = re.compile(
    "|".join(
        [
            "https?://[a-z0-9.-]*(?:registry|pypi|pythonhosted|npmjs|artifactory|nexus)",
            *(rf"(?<![\w./}}-])/{home}/[a-z]" for home in ("home", "root", "Users", "work")),
            *(rf"\b{setting}\s*[=:]" for setting in ("index-url", "extra-index-url", "find-links")),
        ]
    )
)


@pytest.mark.parametrize(
    ("line", "foreign"),
    [
        ('"resolved": "https://' + "registry.example.org/a.tgz" + '"', True),
        ("cd /" + "home/ana/project", True),
        ('open("/' + 'root/data")', True),
        ("--extra-index-url" + "=https://example.org/simple", True),
        ("the root/home of http://127.0.0.1:8765/api/" + "work/items", False),
        ("{base}/home/settings", False),
    ],
)
def test_an_address_of_a_registry_or_a_machine_is_recognised(line: str, foreign: bool) -> None:
    assert bool(FOREIGN.search(line)) == foreign


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in tracked()
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if (match := FOREIGN.search(line))
    ]
    assert not found, "\n".join(found)


def test_versions_are_pinned_in_the_constraints_alone() -> None:
    assert not [path for path in tracked() if path.name in {"uv.lock", "poetry.lock"}]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    assert not [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.+]+", line)]


def test_the_constraints_pin_every_declared_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(one for group in project["dependency-groups"].values() for one in group),
        "uv",
    ]
    names = {re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in declared}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert names <= {line.partition("==")[0] for line in lines}


def test_the_version_is_the_first_of_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    first = re.search(r"^## (\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    assert first and first[1] == project["version"]


def test_every_make_target_that_the_documents_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    documents = tracked("README.md", "CHANGELOG.md", "docs/*.md", ".ci/run")
    named = {
        name
        for path in documents
        for name in re.findall(r"(?:`|^ *|\$ )make ([a-z-]+)", text_of(path), re.MULTILINE)
    }
    assert {"run", "test"} <= named <= targets


def test_every_module_opens_with_a_docstring() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked("*.py")
        if not ast.get_docstring(ast.parse(text_of(path)))
    ]
    assert not silent, silent


def test_no_file_outgrows_its_reader() -> None:
    sources = tracked("app/intheloop/*.py", "agents/*.py", "app/web/*.ts", "app/web/*.tsx")
    assert sources
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources
        if path.stem != "generated" and (lines := len(text_of(path).splitlines())) > MOST_LINES
    }
    assert not long, f"split these by noun: {long}"


def test_the_rules_of_style_and_types_stay_strict() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert tools["mypy"]["strict"] is True
    assert {"app/intheloop", "agents/intheloop_agents", "tests"} <= set(tools["mypy"]["files"])
    assert not [one for one in tools["mypy"]["overrides"] if "ignore_errors" in one]
    assert tools["ruff"]["line-length"] == 100
    assert {"E", "F", "I", "B", "ASYNC", "C90"} <= set(tools["ruff"]["lint"]["select"])
    assert tools["pytest"]["ini_options"]["filterwarnings"][0] == "error"
    assert tools["pytest"]["ini_options"]["xfail_strict"] is True
    assert tools["pytest"]["ini_options"]["timeout"] == 60


# The mechanism of NOT RUN, tried on a small folder by a pytest of its own.

CONFTEST = """
import tests.needs

pytest_plugins = ["tests.not_run"]
tests.needs.NEEDS["node"] = lambda: {reason!r}
"""
TESTS = """
import pytest

def test_that_runs() -> None:
    pass

@pytest.mark.node
def test_that_needs_node() -> None:
    pass
"""
SKIPS = """
import pytest

def test_that_skips_itself() -> None:
    pytest.skip("the moon is not full")
"""


def run_pytest(
    folder: Path, *args: str, tests: str = TESTS, reason: str | None = None, allow: bool = False
) -> tuple[int, str]:
    """The exit status and the report of pytest on a folder, Node missing for `reason`."""
    (folder / "conftest.py").write_text(CONFTEST.format(reason=reason), encoding="utf-8")
    (folder / "test_small.py").write_text(tests, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    node: needs Node\n", "utf-8")
    kept = {name: value for name, value in os.environ.items() if name != "ALLOW_MISSING"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *args, str(folder)],
        env={
            **kept,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **({"ALLOW_MISSING": "1"} if allow else {}),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


MISSING = "there is no Node; install it"


def test_a_missing_need_is_named_before_the_run_and_fails_it(tmp_path: Path) -> None:
    status, report = run_pytest(tmp_path, reason=MISSING)
    line = f"NOT RUN: 1 tests marked node ({MISSING})"
    assert status == 1
    assert report.index(line) < report.index("1 passed")
    assert report.count(line) == 2
    assert "2 passed" not in report


def test_a_missing_need_can_be_accepted_but_is_still_named(tmp_path: Path) -> None:
    status, report = run_pytest(tmp_path, reason=MISSING, allow=True)
    assert status == 0
    assert "NOT RUN: 1 tests marked node" in report


def test_nothing_is_named_when_the_need_is_met(tmp_path: Path) -> None:
    status, report = run_pytest(tmp_path)
    assert status == 0
    assert "2 passed" in report
    assert "NOT RUN" not in report


def test_tests_that_were_not_asked_for_are_not_named(tmp_path: Path) -> None:
    status, report = run_pytest(tmp_path, "-m", "not node", reason=MISSING)
    assert status == 0
    assert "NOT RUN" not in report


def test_a_run_of_nothing_but_missing_needs_fails(tmp_path: Path) -> None:
    status, report = run_pytest(tmp_path, "-m", "node", reason=MISSING)
    assert status == 1
    assert "NOT RUN: 1 tests marked node" in report


def test_a_test_that_skips_itself_fails_the_run(tmp_path: Path) -> None:
    status, report = run_pytest(tmp_path, tests=SKIPS)
    assert status == 1
    assert "test_that_skips_itself (the moon is not full)" in report
    assert run_pytest(tmp_path, tests=SKIPS, allow=True)[0] == 0
