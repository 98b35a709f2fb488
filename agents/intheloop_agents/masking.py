"""Secrets masked in text: keys of the forms listed here, and values that are known to be secret.

Pure, and the same in every process: the runtime masks what a kernel says before it keeps or sends
it, the assistant what it shows a model. What is encoded, split by other text or of another form
cannot be told from other text: it goes through.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

MASK = "[masked: a key]"
"""What stands in a secret's place."""


class Form(Struct, frozen=True):
    """A form of keys: one of its openings, then `least` characters of a class, and more if `on`."""

    openings: tuple[str, ...]
    of: str
    least: int
    on: bool = True

    @property
    def opening(self) -> str:
        """Any of the openings, as a pattern."""
        return f"(?:{'|'.join(self.openings)})"


FORMS: tuple[Form, ...] = (
    Form(("sk-",), r"[A-Za-z0-9_-]", 20),
    Form(("AKIA", "ASIA"), r"[0-9A-Z]", 16, on=False),
    Form(("gh[pousr]_",), r"[A-Za-z0-9]", 30),
    Form(("github_pat_",), r"[A-Za-z0-9_]", 22),
    Form(("glpat-",), r"[A-Za-z0-9_-]", 20),
    Form(("xox[abeoprs]-",), r"[A-Za-z0-9-]", 10),
    Form(("AIza",), r"[0-9A-Za-z_-]", 35, on=False),
    Form(("hf_",), r"[A-Za-z0-9]", 30),
    Form(("itl_", "its_", "run_"), r"[A-Za-z0-9_-]", 40),
)
"""Of Anthropic and OpenAI, AWS, GitHub, GitLab, Slack, Google, Hugging Face, and of this server.
Private keys in PEM are masked too."""

SECRET_NAMES = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE")
"""What the name of a variable ends in whose value is a secret."""

_LEAST_VALUE = 8
_LEAST_WORD = 16
_PEM = r"-----BEGIN [A-Z ]{0,40}?PRIVATE KEY-----"
_PEM_BEGUN = r"-----BEGIN [A-Z ]{0,60}-{0,4}\Z"
# The lines of a key, their ends also as they are written within quotes; no sentence goes on so.
_PEM_BODY = re.compile(r"(?:[A-Za-z0-9+/=\t\r\n\\:,_-]|(?<=[:A-Z\s]) )*")
_PEM_END = re.compile(r"-----END [A-Z ]{0,40}?PRIVATE KEY-----")
_PEM_END_LENGTH = 80
_ALONE = r"(?<![A-Za-z0-9])"
_WHOLE = [re.compile(f"{_ALONE}{form.opening}{form.of}{{{form.least}}}") for form in FORMS]
_BEGUN = re.compile(
    "|".join(rf"{_ALONE}{form.opening}{form.of}{{0,{form.least - 1}}}\Z" for form in FORMS)
    + f"|{_PEM_BEGUN}"
)
_MORE = [re.compile(f"{form.of}*") if form.on else None for form in FORMS]
_PEM_WHOLE = re.compile(_PEM)
# So much of what was shown last is looked at again, for an opening that was cut.
_LOOK_BACK = 16
_OPENING_LENGTH = 4


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """The values that are masked: those of variables with a name that ends as SECRET_NAMES do, of 8
    characters or more; a word of small letters alone only from 16 on."""
    return [
        value
        for name, value in environment.items()
        if name.upper().endswith(SECRET_NAMES) and _long_enough(value.strip())
    ]


def _long_enough(value: str) -> bool:
    word = value.isalpha() and value.islower()
    return len(value) >= (_LEAST_WORD if word else _LEAST_VALUE)


