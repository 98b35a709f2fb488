"""`list`, `show` and `log`: what there is and what happened, in plain words."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import click
from msgspec import Struct

from intheloop import commands as c
from intheloop.client import Client
from intheloop.events import WireRecord
from intheloop.sentences import sentence
from intheloop.settings import Settings

from .cells import told_cells
from .group import counted, say, server_options, target_of

_PAGE = 1000


@click.command(name="list")
@click.option("--archived", is_flag=True, help="Those put out of sight, too.")
@server_options
def list_(settings: Settings, archived: bool) -> None:
    """List the notebooks that you may see, the last changed first."""

    async def work() -> c.NotebookList:
        async with target_of(settings).client() as client:
            found: c.NotebookList = await client.call(c.ListNotebooks(archived=archived))
            return found

    for one in asyncio.run(work()).notebooks:
        more = ", archived" if one.archived else ""
        cells = counted(one.cells, "cell")
        say(f"{one.notebook_id}  {one.title}  ({cells}, seq {one.seq}, {one.role}{more})")


@click.command()
@click.argument("notebook_id")
@click.option("--at", type=click.IntRange(min=0), help="As of this seq.")
@server_options
def show(settings: Settings, notebook_id: str, at: int | None) -> None:
    """Print a notebook with its outputs as text, as of now or of an earlier seq."""

    async def work() -> list[str]:
        async with target_of(settings).client() as client:
            found = await client.state(notebook_id, at=at)
            lines = [f"{found.notebook.title or 'Untitled'} ({notebook_id}, seq {found.seq})"]
            return lines + await told_cells(client, found.notebook)

    for line in asyncio.run(work()):
        say(line)


class Wanted(Struct, frozen=True):
    """Which records: fields left None let all pass. `since` is a time in UTC."""

    actor: str | None = None
    cell: str | None = None
    event_type: str | None = None
    since: str | None = None

    def lets_pass(self, record: WireRecord) -> bool:
        """Whether a record that came live is among them; a page was filtered by the server."""
        data = bytes(record.data)
        return (
            self.actor in (None, record.actor.id)
            and self.event_type in (None, record.type)
            and (self.cell is None or f'"cell_id":"{self.cell}"'.encode() in data)
            and (self.since is None or record.recorded_at >= self.since)
        )


@click.command()
@click.argument("notebook_id", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on with what happens from here on.")
@click.option("--actor", help="Only what this actor id did.")
@click.option("--cell", help="Only what is about this cell id.")
@click.option("--type", "event_type", help="Only events of this type, as in cellSourceEdited.")
@click.option(
    "--since", help="Only from this time on: 2026-01-31T12:00 (UTC), or 90s, 10m, 2h, 3d."
)
@click.option("-n", "--lines", default=100, show_default=True, help="At most so many, the last.")
@server_options
def log(  # noqa: PLR0913 (one for each flag)
    settings: Settings,
    notebook_id: str | None,
    follow: bool,
    actor: str | None,
    cell: str | None,
    event_type: str | None,
    since: str | None,
    lines: int,
) -> None:
    """Tell what happened in a notebook, or in all of them, as sentences.

    NOTEBOOK_ID `workspace` is the workspace's own log: people, credentials, refused attempts.
    """
    wanted = Wanted(actor, cell, event_type, None if since is None else _moment(since))

    async def work() -> None:
        async with target_of(settings).client(None if follow else 5.0) as client:
            titles = await _titles(client, notebook_id)
            people = await _people(client)
            tellings = [_Telling(one, title, people) for one, title in titles.items()]
            told: list[tuple[str, str]] = []
            for telling in tellings:
                told += [line async for line in telling.past(client, wanted, lines)]
            for _, line in sorted(told, key=lambda one: one[0])[-lines:]:
                say(line)
            if follow:
                await _follow(client, {one.notebook_id: one for one in tellings}, wanted)

    asyncio.run(work())


class _Telling:
    """One log being told. `seq` is that of the last record that was looked at."""

    def __init__(self, notebook_id: str, title: str | None, people: Mapping[str, str]) -> None:
        self.notebook_id = notebook_id
        self.seq = 0
        self._title = title
        self._people = people

    def line(self, record: WireRecord) -> str:
        """The record as a line; with several notebooks it names its own."""
        moment = datetime.fromisoformat(record.recorded_at).astimezone()
        title = "" if self._title is None else f"{self._title}: "
        told = sentence(record, self._people)
        return f"{moment:%Y-%m-%d %H:%M:%S} {record.seq:>6}  {title}{told}"

    async def past(
        self, client: Client, wanted: Wanted, lines: int
    ) -> AsyncIterator[tuple[str, str]]:
        """(time, line) of the last records that are wanted."""
        last: deque[WireRecord] = deque(maxlen=max(lines, 0))
        unfiltered = wanted == Wanted()
        _, head = await client.records(self.notebook_id, limit=1)
        after = max(0, head - lines) if unfiltered else 0
        while True:
            page, head = await client.records(
                self.notebook_id,
                after=after,
                limit=_PAGE,
                event_type=wanted.event_type,
                actor=wanted.actor,
                cell=wanted.cell,
            )
            last.extend(one for one in page if wanted.since is None or wanted.lets_pass(one))
            if len(page) < _PAGE:
                break
            after = page[-1].seq
        self.seq = head
        for record in last:
            yield record.recorded_at, self.line(record)


async def _follow(client: Client, tellings: Mapping[str, _Telling], wanted: Wanted) -> None:
    after = {notebook_id: telling.seq for notebook_id, telling in tellings.items()}
    async with aclosing(client.follow(after)) as items:
        async for item in items:
            if isinstance(item, WireRecord) and wanted.lets_pass(item):
                say(tellings[item.notebook_id].line(item))


async def _titles(client: Client, notebook_id: str | None) -> dict[str, str | None]:
    """Which logs to tell; titles only where there may be several."""
    if notebook_id is not None:
        return {notebook_id: None}
    found: c.NotebookList = await client.call(c.ListNotebooks())
    return {one.notebook_id: one.title for one in found.notebooks}


async def _people(client: Client) -> dict[str, str]:
    found: c.People = await client.call(c.ListPeople())
    return {line.person.person_id: line.person.name for line in found.people}


def _moment(text: str) -> str:
    """A time in the form of `recorded_at`, from a time or from how long ago it was."""
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    if ago := re.fullmatch(r"(\d+)([smhd])", text):
        moment = datetime.now(UTC) - timedelta(**{units[ago[2]]: int(ago[1])})
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise click.UsageError(
                f"--since {text!r} is no time; give one like 2026-01-31T12:00, or 10m."
            ) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
