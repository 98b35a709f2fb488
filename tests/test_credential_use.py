"""What is known of credentials: when they were used last, by what, and who is paused."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.serving import Served


def credentials(http: httpx2.Client) -> dict[str, Any]:
    answer = http.post("/api/tools/list_credentials", json={})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_last_use_of_a_credential_is_told_with_what_the_client_called_itself(
    served: Served,
) -> None:
    ana = served.secret(served.person("Ana", admin=True))
    with served.client(ana) as http:
        found = credentials(http)
        (own,) = found["credentials"]
        assert [use["credential_id"] for use in found["used"]] == [own["credential_id"]]
        headers = {"Loop-Client": "atlas/3.1"}
        http.post("/api/tools/who_am_i", json={}, headers=headers)
        (use,) = credentials(http)["used"]
    assert use["client"]["name"] != "atlas", "asking is a use, too"
    assert use["at"] >= own["issued_at"]


def test_each_sees_the_uses_and_pauses_of_their_own_programs_alone(served: Served) -> None:
    ana = served.person("Ana", admin=True)
    ben = served.person("Ben")
    robot = served.secret(ben, kind="assistant", label="Robot")
    with served.client(robot) as http:
        me = http.post("/api/tools/who_am_i", json={}).json()
    with served.client(served.secret(ben)) as http:
        http.post("/api/tools/pause_agent", json={"principal_id": me["id"], "reason": "Lunch"})
        his = credentials(http)
    with served.client(served.secret(served.person("Cara"))) as http:
        hers = credentials(http)
    with served.client(served.secret(ana)) as http:
        everybody = credentials(http)
    assert his["paused"] == everybody["paused"] == {me["id"]: "Lunch"}
    assert "paused" not in hers
    assert len(hers["used"]) == 1 < len(his["used"]) < len(everybody["used"])
