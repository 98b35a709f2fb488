"""Charts and maps told in words: what is drawn of which fields, and of how much data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

_MANY = 8
_LONGEST = 60
_DEEPEST = 20
_SIZES = {"f8": 8, "i8": 8, "u8": 8, "f4": 4, "i4": 4, "u4": 4, "i2": 2, "u2": 2}


def is_chart(mime: str) -> bool:
    """Whether outputs of this mime type can be told."""
    return mime == "application/geo+json" or mime.startswith(
        ("application/vnd.vega", "application/vnd.plotly")
    )


def chart_text(mime: str, spec: Any) -> str | None:
    """What a chart shows, by its mime type and JSON; None for what is no chart that is known."""
    if not isinstance(spec, dict):
        return None
    if mime.startswith("application/vnd.vega"):
        return _vega(mime, spec)
    if mime.startswith("application/vnd.plotly"):
        return _plotly(spec)
    return _geojson(spec)


def _vega(mime: str, spec: dict[str, Any]) -> str:
    kind = "Vega-Lite" if "vegalite" in mime else "Vega"
    layers = list(_layers(spec, _DEEPEST))
    parts = [f"{kind} chart{_titled(spec.get('title'))}", *map(_layer, layers[:_MANY])]
    if len(layers) > _MANY:
        parts.append(f"{len(layers) - _MANY} more layers")
    rows = _vega_rows(spec)
    if rows is not None:
        parts.append(f"{rows} rows of data")
    return "; ".join(parts) + "."


def _layers(spec: dict[str, Any], deepest: int) -> Iterator[dict[str, Any]]:
    """The views that a specification is put together of, each with the encoding that it shares."""
    inner = [
        one
        for key in ("layer", "hconcat", "vconcat", "concat", "marks")
        for one in _objects(spec.get(key))
    ]
    inner += _objects([spec.get("spec")])
    if not inner or not deepest:
        yield spec
    for one in inner if deepest else ():
        for layer in _layers(one, deepest - 1):
            yield {"encoding": spec.get("encoding"), **layer}


def _layer(layer: dict[str, Any]) -> str:
    mark = layer.get("mark", layer.get("type"))
    kind = _short(mark.get("type") if isinstance(mark, dict) else mark)
    encoding = layer.get("encoding")
    told = [
        f"{_short(channel)}={field}"
        for channel, how in (encoding.items() if isinstance(encoding, dict) else ())
        if (field := _field(how))
    ]
    return f"{kind or 'marks'} of {', '.join(told[:_MANY]) or 'no fields'}"


def _field(how: Any) -> str:
    if not isinstance(how, dict):
        return ""
    field, aggregate = _short(how.get("field")), _short(how.get("aggregate"))
    return f"{aggregate}({field})" if aggregate else field


def _vega_rows(spec: dict[str, Any]) -> int | None:
    data = spec.get("data")
    if isinstance(data, dict) and isinstance(data.get("values"), list):
        return len(data["values"])
    named = spec.get("datasets")
    sets = list(named.values()) if isinstance(named, dict) else []
    sets += [one.get("values") for one in _objects(data)]
    counted = [len(rows) for rows in sets if isinstance(rows, list)]
    return sum(counted) if counted else None


def _plotly(spec: dict[str, Any]) -> str:
    found = spec.get("layout")
    layout: dict[str, Any] = found if isinstance(found, dict) else {}
    traces = _objects(spec.get("data"))
    told = [_trace(trace) for trace in traces[:_MANY]]
    if len(traces) > _MANY:
        told.append(f"{len(traces) - _MANY} more traces")
    axes = [f"{axis[0]}: {title}" for axis in ("xaxis", "yaxis") if (title := _axis(layout, axis))]
    axes_told = f" ({', '.join(axes)})" if axes else ""
    return (
        f"Plotly chart{_titled(layout.get('title'))}{axes_told}; {'; '.join(told) or 'no traces'}."
    )


def _trace(trace: dict[str, Any]) -> str:
    sizes = (_length(trace.get(key)) for key in ("x", "y", "values", "z", "lat", "locations"))
    points = next((size for size in sizes if size), 0)
    return (
        f"{_short(trace.get('type')) or 'scatter'}{_titled(trace.get('name'))} of {points} points"
    )


def _length(values: Any) -> int:
    """Of a list, or of the array that newer versions write in base64."""
    if isinstance(values, list):
        return len(values)
    if isinstance(values, dict) and isinstance(values.get("bdata"), str):
        data: str = values["bdata"]
        size = len(data) * 3 // 4 - data[-2:].count("=")
        return size // _SIZES.get(str(values.get("dtype")), 1)
    return 0


def _axis(layout: dict[str, Any], name: str) -> str:
    axis = layout.get(name)
    return _short(axis.get("title")) if isinstance(axis, dict) else ""


def _geojson(spec: dict[str, Any]) -> str:
    if not isinstance(spec.get("features"), list):
        return f"GeoJSON {_short(spec.get('type')) or 'object'}."
    features = _objects(spec["features"])
    kinds = Counter(
        _short(one["geometry"].get("type"))
        for one in features
        if isinstance(one.get("geometry"), dict)
    )
    names = {
        _short(name)
        for one in features[:100]
        if isinstance(one.get("properties"), dict)
        for name in one["properties"]
    }
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(_MANY))
    properties = ", ".join(sorted(names)[:_MANY])
    return (
        f"GeoJSON of {len(features)} features ({told or 'without geometry'})"
        + (f" with the properties {properties}" if properties else "")
        + "."
    )


def _objects(values: Any) -> list[dict[str, Any]]:
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def _titled(title: Any) -> str:
    words = _short(title)
    return f' "{words}"' if words else ""


def _short(words: Any) -> str:
    """A name or title on one line; "" for what is none."""
    if isinstance(words, dict):
        words = words.get("text")
    if isinstance(words, list):
        words = " ".join(one for one in words[:_MANY] if isinstance(one, str))
    if not isinstance(words, str):
        return ""
    line = " ".join(words[: 10 * _LONGEST].split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
