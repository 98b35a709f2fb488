"""The rows of docs/protocol.md, over a real connection."""

from __future__ import annotations

import ast

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client
from intheloop.errors import Unavailable
from intheloop.values import sha256_hex
from intheloop.web_api.problems import STATUS, Problem, problem_of
from tests.needs import ROOT
from tests.serving import Served, problem

WAIT_S = 10
SSE = {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def ana(served: Served) -> str:
    """The secret of a person's own credential."""
    return served.secret(served.person("Ana", admin=True))


# ------------------------------------------------------------------------------ tools


def test_a_tool_answers_with_its_result_and_its_key(served: Served, ana: str) -> None:
    with served.client(ana) as http:
        answer = http.post(
            "/api/tools/create_notebook", json={"title": "Owls"}, headers={"Idempotency-Key": "k1"}
        )
        again = http.post(
            "/api/tools/create_notebook", json={"title": "Owls"}, headers={"Idempotency-Key": "k1"}
        )
    assert answer.status_code == 200
    assert answer.headers["idempotency-key"] == "k1"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert again.json() == answer.json()
    assert served.heads()[answer.json()["notebook_id"]] == 1


def test_without_a_key_the_server_makes_one(served: Served, ana: str) -> None:
    with served.client(ana) as http:
        first = http.post("/api/tools/create_notebook", json={})
        second = http.post("/api/tools/create_notebook", json={})
    assert first.json()["notebook_id"] != second.json()["notebook_id"]
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]


def test_what_the_headers_say_stands_in_the_records(served: Served, ana: str) -> None:
    headers = {
        "Idempotency-Key": "k2",
        "Loop-Causation-Id": "cause",
        "Loop-Correlation-Id": "thread",
        "Loop-Client": "Claude Code/2.1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    with served.client(ana, **headers) as http:
        notebook_id = http.post("/api/tools/create_notebook", json={}).json()["notebook_id"]
        record = http.get(f"/api/notebooks/{notebook_id}/events").json()["records"][0]
    assert record["command_id"] == "k2"
    assert (record["causation_id"], record["correlation_id"]) == ("cause", "thread")
    assert record["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert record["actor"]["client"] == {"name": "Claude Code", "version": "2.1"}


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("curl/8.5.0", {"name": "curl", "version": "8.5.0"}),
        ("curl", {"name": "curl"}),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
            {"name": "Firefox", "version": "130.0"},
        ),
        (
            "Mozilla/5.0 (Macintosh) AppleWebKit/605 (KHTML, like Gecko) Version/17.4 Safari/605",
            {"name": "Safari", "version": "17.4"},
        ),
    ],
)
def test_a_client_that_names_itself_in_no_other_way_is_known_by_its_agent(
    served: Served, ana: str, agent: str, client: dict[str, str]
) -> None:
    with served.client(ana, User_Agent=agent) as http:
        notebook_id = http.post("/api/tools/create_notebook", json={}).json()["notebook_id"]
        records = http.get(f"/api/notebooks/{notebook_id}/events").json()["records"]
    assert records[0]["actor"]["client"] == client


@pytest.mark.anyio
async def test_a_client_is_known_by_the_name_it_gives_whatever_its_letters(
    served: Served, ana: str
) -> None:
    async with Client(served.url, ana, "test", "1") as client:
        as_other = client.known_as("@acme/büro ✓", "2.0-β")
        trace = "0af7651916cd43dd8448eb211c80319c"
        made: c.Created = await as_other.call(c.CreateNotebook(), trace_id=trace)
        await client.call(c.RenameNotebook(notebook_id=made.notebook_id, title="B"))
        (first, second), _ = await client.records(made.notebook_id)
    assert first.actor.client == e.Client("@acme/büro ✓", "2.0-β")
    assert first.trace_id == trace
    assert second.actor.client == e.Client("test", "1")


