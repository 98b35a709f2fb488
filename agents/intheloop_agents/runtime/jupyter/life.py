"""One kernel process from its start to its end, and the executions that it runs.

Owns which output belongs to which execution and when an execution has finished. A Life is never
restarted: a restarted kernel is a new one, so that nothing of the old process can reach it.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import zmq.asyncio

from intheloop_agents.runtime.jupyter.backlog import Backlog
from intheloop_agents.runtime.jupyter.beside import SUBSHELLS, Beside
from intheloop_agents.runtime.jupyter.channels import Channel, Channels, Heard
from intheloop_agents.runtime.jupyter.ipython import PREPARATION
from intheloop_agents.runtime.jupyter.messages import Message
from intheloop_agents.runtime.jupyter.outputs import (
    Finished,
    InputRequest,
    KernelOutput,
    Part,
    read_finished,
    read_input_request,
    valid_text,
)
from intheloop_agents.runtime.jupyter.process import KernelProcess, KernelStartFailed

log = logging.getLogger(__name__)

# After a reply, how long iopub must be quiet before a missing `idle` is taken for lost; of a kernel
# that drops nothing it is rather behind a message so large that it takes long to come ...
IDLE_GRACE_S, KEEPING_GRACE_S = 1.0, 10.0
# ... and how long an execution whose threads never fall quiet waits for it at most, if the kernel
# may have dropped it: one that drops nothing may have much to say before.
IDLE_LIMIT_S = 10.0
# Text printed before a prompt comes by another socket than the prompt; it gets this long to pass.
_PROMPT_QUIET_S, _PROMPT_LIMIT_S = 0.05, 0.5
# What a dead kernel had sent may still be on its way.
_DEATH_QUIET_S, _DEATH_LIMIT_S = 0.05, 0.5
# How many messages may wait to be read of a kernel that is told to keep the others itself.
_AHEAD = 32
# A kernel that answers is asked again at this pace until its iopub channel is heard.
_HEAR_S = 0.25
_ANSWER_S = 10.0


class KernelGone(RuntimeError):
    """The kernel has ended and answers nothing: restart it first."""


class NoPromptOpen(RuntimeError):
    """No code waits for input: there is nothing to answer."""


class KernelInfo(msgspec.Struct, frozen=True):
    """What a kernel says about itself."""

    implementation: str
    implementation_version: str
    language: str
    language_version: str
    banner: str


class Death(msgspec.Struct, frozen=True):
    """The end of a kernel process that nobody asked for.

    `exit_code` is negative for a signal; `last_stderr` is the end (8 KiB) of what the process
    itself wrote to standard output and error; `reason` is a sentence, that of `kill` if `killed`.
    """

    exit_code: int
    last_stderr: str
    reason: str
    killed: bool = False


class _Run:
    """An execution that has not finished."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.outputs: Backlog[KernelOutput] = Backlog()
        self.reply: Finished | None = None
        self.replied_at = 0.0
        self.idle = False


