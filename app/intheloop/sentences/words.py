"""Words of others in a sentence: cut short, on one line, without control characters."""

LONGEST = 60
"""Characters of a title, comment or source that a sentence quotes."""


def short(text: str) -> str:
    """The text on one line, cut where it is long."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def quoted(text: str) -> str:
    """The same in quotation marks."""
    return f'"{short(text)}"'


def counted(number: int, noun: str) -> str:
    """So many of them: "1 cell", "2 cells"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def because(reason: str | None) -> str:
    """The reason as the end of a sentence, if there is one."""
    return f": {short(reason).rstrip('.')}" if reason else ""
