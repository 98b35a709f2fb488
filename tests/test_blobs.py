"""What every blob store promises, and what the one in a folder promises about its files."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from intheloop.blobs import Blobs, FolderBlobs, MemoryBlobs
from intheloop.errors import BadArgument, NotFound
from intheloop.values import sha256_hex

DATA = b"\x89PNG and then some" * 1000
NAME = sha256_hex(DATA)


@pytest.fixture(params=["memory", "folder"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return MemoryBlobs() if request.param == "memory" else FolderBlobs(tmp_path / "blobs")


def test_what_was_put_comes_back(blobs: Blobs) -> None:
    assert not blobs.has(NAME)
    blobs.put(NAME, DATA)
    blobs.put(sha256_hex(b""), b"")
    assert blobs.has(NAME)
    assert blobs.get(NAME) == DATA
    assert blobs.get(sha256_hex(b"")) == b""
    with blobs.open(NAME) as stream:
        assert stream.read(4) == DATA[:4]
        assert stream.read() == DATA[4:]
    assert set(blobs.names()) == {NAME, sha256_hex(b"")}


def test_putting_it_again_changes_nothing(blobs: Blobs) -> None:
    blobs.put(NAME, DATA)
    blobs.put(NAME, DATA)
    assert list(blobs.names()) == [NAME]
    assert blobs.get(NAME) == DATA


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", NAME.upper(), NAME + "\n"])
def test_bytes_under_another_sha256_are_refused(blobs: Blobs, name: str) -> None:
    with pytest.raises(BadArgument, match=NAME):
        blobs.put(name, DATA)
    assert not list(blobs.names())


def test_what_is_deleted_is_gone_and_may_be_put_again(blobs: Blobs) -> None:
    blobs.delete(NAME)
    blobs.put(NAME, DATA)
    blobs.delete(NAME)
    assert not blobs.has(NAME)
    with pytest.raises(NotFound, match=NAME):
        blobs.get(NAME)
    with pytest.raises(NotFound, match=NAME):
        blobs.open(NAME)
    blobs.put(NAME, DATA)
    assert blobs.get(NAME) == DATA


def test_the_same_blob_put_by_many_threads_at_once_is_whole(blobs: Blobs) -> None:
    together = threading.Barrier(8, timeout=10)
    failures: list[BaseException] = []

    def put() -> None:
        try:
            together.wait()
            blobs.put(NAME, DATA)
            assert blobs.get(NAME) == DATA
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not failures
    assert list(blobs.names()) == [NAME]


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a" * 63, "", NAME + "\n"])
def test_only_a_sha256_names_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("of somebody else")
    blobs = FolderBlobs(tmp_path / "blobs")
    with pytest.raises(BadArgument, match="64 lower-case hex digits"):
        blobs.get(name)


def test_files_and_folders_are_private_to_their_user(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        FolderBlobs(tmp_path / "blobs").put(NAME, DATA)
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "blobs").rglob("*")}
    assert modes == {0o700, 0o600}
    assert (tmp_path / "blobs").stat().st_mode & 0o777 == 0o700


def test_blobs_are_there_after_reopening_and_leftovers_of_a_crash_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    FolderBlobs(folder).put(NAME, DATA)
    old, young = folder / "incoming" / "old", folder / "incoming" / "young"
    old.write_bytes(DATA)
    young.write_bytes(DATA)
    os.utime(old, (0, 0))
    blobs = FolderBlobs(folder)
    assert blobs.get(NAME) == DATA
    assert (old.exists(), young.exists()) == (False, True)
    assert list(blobs.names()) == [NAME]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadArgument, match="name another one"):
        FolderBlobs(tmp_path / "file" / "blobs")


PUT_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from intheloop.blobs import FolderBlobs
from intheloop.errors import Unavailable
from intheloop.values import sha256_hex

blobs = FolderBlobs(Path(sys.argv[1]))
big = b"x" * 1_000_000
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, resource.RLIM_INFINITY))
try:
    blobs.put(sha256_hex(big), big)
except Unavailable as refusal:
    print(refusal)
print(blobs.has(sha256_hex(big)), len(list(Path(sys.argv[1]).rglob("*"))))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
blobs.put(sha256_hex(big), big)
print(blobs.get(sha256_hex(big)) == big)
"""


def test_a_blob_that_finds_no_room_is_refused_whole_and_can_be_put_later(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PUT_ON_A_FULL_DISK, str(tmp_path / "blobs")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == ""
    assert "could not be kept (File too large); put it again later" in done.stdout
    assert done.stdout.splitlines()[1:] == ["False 1", "True"]
