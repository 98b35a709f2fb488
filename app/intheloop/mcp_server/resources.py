"""Notebooks as resources: their addresses, their text, what can be completed in them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence

import mcp_types as types
from msgspec import Struct

from intheloop import commands as c
from intheloop.errors import NotFound
from intheloop.views import words

from .party import Party

SCHEME = "notebook://"
TEXT = "text/markdown"
PAGE = 100
"""Notebooks in one list of resources."""

_URI = re.compile(r"notebook://([A-Za-z0-9_-]{1,64})(?:/(events)|/cells/([A-Za-z0-9_-]{1,64}))?/?")

TEMPLATES = (
    types.ResourceTemplate(
        uri_template="notebook://{notebook_id}",
        name="notebook",
        title="Notebook",
        description="A notebook: its cells with ids, revs, sources and outputs.",
        mime_type=TEXT,
    ),
    types.ResourceTemplate(
        uri_template="notebook://{notebook_id}/cells/{cell_id}",
        name="cell",
        title="Cell",
        description="One cell with its source and outputs.",
        mime_type=TEXT,
    ),
    types.ResourceTemplate(
        uri_template="notebook://{notebook_id}/events",
        name="events",
        title="History",
        description="What happened last in a notebook, in sentences.",
        mime_type="text/plain",
    ),
)


class Address(Struct, frozen=True):
    """What a URI names."""

    notebook_id: str
    events: bool = False
    cell_id: str | None = None


def address_of(uri: str) -> Address:
    """What a URI names. Raises NotFound."""
    found = _URI.fullmatch(uri)
    if found is None:
        raise NotFound(
            f"There is no resource {uri[:200]!r}; the forms are notebook://ID, "
            "notebook://ID/cells/CELL and notebook://ID/events."
        )
    return Address(found[1], events=found[2] is not None, cell_id=found[3])


async def resources(party: Party, cursor: str | None = None) -> types.ListResourcesResult:
    """A resource for each notebook that the party may see, a page of them. The cursor is the last
    notebook of the page before. Raises NotFound for one that is no longer there."""
    found = await party.call(c.ListNotebooks(after=cursor))
    notebooks = found.notebooks if isinstance(found, c.NotebookList) else []
    page = [
        types.Resource(
            uri=f"{SCHEME}{one.notebook_id}",
            name=one.notebook_id,
            title=one.title or "Untitled",
            description=f"{one.cells} cells, changed {one.changed_at}",
            mime_type=TEXT,
        )
        for one in notebooks[:PAGE]
    ]
    following = page[-1].name if len(notebooks) > PAGE else None
    return types.ListResourcesResult(resources=page, next_cursor=following)


async def read(party: Party, uri: str) -> types.TextResourceContents:
    """The text of a resource. Raises one of `errors`."""
    address = address_of(uri)
    answer: Struct
    if address.events:
        head = await party.call(c.ReadHistory(notebook_id=address.notebook_id, limit=1))
        last = head.head if isinstance(head, c.History) else 0
        answer = await party.call(
            c.ReadHistory(notebook_id=address.notebook_id, after=max(0, last - 200), limit=200)
        )
    else:
        cells = None if address.cell_id is None else [address.cell_id]
        answer = await party.call(c.ReadNotebook(notebook_id=address.notebook_id, cells=cells))
    mime = "text/plain" if address.events else TEXT
    return types.TextResourceContents(uri=uri, mime_type=mime, text=words(answer))


async def completions(
    party: Party, name: str, value: str, known: dict[str, str] | None
) -> Sequence[str]:
    """The ids that an argument may go on as."""
    if name == "notebook_id":
        found = await party.call(c.ListNotebooks())
        ids = (
            [one.notebook_id for one in found.notebooks]
            if isinstance(found, c.NotebookList)
            else []
        )
    elif name == "cell_id" and known and known.get("notebook_id"):
        ids = [one async for one in _cell_ids(party, known["notebook_id"])]
    else:
        ids = []
    return [one for one in ids if one.startswith(value)]


async def _cell_ids(party: Party, notebook_id: str) -> AsyncIterator[str]:
    """Of all cells, read outline by outline."""
    after: str | None = None
    while True:
        query = c.ReadNotebook(notebook_id=notebook_id, detail="outline", after=after)
        view = await party.call(query)
        assert isinstance(view, c.NotebookView)
        for cell in view.cells:
            yield cell.cell_id
        after = view.next_after
        if after is None:
            return
