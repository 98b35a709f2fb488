"""`verify`: is every record as it was written? Needs no server, only a store or an exported log."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import click

from intheloop.errors import BadArgument
from intheloop.folder import STORE
from intheloop.log import Fault, Head, Log, SqlLog, Stored, check, read_line, sqlite_url
from intheloop.log import verify as verify_records
from intheloop.settings import Settings

from .group import Failed, data_option, say

_HEAD = re.compile(r"(\d+):([0-9a-f]{64})")


class _HeadType(click.ParamType[tuple[int, str]]):
    """SEQ:HASH, as noted elsewhere."""

    name = "seq:hash"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, str]:
        """The seq and the hash."""
        found = _HEAD.fullmatch(str(value))
        if found is None:
            self.fail("Give it as SEQ:HASH, as `verify` prints it.", param, ctx)
        return int(found[1]), found[2]


@click.command()
@click.argument("notebook_id", required=False)
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An exported log (`intheloop export --log`) instead of the store.",
)
@click.option("--head", "expected", type=_HeadType(), help="Seq and hash noted elsewhere.")
@data_option
def verify(
    settings: Settings, notebook_id: str | None, file: Path | None, expected: tuple[int, str] | None
) -> None:
    """Check the hash chain of one log or of all, and name the first record that is not as written.

    Edits, removed and swapped records always show. That a tail was cut shows only against a head
    noted elsewhere: keep the one that this prints, and give it as --head.
    """
    if file is not None:
        if notebook_id is not None:
            raise click.UsageError("Give a notebook or a --file, not both.")
        faults = [_check_file(file, expected)]
    else:
        if expected is not None and notebook_id is None:
            raise click.UsageError("A --head is of one log: name its notebook.")
        faults = _check_store(settings, notebook_id, expected)
    found = [fault for fault in faults if fault is not None]
    for fault in found[:-1]:
        say(f"{fault.notebook_id}: {fault.what}")
    if found:
        raise Failed(f"{found[-1].notebook_id}: {found[-1].what}")


def _check_store(
    settings: Settings, notebook_id: str | None, expected: tuple[int, str] | None
) -> list[Fault | None]:
    path = settings.data / STORE
    if not path.exists():
        raise BadArgument(f"There is no log in {settings.data}; name its folder with --data.")
    log = SqlLog(sqlite_url(path))
    try:
        ids = [notebook_id] if notebook_id else sorted(head.notebook_id for head in log.heads())
        return [_check_one(log, one, expected) for one in ids]
    finally:
        log.close()


def _check_one(log: Log, notebook_id: str, expected: tuple[int, str] | None) -> Fault | None:
    fault = check(log, notebook_id, expected)
    head = log.head(notebook_id)
    if fault is None and head is None:
        raise BadArgument(f"There is no log {notebook_id}; `intheloop list` shows the notebooks.")
    if fault is None and head is not None:
        _say_sound(head)
    return fault


def _check_file(file: Path, expected: tuple[int, str] | None) -> Fault | None:
    ends = deque(_records(file), maxlen=1)
    if not ends:
        raise BadArgument(f"{file} holds no records; export the log again.")
    last = ends[0]
    # A file has no head beside it: its last record is where it ends, unless --head says more.
    head = Head(last.notebook_id, last.seq, last.hash)
    fault = verify_records(last.notebook_id, _records(file), head, expected)
    if fault is None:
        _say_sound(head)
    return fault


def _records(file: Path) -> Iterator[Stored]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield read_line(line)
            except BadArgument as error:
                raise Failed(f"{file}, line {number}: {error.detail}") from error


def _say_sound(head: Head) -> None:
    sound = f"{head.notebook_id}: {head.seq} records, each as it was written."
    say(f"{sound} Head {head.seq}:{head.hash}")
