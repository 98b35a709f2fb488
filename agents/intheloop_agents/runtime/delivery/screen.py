"""What stands between a kernel and all that keeps or sends its outputs: secrets are masked here.

Pure, time is passed in. Nothing is dropped or reordered; text that may be the beginning of a secret
waits for what follows it, at most HOLD_S.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from intheloop_agents.masking import Secrets, Sieve, masked
from intheloop_agents.runtime.jupyter.outputs import (
    Finished,
    KernelOutput,
    Part,
    Stream,
)
from intheloop_agents.runtime.limits import masked_in_output

HOLD_S = 0.25
"""For so long a text is held back that may be the beginning of a secret."""

T = TypeVar("T")
# What these hold is encoded: what looks like the form of a key there is chance.
_ENCODED = ("image/", "audio/", "video/", "application/pdf")
_WRITTEN = "image/svg+xml"


class Screen:
    """The screen of one execution, also for what comes after its end."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._sieves: dict[str, Sieve] = {}
        # Of the stream that said something last, when some of that is held back.
        self._holding = ""
        self._held_since = 0.0
        self._masked = 0

    @property
    def due_at(self) -> float | None:
        """When `release` should be called if nothing more is added; None while nothing is held."""
        return self._held_since + HOLD_S if self._holding else None

    def admit(self, output: KernelOutput, now: float) -> list[KernelOutput]:
        """What can go on because of this output: what was held before it, and itself, masked."""
        if isinstance(output, Stream):
            before = [] if output.name == self._holding else self.release()
            return [*before, *self._stream(output, now)]
        return [*self.release(), *self._whole(output)]

    def release(self) -> list[Part]:
        """What is held back, whether its moment has come or not."""
        if not self._holding:
            return []
        name, self._holding = self._holding, ""
        return self._said(name, Sieve.release)

    def _stream(self, part: Stream, now: float) -> list[Part]:
        sieve = self._sieves.setdefault(part.name, Sieve(self._secrets))
        shown = self._said(part.name, lambda sieve: sieve.add(part.text))
        if not sieve.holds:
            self._holding = ""
        elif not self._holding or shown:
            self._holding, self._held_since = part.name, now
        return shown

    def _said(self, name: str, of: Callable[[Sieve], str]) -> list[Part]:
        sieve = self._sieves[name]
        before = sieve.masked
        text = of(sieve)
        self._masked += sieve.masked - before
        return [Stream(name, text)] if text else []

    def _whole(self, output: KernelOutput) -> list[KernelOutput]:
        screened, count = screened_value(output, self._secrets)
        self._masked += count
        if not isinstance(output, Finished) or not self._masked:
            return [screened]
        notice = Stream("stderr", masked_in_output(self._masked))
        self._masked = 0
        return [notice, screened]


def screened_value(value: T, secrets: Secrets) -> tuple[T, int]:
    """The same value with all texts in it masked, and how many secrets there were."""
    found = 0

    def within(value: Any, key: str = "") -> Any:
        nonlocal found
        match value:
            case str() if key.startswith(_ENCODED) and key != _WRITTEN:
                return value
            case str():
                text, count = masked(value, secrets)
                found += count
                return text
            case dict():
                return {within(key): within(item, key) for key, item in value.items()}
            case list() | tuple():
                return type(value)(map(within, value))
            case msgspec.Struct():
                fields = msgspec.structs.asdict(value)
                return type(value)(**{name: within(item) for name, item in fields.items()})
            case _:
                return value

    return within(value), found
