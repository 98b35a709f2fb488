"""Logs of every earlier version add up to what they always did."""

from collections import Counter
from pathlib import Path

import pytest

from intheloop.events import VERSIONS
from tests.golden_logs import GOLDEN, digests, read_golden


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_log_replays_to_its_digests(path: Path) -> None:
    lines = read_golden(path)
    assert lines
    assert digests(line.record for line in lines) == [line.digest for line in lines]


def test_golden_logs_hold_every_event_type_in_every_schema_version() -> None:
    held = Counter(
        (line.record.type, line.record.schema_version)
        for path in GOLDEN
        for line in read_golden(path)
    )
    wanted = {
        (name, version) for name, current in VERSIONS.items() for version in range(1, current + 1)
    }
    assert wanted - held.keys() == set()
