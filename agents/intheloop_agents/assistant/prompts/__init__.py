"""The texts that the assistant gives to models: Markdown with front matter, a file a version.

A released version never changes: `lock.json` holds the sha256 of each, and a test compares.
"""

from __future__ import annotations

from importlib.resources import files

from msgspec import Struct

from intheloop import events as e
from intheloop_agents.assistant.identity import sha256_of

CURRENT = "assistant.v1.md"


class Prompt(Struct, frozen=True):
    """A prompt: its front matter, and the text below, which is what models are given."""

    prompt_id: str
    version: str
    fields: dict[str, str]
    text: str

    @property
    def ref(self) -> e.PromptRef:
        """How records name it."""
        return e.PromptRef(self.prompt_id, self.version, sha256_of(self.text))


def read_prompt(source: str) -> Prompt:
    """The prompt of a file's text. Raises ValueError, in a sentence, if it has no front matter."""
    opening, _, rest = source.partition("---\n")
    head, line, text = rest.partition("\n---\n")
    if opening or not line:
        raise ValueError("A prompt begins with front matter between two lines of ---; add it.")
    pairs = (row.partition(":") for row in head.splitlines() if row.strip())
    fields = {name.strip(): value.strip() for name, _, value in pairs}
    missing = {"id", "version", "inputs", "tools", "changelog"} - fields.keys()
    if missing:
        raise ValueError(f"The front matter lacks {', '.join(sorted(missing))}; add it.")
    return Prompt(fields["id"], fields["version"], fields, text)


def current() -> Prompt:
    """The prompt that runs begin with."""
    return read_prompt(files(__package__).joinpath(CURRENT).read_text(encoding="utf-8"))
