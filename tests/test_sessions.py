"""How a browser is let in, and what is refused before anybody looks who asks."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from intheloop import commands as c
from intheloop.access import (
    OneTimeCodes,
    cookie_name,
    is_session_secret,
    new_credential_secret,
    new_session_secret,
    secret_sha256,
    session_cookie,
    session_secret,
)
from intheloop.values import sha256_hex
from tests.serving import Served, serving

TEN_MINUTES = 600.0


class Seconds:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


CLOCK = Seconds()


@pytest.fixture(scope="module")
def here() -> Iterator[Served]:
    with serving(with_codes=lambda: OneTimeCodes(CLOCK)) as served:
        yield served


# ---------------------------------------------------------------- codes and cookies


def test_a_code_lets_in_once() -> None:
    codes = OneTimeCodes(CLOCK)
    code = codes.make("ana")
    assert codes.take("another") is None
    assert codes.take(code) == "ana"
    assert codes.take(code) is None


def test_a_code_ends_after_ten_minutes() -> None:
    clock = Seconds()
    codes = OneTimeCodes(clock)
    early, late = codes.make("ana"), codes.make("ana")
    clock.now += TEN_MINUTES - 0.1
    assert codes.take(early) == "ana"
    clock.now += 0.1
    assert codes.take(late) is None


def test_no_code_is_kept_in_clear() -> None:
    codes = OneTimeCodes(CLOCK)
    code = codes.make("ana")
    assert code not in repr(vars(codes)) and len(code) >= 32


def test_only_the_hash_of_a_secret_is_for_the_log() -> None:
    secret = new_credential_secret()
    assert secret_sha256(secret) == sha256_hex(secret.encode())
    assert is_session_secret(new_session_secret()) and not is_session_secret(secret)
    assert len({new_session_secret() for _ in range(100)}) == 100


def test_the_cookie_of_another_port_and_of_other_programs_is_passed_over() -> None:
    secret = new_session_secret()
    header = (
        f'_xsrf="2|a"; {cookie_name("localhost:1")}=its_x; {{bad; {cookie_name("a:9")}={secret}'
    )
    assert session_secret("a:9", header) == secret
    assert session_secret("a:8", header) is None
    assert session_secret("a", header) is None
    assert cookie_name("[::1]:9") == cookie_name("a:9") != cookie_name("[::1]")


def test_a_cookie_over_https_is_for_https_alone() -> None:
    assert "; Secure" in session_cookie("a", "its_x", 30, secure=True)
    assert "Secure" not in session_cookie("a", "its_x", 30, secure=False)


# ------------------------------------------------------------------------ signing in


def enter(here: Served, code: str, cookie: str | None = None) -> httpx2.Response:
    headers = {"Cookie": cookie} if cookie else {}
    with here.client() as http:
        return http.get("/", params={"code": code}, headers=headers)


def test_a_browser_with_a_code_gets_a_cookie_and_the_address_without_it(here: Served) -> None:
    ana = here.person()
    answer = enter(here, here.codes.make(ana))
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    first, told = answer.headers.get_list("set-cookie")
    cookie, *flags = first.split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/", f"Max-Age={30 * 86_400}"} == set(flags)
    assert told == first.replace(cookie, f"{cookie.partition('=')[0]}_person={ana}").replace(
        "HttpOnly; ", ""
    )
    with here.client(Cookie=cookie) as http:
        assert http.get("/").status_code == 200
        line = http.post(
            "/api/tools/list_credentials", json={}, headers={"Sec-Fetch-Site": "same-origin"}
        ).json()["credentials"][-1]
    assert (line["kind"], line["label"]) == ("session", "Ana's browser")
    secret = cookie.partition("=")[2]
    assert line["secret_sha256"] == sha256_hex(secret.encode())
    assert "approve" in line["scopes"]


def test_a_page_of_one_person_does_nothing_in_the_name_of_the_next(here: Served) -> None:
    ana = here.person()
    cookie = enter(here, here.codes.make(ana)).headers["set-cookie"].partition(";")[0]
    with here.client(Cookie=cookie, Origin=here.url) as http:
        for person, status in ((ana, 200), ("", 200), ("somebody-else", 401)):
            headers = {"Loop-Person": person}
            answer = http.post("/api/tools/who_am_i", json={}, headers=headers)
            assert answer.status_code == status, person
    assert answer.json()["detail"] == "Ana is signed in in this browser now; load the page anew."


def test_the_same_code_does_not_let_a_second_browser_in(here: Served) -> None:
    code = here.codes.make(here.person())
    assert enter(here, code).status_code == 303
    before = here.heads()
    again = enter(here, code)
    assert again.status_code == 401
    assert "set-cookie" not in again.headers
    assert "used before" in again.text
    assert here.heads() == before


def test_a_code_that_is_too_old_does_not_let_in(here: Served) -> None:
    code = here.codes.make(here.person())
    CLOCK.now += TEN_MINUTES
    assert enter(here, code).status_code == 401


def test_the_browser_that_is_in_may_open_its_old_link_again(here: Served) -> None:
    code = here.codes.make(here.person())
    cookie = enter(here, code).headers["set-cookie"].partition(";")[0]
    again = enter(here, code, cookie)
    assert again.status_code == 303
    assert "set-cookie" not in again.headers


def test_asking_for_headers_alone_does_not_use_a_code_up(here: Served) -> None:
    code = here.codes.make(here.person())
    with here.client() as http:
        http.head("/", params={"code": code})
    assert enter(here, code).status_code == 303


def test_nobody_signed_in_gets_a_hint_and_no_notebook(here: Served) -> None:
    here.notebook(here.secret(here.person()), "Very secret birds")
    with here.client() as http:
        answer = http.get("/")
    assert answer.status_code == 401
    assert "intheloop serve" in answer.text and "birds" not in answer.text


# ----------------------------------------------------------- what no bearer can carry


def test_the_secret_of_a_session_opens_nothing_as_a_bearer_token(here: Served) -> None:
    secret = here.session(here.person())
    with here.client(secret) as http:
        answer = http.post("/api/tools/list_notebooks", json={})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_secret_of_a_credential_opens_nothing_as_a_cookie(here: Served) -> None:
    secret = here.secret(here.person())
    with here.client(Cookie=f"{cookie_name(here.url)}={secret}") as http:
        assert http.get("/").status_code == 401


@pytest.mark.parametrize("given", ["", "Bearer", "Basic YTpi", "Bearer itl_unknown"])
def test_what_is_no_credential_is_refused_even_beside_a_good_cookie(
    here: Served, given: str
) -> None:
    cookie = here.cookie(here.person())
    with here.client(Cookie=cookie, Authorization=given) as http:
        assert http.get("/api/work", params={"kind": "execution"}).status_code == 401


# --------------------------------------------------------------- foreign pages, hosts

CREATE = "/api/tools/create_notebook"


def test_a_page_of_the_server_itself_may_change_things(here: Served) -> None:
    cookie = here.cookie(here.person())
    for headers in ({"Origin": here.url}, {"Sec-Fetch-Site": "same-origin"}):
        with here.client(Cookie=cookie) as http:
            assert http.post(CREATE, json={}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_cookie_alone_changes_nothing(here: Served, headers: dict[str, str]) -> None:
    cookie = here.cookie(here.person())
    with here.client(Cookie=cookie) as http, here.unchanged():
        answer = http.post(CREATE, json={}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:intheloop:denied"


def test_a_page_of_another_site_is_refused_whatever_it_holds(here: Served) -> None:
    secret = here.secret(here.person())
    with here.client(secret) as http:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert http.post(CREATE, json={}, headers=headers).status_code == 403
        assert http.get("/api/health", headers={"Origin": "null"}).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil", "@", ""]
)
def test_a_foreign_host_is_refused(here: Served, host: str) -> None:
    with here.client(Host=host) as http:
        for path in ("/", "/api/health", "/openapi.json", "/nowhere"):
            answer = http.get(path)
            assert answer.status_code == 403
            assert answer.json()["type"] == "urn:intheloop:denied"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1234", "127.0.0.1:9", "[::1]:9"])
def test_loopback_names_are_answered(here: Served, host: str) -> None:
    with here.client(Host=host) as http:
        assert http.get("/api/health").status_code == 200


# ------------------------------------------------------------------------------ links


def link_for(here: Served, person_id: str) -> str:
    """The code of a link that an admin made for this person."""
    code = f"itk_{len(here.service.workspace.credentials)}_of_{person_id}"
    cookie = here.cookie(here.person("Admin", admin=True))
    asked = {"person_id": person_id, "secret_sha256": secret_sha256(code)}
    with here.client(Cookie=cookie, Origin=here.url) as http:
        answer = http.post("/api/tools/issue_link", json=asked)
    assert answer.status_code == 200, answer.text
    assert code not in answer.text
    return code


def test_a_link_asks_first_and_its_button_lets_one_browser_in(here: Served) -> None:
    ben = "ben-b"
    here.call_as_system(c.AddPerson(person_id=ben, name="Ben <b>"))
    code = link_for(here, ben)
    with here.unchanged():
        for _ in range(2):  # what shows what a link leads to opens it, and uses nothing up
            asked = enter(here, code)
            assert asked.status_code == 200 and "set-cookie" not in asked.headers
            assert "Sign in as Ben &lt;b&gt;" in asked.text
            assert "form-action 'self'" in asked.headers["content-security-policy"]
    with here.client(Origin=here.url) as http:
        answer = http.post("/", data={"code": code})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        again = http.post("/", data={"code": code})
    assert again.status_code == 401 and "set-cookie" not in again.headers
    assert "used before" in again.text and "used before" in enter(here, code).text
    cookie = answer.headers["set-cookie"].partition(";")[0]
    with here.client(Cookie=cookie, Origin=here.url) as http:
        assert http.post("/api/tools/who_am_i", json={}).json()["id"] == ben


def test_a_link_is_used_from_the_server_s_own_page_alone(here: Served) -> None:
    code = link_for(here, here.person("Ben"))
    with here.client(Origin="https://evil.example") as http, here.unchanged():
        assert http.post("/", data={"code": code}).status_code == 403


def test_a_link_opens_nothing_as_a_bearer_token_or_a_cookie(here: Served) -> None:
    code = link_for(here, here.person("Ben"))
    with here.client(code) as http:
        assert http.post("/api/tools/who_am_i", json={}).status_code == 401
    with here.client(Cookie=f"{cookie_name(here.url)}={code}") as http:
        assert http.get("/").status_code == 401
