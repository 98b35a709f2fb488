"""Images small enough for a model's context: at most 1024 pixels a side and 100 kB."""

from __future__ import annotations

import base64
import io

MOST_PIXELS = 1024
MOST_BYTES = 100_000


def shrunk(data: str, mime: str) -> tuple[str, str]:
    """The image in base64 and its type; itself when it is small enough already."""
    raw = base64.b64decode(data)
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(raw))
        if max(image.size) <= MOST_PIXELS and len(raw) <= MOST_BYTES:
            return data, mime
        image.load()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return data, mime
    image.thumbnail((MOST_PIXELS, MOST_PIXELS))
    flat = image.convert("RGBA")
    paper = Image.new("RGB", flat.size, "white")
    paper.paste(flat, mask=flat.getchannel("A"))
    for quality in (85, 70, 50, 30):
        written = io.BytesIO()
        paper.save(written, "JPEG", quality=quality, optimize=True)
        if written.tell() <= MOST_BYTES:
            break
        paper.thumbnail((paper.width * 3 // 4, paper.height * 3 // 4))
    return base64.b64encode(written.getvalue()).decode(), "image/jpeg"