def test_a_refusal_is_a_problem_with_what_is_needed_to_try_again(served: Served, ana: str) -> None:
    notebook_id = served.notebook(ana, sources=["1"])
    edit = {"notebook_id": notebook_id, "cell_id": "c1", "source": "2", "base_rev": 1}
    with served.client(ana) as http:
        found = problem(http.post("/api/tools/edit_cell", json=edit), "conflict")
    assert (found["source"], found["rev"], found["retryable"]) == ("1", 2, False)


def test_a_query_is_a_tool_too(served: Served, ana: str) -> None:
    notebook_id = served.notebook(ana, "Herons")
    with served.client(ana) as http:
        titles = [
            one["title"]
            for one in http.post("/api/tools/list_notebooks", json={}).json()["notebooks"]
        ]
        state = http.post("/api/tools/read_notebook", json={"notebook_id": notebook_id}).json()
    assert "Herons" in titles
    assert (state["title"], state["cells"]) == ("Herons", [])


def test_a_tool_of_the_system_stands_behind_no_door(served: Served, ana: str) -> None:
    with served.client(ana) as http:
        for name in ("open_session", "record_denials", "lapse_lease", "lose_execution", "no_such"):
            problem(http.post(f"/api/tools/{name}", json={}), "not-found")


def test_nobody_calls_or_reads_without_a_credential(served: Served, ana: str) -> None:
    notebook_id = served.notebook(ana)
    one = f"/api/notebooks/{notebook_id}"
    with served.client() as http:
        for method, path in [
            ("POST", "/api/tools/list_notebooks"),
            ("GET", one),
            ("GET", f"{one}/events"),
            ("POST", f"{one}/signals"),
            ("GET", f"{one}/blobs/{'0' * 64}"),
            ("PUT", f"{one}/blobs/{'0' * 64}"),
            ("POST", "/api/follow"),
            ("GET", "/api/work"),
            ("POST", "/api/open"),
            ("GET", f"{one}/events"),
        ]:
            found = problem(http.request(method, path), "unauthenticated")
            assert found["detail"].startswith("Nobody is signed in.")


def test_a_kind_of_refusal_that_has_no_status_of_its_own_has_that_of_its_type() -> None:
    class DiskIsFull(Unavailable):
        """What a store may raise."""

    answer = problem_of(DiskIsFull("There is no room; try again later."))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_what_a_refusal_adds_has_none_of_the_names_that_every_problem_has() -> None:
    """Over the wire it would be lost behind them."""
    kinds = {cls.__name__ for cls in STATUS}
    taken = {*Problem.__struct_fields__, "instance"}
    calls = [
        node
        for path in sorted((ROOT / "app" / "intheloop").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) in kinds
    ]
    added = {keyword.arg for call in calls for keyword in call.keywords}
    assert "execution_status" in added
    assert not added & taken


def test_a_page_that_is_not_there_and_a_wrong_method_are_problems(served: Served) -> None:
    with served.client() as http:
        problem(http.get("/nowhere"), "not-found")
        problem(http.get("/api/notebooks/"), "not-found")
        wrong = http.put("/api/health")
    problem(wrong, "bad-argument")
    assert wrong.status_code == 405
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD"}


# ------------------------------------------------------------------------ reading logs


def test_a_page_of_records_and_its_filters(served: Served, ana: str) -> None:
    notebook_id = served.notebook(ana, sources=["1", "2", "3"])
    path = f"/api/notebooks/{notebook_id}/events"
    with served.client(ana) as http:

        def seqs(**query: str) -> list[int]:
            page = http.get(path, params=query).json()
            assert page["head"] == 4
            return [record["seq"] for record in page["records"]]

        assert seqs() == [1, 2, 3, 4]
        assert seqs(after="2", limit="1") == [3]
        assert seqs(type="cellCreated", after="", actor="") == [2, 3, 4]
        assert seqs(cell="c2") == [3]
        assert seqs(actor="somebody-else") == []


