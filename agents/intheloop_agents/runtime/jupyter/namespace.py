"""What an IPython kernel tells of its variables. Runs inside the kernel, sent there as text.

Nothing that people wrote is run for it: no method, property, hash or comparison of their classes
and metaclasses. So classes are compared by identity (`issubclass` asks the known class alone, `in`
and `isinstance` would ask theirs), and attributes are read by the descriptors of known classes.
Nothing is imported that the kernel has not. Python 3.8 can read it.
"""

from __future__ import annotations

import itertools
import json
import operator
import sys
import types
from collections.abc import Iterable, Sequence
from typing import Any

REQUEST = "intheloop_variables_request"
_LONGEST_NAME = 200
_LONGEST_PREVIEW = 80
_DEEPEST = 3
_SHOWN = 8

_PLAIN = (type(None), bool, int, float, complex, type(Ellipsis), type(NotImplemented))
_TEXTS = (str, bytes, bytearray)
_BRACKETS: dict[type, Sequence[str]] = {
    list: "[]",
    tuple: "()",
    set: "{}",
    frozenset: ("frozenset({", "})"),
    dict: "{}",
}
_SIZED = (*_TEXTS, list, tuple, dict, set, frozenset, range)
_SELF_CONTAINED = (*_PLAIN, *_SIZED, slice)
_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
)
# Elements of these NumPy kinds are plain values; those of others may be anything.
_PLAIN_KINDS = "biufcSU"
_TIME_KINDS = "mM"
# What pandas keeps columns in besides ndarrays, where all that is looked at is its own.
_PANDAS_ARRAYS = (
    "BooleanArray",
    "IntegerArray",
    "FloatingArray",
    "StringArray",
    "ArrowStringArray",
    "ArrowExtensionArray",
    "DatetimeArray",
    "TimedeltaArray",
    "PeriodArray",
)
# Those of them whose elements are plain values.
_PANDAS_PLAIN = ("pandas.arrays", *_PANDAS_ARRAYS[:5])


def offer() -> None:
    """Have this kernel answer `REQUEST` on its control channel.

    That channel is heard while a cell runs. Code that is executed for it, even silently and in a
    subshell, would trigger what people hung on executions, and take `input` away from the cell
    that runs.
    """
    from ipykernel.kernelapp import IPKernelApp

    kernel: Any = IPKernelApp.instance().kernel

    def tell(stream: Any, ident: Any, parent: Any) -> None:
        try:
            shell = kernel.shell
            told = listed(shell.user_ns, shell.user_ns_hidden, **parent["content"])
            content = {"status": "ok", "told": json.dumps(told)}
        except Exception as error:
            content = {"status": "error", "ename": type(error).__name__}
        reply = REQUEST.replace("_request", "_reply")
        kernel.session.send(stream, reply, content, parent, ident)

    kernel.control_handlers[REQUEST] = tell


def listed(
    namespace: dict[str, Any], hidden: dict[str, Any], contains: str, offset: int, limit: int
) -> dict[str, Any]:
    """Variables by name, `limit` of them after `offset`, and how many `more` there are.

    Left out are names with an underscore in front, and what `hidden` has the same of.
    """
    # One call takes all of it, for a cell that runs may change the namespace meanwhile.
    text = contains.casefold()
    wanted = [
        (name, value)
        for name, value in list(dict.items(namespace))
        if type(name) is str
        and name[:1] != "_"
        and text in name.casefold()
        and not (name in hidden and hidden[name] is value)
    ]
    wanted.sort(key=operator.itemgetter(0))
    page = wanted[offset : offset + limit]
    more = max(len(wanted) - offset - len(page), 0)
    return {"variables": [described(name, value) for name, value in page], "more": more}


