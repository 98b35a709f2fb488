"""The description at /openapi.json: whole, valid, and true under fuzzing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from intheloop.commands import PUBLIC_TOOLS, TOOLS
from intheloop.web_api.openapi import describe
from tests.serving import Kind, Served

PROTOCOL = Path(__file__).parent.parent / "docs" / "protocol.md"

LEFT_OUT = {
    "follow_several": "ends only when access does",
    "find_work": "ends only when the credential does",
}
"""Operations that Schemathesis leaves out, and why; tests/test_web_api.py follows them."""

DESCRIPTION = describe()


def operations() -> dict[str, dict[str, Any]]:
    found = [one for path in DESCRIPTION["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in found}) == len(found)
    return {one["operationId"]: one for one in found}


def test_every_public_tool_is_one_operation_with_its_own_words_and_types() -> None:
    for name, tool in PUBLIC_TOOLS.items():
        operation = DESCRIPTION["paths"][f"/api/tools/{name}"]["post"]
        assert operation["operationId"] == name
        assert operation["summary"].split()[0] == (tool.__doc__ or "").split()[0]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert body == {"$ref": f"#/components/schemas/{tool.__name__}"}
        assert answer == {"$ref": f"#/components/schemas/{tool.ANSWER.__name__}"}
        assert {"400", "401", "403", "404", "409", "413", "503"} <= set(operation["responses"])


def test_no_tool_of_the_system_is_described() -> None:
    hidden = TOOLS.keys() - PUBLIC_TOOLS.keys()
    assert hidden and not hidden & operations().keys()


def test_every_row_of_the_protocol_is_described() -> None:
    rows = re.findall(r"`(GET|POST|PUT) (/api/[^?`]*)", PROTOCOL.read_text(encoding="utf-8"))
    assert len(rows) >= 8
    places = {"{id}": "{notebook_id}"}
    for method, path in rows:
        for written, named in places.items():
            path = path.replace(written, named)
        if path == "/api/tools/{tool}":
            continue
        assert method.lower() in DESCRIPTION["paths"][path], f"{method} {path}"


def test_every_reference_leads_somewhere() -> None:
    text = msgspec.json.encode(DESCRIPTION).decode()
    references = set(re.findall(r'"\$ref":"#/components/([^"]+)"', text))
    assert references
    for reference in references:
        kind, name = reference.split("/")
        assert name in DESCRIPTION["components"][kind], reference


def test_the_description_is_valid_openapi(served: Served) -> None:
    with served.client() as http:
        description = msgspec.json.decode(http.get("/openapi.json").content)
    assert description == msgspec.json.decode(msgspec.json.encode(DESCRIPTION))
    jsonschema_rs.validate(OPENAPI_31, description)
    for schema in description["components"]["schemas"].values():
        assert jsonschema_rs.meta.is_valid(schema), schema


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["human", "runtime"])
def test_schemathesis_finds_no_fault_of_the_server(
    served: Served, tmp_path: Path, kind: Kind
) -> None:
    """Any arguments, sound and unsound, on every operation that is no stream."""
    ana = served.person("Ana", admin=True)
    notebook_id = served.notebook(served.secret(ana), sources=["1", "2"])
    described = focused(DESCRIPTION, {"notebook_id": [notebook_id], "person_id": [ana]})
    (tmp_path / "openapi.json").write_bytes(msgspec.json.encode(described))
    assert operations().keys() >= LEFT_OUT.keys()
    runtimes = {name for name, tool in PUBLIC_TOOLS.items() if "human" not in tool.ACTORS}
    chosen = runtimes if kind == "runtime" else operations().keys() - runtimes - LEFT_OUT.keys()
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", str(tmp_path / "openapi.json")),
        *("--url", served.url, "--header", f"Authorization: Bearer {served.secret(ana, kind)}"),
        *("--checks", "not_a_server_error,status_code_conformance,content_type_conformance"),
        *("--phases", "coverage,fuzzing", "--max-examples", "15", "--no-color"),
        *("--request-timeout", "20", "--generation-database", "none", "--warnings", "off"),
        *(part for name in sorted(chosen) for part in ("--include-operation-id", name)),
    ]
    before = served.heads()
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert served.heads() != before, "no call came through"


def focused(description: dict[str, Any], ids: dict[str, list[str]]) -> dict[str, Any]:
    """The description with ids that are there, so that calls get past the look-up of names; with
    waits that end at once; and with the headers that all tools share on one of them alone."""
    narrowed: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(description))
    choices = {"cell_id": ["c1", "c2"], "credential_id": [], "principal_id": [], **ids}
    for schema in narrowed["components"]["schemas"].values():
        for name, field in schema.get("properties", {}).items():
            if name in choices:
                field.clear()
                field["enum"] = [*choices[name], "nowhere"]
            elif name == "wait_s":
                field["maximum"] = 0.01
    for path, methods in narrowed["paths"].items():
        if path.startswith("/api/tools/") and path != "/api/tools/rename_notebook":
            methods["post"]["parameters"] = []
    del narrowed["components"]["securitySchemes"]["session"]
    narrowed["security"] = [{"credential": []}]
    return narrowed
