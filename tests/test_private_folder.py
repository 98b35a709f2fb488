"""The folder of a kernel's sockets goes with the process that made it, however that ends."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from intheloop_agents.runtime.jupyter.private_folder import PrivateFolder, remove_abandoned

MAKING = """
import sys
from intheloop_agents.runtime.jupyter.private_folder import PrivateFolder
print(PrivateFolder().path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where such folders are made here."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_for_its_owner_alone_and_goes_when_it_is_removed() -> None:
    folder = PrivateFolder()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "socket").touch()
    folder.remove()
    folder.remove()
    assert not folder.path.exists()


def test_what_a_killed_process_left_is_removed_and_what_is_in_use_is_not(temporary: Path) -> None:
    mine = PrivateFolder()
    with subprocess.Popen(
        [sys.executable, "-c", MAKING],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        its = Path(other.stdout.readline().strip())
        remove_abandoned(temporary, new_s=0)
        assert its.exists()
        other.kill()
    remove_abandoned(temporary, new_s=60)
    assert its.exists(), "it may have been made a moment ago"
    remove_abandoned(temporary, new_s=0)
    assert not its.exists()
    assert mine.path.exists()


def test_the_next_one_removes_what_was_left(temporary: Path) -> None:
    left = temporary / "itl-kernel-left"
    (left / "inside").mkdir(parents=True)
    os.utime(left, (0, 0))
    elsewhere = temporary / "itl-kernel-link"
    elsewhere.symlink_to(temporary)
    others = temporary / "itl-other"
    others.mkdir()
    os.utime(others, (0, 0))
    PrivateFolder()
    assert (left.exists(), elsewhere.is_symlink(), others.exists()) == (False, True, True)


def test_a_deep_temporary_folder_is_too_long_for_a_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    folder = PrivateFolder()
    assert folder.path.parent == Path("/tmp")
    folder.remove()
