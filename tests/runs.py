"""Short words for runs of the assistant on a bench: claimed, recorded step by step, finished."""

from __future__ import annotations

from typing import Any

from intheloop import commands as c
from intheloop import events as e
from intheloop.notebook import AssistantRun
from intheloop.values import sha256_hex
from tests.deciding import Bench
from tests.model import NB

AGENT = e.Agent("assistant", "1", "scripted")
PROMPT = e.PromptRef("assistant", "1", "ab" * 32)
TOOLS = e.PromptRef("tools", "1", "cd" * 32)
ASSEMBLE = c.Assemble(as_of_seq=1, text_sha256="ef" * 32, prompt=PROMPT, tools=TOOLS)
CALL = c.Call(attempt=1, model="scripted", request_sha256="01" * 32, max_tokens=100)
RETRY = c.Retry(attempt=1, reason="It is overloaded.", delay_ms=500)
USED = e.Usage(input_tokens=10, output_tokens=5, cost=100)


def answer(*call_ids: str, **more: Any) -> c.Answer:
    """An answer that wants a tool for each id."""
    calls = tuple(c.WantedCall(one, "run_code", '{"source":"1"}') for one in call_ids)
    reason = "tool_use" if calls else "end_turn"
    return c.Answer("[]", reason, "scripted", USED, calls, **more)


class Runs:
    """One run of the assistant `bot`, which acts as `name` while it holds it."""

    def __init__(self, bench: Bench, run_id: str) -> None:
        self.bench = bench
        self.run_id = run_id
        self.name = f"run-{run_id}"
        self._claims = 0

    @property
    def state(self) -> AssistantRun:
        """As it stands."""
        return self.bench.nb.runs[self.run_id]

    def claim(self, by: str = "bot") -> c.RunClaimed:
        """Take it up; the credential that comes of it is used from here on."""
        self._claims += 1
        secret = f"{self.name}-{self._claims}-{by}"
        claimed: c.RunClaimed = self.bench.do(claiming(self.run_id, secret), by)
        self.bench.sign_in(self.name, secret)
        return claimed

    def record(self, step: c.Step, turn: int = 1, by: str | None = None) -> list[e.Event]:
        """What comes of a step."""
        return self.bench.new_events(recording(self.run_id, step, turn), by or self.name)

    def finish(self, outcome: Any = "completed", by: str | None = None) -> list[e.Event]:
        """What comes of its end."""
        command = c.FinishAssistantRun(
            notebook_id=NB, run_id=self.run_id, outcome=outcome, reason="It is done."
        )
        return self.bench.new_events(command, by or self.name)


def claiming(run_id: str, secret: str = "secret") -> c.ClaimAssistantRun:
    """A wish to take a run up."""
    return c.ClaimAssistantRun(
        notebook_id=NB,
        run_id=run_id,
        secret_sha256=sha256_hex(secret.encode()),
        label="Assistant",
        agent=AGENT,
    )


def recording(run_id: str, step: c.Step, turn: int = 1) -> c.RecordStep:
    """A step to record."""
    return c.RecordStep(notebook_id=NB, run_id=run_id, turn=turn, step=step)


def posting(text: str = "Do it.", **more: Any) -> c.PostMessage:
    """A message to the assistant."""
    return c.PostMessage(notebook_id=NB, text=text, **more)


def cancelling_run(run_id: str) -> c.CancelAssistantRun:
    """A wish to have a run stopped."""
    return c.CancelAssistantRun(notebook_id=NB, run_id=run_id)


def asked(bench: Bench, by: str = "ana", **more: Any) -> Runs:
    """A run that somebody asked for."""
    posted: c.Posted = bench.do(posting(**more), by)
    return Runs(bench, posted.run_id)


def claimed(bench: Bench, by: str = "ana", **more: Any) -> Runs:
    """The same, claimed by the bot."""
    run = asked(bench, by, **more)
    run.claim()
    return run
