"""The fixed contents of the conformance suite: what its tools, resources and prompts answer."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8"
    "z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
)
_WAV = base64.b64encode(
    b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    + bytes.fromhex("0100010040 1f0000401f000001000800".replace(" ", "")) + b"data" + bytes(4)
).decode()  # fmt: skip
_IMAGE = {"type": "image", "data": _PNG, "mimeType": "image/png"}


def text(said: str) -> Json:
    """A block of text."""
    return {"type": "text", "text": said}


def _resource(uri: str, mime: str, said: str) -> Json:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": mime, "text": said}}


_JSON = _resource("test://mixed-content-resource", "application/json", '{"test":"data"}')

CONTENTS: dict[str, Json] = {
    "test_simple_text": {"content": [text("This is a simple text response for testing.")]},
    "test_image_content": {"content": [_IMAGE]},
    "test_audio_content": {"content": [{"type": "audio", "data": _WAV, "mimeType": "audio/wav"}]},
    "test_embedded_resource": {
        "content": [_resource("test://embedded-resource", "text/plain", "An embedded resource.")]
    },
    "test_multiple_content_types": {"content": [text("Several types:"), _IMAGE, _JSON]},
    "test_error_handling": {
        "isError": True,
        "content": [text("This tool intentionally returns an error for testing")],
    },
}
"""By tool, what it answers whatever is asked."""

RESOURCES: dict[str, Json] = {
    "test://static-text": {"mimeType": "text/plain", "text": "The static text resource."},
    "test://static-binary": {"mimeType": "image/png", "blob": _PNG},
}
"""By address, what stands there."""

TEMPLATE = "test://template/{id}/data"


def templated(uri: str) -> Json | None:
    """What stands at an address of the template."""
    found = re.fullmatch(r"test://template/([^/]+)/data", uri)
    if found is None:
        return None
    said = {"id": found[1], "templateTest": True, "data": f"Data for ID: {found[1]}"}
    return {"mimeType": "application/json", "text": json.dumps(said)}


PROMPTS: dict[str, Callable[[dict[str, str]], list[Json]]] = {
    "test_simple_prompt": lambda given: [text("This is a simple prompt for testing.")],
    "test_prompt_with_arguments": lambda given: [
        text(f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'")
    ],
    "test_prompt_with_embedded_resource": lambda given: [
        _resource(given["resourceUri"], "text/plain", "Embedded content for testing."),
        text("Please process the embedded resource above."),
    ],
    "test_prompt_with_image": lambda given: [_IMAGE, text("Please analyze the image above.")],
}
"""By prompt, what it says to its arguments."""

SCHEMAS: dict[str, Json] = {
    "json_schema_2020_12_tool": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            }
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {
            "properties": {"contactMethod": {"const": "phone"}},
            "required": ["contactMethod"],
        },
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": False,
    },
    "test_x_mcp_header": {
        "type": "object",
        "properties": {"region": {"type": "string", "x-mcp-header": "Region"}},
        "required": ["region"],
    },
}
"""By tool, the arguments that it says to take."""
