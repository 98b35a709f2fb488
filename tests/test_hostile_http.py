"""What a hostile or broken client may send: a clear 4xx, and nothing is changed by it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from intheloop.values import sha256_hex
from tests.serving import Served

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def ana(served: Served) -> str:
    return served.secret(served.person("Ana", admin=True))


@pytest.fixture(scope="module")
def notebook_id(served: Served, ana: str) -> str:
    return served.notebook(ana, sources=["1"])


def refused(answer: httpx2.Response, *statuses: int) -> dict[str, Any]:
    assert answer.status_code in (statuses or (400,)), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["detail"] and "Traceback" not in answer.text
    return found


BODIES = {
    "empty": b"",
    "no JSON": b"hello",
    "cut short": b'{"notebook_id": "nb',
    "two values": b"{} {}",
    "an array": b"[]",
    "null": b"null",
    "a number": b"1",
    "not UTF-8": b'{"title": "\xff\xfe"}',
    "an overlong form": b'{"title": "\xc0\xaf"}',
    "half a surrogate pair, escaped": b'{"title": "\\ud800"}',
    "half a surrogate pair, in UTF-8": b'{"title": "\xed\xa0\x80"}',
    "half a surrogate pair, in a value": b'{"metadata": {"json": {"a": "\\udfff"}}}',
    "not UTF-8, in a value": b'{"metadata": {"json": {"a": "\xff"}}}',
    "a raw NUL": b'{"title": "a\x00b"}',
    "a raw NUL, in a value": b'{"metadata": {"json": "a\x00b"}}',
    "a wrong type": b'{"title": 1}',
    "an unknown field": b'{"titel": "Birds"}',
    "a bad id": b'{"notebook_id": "../etc"}',
    "an id with a line end": b'{"notebook_id": "nb1\\n"}',
    "an empty title": b'{"title": ""}',
    "NaN": b'{"title": NaN}',
    "a number beyond all bounds, in a value": b'{"metadata": {"json": 1e999}}',
    "UTF-16": '{"title": "a"}'.encode("utf-16"),
    "deep arrays": b'{"metadata": {"json": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "deep objects": b'{"a":' * 100_000,
    "deep arrays of a list": b'{"cells": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_not_well_formed_is_refused(served: Served, ana: str, body: bytes) -> None:
    with served.client(ana) as http, served.unchanged():
        refused(http.post("/api/tools/create_notebook", content=body))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_so_is_one_of_every_other_row(
    served: Served, ana: str, notebook_id: str, body: bytes
) -> None:
    signal = b'{"kind": "caret", "key": "c1", "value": ' + (body or b"]") + b"}"
    with served.client(ana) as http, served.unchanged():
        refused(http.post("/api/follow", content=body))
        refused(http.post(f"/api/notebooks/{notebook_id}/signals", content=body))
        answer = http.post(f"/api/notebooks/{notebook_id}/signals", content=signal)
        assert answer.status_code in (204, 400)
        if b"\xff" in body or b"\\ud800" in body or b"\\udfff" in body or b"\x00" in body:
            refused(answer)


def test_nul_in_a_source_is_a_character_like_any_other(
    served: Served, ana: str, notebook_id: str
) -> None:
    edit = {"notebook_id": notebook_id, "cell_id": "c1", "source": "a\0b", "base_rev": 2}
    with served.client(ana) as http:
        assert http.post("/api/tools/edit_cell", json=edit).status_code == 200
        cells = http.get(f"/api/notebooks/{notebook_id}").json()["state"]["cells"]
    assert cells[0]["source"] == "a\0b"


def test_a_body_that_is_too_large_is_refused_by_what_it_says(served: Served, ana: str) -> None:
    body = json.dumps({"title": "x", "cells": [{"source": "y" * 10 * MEGABYTE}]})
    with served.client(ana) as http, served.unchanged():
        found = refused(http.post("/api/tools/create_notebook", content=body), 413)
    assert found["type"] == "urn:intheloop:too-large" and "blob" in found["detail"]


def test_and_by_what_comes_when_it_says_nothing(served: Served, ana: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(10):
            yield b" " * MEGABYTE

    with served.client(ana) as http, served.unchanged():
        refused(http.post("/api/tools/create_notebook", content=chunks()), 413)


@pytest.mark.parametrize(("length", "status"), [(10**9, b"413"), (10**20, b"400")])
def test_a_body_that_is_announced_as_too_large_is_not_waited_for(
    served: Served, ana: str, length: int, status: bytes
) -> None:
    head = (
        "POST /api/tools/create_notebook HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {ana}\r\nContent-Length: {length}\r\n\r\n"
    )
    with served.unchanged(), socket.create_connection(_address(served), timeout=10) as raw:
        raw.sendall(head.encode() + b"{}")
        assert raw.recv(4096).split(b" ")[1] == status


def test_a_source_of_ten_megabytes_is_refused(served: Served, ana: str, notebook_id: str) -> None:
    for size in (10 * MEGABYTE, 2 * MEGABYTE):
        edit = {"notebook_id": notebook_id, "cell_id": "c1", "source": "x" * size, "base_rev": 2}
        cells = [{"cell_type": "code", "source": "x" * size}]
        insert = {"notebook_id": notebook_id, "cells": cells}
        with served.client(ana) as http, served.unchanged():
            refused(http.post("/api/tools/edit_cell", json=edit), 413, 409)
            refused(http.post("/api/tools/insert_cells", json=insert), 413)


def test_a_signal_and_a_value_have_their_limits(served: Served, ana: str, notebook_id: str) -> None:
    signal = {"kind": "caret", "key": "c1", "value": "x" * 20_000}
    metadata = {"notebook_id": notebook_id, "metadata": {"json": "x" * 2 * MEGABYTE}}
    with served.client(ana) as http, served.unchanged():
        refused(http.post(f"/api/notebooks/{notebook_id}/signals", json=signal), 413)
        refused(http.post("/api/tools/set_metadata", json=metadata), 413)


@pytest.mark.parametrize(
    "headers",
    [
        {"Idempotency-Key": "with space"},
        {"Idempotency-Key": "x" * 65},
        {"Idempotency-Key": ""},
        {"Loop-Causation-Id": "a/b"},
        {"Loop-Correlation-Id": "é".encode().decode("latin-1")},
    ],
)
def test_ids_in_headers_have_the_form_of_ids(
    served: Served, ana: str, headers: dict[str, str]
) -> None:
    named = {key.encode(): value.encode("latin-1") for key, value in headers.items()}
    with served.client(ana) as http, served.unchanged():
        found = refused(http.post("/api/tools/create_notebook", json={}, headers=named))
    assert next(iter(headers)) in found["detail"]


@pytest.mark.parametrize("trace", ["", "garbage", "00-" + "0" * 32 + "-" + "1" * 16 + "-01"])
def test_a_bad_trace_context_is_passed_over(served: Served, ana: str, trace: str) -> None:
    with served.client(ana, traceparent=trace) as http:
        notebook_id = http.post("/api/tools/create_notebook", json={}).json()["notebook_id"]
        record = http.get(f"/api/notebooks/{notebook_id}/events").json()["records"][0]
    assert "trace_id" not in record


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=x",
        "after=1.5",
        "after=99999999999999999999999",
        "limit=0",
        "limit=1001",
        "unknown=1",
        "after=%ff",
        "cell=a%00b",
        "cell=../x",
        "type=%F0%28%8C%28",
    ],
)
def test_a_query_that_does_not_fit_is_refused(
    served: Served, ana: str, notebook_id: str, query: str
) -> None:
    with served.client(ana) as http:
        refused(http.get(f"/api/notebooks/{notebook_id}/events?{query}"))


def test_other_queries_and_ids_that_do_not_fit_are_refused(
    served: Served, ana: str, notebook_id: str
) -> None:
    one = f"/api/notebooks/{notebook_id}"
    with served.client(ana) as http:
        for path in (
            *(f"{one}?at=-1", f"{one}?at={2**60}", f"{one}?outputs=all", "/api/work"),
            *("/api/work?kind=", "/api/notebooks/a%20b", f"/api/notebooks/{'x' * 65}"),
            *(f"/api/notebooks/{notebook_id}%0a", f"{one}/blobs/abc", f"{one}/blobs/{'A' * 64}"),
        ):
            refused(http.get(path))
        refused(http.get("/api/work?kind=nonsense"), 400, 404)
        for seen in ("x", "-1", "1.5", "9" * 30, "²"):
            last = {b"Accept": b"text/event-stream", b"Last-Event-ID": seen.encode()}
            refused(http.get(f"{one}/events", headers=last))


@pytest.mark.parametrize("seq", [2**53, 2**63, 2**64, 10**40])
def test_numbers_beyond_every_column_are_refused_or_find_nothing(
    served: Served, ana: str, notebook_id: str, seq: int
) -> None:
    calls: dict[str, dict[str, Any]] = {
        "read_notebook": {"at": seq},
        "read_history": {"after": seq},
        "read_output": {"cell_id": "c1", "output": seq},
        "edit_cell": {"cell_id": "c1", "source": "2", "base_rev": seq},
        "run_cells": {"cells": [{"cell_id": "c1", "rev": seq}], "wait_s": 0},
        "restore_notebook": {"to_seq": seq},
        "redact": {"seqs": [seq], "reason": "none"},
        "export_notebook": {"at": seq},
    }
    with served.client(ana) as http, served.unchanged():
        for tool, arguments in calls.items():
            given = {"notebook_id": notebook_id, **arguments}
            answer = http.post(f"/api/tools/{tool}", json=given)
            assert answer.status_code in (200, 400, 404, 409), (tool, answer.text)
            assert answer.status_code != 200 or tool == "read_history", tool


def test_a_blob_under_a_wrong_name_is_refused(served: Served, ana: str, notebook_id: str) -> None:
    path = f"/api/notebooks/{notebook_id}/blobs/{sha256_hex(b'a')}"
    with served.client(ana) as http, served.unchanged():
        refused(http.put(path, content=b"b"))
        refused(http.get(path), 404)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /%00%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /api/notebooks/%ff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /?code=%ff%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: \xff\xfe=\x80; ;;=\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_a_request_that_is_hardly_http_gets_a_4xx(served: Served, head: bytes) -> None:
    with served.unchanged(), socket.create_connection(_address(served), timeout=10) as raw:
        raw.sendall(head)
        status = raw.recv(4096).split(b" ")[1]
    assert status.startswith(b"4"), status


def test_a_client_that_hangs_up_in_the_middle_of_its_body_leaves_nothing(
    served: Served, ana: str
) -> None:
    head = (
        "POST /api/tools/create_notebook HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {ana}\r\nContent-Length: 1000\r\n\r\n"
    )
    with served.unchanged():
        with socket.create_connection(_address(served), timeout=10) as raw:
            raw.sendall(head.encode() + b'{"title": ')
        with served.client() as http:
            assert http.get("/api/health").status_code == 200


def _address(served: Served) -> tuple[str, int]:
    host, _, port = served.url.removeprefix("http://").partition(":")
    return host, int(port)
