"""Parse untrusted JSON: RFC 8259 and nothing more. Python's own parser accepts extensions such as ``NaN``."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from .errors import BadJson

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def loads(data: bytes) -> object:
    """The value in ``data``.

    Raises:
        BadJson: not UTF-8, not JSON, ``NaN`` or ``Infinity``, a key twice in one object, half a surrogate pair, or nested too deep.
    """
    try:
        text = data.decode("utf-8")
        value: object = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_twins)
        if _SURROGATE.search(data):
            # "\ud800" alone is no character: it passes json.loads and breaks whoever encodes the text later.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadJson(detail=f"{type(error).__name__}: {error}"[:200]) from error
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Two readers may pick a different one of two equal keys, so neither is taken."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found
