"""Amounts as people write and read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop.amounts import read_size, said_seconds, said_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1048576", 2**20),
        ("512 bytes", 512),
        ("4GiB", 4 * 2**30),
        ("4g", 4 * 2**30),
        ("1.5 MiB", 3 * 2**19),
        ("500MB", 500_000_000),
        (" 2 kB ", 2000),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1", "1e9", "4 XiB", "4iB", "1,5G", "GiB"])
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="4GiB"):
        read_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (256 * 2**20, "256 MiB"),
        (2**31 + 2**27, "2.12 GiB"),
        (2**20 - 1, "1 MiB"),
        (5 * 2**50, "5120 TiB"),
    ],
)
def test_sizes_are_said_in_the_unit_that_fits(size: int, text: str) -> None:
    assert said_size(size) == text


@given(st.integers(0, 2**50))
def test_what_is_said_can_be_read_and_is_nearly_the_same(size: int) -> None:
    assert abs(read_size(said_size(size)) - size) <= size / 100


def test_seconds_are_said_without_needless_digits() -> None:
    said = [said_seconds(seconds) for seconds in (60.0, 0.5, 3_600_000.0)]
    assert said == ["60 s", "0.5 s", "3600000 s"]