class Life:
    """A started kernel process with its channels. Make it with `begin`, end it with `end`."""

    info: KernelInfo
    beside: Beside

    def __init__(
        self,
        process: KernelProcess,
        context: zmq.asyncio.Context,
        late: Backlog[tuple[str, Part]],
    ) -> None:
        self._process = process
        self._context = context
        self._late = late
        self._loop = asyncio.get_running_loop()
        self._runs: dict[str, _Run] = {}
        # Of every execution of this process, for a thread may print as long as it lives.
        self._keys: dict[str, str] = {}
        self._latest = ""
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._heard = asyncio.Event()
        self._prompting: _Run | None = None
        self._prompts: set[asyncio.Task[None]] = set()
        self._ended: Finished | None = None
        self._killed_for: str | None = None
        # Whether the kernel keeps what is not read yet; others drop it.
        self._keeps = False
        # The death, or None if the end was asked for.
        self.over: asyncio.Future[Death | None] = self._loop.create_future()
        self._channels = Channels(
            context, process.session, process.url, self._on_iopub, self._on_message
        )
        self._watch = asyncio.create_task(self._watch_process())

    @classmethod
    async def begin(
        cls,
        kernel_name: str,
        cwd: Path,
        environment: Mapping[str, str],
        late: Backlog[tuple[str, Part]],
        timeout_s: float,
    ) -> "Life":
        """Start a process and wait until it answers on all channels."""
        context = zmq.asyncio.Context()
        try:
            process = await KernelProcess.start(kernel_name, cwd, environment, context)
        except BaseException:
            context.destroy(linger=0)
            raise
        life = cls(process, context, late)
        try:
            await life._become_ready(kernel_name, timeout_s)
        except BaseException:
            await life.end("The kernel did not start.", now=True)
            raise
        return life

    async def end(self, reason: str, *, now: bool) -> None:
        """End the process; what runs gets a Finished `died` with this reason first."""
        for task in (self._watch, *self._prompts):
            task.cancel()
        self._finish_all(Finished("died", reason=reason))
        if not self.over.done():
            self.over.set_result(None)
        try:
            await self._channels.close()
        finally:
            try:
                await self._process.stop(now=now)
            finally:
                self._context.destroy(linger=0)

    @property
    def death(self) -> Death | None:
        """How the process ended by itself, if it did."""
        return self.over.result() if self.over.done() else None

    @property
    def pid(self) -> int | None:
        """The kernel's process, if it runs on this machine."""
        return self._process.pid

    @property
    def prompt_open(self) -> bool:
        """Whether code waits for `answer_input`."""
        return self._prompting is not None

    def execute(self, key: str | None, content: Mapping[str, Any]) -> Backlog[KernelOutput]:
        """Send an `execute_request`; the outputs that will come of it."""
        if self._ended is not None:
            return stillborn(self._ended)
        msg_id = self._channels.send("shell", "execute_request", content)
        run = _Run(msg_id if key is None else key)
        self._runs[msg_id], self._keys[msg_id], self._latest = run, run.key, msg_id
        return run.outputs

    async def request(
        self,
        msg_type: str,
        content: Mapping[str, Any],
        timeout_s: float | None,
        channel: Channel = "shell",
        *,
        subshell_id: str | None = None,
    ) -> dict[str, Any]:
        """Send a request and wait for the content of its reply."""
        if self._ended is not None:
            raise KernelGone(self._ended.reason)
        msg_id = self._channels.send(channel, msg_type, content, subshell_id)
        reply: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._replies[msg_id] = reply
        try:
            async with asyncio.timeout(timeout_s):
                return await reply
        finally:
            del self._replies[msg_id]

    def answer_input(self, text: str) -> None:
        """Give the open prompt its line."""
        if self._prompting is None:
            raise NoPromptOpen("No code waits for input; run a cell that asks for some.")
        self._prompting = None
        self._channels.send("stdin", "input_reply", {"value": text})

    async def interrupt(self) -> None:
        """Interrupt by message or signal, as the kernelspec says; nothing for a dead kernel."""
        if self._ended is not None:
            return
        if self._process.interrupted_by_message:
            with contextlib.suppress(TimeoutError, KernelGone):
                await self.request("interrupt_request", {}, _ANSWER_S, "control")
        else:
            await self._process.interrupt()

    def kill(self, reason: str) -> None:
        """Make the process die at once; `reason` is what its death tells."""
        if self._ended is None:
            self._killed_for = reason
            self._process.kill()

    async def _become_ready(self, kernel_name: str, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                content = await self.request("kernel_info_request", {}, None)
                self.info = _read_info(content)
                self._keeps = self.info.implementation == "ipython"
                self._channels.listen(_AHEAD if self._keeps else 0)
                while not await self._is_heard():
                    await self.request("kernel_info_request", {}, None)
        except (TimeoutError, KernelGone) as error:
            why = str(error) or f"It did not answer within {timeout_s:g} s."
            said = self._process.console_text().strip()
            raise KernelStartFailed(
                f"The kernel {kernel_name!r} did not start. {why}", said
            ) from error
        # Only now: what it does concerns the connections that there are.
        prepared = self._keeps and await self._prepare()
        features = content.get("supported_features")
        self.beside = Beside(
            self.request,
            lambda: bool(self._runs),
            subshells=isinstance(features, list) and SUBSHELLS in features,
            variables=prepared,
        )

    async def _prepare(self) -> bool:
        silently = {"code": PREPARATION, "silent": True, "store_history": False}
        with contextlib.suppress(TimeoutError):
            reply = await self.request("execute_request", silently, _ANSWER_S)
            return reply.get("status") == "ok"
        return False

    async def _is_heard(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HEAR_S):
                return await self._heard.wait()
        return False

    def _on_iopub(self, heard: list[Heard]) -> None:
        self._heard.set()
        for item in heard:
            if item.output is not None:
                self._route(item.parent_id, item.output)
            elif item.idle and item.parent_id in self._runs:
                self._runs[item.parent_id].idle = True
                self._finish_if_over(item.parent_id)

    def _route(self, parent_id: str, output: Part) -> None:
        # ipykernel gives a thread's text to the latest request, be it a completion; such text and
        # text of nobody belongs to what runs, or else to what ran last.
        if parent_id not in self._keys:
            parent_id = next(iter(self._runs), self._latest)
        run = self._runs.get(parent_id)
        if run is not None:
            run.outputs.put(output)
        elif (key := self._keys.get(parent_id)) is not None:
            self._late.put((key, output))
        else:
            log.info("Output of a kernel that has run nothing yet is left out: %r", output)

    def _on_message(self, channel: Channel, message: Message) -> None:
        run = self._runs.get(message.parent_id)
        content = message.content or {}
        if channel == "stdin":
            # ipykernel files a thread's prompt under the latest request too.
            run = run or next(iter(self._runs.values()), None)
            if run is not None and message.msg_type == "input_request":
                prompt = asyncio.create_task(self._prompt(run, read_input_request(content)))
                self._prompts.add(prompt)
                prompt.add_done_callback(self._prompts.discard)
        elif run is not None and message.msg_type == "execute_reply":
            run.reply, run.replied_at = read_finished(content), self._loop.time()
            self._finish_if_over(message.parent_id)
        elif (reply := self._replies.get(message.parent_id)) is not None and not reply.done():
            reply.set_result(content)

    def _finish_if_over(self, msg_id: str) -> None:
        """The reply says that an execution is over, `idle` that its outputs have all come."""
        run = self._runs.get(msg_id)
        if run is None or run.reply is None:
            return
        quiet = self._channels.quiet_for()
        waited = self._loop.time() - run.replied_at
        grace_s = KEEPING_GRACE_S if self._keeps else IDLE_GRACE_S
        limit_s = float("inf") if self._keeps else IDLE_LIMIT_S
        if run.idle or min(quiet, waited) >= grace_s or waited >= limit_s:
            self._finish(msg_id, run.reply)
        else:
            rest = grace_s - min(quiet, waited)
            self._loop.call_later(max(rest, 0.01), self._finish_if_over, msg_id)

    def _finish(self, msg_id: str, finished: Finished) -> None:
        run = self._runs.pop(msg_id)
        if self._prompting is run:
            self._prompting = None
        run.outputs.put(finished)
        run.outputs.close()

    def _finish_all(self, finished: Finished) -> None:
        self._ended = finished
        for msg_id, run in list(self._runs.items()):
            self._finish(msg_id, run.reply or finished)
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(KernelGone(finished.reason))

    async def _prompt(self, run: _Run, request: InputRequest) -> None:
        await self._settle(_PROMPT_QUIET_S, _PROMPT_LIMIT_S)
        if run in self._runs.values():
            self._prompting = run
            run.outputs.put(request)

    async def _settle(self, quiet_s: float, limit_s: float) -> None:
        """Wait until iopub has been quiet for a while, so that what it carries has come."""
        # The quiet begins to count here: before, nothing was known to be on its way.
        since = self._loop.time()
        while (waited := self._loop.time() - since) < limit_s:
            rest = quiet_s - min(waited, self._channels.quiet_for())
            if rest <= 0:
                return
            await asyncio.sleep(rest)

    async def _watch_process(self) -> None:
        code = await self._process.wait_for_exit()
        await self._settle(_DEATH_QUIET_S, _DEATH_LIMIT_S)
        killed = self._killed_for is not None
        reason = self._killed_for or _why_dead(code)
        said = valid_text(self._process.console_text())
        self.over.set_result(Death(code, said, reason, killed))
        self._finish_all(Finished("died", reason=reason, exit_code=code))


def stillborn(finished: Finished) -> Backlog[KernelOutput]:
    """The outputs of an execution that had no kernel to run in."""
    outputs: Backlog[KernelOutput] = Backlog()
    outputs.put(finished)
    outputs.close()
    return outputs


def _read_info(content: Mapping[str, Any]) -> KernelInfo:
    language = content.get("language_info")
    language = language if isinstance(language, dict) else {}
    return KernelInfo(
        implementation=valid_text(str(content.get("implementation", ""))),
        implementation_version=valid_text(str(content.get("implementation_version", ""))),
        language=valid_text(str(language.get("name", ""))),
        language_version=valid_text(str(language.get("version", ""))),
        banner=valid_text(str(content.get("banner", ""))),
    )


def _why_dead(exit_code: int) -> str:
    if exit_code >= 0:
        return f"The kernel ended with exit code {exit_code}."
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = "unknown"
    return f"The kernel was killed by signal {-exit_code} ({name})."
