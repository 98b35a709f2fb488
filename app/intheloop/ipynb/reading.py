"""A notebook file's bytes to what the import command takes, and the blobs to upload before it.

Takes any nbformat 4 file, also one that breaks its schema; what does not fit our fields is kept for
export. Refuses older formats and what is no notebook. Limits of size are the command's to check.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from intheloop.commands.given import GivenCell
from intheloop.errors import BadArgument
from intheloop.events import Imported
from intheloop.values import (
    EMPTY,
    ID_PATTERN,
    Attachments,
    CellType,
    DisplayOutput,
    ErrorOutput,
    OtherOutput,
    Output,
    ResultOutput,
    Value,
    inline,
    sha256_hex,
)

from .blob_values import stream_of, value_of
from .file_form import Members
from .json_text import Number, read_json, write_json

LONGEST_TITLE = 200
"""Characters; a longer title of a file is cut, and the file's own stays in the metadata."""

FIRST_MINOR_WITH_IDS = 5


class ParsedNotebook(Struct, frozen=True):
    """What `import_notebook` needs. `blobs` are to be there first: sha256 to bytes."""

    title: str
    metadata: Value
    cells: list[GivenCell]
    imported: Imported
    blobs: dict[str, bytes]


def parse(raw: bytes, name: str) -> ParsedNotebook:
    """The notebook in the bytes of the file `name`.

    Half a surrogate pair (`\\ud800` alone) becomes U+FFFD, since no UTF-8 can hold it; all else
    comes back from `render` as equal JSON. Raises BadArgument with the next step.
    """
    source = _read(raw, name)
    minor = _minor(source, name)
    members = Members(source)
    members.take("nbformat", lambda number: number, None)
    members.take("nbformat_minor", lambda number: number, None)
    given = members.take("cells", _list_of_objects, None)
    if given is None:
        raise BadArgument(f"{name} has no list of cells. Check that it is a whole notebook file.")
    metadata: dict[str, Any] = members.take("metadata", _object, {})
    blobs: dict[str, bytes] = {}
    try:
        reader = _Reader(minor, blobs)
        cells = [reader.cell(one) for one in given]
        imported = Imported(name, sha256_hex(raw), f"4.{minor}", members.form())
        return ParsedNotebook(
            _title(metadata, name), inline(write_json(metadata)), cells, imported, blobs
        )
    except ValueError as why:
        raise BadArgument(f"{name} cannot be kept: {why}. Take that part out first.") from why


