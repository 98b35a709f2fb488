"""HTML as text: a line for each block, the cells of a row side by side. Made to be read, not to be
exact: what is shown, without styles and scripts. Takes time in proportion to its length."""

from __future__ import annotations

import re
from html import unescape

from msgspec import Struct

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:-]*)")
_SPACE = re.compile(r"\s+")
_UNSEEN = {
    tag: re.compile(rf"</{tag}", re.IGNORECASE)
    for tag in ("script", "style", "template", "noscript", "title", "svg", "iframe")
}
_BLOCKS = frozenset(
    re.findall(
        r"\S+",
        """address article aside blockquote br caption dd details div dl dt fieldset figure
        figcaption footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary
        ul""",
    )
)
_ROWS = frozenset(("table", "thead", "tbody", "tfoot", "tr"))


class HtmlText(Struct, frozen=True):
    """The text; `rows` and `columns` of data are those of its one table, 0 if it has another
    number of tables."""

    text: str
    rows: int = 0
    columns: int = 0


class _Reader:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.rows = self.columns = self.tables = 0
        self._said: list[str] = []
        self._cells: list[str] | None = None
        self._in_cell = False
        self._data = 0
        self._verbatim = False

    def text(self, text: str) -> None:
        text = unescape(text) if "&" in text else text
        self._said.append(text if self._verbatim else _SPACE.sub(" ", text))

    def tag(self, tag: str, closing: bool) -> None:
        if tag in ("td", "th"):
            self._end_cell()
            self._in_cell = not closing
            self._data += tag == "td" and not closing
        elif tag in _ROWS:
            self.end_line()
            self.tables += tag == "table" and not closing
        elif tag in _BLOCKS and self._in_cell:
            self._said.append(" ")
        elif tag in _BLOCKS:
            self.end_line()
            self._verbatim = tag == "pre" and not closing

    def _end_cell(self) -> None:
        if self._cells is None:
            self.end_line()
            self._cells = []
        if self._in_cell:
            self._cells.append(self._take())
        else:
            self._said.clear()

    def end_line(self) -> None:
        """End the line, or the row."""
        if self._cells is not None:
            self._end_cell()
            self.lines.append(" | ".join(self._cells))
            self.rows += self._data > 0
            self.columns = max(self.columns, self._data)
            self._cells, self._in_cell, self._data = None, False, 0
        elif said := self._take():
            self.lines.append(said)

    def _take(self) -> str:
        said = "".join(self._said)
        self._said.clear()
        return said.strip("\n") if self._verbatim else " ".join(said.split())


def html_text(html: str) -> HtmlText:
    """The text of some HTML, or of the beginning of some."""
    reader, at = _Reader(), 0
    while at >= 0:
        tag = html.find("<", at)
        reader.text(html[at : tag if tag >= 0 else len(html)])
        at = _past(html, tag, reader) if tag >= 0 else -1
    reader.end_line()
    lines = [line for line in reader.lines if line.strip(" |")]
    one = reader.tables == 1
    return HtmlText("\n".join(lines), reader.rows * one, reader.columns * one)


def _past(html: str, at: int, reader: _Reader) -> int:
    """Where the text goes on behind the tag at `at`; -1 when it does not."""
    found = _TAG.match(html, at)
    if found is None:
        if html.startswith("<!--", at):
            return _after(html, "-->", at)
        if html[at + 1 : at + 2] in ("!", "?", "/"):
            return _after(html, ">", at)
        reader.text("<")
        return at + 1
    end = _after(html, ">", at)
    tag, closing = found[1].lower(), html[at + 1] == "/"
    if end >= 0 and tag in _UNSEEN and not closing:
        hidden = _UNSEEN[tag].search(html, end)
        return hidden.start() if hidden else -1
    reader.tag(tag, closing)
    return end


def _after(html: str, what: str, at: int) -> int:
    found = html.find(what, at)
    return found + len(what) if found >= 0 else -1
