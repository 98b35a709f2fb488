"""Charts and maps told in words: what is drawn of which fields, and of how much data."""

from __future__ import annotations

from collections import Counter
from typing import Any

_MANY = 8


def chart_text(mime: str, spec: Any) -> str | None:
    """What a chart shows, by its mime type and JSON; None for what is no chart that is known."""
    if not isinstance(spec, dict):
        return None
    if mime.startswith("application/vnd.vega"):
        return _vega(spec)
    if mime.startswith("application/vnd.plotly"):
        return _plotly(spec)
    if mime == "application/geo+json":
        return _geojson(spec)
    return None


def _vega(spec: dict[str, Any]) -> str:
    parts = [f"Vega chart{_titled(spec.get('title'))}"]
    for layer in _layers(spec):
        mark = layer.get("mark")
        kind = mark.get("type") if isinstance(mark, dict) else mark
        encoding = layer.get("encoding")
        fields = [
            f"{channel}={_field(how)}"
            for channel, how in (encoding.items() if isinstance(encoding, dict) else ())
            if _field(how)
        ]
        parts.append(f"{kind or 'marks'} of {', '.join(fields[:_MANY]) or 'no fields'}")
    rows = _vega_rows(spec)
    if rows is not None:
        parts.append(f"{rows} rows of data")
    return "; ".join(parts) + "."


def _layers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    for key in ("layer", "hconcat", "vconcat", "concat"):
        inner = spec.get(key)
        if isinstance(inner, list):
            return [
                {"encoding": spec.get("encoding"), **layer}
                for one in inner
                if isinstance(one, dict)
                for layer in _layers(one)
            ]
    inner = spec.get("spec")
    if isinstance(inner, dict):
        return _layers(inner)
    return [spec]


def _field(how: Any) -> str:
    if not isinstance(how, dict):
        return ""
    name = how.get("field") or ""
    if how.get("aggregate") and isinstance(how["aggregate"], str):
        return f"{how['aggregate']}({name})"
    return str(name)


def _vega_rows(spec: dict[str, Any]) -> int | None:
    data = spec.get("data")
    if isinstance(data, dict) and isinstance(data.get("values"), list):
        return len(data["values"])
    sets = spec.get("datasets")
    if isinstance(sets, dict):
        return sum(len(rows) for rows in sets.values() if isinstance(rows, list))
    return None


def _plotly(spec: dict[str, Any]) -> str:
    layout = spec.get("layout") if isinstance(spec.get("layout"), dict) else {}
    traces = [one for one in spec.get("data") or [] if isinstance(one, dict)]
    told = [_trace(trace) for trace in traces[:_MANY]]
    if len(traces) > _MANY:
        told.append(f"{len(traces) - _MANY} more traces")
    axes = [
        f"{axis[0]}: {title}" for axis in ("xaxis", "yaxis") if (title := _title_of(layout, axis))
    ]
    axes_told = f" ({', '.join(axes)})" if axes else ""
    title = _titled(layout.get("title") if isinstance(layout, dict) else None)
    return f"Plotly chart{title}{axes_told}; {'; '.join(told) or 'no traces'}."


def _trace(trace: dict[str, Any]) -> str:
    points = next(
        (size for key in ("x", "y", "values", "z", "lat") if (size := _length(trace.get(key)))), 0
    )
    name = f" {str(trace['name'])[:60]!r}" if trace.get("name") else ""
    return f"{trace.get('type', 'scatter')}{name} of {points} points"


def _length(values: Any) -> int:
    if isinstance(values, list):
        return len(values)
    if isinstance(values, dict) and isinstance(values.get("bdata"), str):
        size = {"f8": 8, "i8": 8, "u8": 8, "f4": 4, "i4": 4, "u4": 4, "i2": 2, "u2": 2}
        return len(values["bdata"]) * 3 // 4 // size.get(str(values.get("dtype")), 1)
    return 0


def _title_of(layout: Any, axis: str) -> str:
    found = layout.get(axis) if isinstance(layout, dict) else None
    title = found.get("title") if isinstance(found, dict) else None
    return _words(title)


def _geojson(spec: dict[str, Any]) -> str:
    features = spec.get("features")
    if not isinstance(features, list):
        return f"GeoJSON {spec.get('type', 'object')}."
    features = [one for one in features if isinstance(one, dict)]
    kinds = Counter(
        str(one["geometry"].get("type"))
        for one in features
        if isinstance(one.get("geometry"), dict)
    )
    names = {
        str(name)
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


def _titled(title: Any) -> str:
    words = _words(title)
    return f" {words!r}" if words else ""


def _words(title: Any) -> str:
    if isinstance(title, dict):
        title = title.get("text")
    if isinstance(title, list):
        title = " ".join(map(str, title))
    return " ".join(str(title).split())[:100] if title else ""
