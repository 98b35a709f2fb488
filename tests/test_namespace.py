"""What a Python kernel tells of its variables: no code of anybody's class is run for it."""

import ast
import inspect
import json
import subprocess
import sys
import types
from typing import Any

import numpy
import pandas  # type: ignore[import-untyped]
import pytest

from intheloop_agents.runtime.jupyter import namespace

TOUCHED: list[str] = []


def _record(name: str) -> Any:
    def touched(*_: object, **__: object) -> Any:
        TOUCHED.append(name)
        if name != "__array_finalize__":  # Without that there is no such array.
            raise AssertionError(f"{name} was called")

    return touched


_WATCHED = (
    *("__repr__", "__str__", "__format__", "__bytes__", "__hash__", "__eq__", "__lt__", "__bool__"),
    *("__len__", "__iter__", "__contains__", "__getitem__", "__getattr__", "__getattribute__"),
    *("__sizeof__", "__reduce_ex__", "__dir__", "__array__", "__instancecheck__", "__call__"),
    *("__subclasscheck__", "__array_finalize__", "__index__", "__int__", "__float__"),
)
_PROPERTIES = ("shape", "size", "nbytes", "dtype", "name", "columns", "__class__", "__dict__")


def _hostile(name: str, *bases: type, meta: type = type) -> Any:
    watched: dict[str, Any] = {one: _record(one) for one in _WATCHED}
    properties = {one: property(_record(one)) for one in _PROPERTIES}
    return type.__call__(meta, name, bases, {**watched, **properties})


def told(**variables: Any) -> dict[str, dict[str, Any]]:
    TOUCHED.clear()
    answer = namespace.listed(variables, {}, "", 0, 100)
    assert not TOUCHED
    assert json.dumps(answer)
    return {one["name"]: one for one in answer["variables"]}


def test_values_are_told_by_type_shape_size_and_a_preview() -> None:
    found = told(
        n=12, text="a\nb", items=[1, (2,), {"k": {3}}], nothing=None, many=list(range(1000))
    )
    assert found["n"] == {"name": "n", "type": "int", "size": sys.getsizeof(12), "preview": "12"}
    assert found["text"]["preview"] == r"'a\nb'"
    assert found["items"]["preview"] == "[1, (2,), {'k': {3}}]"
    assert found["many"]["shape"] == [1000]
    assert found["many"]["preview"] == "[0, 1, 2, 3, 4, 5, 6, 7, …]"
    assert found["nothing"] == {
        "name": "nothing",
        "type": "NoneType",
        "size": sys.getsizeof(None),
        "preview": "None",
    }


def test_modules_functions_and_classes_are_marked_as_such() -> None:
    class Own:
        def method(self) -> None: ...

    found = told(m=json, f=told, b=len, p=Own().method, u=numpy.add, c=Own, value=Own())
    kinds = {name: one.get("kind", "value") for name, one in found.items()}
    assert kinds == {
        **dict.fromkeys("fbpu", "function"),
        **{"m": "module", "c": "class", "value": "value"},
    }
    assert set(found["value"]) == {"name", "type"}
    assert found["value"]["type"].endswith("<locals>.Own")


@pytest.mark.parametrize("bases", [(), (list,), (dict,), (int,), (str,), (numpy.ndarray,)], ids=str)
def test_nothing_of_a_hostile_class_is_run(bases: tuple[type, ...]) -> None:
    cls = _hostile("Hostile", *bases)
    make: Any = bases[0].__new__ if bases else object.__new__
    one = make(cls, (2,)) if bases == (numpy.ndarray,) else make(cls)
    found = told(one=one, inside=[one, (one,)], value={"k": one}, within=numpy.array([None, 1]))
    assert found["one"]["type"].endswith("Hostile")
    assert "preview" not in found["one"]
    assert found["inside"]["preview"].startswith("[<")
    box = numpy.empty(2, dtype=object)
    box.fill(one)
    assert told(box=box)["box"]["preview"].startswith("object [<")


