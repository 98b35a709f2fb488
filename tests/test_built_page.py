"""How a built page is served: to whom, under which policy, and its frame to nobody's harm."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from intheloop.web_api import BuiltPage
from tests.serving import Served, serving

SCRIPT = b"console.log(1)"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("page")
    for room in ("assets", "frame"):
        (folder / room).mkdir()
        (folder / room / "one-h4sh.js").write_bytes(SCRIPT)
        (folder / room / "one-h4sh.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "offline.js").write_bytes(SCRIPT)
    (folder / "index.html").write_text('<meta nonce="%NONCE%">', encoding="utf-8")
    (folder / "frame" / "frame.html").write_text("<p>frame", encoding="utf-8")
    with serving(page=BuiltPage(folder)) as served:
        yield served


def test_there_is_no_page_where_none_was_built(tmp_path: Path) -> None:
    assert BuiltPage.found(tmp_path) is None


def test_the_index_is_for_who_is_signed_in_and_its_nonce_for_one_answer(here: Served) -> None:
    with here.client() as http:
        assert http.get("/").status_code == http.get("/n/any").status_code == 401
    with here.client(Cookie=here.cookie(here.person())) as http:
        answers = [http.get("/"), http.get("/n/any")]
    nonces = [answer.text.partition('nonce="')[2].partition('"')[0] for answer in answers]
    assert len(set(nonces)) == 2
    for nonce, answer in zip(nonces, answers, strict=True):
        policy = answer.headers["content-security-policy"]
        assert f"style-src 'self' 'nonce-{nonce}'" in policy
        assert "script-src 'self';" in policy and "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"


def test_the_plain_pages_stay_for_who_wants_them(here: Served) -> None:
    with here.client(Cookie=here.cookie(here.person())) as http:
        assert "There is no notebook yet" in http.get("/?plain").text


def test_assets_come_packed_and_may_be_kept(here: Served) -> None:
    with here.client() as http:
        packed = http.get("/assets/one-h4sh.js", headers={"Accept-Encoding": "gzip"})
        bare = http.get("/assets/one-h4sh.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == bare.content == SCRIPT
    assert "immutable" in bare.headers["cache-control"]
    assert bare.headers["cross-origin-resource-policy"] == "same-origin"


def test_the_worker_stands_at_the_root_and_is_asked_for_each_time(here: Served) -> None:
    with here.client() as http:
        worker = http.get("/offline.js")
    assert worker.content == SCRIPT
    assert worker.headers["cache-control"] == "no-cache"
    assert worker.headers["content-type"].startswith("text/javascript")
    policy = worker.headers["content-security-policy"]
    assert policy == "default-src 'none'; script-src 'self'; connect-src 'self'"


@pytest.mark.parametrize("name", ["nothing.js", "one-h4sh.js.gz", "%2e%2e%2findex.html", ".js"])
def test_nothing_else_of_the_disk_is_served(here: Served, name: str) -> None:
    with here.client() as http:
        assert http.get(f"/assets/{name}").status_code == 404


def test_the_frame_has_no_origin_and_stands_in_our_page_alone(here: Served) -> None:
    with here.client() as http:
        frame = http.get("/frame")
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none';")
    assert "frame-ancestors 'self'" in policy
    assert "connect-src" not in policy
    assert frame.headers["x-frame-options"] == "SAMEORIGIN"


def test_a_document_of_no_origin_loads_the_scripts_of_the_frame_and_nothing_else(
    here: Served,
) -> None:
    foreign = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    with here.client() as http:
        script = http.get("/frame/one-h4sh.js", headers=foreign)
        assert script.content == SCRIPT
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        assert http.get("/assets/one-h4sh.js", headers=foreign).status_code == 403
        assert http.get("/api/health", headers=foreign).status_code == 403
        assert http.post("/frame/one-h4sh.js", headers=foreign).status_code in (403, 405)