def described(name: str, value: Any) -> dict[str, Any]:
    """What can be told of a variable; a field that cannot is left out."""
    cls = type(value)
    told: dict[str, Any] = {
        "name": _cut(name, _LONGEST_NAME),
        "type": _cut(_type_name(cls), _LONGEST_NAME),
    }
    if issubclass(cls, types.ModuleType):
        return {**told, "kind": "module"}
    if issubclass(cls, type):
        return {**told, "kind": "class"}
    if issubclass(cls, (*_FUNCTIONS, *_of_library("numpy", "ufunc"))):
        return {**told, "kind": "function"}
    for field, look in (("shape", _shape), ("size", _size), ("preview", _preview)):
        try:
            found = look(value, cls)
        except Exception:
            # Another thread may change it as it is looked at, and libraries change over the years.
            found = None
        if found is not None:
            told[field] = found
    return told


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _type_name(cls: type) -> str:
    name: str = type.__dict__["__qualname__"].__get__(cls)
    try:
        module = type.__dict__["__module__"].__get__(cls)
    except AttributeError:
        module = None
    if type(module) is not str or module in ("builtins", "__main__"):
        return name
    return module + "." + name


def _of_library(module: str, *names: str) -> list[Any]:
    """What an imported library calls so; nothing of one that is not imported."""
    library = sys.modules.get(module)
    if type(library) is not types.ModuleType:
        return []
    inside: dict[str, Any] = object.__getattribute__(library, "__dict__")
    return [inside[name] for name in names if issubclass(type(inside.get(name)), type)]


def _exactly(cls: type, module: str, *names: str) -> bool:
    return any(cls is one for one in _of_library(module, *names))


def _shape(value: Any, cls: type) -> list[int] | None:
    for base in _of_library("numpy", "ndarray"):
        if issubclass(cls, base):
            return [int(length) for length in base.__dict__["shape"].__get__(value)]
    if _is_pandas(cls):
        return [_pandas_length(axis) for axis in reversed(value._mgr.axes)]
    if _exactly(cls, "polars", "DataFrame", "Series"):
        return [int(length) for length in value.shape]
    for base in _SIZED:
        if issubclass(cls, base):
            return [base.__len__(value)]
    return None


def _size(value: Any, cls: type) -> int | None:
    for base in _of_library("numpy", "ndarray", "generic"):
        if issubclass(cls, base):
            return int(base.__dict__["nbytes"].__get__(value))
    if _is_pandas(cls):
        columns = map(_pandas_size, _pandas_columns(value))
        return _sum([_pandas_index_size(value._mgr.axes[-1]), *columns])
    if _exactly(cls, "polars", "DataFrame", "Series"):
        return int(value.estimated_size())
    if any(cls is one for one in _SELF_CONTAINED):
        return sys.getsizeof(value)
    return None


def _preview(value: Any, cls: type) -> str | None:
    shown: str | None
    if _exactly(cls, "numpy", "ndarray"):
        shown = _array(value)
    elif issubclass(cls, tuple(_of_library("numpy", "generic"))):
        shown = _numpy_scalar(value, cls)
    elif _exactly(cls, "pandas", "DataFrame"):
        shown = _labels(_pandas_first(_pandas_index_values(value._mgr.axes[0])))
    elif _exactly(cls, "pandas", "Series"):
        (column,) = _pandas_columns(value)
        shown = _array(column) if _exactly(type(column), "numpy", "ndarray") else None
        if shown is None and (first := _pandas_first(column)) is not None:
            shown = _sequence(first, len(column), "[]", 1)
    elif _exactly(cls, "polars", "DataFrame"):
        shown = _labels(value.columns)
    elif _exactly(cls, "polars", "Series"):
        shown = str(value.dtype)
    else:
        shown = _shown(value, 0)
        if shown.startswith("<"):
            return None
    return None if shown is None else _cut(shown, _LONGEST_PREVIEW)


def _shown(value: Any, depth: int) -> str:
    """A value as Python writes it, begun at least; the class in its place where that is not known
    to be safe."""
    cls = type(value)
    if cls is int and value.bit_length() > 256:
        return "an integer of " + str(value.bit_length()) + " bits"
    if any(cls is one for one in (*_PLAIN, range)):
        return repr(value)
    if _exactly(cls, "pandas._libs.missing", "NAType"):
        return "NA"
    if any(cls is one for one in _TEXTS):
        return repr(value[: _LONGEST_PREVIEW + 1])
    for base, brackets in _BRACKETS.items():
        if cls is base:
            if depth >= _DEEPEST:
                return brackets[0] + "…" + brackets[1]
            first = dict.items(value) if cls is dict else value
            return _sequence(itertools.islice(first, _SHOWN), len(value), brackets, depth + 1, cls)
    return "<" + _type_name(cls) + ">"


