"""Which of the installed kernels a notebook gets: what it names, or another of its language. Pure.

Never one of another language: its code would run there as something else.
"""

from collections.abc import Sequence

from msgspec import Struct

from intheloop_agents.runtime.jupyter.process import KernelNotFound, KernelSpec

DEFAULT_KERNEL = "python3"
_DEFAULT_LANGUAGE = "python"
_SHOWN = 100


class Wanted(Struct, frozen=True):
    """The kernelspec that is asked for, "" for any, and the language of the notebook, "" when it
    does not tell. With `alone` no other kernel will do."""

    name: str = ""
    language: str = ""
    alone: bool = False


def choose(wanted: Wanted, installed: Sequence[KernelSpec]) -> str:
    """The name of the kernelspec to start. Raises KernelNotFound, which names those that there
    are."""
    if any(spec.name == wanted.name for spec in installed):
        return wanted.name
    language = wanted.language
    if not language and wanted.name in ("", DEFAULT_KERNEL):
        language = _DEFAULT_LANGUAGE
    able = [spec for spec in installed if not spec.missing]
    alike = [spec.name for spec in able if language and spec.language.lower() == language]
    if not alike or wanted.alone:
        raise KernelNotFound(_why_none(wanted, language, able))
    return DEFAULT_KERNEL if DEFAULT_KERNEL in alike else alike[0]


def _why_none(wanted: Wanted, language: str, able: Sequence[KernelSpec]) -> str:
    what = repr(wanted.name[:_SHOWN]) if wanted.name else f"for {language[:_SHOWN]}"
    how = "with --kernel" if wanted.alone else "as the notebook's kernelspec"
    names = ", ".join(f"{spec.name} ({spec.display_name})" for spec in able) or "none"
    return (
        f"No kernel {what} is installed where this runs. Install it there, or choose another "
        f"{how}, and run again; installed are: {names}."
    )
