"""The life of a server on a data folder: first start, restart, who may open it, its end."""

from __future__ import annotations

import asyncio
import json
import signal
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from intheloop.access import secret_sha256
from intheloop.errors import BadArgument, Unavailable
from intheloop.folder import RUNNING, Process, find_server, held, read_secret, tell
from intheloop.server import COMMAND_LINE, OWNER, Running, running
from intheloop.settings import Settings

END_S = 30


def settings(data: Path, **more: object) -> Settings:
    return Settings(data=data, port=0, **more)  # type: ignore[arg-type]


def client(up: Running, token: str | None = None) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {up.token if token is None else token}"}
    return httpx2.AsyncClient(base_url=up.url, headers=headers, trust_env=False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.anyio
async def test_the_first_start_makes_the_owner_and_a_credential_without_approve(
    tmp_path: Path,
) -> None:
    data = tmp_path / "deep" / "data"
    async with running(settings(data)) as up:
        assert find_server(data) is not None
        async with client(up) as http:
            answer = await http.post("/api/tools/list_people", json={})
            people = [line["person"] for line in answer.json()["people"]]
            listed = await http.post("/api/tools/list_credentials", json={})
            (credential,) = listed.json()["credentials"]
            created = await http.post("/api/tools/create_notebook", json={"title": "Birds"})
            assert created.status_code == 200
    assert [person["person_id"] for person in people] == [OWNER]
    assert people[0]["admin"] and people[0]["name"]
    assert (credential["kind"], credential["principal_id"]) == ("human", OWNER)
    assert "approve" not in credential["scopes"] and "notebook:admin" in credential["scopes"]
    assert mode(data) == 0o700
    for file in data.iterdir():
        assert mode(file) & 0o077 == 0, file


@pytest.mark.anyio
async def test_a_restart_keeps_everything_and_makes_nobody_anew(tmp_path: Path) -> None:
    async with running(settings(tmp_path)) as up:
        first = up.token
        async with client(up) as http:
            await http.post("/api/tools/create_notebook", json={"title": "Birds"})
        seq = up.service.workspace.seq
    assert find_server(tmp_path) is None
    async with running(settings(tmp_path)) as up:
        assert up.token == first == read_secret(tmp_path, COMMAND_LINE)
        async with client(up) as http:
            listed = (await http.post("/api/tools/list_notebooks", json={})).json()
        assert up.service.workspace.seq == seq
    assert [one["title"] for one in listed["notebooks"]] == ["Birds"]


@pytest.mark.anyio
async def test_a_credential_of_this_machine_that_was_revoked_is_made_anew(tmp_path: Path) -> None:
    async with running(settings(tmp_path)) as up:
        credential_id = up.service.sign_in(up.token).credential_id
        async with client(up) as http:
            revoked = await http.post(
                "/api/tools/revoke_credential", json={"credential_id": credential_id}
            )
            assert revoked.status_code == 200
        first = up.token
    async with running(settings(tmp_path)) as up:
        assert up.token != first
        async with client(up) as http:
            assert (await http.post("/api/tools/list_people", json={})).status_code == 200


@pytest.mark.anyio
async def test_a_second_server_on_one_folder_is_refused_and_told_of_the_first(
    tmp_path: Path,
) -> None:
    async with running(settings(tmp_path)) as up:
        found = find_server(tmp_path)
        assert found is not None and found.url == up.url
        with pytest.raises(Unavailable, match=f"process {found.pid} at {up.url}"):
            async with running(settings(tmp_path)):
                pass
        async with client(up) as http:
            assert (await http.get("/api/health")).status_code == 200


@pytest.mark.anyio
async def test_an_address_in_use_is_refused_and_the_folder_let_go(tmp_path: Path) -> None:
    async with running(settings(tmp_path / "one")) as up:
        port = int(up.url.rpartition(":")[2])
        with pytest.raises(BadArgument, match="--port"):
            async with running(Settings(data=tmp_path / "two", port=port)):
                pass
    async with running(settings(tmp_path / "two")):
        pass


def test_who_looks_for_a_server_finds_none_that_was_killed(tmp_path: Path) -> None:
    with held(tmp_path):
        tell(tmp_path, Process(1, "http://127.0.0.1:1"))
        assert find_server(tmp_path) == Process(1, "http://127.0.0.1:1")
    assert (tmp_path / RUNNING).exists() and find_server(tmp_path) is None
    with held(tmp_path):
        assert find_server(tmp_path) is None
    assert find_server(tmp_path / "nowhere") is None


@pytest.mark.anyio
async def test_a_link_signs_the_owner_in_once(tmp_path: Path) -> None:
    async with running(settings(tmp_path)) as up, httpx2.AsyncClient(trust_env=False) as http:
        link = up.link()
        answer = await http.get(link)
        assert answer.status_code == 303
        assert (await http.get(f"{up.url}/")).status_code == 200
        http.cookies.clear()
        assert (await http.get(link)).status_code == 401


@pytest.mark.anyio
async def test_the_command_line_can_have_a_browser_opened_but_gets_no_code(tmp_path: Path) -> None:
    opened: list[str] = []

    def open_url(url: str) -> bool:
        opened.append(url)
        return len(opened) == 1

    async with running(settings(tmp_path), open_url=open_url) as up:
        async with client(up) as http:
            answer = await http.post("/api/open")
            assert answer.json() == {"opened": True}
            assert (await http.post("/api/open")).status_code == 404
        code = urlsplit(opened[0]).query.removeprefix("code=")
        assert len(code) >= 32 and code not in answer.text
        async with httpx2.AsyncClient(trust_env=False) as http:
            assert (await http.get(opened[0])).status_code == 303


@pytest.mark.anyio
async def test_nobody_but_the_owner_has_a_browser_opened(tmp_path: Path) -> None:
    opened: list[str] = []

    def open_url(url: str) -> bool:
        opened.append(url)
        return True

    async with running(settings(tmp_path), open_url=open_url) as up, client(up) as http:
        for kind in ("assistant", "service", "runtime"):
            secret = f"itl_{kind}"
            arguments = {
                "kind": kind,
                "label": kind,
                "scopes": ["notebook:read"],
                "secret_sha256": secret_sha256(secret),
            }
            issued = await http.post("/api/tools/issue_credential", json=arguments)
            assert issued.status_code == 200
            async with client(up, secret) as program:
                assert (await program.post("/api/open")).status_code == 403
    assert opened == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_in_seconds_with_open_streams(
    tmp_path: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "intheloop", "serve", "--json", "--no-runtime"]
    process = subprocess.Popen(
        [*command, "--port", "0", "--data", str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        ready = json.loads(process.stdout.readline())
        assert ready["pid"] == process.pid and ready["link"].startswith(ready["url"])
        token = read_secret(tmp_path / "data", COMMAND_LINE)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx2.Client(base_url=ready["url"], headers=headers, trust_env=False) as http:
            created = http.post("/api/tools/create_notebook", json={}).json()
            path = f"/api/notebooks/{created['notebook_id']}/events"
            follow = {"Accept": "text/event-stream"}
            with (
                http.stream("GET", path, headers=follow) as one,
                http.stream("GET", "/api/work?kind=execution") as two,
            ):
                chunks, work = one.iter_raw(), two.iter_raw()
                assert next(chunks) and next(work)
                process.send_signal(number)
                assert list(chunks) is not None and list(work) is not None
        assert process.wait(END_S) == 0
        said = process.stderr.read()
        assert not said or said.startswith("The page is not built"), said
        assert find_server(tmp_path / "data") is None
        assert not (tmp_path / "data" / RUNNING).exists()
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.mark.slow
def test_a_server_that_is_told_to_leaves_when_nobody_has_used_it_for_so_long(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "intheloop", "serve", "--json", "--no-runtime"]
    command += ["--port", "0", "--data", str(tmp_path), "--leave-after", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        headers = {"Authorization": f"Bearer {read_secret(tmp_path, COMMAND_LINE)}"}
        with (
            httpx2.Client(base_url=url, headers=headers, trust_env=False) as http,
            http.stream("GET", "/api/work?kind=input") as stream,
        ):
            chunks = stream.iter_raw()
            assert next(chunks)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(4)
        assert process.wait(END_S) == 0
    assert find_server(tmp_path) is None


@pytest.mark.anyio
async def test_a_call_that_waits_does_not_keep_the_server_from_ending(tmp_path: Path) -> None:
    async with asyncio.timeout(END_S):
        async with running(settings(tmp_path)) as up, client(up) as http:
            created = (await http.post("/api/tools/create_notebook", json={})).json()
            waiting = asyncio.create_task(
                http.post(
                    "/api/tools/read_history",
                    json={"notebook_id": created["notebook_id"], "after": 1, "wait_s": 600},
                    timeout=None,
                )
            )
            while up.service.desk.live_ring(created["notebook_id"]) is None:
                await http.get("/api/health")
        with pytest.raises(httpx2.TransportError):
            await waiting


@pytest.mark.anyio
async def test_the_command_of_this_machine_is_told_to_who_runs_the_server_alone(
    tmp_path: Path,
) -> None:
    robot = {"kind": "assistant", "label": "Robot", "scopes": ["notebook:read"]}
    async with running(settings(tmp_path)) as up, client(up) as http:
        arguments = {**robot, "secret_sha256": secret_sha256("itl_robot")}
        issued = await http.post("/api/tools/issue_credential", json=arguments)
        assert issued.status_code == 200
        command = (await http.get("/api/command")).json()["command"]
        assert Path(command[0]).is_absolute()
        async with client(up, "itl_robot") as program:
            assert (await program.get("/api/command")).json() == {"command": None}
    async with running(settings(tmp_path, host="0.0.0.0")) as up, client(up) as http:
        assert (await http.get("/api/command")).json() == {"command": None}