def _sequence(
    first: Iterable[Any], length: int, brackets: Sequence[str], depth: int, cls: type = list
) -> str:
    parts = []
    room = _LONGEST_PREVIEW
    for one in first:
        if room <= 0:
            break
        if cls is dict:
            parts.append(_shown(one[0], depth) + ": " + _shown(one[1], depth))
        else:
            parts.append(_shown(one, depth))
        room -= len(parts[-1]) + 2
    if len(parts) < length:
        parts.append("…")
    comma = "," if cls is tuple and length == 1 else ""
    if cls is set and not length:
        return "set()"
    return brackets[0] + ", ".join(parts) + comma + brackets[1]


def _labels(labels: Iterable[Any] | None) -> str | None:
    if labels is None:
        return None
    some = itertools.islice(labels, _LONGEST_PREVIEW)
    return ", ".join(one if type(one) is str else _shown(one, 1) for one in some)


def _array(array: Any) -> str:
    """The type and the first elements of an ndarray, which must be no subclass of that."""
    kind = array.dtype.kind
    if kind not in _PLAIN_KINDS + _TIME_KINDS + "O":
        return {"V": "void", "T": "text"}.get(kind, "")
    first = array.flat[:_SHOWN]
    some = (first.astype("U") if kind in _TIME_KINDS else first).tolist()
    return str(array.dtype.name) + " " + _sequence(some, array.size, "[]", 1)


def _numpy_scalar(value: Any, cls: type) -> str | None:
    name = type.__dict__["__name__"].__get__(cls)
    if not _exactly(cls, "numpy", name) or value.dtype.kind not in _PLAIN_KINDS + _TIME_KINDS:
        return None
    return repr(value)


def _is_pandas(cls: type) -> bool:
    return _exactly(cls, "pandas", "DataFrame", "Series")


def _pandas_columns(value: Any) -> list[Any]:
    """The arrays that a DataFrame or Series consists of; several columns may share one."""
    return [block.values for block in value._mgr.blocks]


def _pandas_length(index: Any) -> int:
    if _exactly(type(index), "pandas", "RangeIndex", "MultiIndex"):
        return len(index)
    values = _pandas_index_values(index)
    if values is None:
        raise TypeError
    return len(values)


def _pandas_index_values(index: Any) -> Any:
    """What an index consists of; None unless that is pandas' own."""
    names = ("Index", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex", "CategoricalIndex")
    if _exactly(type(index), "pandas", "RangeIndex"):
        return range(index.start, index.stop, index.step)
    if not _exactly(type(index), "pandas", *names) or _pandas_size(index._data) is None:
        return None
    return index._data


def _pandas_index_size(index: Any) -> int | None:
    if _exactly(type(index), "pandas", "MultiIndex"):
        codes = [int(code.nbytes) for code in index.codes]
        return _sum([*map(_pandas_index_size, index.levels), *codes])
    if _exactly(type(index), "pandas", "RangeIndex"):
        return int(index.nbytes)
    values = _pandas_index_values(index)
    return None if values is None else _pandas_size(values)


def _pandas_size(values: Any) -> int | None:
    """As `memory_usage(deep=False)` counts it; None for an array that may be of anybody."""
    cls = type(values)
    if _exactly(cls, "numpy", "ndarray") or _exactly(cls, "pandas.arrays", *_PANDAS_ARRAYS):
        return int(values.nbytes)
    if _exactly(cls, "pandas", "Categorical"):
        return _sum([_pandas_size(values.dtype.categories._data), int(values._codes.nbytes)])
    return None


def _sum(sizes: list[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _pandas_first(values: Any) -> list[Any] | None:
    """The first elements of an array or range that is pandas' own; None of others."""
    if type(values) is range:
        return list(values[:_SHOWN])
    cls = type(values)
    plain = _exactly(cls, "numpy", "ndarray") and values.dtype.kind in _PLAIN_KINDS + "O"
    return list(values[:_SHOWN].tolist()) if plain or _exactly(cls, *_PANDAS_PLAIN) else None
