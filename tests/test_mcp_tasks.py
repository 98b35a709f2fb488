"""Long runs as tasks of the protocol's extension: for who declares it, told from the log alone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from mcp_types.jsonrpc import HEADER_MISMATCH, MISSING_REQUIRED_CLIENT_CAPABILITY

from intheloop import commands as c
from intheloop.events import InputProvided, Kernel, Record
from intheloop.log import open_stored
from intheloop.mcp_server.tasks import EXTENSION
from tests.house import START, completing, printed
from tests.mcp_raw import ask, ask_in_session, begin, call
from tests.serving import Served

ABLE: dict[str, Any] = {"extensions": {EXTENSION: {}}}
META = {"io.modelcontextprotocol/clientCapabilities": ABLE}
ELICITS = {"io.modelcontextprotocol/clientCapabilities": {**ABLE, "elicitation": {"form": {}}}}


class Running:
    """A notebook with three cells, a model that runs them, and a runtime that this test plays."""

    def __init__(self, served: Served) -> None:
        ana = served.person("Ana")
        self.served = served
        self.person = served.secret(ana)
        self.notebook_id = served.notebook(self.person, sources=("1", "2", "3"))
        self._runtime = served.caller(served.secret(ana, "runtime"))
        self.http = served.client(served.secret(ana, "assistant"))
        self.other = served.client(served.secret(served.person("Bob"), "assistant"))
        self._do(
            c.AttachRuntime(notebook_id=self.notebook_id, runtime_id="r1", kernel=Kernel("python3"))
        )
        up = c.KernelIsUp(Kernel("python3"))
        self._do(c.ReportKernel(notebook_id=self.notebook_id, runtime_id="r1", report=up))

    def _do(self, command: c.Command) -> Any:
        return self.served.run(self.served.service.execute(command, self._runtime))

    def ask_for(self, tool: str = "run_cells", meta: dict[str, Any] = META, **more: Any) -> Any:
        """What a call gives that waits for nothing."""
        arguments = {"notebook_id": self.notebook_id, "wait_s": 0, **more}
        return call(self.http, tool, arguments=arguments, meta=meta)

    def begin(self) -> str:
        """The next execution, begun."""
        claim = c.ClaimExecution(notebook_id=self.notebook_id, runtime_id="r1", start=START)
        claimed = self._do(claim)
        assert claimed.claim is not None
        return str(claimed.claim.execution_id)

    def comes(self) -> None:
        """Wait until something is queued."""
        state = c.ReadHistory(
            notebook_id=self.notebook_id, event_type="executionRequested", wait_s=20
        )
        self.served.run(self.served.service.ask(state, self.served.caller(self.person)))

    def end(self, execution_id: str, text: str = "", **more: Any) -> None:
        """Its end, with what it printed."""
        shown = {"index": 0, "parts": [printed(text)]} if text else {}
        self._do(completing(self.notebook_id, execution_id, **shown, **more))

    def asks(self, execution_id: str, prompt: str, *, password: bool = False) -> None:
        """It asks for a line."""
        self._do(
            c.RequestInput(
                notebook_id=self.notebook_id,
                execution_id=execution_id,
                input_id="i1",
                prompt=prompt,
                password=password,
            )
        )

    def task(
        self, method: str, task_id: str, http: httpx2.Client | None = None, **more: Any
    ) -> httpx2.Response:
        """The answer to a request about a task."""
        params = {"taskId": task_id, **more.pop("params", {})}
        headers = {"Mcp-Name": more.pop("named", task_id)}
        return ask(http or self.http, method, params, headers=headers, meta=more.get("meta", META))

    def told(self, task_id: str, **more: Any) -> dict[str, Any]:
        """How a task stands."""
        answer = self.task("tasks/get", task_id, **more)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()["result"]
        assert told["resultType"] == "complete" and told["taskId"] == task_id
        assert told["createdAt"] <= told["lastUpdatedAt"] and told["ttlMs"] is None
        return told

    def records(self) -> list[Record]:
        """All records of the notebook."""
        return [open_stored(one) for one in self.served.log.records(self.notebook_id)]

    def code(self, answer: httpx2.Response) -> int:
        """The code of an error."""
        return int(answer.json()["error"]["code"])


@pytest.fixture
def here(served: Served) -> Iterator[Running]:
    running = Running(served)
    with running.http, running.other:
        yield running


def test_a_run_that_goes_on_is_a_task_until_its_last_cell_has_ended(here: Running) -> None:
    task = here.ask_for()
    assert task["resultType"] == "task" and task["status"] == "working"
    assert "structuredContent" not in task
    for text in ("one", "two"):
        here.end(here.begin(), text)
    last = here.begin()
    working = here.told(task["taskId"])
    assert working["status"] == "working" and working["statusMessage"] == "It runs."
    assert working["createdAt"] == task["createdAt"]
    here.end(last, "three")
    ended = here.told(task["taskId"])
    assert ended["status"] == "completed"
    result = ended["result"]
    assert result["isError"] is False
    assert [one["state"] for one in result["structuredContent"]["executions"]] == ["ok"] * 3
    assert all(word in result["content"][0]["text"] for word in ("one", "two", "three"))


def test_a_run_that_ends_within_its_wait_is_a_plain_result(here: Running) -> None:
    with ThreadPoolExecutor(1) as thread:
        calling = thread.submit(here.ask_for, wait_s=20)
        here.comes()
        for _ in range(3):
            here.end(here.begin())
        result = calling.result(20)
    assert result["resultType"] == "complete"
    assert result["structuredContent"]["state"] == "ok"


def test_a_refused_run_is_a_refusal(here: Running) -> None:
    refused = here.ask_for(cells=[{"cell_id": "nowhere", "rev": 1}])
    assert refused["resultType"] == "complete" and refused["isError"]


def test_who_does_not_declare_tasks_gets_none(here: Running) -> None:
    asked = here.ask_for(meta={})
    assert asked["resultType"] == "complete"
    task_id = f"{here.notebook_id}.{asked['structuredContent']['execution_ids'][0]}"
    for method in ("tasks/get", "tasks/cancel", "tasks/update"):
        refused = here.task(method, task_id, meta={})
        assert here.code(refused) == MISSING_REQUIRED_CLIENT_CAPABILITY
        required = refused.json()["error"]["data"]["requiredCapabilities"]
        assert required == {"extensions": {EXTENSION: {}}}
    listening = ask(here.http, "subscriptions/listen", {"notifications": {"taskIds": [task_id]}})
    assert here.code(listening) == MISSING_REQUIRED_CLIENT_CAPABILITY
    assert here.told(task_id)["status"] == "working"


def test_the_older_revisions_know_no_tasks(here: Running) -> None:
    session = begin(here.http)
    asked = ask_in_session(here.http, session, "tasks/get", {"taskId": "a.b"})
    assert '"code":-32601' in asked.text


def test_a_cell_that_raises_completes_the_task_with_what_it_showed(here: Running) -> None:
    task = here.ask_for()
    here.end(here.begin(), "so far", status="error")
    ended = here.told(task["taskId"])
    assert ended["status"] == "completed" and ended["result"]["isError"] is False
    assert ended["result"]["structuredContent"]["state"] == "error"
    assert "so far" in ended["result"]["content"][0]["text"]


def test_a_task_is_told_when_its_cells_have_run_again_since(here: Running) -> None:
    task = here.ask_for()
    for _ in range(3):
        here.end(here.begin(), "first")
    again = here.ask_for()
    for _ in range(3):
        here.end(here.begin(), "second")
    old, new = (here.told(one["taskId"])["result"] for one in (task, again))
    assert "first" in old["content"][0]["text"] and "second" not in old["content"][0]["text"]
    assert "second" in new["content"][0]["text"]


def test_cancelling_a_task_cancels_what_is_queued_and_asks_the_kernel_to_stop(
    here: Running,
) -> None:
    task, other = here.ask_for(allow_errors=True), here.ask_for("run_code", source="4")
    running = here.begin()
    assert here.task("tasks/cancel", task["taskId"]).json()["result"]["resultType"] == "complete"
    assert here.told(task["taskId"])["status"] == "working"
    here.end(running, status="cancelled", reason="It was interrupted.")
    ended = here.told(task["taskId"])
    assert ended["status"] == "cancelled"
    assert "result" not in ended and ended["statusMessage"]
    assert here.told(other["taskId"])["status"] == "working", "what was not asked for goes on"
    here.end(here.begin())
    assert here.told(other["taskId"])["status"] == "completed"
    assert here.task("tasks/cancel", task["taskId"]).status_code == 200


def test_a_question_of_the_code_is_put_to_a_person_at_a_client_that_can_ask(here: Running) -> None:
    task = here.ask_for("run_code", source="input()")
    running = here.begin()
    here.asks(running, "Your name? ")
    plain = here.told(task["taskId"])
    assert plain["status"] == "working" and "provide_input" in plain["statusMessage"]
    asked = here.told(task["taskId"], meta=ELICITS)
    assert asked["status"] == "input_required"
    ((key, request),) = asked["inputRequests"].items()
    assert request["method"] == "elicitation/create"
    assert request["params"]["message"] == "Your name? "
    for given in (
        {key: {"action": "decline"}},
        {"other": {"action": "accept", "content": {"value": "?"}}},
        {key: {"action": "accept", "content": {"value": "Ana"}}},
        {key: {"action": "accept", "content": {"value": "late"}}},
        {key: "nonsense"},
    ):
        params = {"inputResponses": given}
        answer = here.task("tasks/update", task["taskId"], meta=ELICITS, params=params)
        assert answer.status_code == 200, answer.text
    assert here.told(task["taskId"], meta=ELICITS)["status"] == "working"
    events = (record.event for record in here.records())
    assert [one.value for one in events if isinstance(one, InputProvided)] == ["Ana"]
    here.end(running)


def test_a_password_is_not_asked_for_by_this_way(here: Running) -> None:
    task = here.ask_for("run_code", source="getpass()")
    running = here.begin()
    here.asks(running, "Key: ", password=True)
    told = here.told(task["taskId"], meta=ELICITS)
    assert told["status"] == "working" and "only a person" in told["statusMessage"]
    here.end(running, status="cancelled")


@pytest.mark.parametrize("method", ["tasks/get", "tasks/cancel", "tasks/update"])
def test_a_task_of_others_and_one_that_is_none_are_refused_alike(
    here: Running, method: str
) -> None:
    task = here.ask_for("run_code", source="1")
    running = here.begin()
    for refused in (
        here.task(method, task["taskId"], here.other),
        here.task(method, f"{here.notebook_id}.nowhere"),
        here.task(method, "nowhere.nothing"),
        here.task(method, "nonsense"),
    ):
        assert refused.status_code in (200, 400) and here.code(refused) == -32602, refused.text
    mismatch = here.task(method, task["taskId"], named="another")
    assert here.code(mismatch) == HEADER_MISMATCH
    assert here.told(task["taskId"])["status"] == "working"
    here.end(running)


def test_who_may_only_read_is_told_of_a_task_and_cannot_cancel_it(here: Running) -> None:
    task = here.ask_for("run_code", source="1")
    running = here.begin()
    reader = here.served.secret(here.served.person("Cleo"), "assistant", ["notebook:read"])
    cleo = here.served.caller(reader).actor.on_behalf_of[0]
    here.served.grant(here.notebook_id, cleo, "viewer")
    with here.served.client(reader) as http:
        assert here.told(task["taskId"], http=http)["status"] == "working"
        refused = here.task("tasks/cancel", task["taskId"], http)
        assert "error" in refused.json()
    here.end(running)
    assert here.told(task["taskId"])["status"] == "completed"


def test_the_door_says_that_it_knows_tasks(here: Running) -> None:
    told = ask(here.http, "server/discover").json()["result"]
    assert told["capabilities"]["extensions"] == {EXTENSION: {}}