def test_the_state_of_a_notebook_now_and_then(served: Served, ana: str) -> None:
    notebook_id = served.notebook(ana, sources=["1"])
    with served.client(ana) as http:
        now = http.get(f"/api/notebooks/{notebook_id}", params={"outputs": "refs"}).json()
        then = http.get(f"/api/notebooks/{notebook_id}", params={"at": "1"}).json()
    assert [cell["cell_id"] for cell in now["state"]["cells"]] == ["c1"]
    assert "cells" not in then["state"] and then["seq"] == 1
    assert {"seq", "digest", "reducer_version", "state"} == set(now) and now["seq"] == 2


def test_what_some_cells_show_is_read_by_itself_and_packed_when_it_is_much(
    served: Served, ana: str
) -> None:
    notebook_id = served.notebook(ana, sources=["1", "# " + 10_000 * "2"])
    with served.client(ana) as http:
        path = f"/api/notebooks/{notebook_id}"
        some = http.get(path, params={"cells": "c2,nowhere"}, headers={"Accept-Encoding": "gzip"})
        few = http.get(path, params={"cells": "c1"}, headers={"Accept-Encoding": "gzip"})
        plain = http.get(path, headers={"Accept-Encoding": "identity"})
    assert [cell["cell_id"] for cell in some.json()["state"]["cells"]] == ["c2"]
    assert some.json()["digest"] == "" and some.json()["seq"] == 3
    assert some.headers["content-encoding"] == "gzip"
    assert int(some.headers["content-length"]) < 1000
    assert "content-encoding" not in few.headers and "content-encoding" not in plain.headers
    assert some.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


def test_health_is_for_everybody(served: Served) -> None:
    with served.client() as http:
        health = http.get("/api/health").json()
    assert health["status"] == "ok"
    assert {"version", "store", "notebooks", "records"} <= set(health)


# ------------------------------------------------------------------------------- blobs


def test_a_blob_comes_back_as_a_download_that_nothing_runs(served: Served, ana: str) -> None:
    data = b"<script>alert(1)</script>" * 10_000
    sha256 = sha256_hex(data)
    path = f"/api/notebooks/{served.notebook(ana)}/blobs/{sha256}"
    with served.client(ana) as http:
        put = http.put(path, content=data)
        assert put.json() == {"sha256": sha256, "size": len(data)}
        got = http.get(path)
        known = http.get(path, headers={"If-None-Match": got.headers["etag"]})
        other = http.get(f"/api/notebooks/{served.notebook(ana)}/blobs/{sha256}")
    assert got.content == data
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"].startswith("sandbox")
    assert (known.status_code, known.content) == (304, b"")
    problem(other, "not-found")


# ------------------------------------------------------------------------------- pages


def test_the_home_page_lists_notebooks_with_what_happened_last(served: Served) -> None:
    dora = served.person("Dora")
    secret = served.secret(dora)
    notebook_id = served.notebook(secret, "Crows <script>alert(1)</script>", ["1", "2"])
    with served.client(Cookie=served.cookie(dora)) as http:
        page = http.get("/")
        read = http.get(f"/n/{notebook_id}")
    assert page.status_code == 200
    assert f'href="/n/{notebook_id}"' in page.text
    assert "Dora added 2 cells." in page.text
    assert "Crows &lt;script&gt;" in page.text
    assert "<script" not in page.text and "<script" not in read.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_notebook_page_shows_sources_and_what_was_printed(served: Served, ana: str) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "\x1b[31mhello & <b>\x1b[0m\n"}
    data = {"text/plain": {"json": ["line 1\n", "line 2"]}, "image/png": {"json": "AAAA"}}
    result = {"output_type": "execute_result", "data": data, "metadata": {"json": {}}}
    cell = {"cell_type": "code", "source": "print('<i>')", "outputs": [output, result]}
    with served.client(ana) as http:
        created = http.post("/api/tools/create_notebook", json={"cells": [cell]})
        assert created.status_code == 200, created.text
        page = http.get(f"/n/{created.json()['notebook_id']}")
        missing = http.get("/n/nowhere")
    assert "print(&#x27;&lt;i&gt;&#x27;)" in page.text
    assert "hello &amp; &lt;b&gt;\n" in page.text
    assert "line 1\nline 2" in page.text
    assert missing.status_code == 404 and "<main>" in missing.text
