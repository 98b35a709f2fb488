"""The notebook that a first start opens: it runs, teaches the keys and leads to an agent.

Made once, for whoever runs the server; who deletes it is not given another.
"""

from __future__ import annotations

from importlib.resources import files

from intheloop.commands import ImportNotebook
from intheloop.decider import Caller
from intheloop.ipynb import parse
from intheloop.notebooks import Service

WELCOME = "welcome"
"""The id of the notebook, which is also its address."""


async def make_welcome(service: Service, owner: Caller) -> str | None:
    """The id of the notebook, made now; None in a workspace that ever had one."""
    if service.workspace.notebooks:
        return None
    name = f"{WELCOME}.ipynb"
    parsed = parse((files(__package__) / name).read_bytes(), name)
    command = ImportNotebook(
        notebook_id=WELCOME,
        title=parsed.title,
        imported=parsed.imported,
        metadata=parsed.metadata,
        cells=parsed.cells,
    )
    await service.execute(command, owner)
    return WELCOME
