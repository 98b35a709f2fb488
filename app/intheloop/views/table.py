"""Tables of HTML as text: the cells in columns, and how many rows and columns there are."""

from __future__ import annotations

from html.parser import HTMLParser

from msgspec import Struct

_ROWS, _COLUMNS, _WIDTH = 20, 12, 24


class Table(Struct, frozen=True):
    """The rows of a table's body and head, as they stand in the HTML."""

    head: tuple[tuple[str, ...], ...]
    body: tuple[tuple[str, ...], ...]

    @property
    def columns(self) -> int:
        """Of the widest row."""
        return max((len(row) for row in (*self.head, *self.body)), default=0)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.head: list[tuple[str, ...]] = []
        self.body: list[tuple[str, ...]] = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._in_head = False
        self._tables = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        match tag:
            case "table":
                self._tables += 1
            case "thead" | "tbody":
                self._in_head = tag == "thead"
            case "tr" if self._tables == 1:
                self._end_row()
                self._row = []
            case "td" | "th" if self._row is not None:
                self._end_cell()
                self._cell = []

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "table" | "tr":
                self._end_row()
            case "td" | "th":
                self._end_cell()
            case "thead":
                self._end_row()
                self._in_head = False

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._row.append(" ".join("".join(self._cell).split()))
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            (self.head if self._in_head else self.body).append(tuple(self._row))
        self._row = None


def read_table(html: str) -> Table | None:
    """The first table in some HTML, or None."""
    if "<table" not in html:
        return None
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if not reader.body and not reader.head:
        return None
    return Table(tuple(reader.head), tuple(reader.body))


def table_text(table: Table) -> str:
    """The table in columns of plain text, cut to what is sensible to read."""
    rows = [_cut(row) for row in (*table.head, *table.body[:_ROWS])]
    widths = [
        max((len(row[at]) for row in rows if at < len(row)), default=0)
        for at in range(min(table.columns, _COLUMNS) + (table.columns > _COLUMNS))
    ]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in rows
    ]
    if len(table.body) > _ROWS:
        lines.append(f"… {len(table.body) - _ROWS} more rows")
    return "\n".join(lines)


def _cut(row: tuple[str, ...]) -> tuple[str, ...]:
    shown = tuple(
        cell if len(cell) <= _WIDTH else cell[: _WIDTH - 1] + "…" for cell in row[:_COLUMNS]
    )
    return (*shown, "…") if len(row) > _COLUMNS else shown