def test_nothing_of_a_hostile_metaclass_is_run() -> None:
    meta = _hostile("Meta", type)
    cls = type.__new__(meta, "Made", (), {"__module__": _hostile("Name", str)})
    found = told(cls=cls, one=object.__new__(cls), many=[object.__new__(cls)])
    assert found["cls"]["kind"] == "class"
    assert found["one"] == {"name": "one", "type": "Made"}
    assert found["many"]["preview"] == "[<Made>]"


def test_names_that_are_no_plain_text_are_left_alone() -> None:
    class Name(str):
        __hash__ = _record("__hash__")
        __eq__ = _record("__eq__")

    class Key:
        def __hash__(self) -> int:
            return hash("x")

        def __eq__(self, other: object) -> bool:
            TOUCHED.append("__eq__")
            return self is other

    variables: dict[Any, Any] = {Key(): 1, 3: 4, "_hidden": 5, "x": 6}
    TOUCHED.clear()
    answer = namespace.listed(variables, {}, "", 0, 100)
    assert [one["name"] for one in answer["variables"]] == ["x"]
    assert not TOUCHED


def test_arrays_are_told_by_what_numpy_itself_knows() -> None:
    found = told(
        grid=numpy.arange(12.0).reshape(3, 4),
        days=numpy.array(["2020-01-02"], dtype="datetime64[D]"),
        record=numpy.zeros(2, dtype=[("a", "i4"), ("b", "O")]),
        scalar=numpy.float64(2.5),
        part=numpy.zeros((1000, 1000))[::2],
    )
    grid = found["grid"]
    assert (grid["type"], grid["shape"], grid["size"]) == ("numpy.ndarray", [3, 4], 96)
    assert grid["preview"] == "float64 [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, …]"
    assert found["days"]["preview"] == "datetime64[D] ['2020-01-02']"
    assert found["record"]["preview"] == "void"
    assert (found["scalar"]["size"], found["scalar"]["preview"]) == (8, "np.float64(2.5)")
    assert (found["part"]["shape"], found["part"]["size"]) == ([500, 1000], 4_000_000)


def test_frames_and_series_are_told_with_the_memory_that_pandas_tells() -> None:
    frames: dict[str, Any] = {
        "plain": pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": ["x", "y"]}),
        "kinds": pandas.DataFrame(
            {
                "k": pandas.Categorical(["u", "v", "u"]),
                "t": pandas.date_range("2020", periods=3, tz="UTC"),
                "n": pandas.array([1, 2, None], dtype="Int64"),
            },
            index=[10, 20, 30],
        ),
    }
    found = told(**frames, row=frames["plain"]["a"], gaps=frames["kinds"]["n"])
    for name, frame in frames.items():
        assert found[name]["shape"] == list(frame.shape)
        assert found[name]["size"] == int(frame.memory_usage(deep=False).sum())
    assert found["plain"]["preview"] == "a, b, c"
    assert found["row"]["preview"] == "int64 [1, 2]"
    assert found["gaps"]["preview"] == "[1, 2, NA]"
    assert found["row"]["size"] == frames["plain"]["a"].memory_usage(deep=False)


def test_what_a_frame_holds_of_others_is_not_run_either() -> None:
    one = Spoken()
    cells = numpy.empty(2, dtype=object)
    cells.fill(one)
    frame = pandas.DataFrame({"a": cells})
    column = frame["a"]
    frame.attrs["note"] = column.attrs["note"] = one
    labelled = pandas.DataFrame([[1, 2]], columns=pandas.Index(cells, dtype=object))
    numbers = _Array([1, 2, 3])
    own = pandas.DataFrame(pandas.Series(numbers, index=pandas.Index(numbers)))
    other = _Frame({"a": [1]})
    found = told(frame=frame, column=column, labelled=labelled, own=own, other=other)
    assert found["frame"]["size"] == 132 + 16
    assert found["column"]["preview"].startswith("object [<")
    assert found["labelled"]["preview"].startswith("<")
    assert set(found["own"]) == {"name", "type", "preview"}  # The label of its column.
    assert set(found["other"]) == {"name", "type"}


