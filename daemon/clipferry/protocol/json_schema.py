"""The protocol as one JSON Schema document (draft 2020-12): what other languages' types are generated from.

``python -m clipferry.protocol.json_schema`` prints it; ``extension/scripts/gen-protocol.mjs`` makes the web side's TypeScript of
it. What a client sends is described as it may be written (a time may be text), what it gets as it is written. A field
with a default may be left out either way.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from clipferry_host.frames import MAX_FRAME_BYTES

from .base import MAX_URL_CHARS, PROTOCOL_VERSION, Message
from .envelope import Answer, Event, Request
from .methods import EVENTS, METHODS
from .rest import DownloadAccepted, DownloadRequest, Status

_ENVELOPE: tuple[tuple[type[Message], JsonSchemaMode], ...] = (
    (Request, "validation"),
    (Answer, "serialization"),
    (Event, "serialization"),
)
_REST: tuple[tuple[type[Message], JsonSchemaMode], ...] = (
    (DownloadRequest, "validation"),
    (DownloadAccepted, "serialization"),
    (Status, "serialization"),
)


class _Plain(GenerateJsonSchema):
    """Omit the title of every field: it repeats the field's name, and generators make a type of each."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def document() -> dict[str, Any]:
    """All messages under ``$defs``; ``methods`` and ``events`` map names to them."""
    wanted: list[tuple[type[Message], JsonSchemaMode]] = [*_ENVELOPE, *_REST]
    for method in METHODS.values():
        wanted += [(method.params, "validation"), (method.result, "serialization")]
    wanted += [(data, "serialization") for data in EVENTS.values()]
    refs, definitions = models_json_schema(list(dict.fromkeys(wanted)), schema_generator=_Plain)
    methods = {
        name: _record({"params": refs[method.params, "validation"], "result": refs[method.result, "serialization"]})
        for name, method in METHODS.items()
    }
    events = {name: refs[data, "serialization"] for name, data in EVENTS.items()}
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "Protocol",
        "description": "Every method with its parameters and result, and every event with its data.",
        "x-protocol-version": PROTOCOL_VERSION,
        "x-max-frame-bytes": MAX_FRAME_BYTES,
        "x-max-url-chars": MAX_URL_CHARS,
        "x-page-methods": sorted(name for name, method in METHODS.items() if method.page),
        **_record({"methods": _record(methods), "events": _record(events)}),
        "$defs": definitions["$defs"],
    }


def _record(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")
