"""What every test stands on: the async backend, time limits, Hypothesis profiles, the seed.

A skipped test fails the run (see `tests.not_run`).
"""

import os
import random
from pathlib import Path

import hypothesis
import pytest

from tests.needs import node_path

pytest_plugins = [
    "tests.bad_disk",
    "tests.browsing",
    "tests.not_run",
    "tests.serving",
    "tests.stores",
    "tests.visiting",
]

TORTURE = os.environ.get("TORTURE") == "1"
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))
SLOW_TIMEOUT_S = 3600 if TORTURE else 600

# A red run must be red again: new examples are looked for by `make torture` alone.
for name, examples in {"default": 30, "ci": 200, "torture": 2000}.items():
    hypothesis.settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        derandomize=name != "torture",
        print_blob=True,
    )
PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or "default"
hypothesis.settings.load_profile(PROFILE)


def pytest_report_header() -> str:
    return f"seed: {SEED} (repeat with SEED={SEED})"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        slow = item.get_closest_marker("slow") or item.get_closest_marker("torture")
        many = PROFILE != "default" and item.get_closest_marker("hypothesis")
        if (slow or many or TORTURE) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_TIMEOUT_S))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def seed() -> int:
    """What seeded tests draw from: SEED, or a fresh one that the report's header names."""
    return SEED


@pytest.fixture(scope="session")
def torture() -> bool:
    """Whether `make torture` runs, so that seeded tests repeat more rounds."""
    return TORTURE


@pytest.fixture(scope="session")
def node() -> Path:
    """The Node that runs TypeScript files; only for tests marked `node`."""
    path = node_path()
    assert path is not None, "mark the test with @pytest.mark.node, so that it is left out"
    return path
