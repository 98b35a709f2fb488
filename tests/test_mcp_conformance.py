"""The protocol's own conformance suite against our server: all that a revision requires, with no
failure that is expected and no warning."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.needs import FOREIGN_CLIENTS, ROOT

SUITE = (
    FOREIGN_CLIENTS / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
)
REQUIRED = {"2026-07-28": 37, "2025-11-25": 30}
"""By revision, how many scenarios conformance to it takes."""

PENDING = {
    "2026-07-28": {
        "json-schema-2020-12",
        "http-header-validation",
        "http-custom-header-server-validation",
    },
    "2025-11-25": {"json-schema-2020-12", "server-session-lifecycle"},
}
"""What the suite does not score yet and we fulfil all the same."""

pytestmark = [pytest.mark.slow, pytest.mark.foreign_clients]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.conformance_server"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


@pytest.mark.parametrize("revision", REQUIRED)
def test_the_server_does_all_that_a_revision_requires(
    url: str, node: Path, tmp_path: Path, revision: str
) -> None:
    done = subprocess.run(
        [node, SUITE, "server", "--url", f"{url}/mcp", "--requirements", revision, "-o", tmp_path],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = {name: mark == "✓" for mark, name in re.findall(_RESULT, done.stdout, re.MULTILINE)}
    unscored = {name for _, name in re.findall(_UNSCORED, done.stdout, re.MULTILINE)}
    scored = results.keys() - unscored
    assert len(scored) == REQUIRED[revision] and all(results[name] for name in scored)
    assert PENDING[revision] <= unscored and all(results[name] for name in PENDING[revision])
    assert not list(_warnings(tmp_path, scored))


_RESULT = r"^([✓✗]) ([\w-]+): \d+ passed"
_UNSCORED = r"^  ([✓✗]) ([\w-]+) \("


def _warnings(folder: Path, scenarios: set[str]) -> Iterator[str]:
    """What the suite only warns of in these scenarios."""
    for path in folder.glob("server-*/checks.json"):
        name = path.parent.name.removeprefix("server-")
        checks: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        for check in checks:
            if check["status"] == "WARNING" and any(name.startswith(one) for one in scenarios):
                yield f"{name}: {check.get('errorMessage')}"