class Spoken:
    """As much of it as pandas puts up with."""

    __repr__ = _record("__repr__")
    __str__ = _record("__str__")
    __deepcopy__ = _record("__deepcopy__")
    __sizeof__ = _record("__sizeof__")


class _Frame(pandas.DataFrame):  # type: ignore[misc]
    shape = property(_record("shape"))
    __len__ = _record("__len__")


class _Array(pandas.api.extensions.ExtensionArray):  # type: ignore[misc]
    """Numbers in an array of a class of one's own."""

    def __init__(self, numbers: list[int]) -> None:
        self._numbers = numbers

    nbytes = property(_record("nbytes"))
    __repr__ = _record("__repr__")

    @classmethod
    def _from_sequence(cls, scalars: Any, **_: Any) -> "_Array":
        return cls(list(scalars))

    @property
    def dtype(self) -> Any:
        return _Numbers()

    def __len__(self) -> int:
        TOUCHED.append("__len__")
        return len(self._numbers)

    def __getitem__(self, item: Any) -> Any:
        return self._numbers[item] if isinstance(item, int) else _Array(self._numbers[item])

    def copy(self) -> "_Array":
        return _Array(list(self._numbers))


class _Numbers(pandas.api.extensions.ExtensionDtype):  # type: ignore[misc]
    name = "numbers"
    type = int

    @classmethod
    def construct_array_type(cls) -> Any:
        return _Array


def test_polars_is_known_by_its_own_classes_once_it_is_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class DataFrame:
        shape = (3, 2)
        columns = ("a", "b")

        def estimated_size(self) -> int:
            return 27

    frame = DataFrame()
    assert set(told(frame=frame)["frame"]) == {"name", "type"}
    library = types.ModuleType("polars")
    library.DataFrame = DataFrame  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "polars", library)
    found = told(frame=frame)["frame"]
    assert (found["shape"], found["size"], found["preview"]) == ([3, 2], 27, "a, b")


def test_what_is_long_or_deep_or_odd_is_told_in_short() -> None:
    deep: list[Any] = []
    deep.append(deep)
    found = told(
        deep=deep,
        text="é" * 1_000_000,
        number=10**5000,
        endless=range(10**30),
        odd="\ud800 half",
        **{"long" * 100: 1},
    )
    assert found["deep"]["preview"] == "[[[[…]]]]"
    assert len(found["text"]["preview"]) == 80
    assert found["number"]["preview"] == "an integer of 16610 bits"
    assert "shape" not in found["endless"]
    assert found["odd"]["preview"] == r"'\ud800 half'"
    assert max(map(len, found)) == 200


def test_names_are_filtered_sorted_and_paged() -> None:
    variables = {f"Row{number:03}": number for number in range(30)} | {"other": 1, "_row": 2}
    hidden = {"Row000": 0, "other": 2}
    page = namespace.listed(variables, hidden, "row", 5, 10)
    assert [one["name"] for one in page["variables"]] == [f"Row{n:03}" for n in range(6, 16)]
    assert page["more"] == 14
    assert namespace.listed(variables, hidden, "", 500, 10) == {"variables": [], "more": 0}
    assert len(namespace.listed(variables, hidden, "OTHER", 0, 10)["variables"]) == 1


def test_it_can_be_read_by_an_old_python_and_imports_nothing_by_itself() -> None:
    source = inspect.getsource(namespace)
    ast.parse(source, feature_version=(3, 8))
    look = "\nprint(listed({'a': [1]}, {}, '', 0, 9), 'numpy' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-I", "-c", f"exec({source + look!r}, {{}})"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "'preview': '[1]'" in ran.stdout
    assert ran.stdout.endswith("False\n")