class Secrets:
    """What is looked for: the forms, and these values, also as they stand in quotes and in HTML."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        spelled = {spelling for value in values for spelling in _spellings(value.strip())}
        self._values = sorted(spelled, key=lambda value: (-len(value), value))
        # As one flat choice, so that each begins with a character: that is what makes it fast.
        openings = [opening for form in FORMS for opening in form.openings] + ["-----BEGIN "]
        openings += [re.escape(value[:_OPENING_LENGTH]) for value in self._values]
        self.opening = re.compile("|".join(dict.fromkeys(openings)))

    def whole_at(self, text: str, start: int) -> tuple[int, re.Pattern[str] | None]:
        """Where a secret ends that begins here, -1 for none, and what of it may follow."""
        for value in self._values:
            if text.startswith(value, start):
                return start + len(value), None
        for whole, more in zip(_WHOLE, _MORE, strict=True):
            if found := whole.match(text, start):
                return found.end(), more
        if found := _PEM_WHOLE.match(text, start):
            return found.end(), _PEM_BODY
        return -1, None

    def begun_at(self, text: str, start: int) -> bool:
        """Whether all from here on is the beginning of a secret."""
        return _BEGUN.match(text, start) is not None or any(self._values_begun(text, start))

    def mostly_at(self, text: str, start: int) -> bool:
        """Whether it is half of a known value and more."""
        values = self._values_begun(text, start)
        return any(2 * (len(text) - start) >= max(len(value), 16) for value in values)

    def _values_begun(self, text: str, start: int) -> Iterator[str]:
        length = len(text) - start
        if self._values and length < len(self._values[0]):
            begun = text[start:]
            for value in self._values:
                if len(value) > length and value.startswith(begun):
                    yield value


def _spellings(value: str) -> set[str]:
    quoted = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    return {value, repr(value)[1:-1], html.escape(value), html.escape(value, quote=False), *quoted}


class Sieve:
    """A text that comes in pieces. What may be the beginning of a secret is held back until more
    comes or `release`; that is never more than the longest secret."""

    def __init__(self, secrets: Secrets) -> None:
        self.masked = 0
        self._secrets = secrets
        # The end of what came, of which so many characters were shown.
        self._tail = ""
        self._shown = 0
        # What goes on with a secret that was masked, and the end of what was swallowed.
        self._more: re.Pattern[str] | None = None
        self._swallowed = ""

    @property
    def holds(self) -> bool:
        """Whether something is held back."""
        return self._shown < len(self._tail)

    def add(self, text: str) -> str:
        """What can be shown now that this has come."""
        return self._sifted(text, at_end=False)

    def release(self) -> str:
        """What was held back: it is no secret, or not enough of one."""
        return self._sifted("", at_end=True) if self.holds else ""

    def _sifted(self, text: str, *, at_end: bool) -> str:
        text = self._tail + text
        shown, at, begun, behind = self._shown, 0, -1, 0
        out: list[str] = []
        if self._more is not None:
            at = shown = behind = self._swallow(text, shown)
        while found := self._secrets.opening.search(text, at):
            start = found.start()
            if self._secrets.begun_at(text, start):
                begun = start if begun < 0 else begun
                if not at_end:
                    break
            end, more = self._secrets.whole_at(text, start)
            if end < 0 and start == begun and self._secrets.mostly_at(text, start):
                end = len(text)
            if end <= shown:
                at = start + 1
                continue
            out += (text[shown:start], MASK)
            self.masked += 1
            self._more, self._swallowed = more, ""
            at = shown = behind = self._swallow(text, end)
        until = len(text) if begun < 0 or at_end else max(begun, shown)
        out.append(text[shown:until])
        keep = begun if begun >= 0 else max(behind, len(text) - _LOOK_BACK)
        self._tail, self._shown = text[keep:], until - keep
        return "".join(out)

    def _swallow(self, text: str, at: int) -> int:
        """Where that ends which belongs to the secret before."""
        if (more := self._more) is None:
            return at
        before = self._swallowed
        body = before + text[at:]
        found = more.match(body, len(before))
        until = found.end() if found else len(before)
        closed = _PEM_END.search(body, 0, until) if more is _PEM_BODY else None
        end = at + (closed.end() if closed else until) - len(before)
        self._swallowed = body[max(0, until - _PEM_END_LENGTH) : until]
        if closed:
            self._more = None
        if end < len(text):
            self._more = None
        return end


NO_SECRETS = Secrets()
"""The forms alone, and no values."""


def masked(text: str, secrets: Secrets = NO_SECRETS) -> tuple[str, int]:
    """The text without secrets, and how many there were."""
    sieve = Sieve(secrets)
    shown = sieve.add(text)
    return shown + sieve.release(), sieve.masked
