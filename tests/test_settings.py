"""Settings from the environment and from flags."""

from pathlib import Path

import pytest

from intheloop.errors import BadArgument
from intheloop.settings import Settings, read_settings, table


def test_every_setting_has_a_variable_a_flag_a_default_and_a_meaning() -> None:
    lines = table()
    assert [line.field for line in lines] == list(Settings.__struct_fields__)
    for line in lines:
        assert line.variable == "INTHELOOP_" + line.field.upper()
        assert line.meaning.endswith(".") and line.default


def test_a_flag_wins_over_the_environment_and_an_empty_variable_is_none_at_all() -> None:
    environ = {"INTHELOOP_PORT": "90", "INTHELOOP_HOST": "", "INTHELOOP_LEASE_S": "2.5"}
    settings = read_settings(environ, {"port": 91, "host": None})
    assert (settings.port, settings.host, settings.lease_s) == (91, "127.0.0.1", 2.5)


def test_hosts_are_a_list_and_the_data_folder_is_absolute() -> None:
    settings = read_settings(
        {"INTHELOOP_HOSTS": "lab.example.org, lab", "INTHELOOP_DATA": "~/loop"}
    )
    assert settings.hosts == ("lab.example.org", "lab")
    assert settings.data == Path.home() / "loop"


def test_sizes_may_be_written_with_their_unit() -> None:
    environ = {"INTHELOOP_KERNEL_MEMORY": "4GiB", "INTHELOOP_BLOB_LIMIT": "2048"}
    settings = read_settings(environ, {"output_limit": "500 MB"})
    assert (settings.kernel_memory, settings.blob_limit) == (4 * 2**30, 2048)
    assert settings.output_limit == 500_000_000


@pytest.mark.parametrize(
    ("environ", "flags", "named"),
    [
        ({"INTHELOOP_PORT": "eight"}, {}, "INTHELOOP_PORT"),
        ({"INTHELOOP_PORT": "70000"}, {}, "INTHELOOP_PORT"),
        ({}, {"session_days": 0}, "--session-days"),
        ({"INTHELOOP_HOSTS": "lab/evil"}, {}, "INTHELOOP_HOSTS"),
        ({"INTHELOOP_KERNEL_MEMORY": "much"}, {}, "INTHELOOP_KERNEL_MEMORY is 'much': .* 4GiB"),
        ({"INTHELOOP_ASSISTANT_PRICES": "cheap"}, {}, "INTHELOOP_ASSISTANT_PRICES"),
        ({}, {"idle_stop_s": "-1"}, "--idle-stop-s"),
    ],
)
def test_a_wrong_value_is_refused_by_name(
    environ: dict[str, str], flags: dict[str, object], named: str
) -> None:
    with pytest.raises(BadArgument, match=named):
        read_settings(environ, flags)
