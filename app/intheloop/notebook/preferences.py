"""What a notebook's metadata asks of those who run it. Metadata that says something else asks for
nothing: it is the document's own, and may have come from anywhere."""

from __future__ import annotations

from typing import Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from intheloop.values import Value, is_inline, json_bytes

from .document import Notebook

T = TypeVar("T")

OnKernelDeath: TypeAlias = Literal["stop", "go_on"]


class _Kernelspec(Struct, frozen=True):
    name: str = ""
    language: str = ""


class _LanguageInfo(Struct, frozen=True):
    name: str = ""


class _OfJupyter(Struct, frozen=True):
    kernelspec: _Kernelspec = _Kernelspec()
    language_info: _LanguageInfo = _LanguageInfo()


class _Own(Struct, frozen=True):
    on_kernel_death: OnKernelDeath = "stop"


class _OfOurs(Struct, frozen=True):
    intheloop: _Own = _Own()


_of_jupyter = msgspec.json.Decoder(_OfJupyter)
_of_ours = msgspec.json.Decoder(_OfOurs)


def kernel_name(metadata: Value) -> str:
    """The name of the kernelspec that a notebook wants, as Jupyter keeps it; "" for any."""
    return _told(metadata, "kernelspec", _of_jupyter, _OfJupyter()).kernelspec.name


def kernel_language(metadata: Value) -> str:
    """The language that a notebook is written in, in lower case; "" when it does not tell."""
    told = _told(metadata, "name", _of_jupyter, _OfJupyter())
    return (told.kernelspec.language or told.language_info.name).lower()


def on_kernel_death(notebook: Notebook) -> OnKernelDeath:
    """What becomes of the queue when the kernel dies: all of it is cancelled, or a fresh kernel
    goes on with it."""
    return _told(notebook.metadata, "intheloop", _of_ours, _OfOurs()).intheloop.on_kernel_death


def _told(metadata: Value, key: str, decoder: msgspec.json.Decoder[T], nothing: T) -> T:
    if not is_inline(metadata):
        return nothing
    raw = json_bytes(metadata)
    # Most notebooks say nothing of it: a look at the bytes spares the decoding.
    if f'"{key}"'.encode() not in bytes(raw):
        return nothing
    try:
        return decoder.decode(raw)
    except msgspec.DecodeError:
        return nothing
