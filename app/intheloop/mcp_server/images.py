"""Images small enough for a model's context: at most 1024 pixels a side and 100 kB in base64."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 1024
MOST_CHARACTERS = 100_000

_LARGEST = 50_000_000
"""Pixels of an image that is taken apart at all: each takes four bytes of memory."""

_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}


class Picture(Struct, frozen=True):
    """An image in base64."""

    data: str
    mime: str


class NoPicture(ValueError):
    """The bytes are no image that can be shown; the message says why."""


def shrunk(data: str) -> Picture:
    """The image, or a smaller one that shows the same. Takes a moment. Raises NoPicture."""
    from PIL import Image, UnidentifiedImageError

    try:
        raw = base64.b64decode(data, validate=True)
        with Image.open(io.BytesIO(raw), formats=list(_FORMATS)) as image:
            if image.width * image.height > _LARGEST:
                raise NoPicture(f"it has {image.width} x {image.height} pixels")
            image.load()
            small = max(image.size) <= MOST_PIXELS and len(data) <= MOST_CHARACTERS
            if small and not getattr(image, "is_animated", False):
                return Picture(data, _FORMATS[image.format or "PNG"])
            return _redrawn(image)
    except NoPicture:
        raise
    except UnidentifiedImageError:
        raise NoPicture("its bytes are those of no image") from None
    # A broken file can make Pillow raise nearly anything.
    except Exception as error:
        raise NoPicture(f"it is broken ({type(error).__name__})") from None


def _redrawn(image: Image) -> Picture:
    """On white paper, in as good a quality as fits: a drawing without loss, if that fits."""
    from PIL import Image as images

    flat = image.convert("RGBA")
    flat.thumbnail((MOST_PIXELS, MOST_PIXELS))
    paper = images.new("RGB", flat.size, "white")
    paper.paste(flat, mask=flat.getchannel("A"))
    written = _written(paper, "PNG", optimize=True)
    quality = 85
    while len(written.data) > MOST_CHARACTERS:
        written = _written(paper, "JPEG", quality=quality, optimize=True)
        if quality > 40:
            quality -= 15
        else:
            paper.thumbnail((max(1, paper.width * 3 // 4), max(1, paper.height * 3 // 4)))
    return written


def _written(image: Image, form: str, **how: object) -> Picture:
    file = io.BytesIO()
    image.save(file, form, **how)
    return Picture(base64.b64encode(file.getvalue()).decode(), _FORMATS[form])
