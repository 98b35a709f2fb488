"""Writes `app/web/src/generated.ts`: shapes of events, state and tools, from the Python classes.

Run `python -m tests.make_types` after a change of any; a test compares what is committed.
Optional are the fields that an encoder leaves out at their default.
"""

import inspect as python_inspect
import json
from typing import Any, TypeAlias, get_args

import msgspec
from msgspec import NODEFAULT, Struct, inspect

from intheloop import client, commands, events, notebook, values
from intheloop.commands import PUBLIC_TOOLS, Tool
from intheloop.reducer import REDUCER_VERSION
from intheloop.web_api.shapes import Lanes, Lines
from tests.needs import WEB

TARGET = WEB / "src" / "generated.ts"

NOUNS = (
    "Notebook",
    "Cell",
    "Execution",
    "Runtime",
    "Comment",
    "Approval",
    "Proposal",
    "Assistant",
    "Workspace",
    "Integrity",
)

ALIASES: dict[str, Any] = {
    "CellType": values.CellType,
    "Encoding": values.Encoding,
    "Output": values.Output,
    "Attachments": values.Attachments,
    "Shown": notebook.Shown,
    "Status": notebook.Status,
    "RunStatus": notebook.RunStatus,
    "RunOutcome": events.RunOutcome,
    "CompletedStatus": events.CompletedStatus,
    "ActorKind": events.ActorKind,
    "Verdict": events.Verdict,
    "Preset": events.Preset,
    "Asker": events.Asker,
    "Span": events.Span,
    "Hunk": events.Hunk,
    "ApprovalStatus": notebook.ApprovalStatus,
    "Role": events.Role,
    "Scope": events.Scope,
    "CredentialKind": events.CredentialKind,
    "RunState": commands.RunState,
    "Question": client.Question,
    "Answer": client.Answer,
}
STATE: tuple[type[Struct], ...] = (
    notebook.Cell,
    notebook.Execution,
    notebook.Runtime,
    notebook.Comment,
    notebook.Policy,
    notebook.Approval,
    notebook.Proposal,
    notebook.AssistantRun,
)
"""Complete in memory, without their defaults on the wire: each gets a `Packed` form beside it."""

ROOTS = (
    *events.EVENT_CLASSES,
    events.WireRecord,
    notebook.PortableNotebook,
    notebook.PortableWorkspace,
    *get_args(client.Question),
    *get_args(client.Answer),
    Lanes,
    Lines,
)

UNSET_TYPE = inspect.multi_type_info([msgspec.UnsetType])[0]

SCALARS: dict[type[inspect.Type], str] = {
    inspect.StrType: "string",
    inspect.IntType: "number",
    inspect.FloatType: "number",
    inspect.BoolType: "boolean",
    inspect.NoneType: "null",
    inspect.AnyType: "unknown",
    inspect.RawType: "unknown",
    inspect.BytesType: "string",
}

HEADER = """\
// Written by `python -m tests.make_types` from the Python classes: change those, not this file.
// The shapes of events, of the records that carry them, of state, of the tools for people, and of
// what may be asked of a kernel.

/** The form on the wire, which leaves out what is at its default. */
export type Packed<T, Defaults> = Omit<T, keyof Defaults> &
  Partial<Pick<T, keyof Defaults & keyof T>>;
"""

Named: TypeAlias = dict[str, inspect.Type]


def generated() -> str:
    """The text of the file."""
    named: Named = dict(zip(ALIASES, inspect.multi_type_info(list(ALIASES.values())), strict=True))
    tools = [tool for tool in PUBLIC_TOOLS.values() if "human" in tool.ACTORS]
    answers = [tool.ANSWER for tool in tools]
    roots = inspect.multi_type_info([*ROOTS, *tools, *answers])
    structs: dict[str, inspect.StructType] = {}
    for root in roots:
        _collect(root, structs)
    parts = [HEADER]
    parts += [f"export const REDUCER_VERSION = {REDUCER_VERSION};\n"]
    parts += [_alias(name, one, named) for name, one in named.items()]
    parts += [_interface(struct, named) for struct in structs.values()]
    parts += [_defaults(structs[cls.__name__]) for cls in STATE]
    parts += [_tools(tools), _event_data(), _versions(), *map(_noun, NOUNS), _empty()]
    return "\n".join(parts)


def _collect(shape: inspect.Type, structs: dict[str, inspect.StructType]) -> None:
    """Find each struct that a shape holds, those it is made of first."""
    match shape:
        case inspect.StructType(cls=cls, fields=fields) if cls.__name__ not in structs:
            for field in fields:
                _collect(field.type, structs)
            structs[cls.__name__] = shape
        case inspect.UnionType(types=types):
            for one in types:
                _collect(one, structs)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            _collect(item, structs)
        case inspect.DictType(value_type=value) | inspect.Metadata(type=value):
            _collect(value, structs)


