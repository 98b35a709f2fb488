"""A pytest plugin: what could not run on this machine is named and fails the run.

A test whose need is missing is left out before the run and listed as `NOT RUN`; a test that skips
itself is listed too. With either, pytest exits non-zero unless ALLOW_MISSING=1.
"""

import os
from collections import defaultdict

import pytest

from tests.needs import NEEDS

_lines = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_lines] = []


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what cannot run; last, so that what nobody asked for is not listed."""
    for marker, why_missing in NEEDS.items():
        concerned = [item for item in items if item.get_closest_marker(marker)]
        reason = why_missing() if concerned else None
        if reason is None:
            continue
        config.hook.pytest_deselected(items=concerned)
        items[:] = [item for item in items if item not in set(concerned)]
        config.stash[_lines].append(f"NOT RUN: {len(concerned)} tests marked {marker} ({reason})")


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    return config.stash[_lines]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    lines = session.config.stash[_lines]
    if reporter is not None:
        lines += _skipped(reporter.stats.get("skipped", []))
    if lines and not _missing_is_allowed() and session.exitstatus in _HARMLESS:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


_HARMLESS = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    lines = config.stash[_lines]
    if not lines:
        return
    terminalreporter.section("not run")
    for line in lines:
        terminalreporter.write_line(line)
    if not _missing_is_allowed():
        terminalreporter.write_line(
            "The run fails because of these; ALLOW_MISSING=1 accepts them.", red=True
        )


def _skipped(reports: list[pytest.TestReport]) -> list[str]:
    """One line for each test that skipped itself, with its own reason."""
    lines: dict[str, list[str]] = defaultdict(list)
    for report in reports:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped"
        lines[report.nodeid].append(reason.removeprefix("Skipped: "))
    return [f"NOT RUN: {nodeid} ({'; '.join(why)})" for nodeid, why in lines.items()]


def _missing_is_allowed() -> bool:
    return os.environ.get("ALLOW_MISSING") == "1"
