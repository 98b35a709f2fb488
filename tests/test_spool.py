"""The spool on disk: whole entries in order, nothing by half, and a folder whose owner is known."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop_agents.runtime.delivery.recorded import prepare
from intheloop_agents.runtime.delivery.spool import (
    End,
    Outputs,
    Spool,
    abandoned,
    place_of,
    runtimes_in,
    spools,
)
from intheloop_agents.runtime.jupyter.outputs import (
    Clear,
    Display,
    Failure,
    Part,
    Result,
    Stream,
    Update,
    valid_json,
)

FIRST = Outputs("x", 0, [Stream("stdout", "a\n\x00é😀")])
END = End("x", None, [], "error", "ValueError: no", 12)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
).map(valid_json)
bundles = st.dictionaries(texts, values, max_size=3)
parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Stream, st.sampled_from(["stdout", "stderr"]), texts),
    st.builds(Display, bundles, bundles, st.none() | texts),
    st.builds(Result, st.none() | st.integers(0, 99), bundles, bundles),
    st.builds(Failure, texts, texts, st.lists(texts, max_size=3)),
    st.builds(Update, texts, bundles, bundles),
    st.builds(Clear, st.booleans()),
)


def made(folder: Path) -> Spool:
    return Spool(folder / "n.spool")


@given(st.lists(parts, max_size=5))
def test_what_is_read_back_is_recorded_as_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, some: list[Part]
) -> None:
    spool = made(tmp_path_factory.mktemp("spool"))
    (place,) = spool.append([Outputs("x", 3, some)])
    assert prepare(spool.read(place).parts) == prepare(some)
    spool.close(remove=True)


def test_entries_come_back_in_order_and_by_their_places(tmp_path: Path) -> None:
    spool = made(tmp_path)
    one, two = spool.append([FIRST, END])
    (three,) = spool.append([FIRST])
    assert [spool.read(place) for place in (three, one, two)] == [FIRST, FIRST, END]
    spool.close(remove=False)
    again = made(tmp_path)
    assert list(again.entries()) == [(one, FIRST), (two, END), (three, FIRST)]
    again.clear()
    assert again.size == 0
    (place,) = again.append([END])
    assert (place.offset, list(again.entries())) == (0, [(place, END)])
    again.close(remove=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("cut", range(1, 40, 7))
def test_an_entry_that_a_crash_left_half_written_is_left_out(tmp_path: Path, cut: int) -> None:
    spool = made(tmp_path)
    spool.append([FIRST, END])
    os.truncate(tmp_path / "n.spool", spool.size - cut)
    assert [entry for _, entry in spool.entries()] == [FIRST]
    spool.close(remove=True)


def test_writers_in_several_threads_do_not_overwrite_each_other(tmp_path: Path) -> None:
    spool = made(tmp_path)
    with ThreadPoolExecutor(8) as threads:
        found = list(
            threads.map(
                lambda number: (number, spool.append([Outputs("x", number, [])])), range(200)
            )
        )
    for number, (place,) in found:
        assert spool.read(place) == Outputs("x", number, [])
    assert len(list(spool.entries())) == 200
    spool.close(remove=True)


def test_a_disk_that_is_full_leaves_what_was_there_and_nothing_by_half(tmp_path: Path) -> None:
    spool = made(tmp_path)
    (place,) = spool.append([FIRST])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (spool.size + 50, hard))
    try:
        with pytest.raises(OSError) as caught:
            spool.append([Outputs("x", 1, [Stream("stdout", "y" * 100)])])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.errno == errno.EFBIG
    assert list(spool.entries()) == [(place, FIRST)]
    spool.append([END])
    assert [entry for _, entry in spool.entries()] == [FIRST, END]
    spool.close(remove=True)


def test_a_folder_is_its_process_s_until_that_ends_and_then_anybody_s_once(tmp_path: Path) -> None:
    place = place_of(tmp_path, "secret")
    assert place != place_of(tmp_path, "another")
    with spools(place, "r1") as mine:
        spool = mine.of("Nb_1")
        spool.append([FIRST])
        assert runtimes_in(place) == ["r1"]
        assert (place / "r1").stat().st_mode & 0o777 == 0o700
        with abandoned(place, "r1") as left:
            assert left is None
        spool.close(remove=False)
    with abandoned(place, "r1") as left:
        assert left is not None
        assert left.held() == ["Nb_1"]
        with abandoned(place, "r1") as other:
            assert other is None
        left.of("Nb_1").close(remove=True)
    assert runtimes_in(place) == []
    with abandoned(place, "r1") as gone:
        assert gone is None


def test_a_process_that_was_killed_leaves_its_folder_free(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys\n"
        "from intheloop_agents.runtime.delivery.spool import spools\n"
        "with spools(pathlib.Path(sys.argv[1]), 'r1') as mine:\n"
        "    mine.of('nb')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, tmp_path], check=False)
    assert ended.returncode == -9
    with abandoned(tmp_path, "r1") as left:
        assert left is not None
        assert left.held() == ["nb"]