def _read(raw: bytes, name: str) -> dict[str, Any]:
    try:
        source = read_json(raw.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError as why:
        raise BadArgument(
            f"{name} is not UTF-8 text (byte {why.start}). Save it as UTF-8 and import it again."
        ) from why
    except ValueError as why:
        raise BadArgument(
            f"{name} is not valid JSON: {why}. If it opens in Jupyter, save it there and import it "
            "again; else mend it at that place or take an older copy."
        ) from why
    if not isinstance(source, dict) or not ("nbformat" in source or "worksheets" in source):
        raise BadArgument(
            f"{name} is JSON but no notebook: it does not name its nbformat. Choose a .ipynb file."
        )
    return source


def _minor(source: dict[str, Any], name: str) -> int:
    """The minor version of an nbformat 4 file."""
    major = _int(source.get("nbformat", Number("2")))
    minor = _int(source.get("nbformat_minor", Number("0")))
    if isinstance(major, int) and major < 4:
        raise BadArgument(
            f"{name} is in nbformat {major}, from before 2015. Open and save it in Jupyter, or run "
            f"`jupyter nbconvert --to notebook --inplace {name}`, and import it again."
        )
    if major != 4 or not isinstance(minor, int) or minor < 0:
        raise BadArgument(
            f"{name} does not say which nbformat 4 it is, or is newer. Save it as nbformat 4 "
            "(numbers in `nbformat` and `nbformat_minor`) and import it again."
        )
    return minor


def _title(metadata: dict[str, Any], name: str) -> str:
    title = metadata.get("title")
    if not isinstance(title, str) or not title.strip():
        title = name.removesuffix(".ipynb")
    return title.strip()[:LONGEST_TITLE] or "Untitled"


class _Reader:
    """Cells and outputs of one file. Holds the ids seen and gathers blobs."""

    def __init__(self, minor: int, blobs: dict[str, bytes]) -> None:
        self._has_ids = minor >= FIRST_MINOR_WITH_IDS
        self._blobs = blobs
        self._ids: set[str] = set()

    def cell(self, source: dict[str, Any]) -> GivenCell:
        """A cell of a type that we do not know is a raw one until it is exported."""
        members = Members(source)
        cell_type: CellType = members.take("cell_type", _cell_type, "raw")
        cell_id = members.take("id", self._fresh_id, None) if self._has_ids else None
        text = members.take("source", _text, "")
        metadata = members.take("metadata", _object_value, EMPTY)
        attachments: Attachments = {}
        if source.get("attachments"):
            attachments = members.take("attachments", self._attachments, {})
        outputs: list[Output] | None = None
        execution_count: int | None = None
        if cell_type == "code" and "cell_type" in source:
            outputs = members.take("outputs", self._outputs, None)
            execution_count = members.take("execution_count", _count, None)
        return GivenCell(
            source=text,
            cell_type=cell_type,
            cell_id=cell_id,
            metadata=metadata,
            attachments=attachments or UNSET,
            outputs=outputs or UNSET,
            execution_count=execution_count,
            extra=members.form(),
        )

    def _fresh_id(self, value: Any) -> str | UnsetType:
        if not isinstance(value, str) or not ID_PATTERN.match(value) or value in self._ids:
            return UNSET
        self._ids.add(value)
        return value

    def _attachments(self, value: Any) -> Attachments | UnsetType:
        if not isinstance(value, dict) or not all(isinstance(v, dict) for v in value.values()):
            return UNSET
        return {name: self._bundle(bundle) for name, bundle in value.items()}

    def _bundle(self, bundle: dict[str, Any]) -> dict[str, Value]:
        return {
            mime: value_of(_rejoined(mime, value), self._blobs) for mime, value in bundle.items()
        }

    def _outputs(self, value: Any) -> list[Output] | UnsetType:
        return [self._output(one) for one in value] if isinstance(value, list) else UNSET

    def _output(self, source: Any) -> Output:
        match source:
            case {"output_type": "stream", "name": str(name), "text": text}:
                if not isinstance(joined := _text(text), UnsetType):
                    form = _form_without(source, "name", "text")
                    return stream_of(name, joined, self._blobs, form)
            case {"output_type": "display_data" | "execute_result", "data": dict(data)}:
                return self._display(source, data)
            case {
                "output_type": "error",
                "ename": str(ename),
                "evalue": str(evalue),
                "traceback": list(lines),
            } if all(isinstance(line, str) for line in lines):
                form = _form_without(source, "ename", "evalue", "traceback")
                return ErrorOutput(ename, evalue, value_of(lines, self._blobs), form)
        return OtherOutput(value_of(source, self._blobs))

    def _display(self, source: dict[str, Any], data: dict[str, Any]) -> Output:
        rest = {key: value for key, value in source.items() if key not in ("output_type", "data")}
        members = Members(rest)
        bundle = self._bundle(data)
        metadata = members.take("metadata", self._metadata, EMPTY)
        if source["output_type"] == "display_data":
            return DisplayOutput(bundle, metadata, extra=members.form())
        count = members.take("execution_count", _count, None)
        return ResultOutput(bundle, metadata, count, extra=members.form())

    def _metadata(self, value: Any) -> Value | UnsetType:
        return value_of(value, self._blobs) if isinstance(value, dict) else UNSET


def _form_without(source: dict[str, Any], *names: str) -> Value | UnsetType:
    taken = ("output_type", *names)
    return Members({key: value for key, value in source.items() if key not in taken}).form()


def _rejoined(mime: str, value: Any) -> Any:
    """Jupyter splits long text into lines; of JSON types alone a list is a list."""
    if mime == "application/json" or (mime.startswith("application/") and mime.endswith("+json")):
        return value
    joined = _text(value)
    return value if isinstance(joined, UnsetType) else joined


def _text(value: Any) -> str | UnsetType:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return UNSET


def _int(value: Any) -> int | UnsetType:
    number = value.as_int() if isinstance(value, Number) else None
    return UNSET if number is None else number


def _count(value: Any) -> int | UnsetType | None:
    return None if value is None else _int(value)


def _cell_type(value: Any) -> CellType | UnsetType:
    match value:
        case "code" | "markdown" | "raw":
            return value  # type: ignore[no-any-return]
    return UNSET


def _object(value: Any) -> dict[str, Any] | UnsetType:
    return value if isinstance(value, dict) else UNSET


def _object_value(value: Any) -> Value | UnsetType:
    return inline(write_json(value)) if isinstance(value, dict) else UNSET


def _list_of_objects(value: Any) -> list[dict[str, Any]] | UnsetType:
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    return UNSET
