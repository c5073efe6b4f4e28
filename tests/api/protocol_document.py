"""Read the examples of ``docs/PROTOCOL.md``, and compare what a daemon sends with them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise

from .client import Json
from .protocol_tables import DOCUMENT

_FENCE = re.compile(r"^```(\w+) ([^\n]+)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: under which heading, of which kind (``request``, ``answer``, …), and its text."""

    heading: str
    kind: str
    text: str


@dataclass(frozen=True)
class Example:
    """What is sent, and what comes back."""

    heading: str
    kind: str
    sent: str
    answer: Json
    answer_kind: str


def blocks(text: str) -> list[Block]:
    """Every example block in order."""
    headings = [(found.start(), found[1].strip("`")) for found in _HEADING.finditer(text)]
    found = []
    for fence in _FENCE.finditer(text):
        heading = next(name for start, name in reversed(headings) if start < fence.start())
        found.append(Block(heading, fence[2], fence[3]))
    return found


BLOCKS = blocks(DOCUMENT.read_text())
EXAMPLES = [
    Example(sent.heading, sent.kind, sent.text, json.loads(answer.text), answer.kind)
    for sent, answer in pairwise(BLOCKS)
    if answer.kind.startswith(("answer", "response"))
]
EVENT_EXAMPLES = [json.loads(block.text) for block in BLOCKS if block.kind == "event"]


def differences(documented: Json, sent: Json, where: str = "") -> list[str]:
    """Where ``sent`` has not the shape of ``documented``: a field is missing, or of another type, or another state or code.

    Fields that the document leaves out, and further entries of a list, are not compared.
    """
    if isinstance(documented, dict) and isinstance(sent, dict):
        found = [f"{where}.{name} is missing" for name in documented if name not in sent]
        for name in documented.keys() & sent.keys():
            found += differences(documented[name], sent[name], f"{where}.{name}")
            if name in ("state", "code") and documented[name] != sent[name]:
                found.append(f"{where}.{name} is {sent[name]} instead of {documented[name]}")
        return found
    if isinstance(documented, list) and isinstance(sent, list):
        return [
            one for first in zip(documented[:1], sent[:1], strict=False) for one in differences(*first, f"{where}[0]")
        ]
    kinds = [
        float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)
        for value in (documented, sent)
    ]
    return [] if kinds[0] is kinds[1] else [f"{where} is {sent!r} instead of {documented!r}"]
