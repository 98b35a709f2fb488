"""Keys masked in what a model is shown. Pure: the same text is masked the same in every process.

Knows the forms of keys that are listed here and no others: what is encoded, split or of another
form goes through. The runtime and the person are the first to keep secrets out of a notebook.
"""

from __future__ import annotations

import re

MASK = "[masked: a key]"
"""What stands in a key's place."""

FORMS: tuple[str, ...] = (
    r"sk-[A-Za-z0-9_-]{20,}",
    r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    r"gh[pousr]_[A-Za-z0-9]{30,}",
    r"github_pat_[A-Za-z0-9_]{22,}",
    r"glpat-[A-Za-z0-9_-]{20,}",
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"AIza[0-9A-Za-z_-]{35}",
    r"hf_[A-Za-z0-9]{30,}",
    r"(?:itl|its|run)_[A-Za-z0-9_-]{40,}",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
)
"""Of Anthropic and OpenAI, AWS, GitHub, GitLab, Slack, Google, Hugging Face, of this server, and
private keys in PEM."""

_ANY = re.compile("|".join(rf"(?<![A-Za-z0-9]){form}" for form in FORMS))


def masked(text: str) -> tuple[str, int]:
    """The text without keys, and how many there were."""
    return _ANY.subn(MASK, text)