def _written(shape: inspect.Type, named: Named, packed: bool = False) -> str:
    """A type as TypeScript writes it; with `packed`, state classes in their form on the wire."""
    for name, alias in named.items():
        if shape == alias:
            return name
    match shape:
        case inspect.StructType(cls=cls):
            return f"Packed{cls.__name__}" if packed and cls in STATE else cls.__name__
        case inspect.LiteralType(values=literals):
            return " | ".join(json.dumps(literal) for literal in literals)
        case inspect.Metadata(type=meant):
            return _written(meant, named, packed)
        case inspect.UnionType(types=types):
            return _union(types, named, packed)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            inner = _written(item, named, packed)
            return f"readonly ({inner})[]" if " " in inner else f"readonly {inner}[]"
        case inspect.DictType(value_type=value):
            return f"Readonly<Record<string, {_written(value, named, packed)}>>"
        case _:
            return SCALARS[type(shape)]


def _union(types: tuple[inspect.Type, ...], named: Named, packed: bool) -> str:
    """A union; one with null keeps the name of what may be null. What is unset is left out."""
    types = tuple(one for one in types if one != UNSET_TYPE)
    if len(types) == 1:
        return _written(types[0], named, packed)
    for name, alias in named.items():
        if inspect.UnionType(types) == alias:
            return name
    some = tuple(one for one in types if not isinstance(one, inspect.NoneType))
    if len(some) == len(types):
        return " | ".join(_written(one, named, packed) for one in types)
    rest = some[0] if len(some) == 1 else inspect.UnionType(some)
    return f"{_written(rest, named, packed)} | null"


def _doc(text: str | None, indent: str = "") -> str:
    lines = python_inspect.cleandoc(text or "").splitlines()
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def _alias(name: str, alias: inspect.Type, named: Named) -> str:
    others = {other: shape for other, shape in named.items() if other != name}
    match alias:
        case inspect.UnionType(types=types):
            return _lines_of_union(name, [_written(one, others) for one in types])
        case inspect.LiteralType(values=literals):
            return _lines_of_union(name, [json.dumps(literal) for literal in literals])
        case _:
            return f"export type {name} = {_written(alias, others)};\n"


def _lines_of_union(name: str, members: list[str]) -> str:
    one_line = f"export type {name} = {' | '.join(members)};"
    if len(one_line) <= 100:
        return one_line + "\n"
    return f"export type {name} =\n" + "\n".join(f"  | {member}" for member in members) + ";\n"


def _interface(struct: inspect.StructType, named: Named) -> str:
    cls = struct.cls
    packed = cls in (notebook.PortableNotebook, notebook.PortableWorkspace)
    lines = []
    if struct.tag_field is not None:
        lines.append(f"  readonly {struct.tag_field}: {json.dumps(struct.tag)};")
    for field in struct.fields:
        may_be_left_out = cls.__struct_config__.omit_defaults or issubclass(cls, Tool)
        left_out = not field.required and may_be_left_out and cls not in STATE
        mark = "?" if left_out else ""
        lines.append(
            f"  readonly {field.encode_name}{mark}: {_written(field.type, named, packed)};"
        )
    if not lines:
        return f"{_doc(cls.__doc__)}export type {cls.__name__} = Readonly<Record<string, never>>;\n"
    return f"{_doc(cls.__doc__)}export interface {cls.__name__} {{\n" + "\n".join(lines) + "\n}\n"


def _defaults(struct: inspect.StructType) -> str:
    name = struct.cls.__name__
    constant = f"{name.upper()}_DEFAULTS"
    rows = []
    for field in struct.fields:
        if not field.required:
            value = field.default if field.default is not NODEFAULT else field.default_factory()
            rows.append(f"  {field.name}: {json.dumps(msgspec.to_builtins(value))},")
    return (
        f"export const {constant} = {{\n" + "\n".join(rows) + f"\n}} satisfies Partial<{name}>;\n"
        f"export type Packed{name} = Packed<{name}, typeof {constant}>;\n"
    )


def _tools(tools: list[type[Tool]]) -> str:
    rows = [
        f"  readonly {tool.tool_name()}: {{ readonly takes: {tool.__name__}; "
        f"readonly gives: {tool.ANSWER.__name__} }};"
        for tool in tools
    ]
    return (
        "/** What each tool for people takes and gives. */\nexport interface Tools {\n"
        + "\n".join(rows)
        + "\n}\n"
    )


def _event_data() -> str:
    rows = [f"  readonly {name}: {cls.__name__};" for cls, name in events.TYPE_NAMES.items()]
    return (
        "/** The data of each type of event. */\nexport interface EventData {\n"
        + "\n".join(rows)
        + "\n}\n"
    )


def _versions() -> str:
    rows = [f"  {name}: {version}," for name, version in events.VERSIONS.items()]
    return (
        "/** The schema version of each type that is understood here; a later one is unknown. */\n"
        "export const EVENT_VERSIONS: Readonly<Record<keyof EventData, number>> = {\n"
        + "\n".join(rows)
        + "\n};\n"
    )


def _noun(noun: str) -> str:
    union = getattr(events, f"{noun}Event")
    classes = getattr(union, "__args__", (union,))
    names = [json.dumps(events.TYPE_NAMES[cls]) for cls in classes]
    return _lines_of_union(f"{noun}EventType", names)


def _empty() -> str:
    sha256 = values.EMPTY.sha256
    return (
        "/** The value of an empty object: the usual metadata. */\n"
        f'export const EMPTY: Value = {{\n  sha256: "{sha256}",\n  json: {{}},\n}};\n'
    )


if __name__ == "__main__":
    TARGET.write_text(generated(), encoding="utf-8")
