"""A workspace to measure: a store in a folder, one person, one notebook with cells."""

from __future__ import annotations

from pathlib import Path

from intheloop import commands as c
from intheloop.blobs import MemoryBlobs
from intheloop.decider import Caller
from intheloop.log import Commit, SqlLog, sqlite_url
from intheloop.notebooks import SYSTEM, Service, ServiceSettings
from intheloop.values import sha256_hex

SECRET = "bench-" + "s" * 40
NOTEBOOK = "bench"
CELLS = 100


class CountingLog(SqlLog):
    """Tells how many commits there were."""

    commits = 0

    def commit(self, commit: Commit) -> None:
        self.commits += 1
        super().commit(commit)


class Bench:
    """A service on a store of its own, with somebody signed in and a notebook of CELLS cells."""

    def __init__(
        self, log: CountingLog, service: Service, person: Caller, cells: list[str]
    ) -> None:
        self.log = log
        self.service = service
        self.person = person
        self.cells = cells

    @classmethod
    async def open(cls, folder: Path, settings: ServiceSettings | None = None) -> Bench:
        """Make all of it in a folder."""
        log = CountingLog(sqlite_url(folder / "log.db"))
        service = await Service.open(log, MemoryBlobs(), settings)
        await add_person(service)
        person = service.sign_in(SECRET)
        cells = [c.GivenCell(source=f"value_{number} = {number}") for number in range(CELLS)]
        made = await service.execute(
            c.CreateNotebook(notebook_id=NOTEBOOK, title="Bench", cells=cells), person
        )
        return cls(log, service, person, list(made.cell_ids))

    async def close(self) -> None:
        """Let go of the store."""
        await self.service.close()
        self.log.close()


async def add_person(service: Service) -> None:
    """An admin whose session opens with SECRET."""
    await service.execute(c.AddPerson(name="Ana", admin=True, person_id="ana"), SYSTEM)
    session = c.OpenSession(
        person_id="ana",
        label="Ana's browser",
        secret_sha256=sha256_hex(SECRET.encode()),
        expires_at="2099-01-01T00:00:00.000Z",
    )
    await service.execute(session, SYSTEM)
