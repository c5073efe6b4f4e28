"""Page templates: files with ``{{name}}`` in them. What is put in is escaped by whoever puts it in."""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


@cache
def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def fill(name: str, **values: str) -> str:
    """The template ``youtube/templates/watch.html`` with its places filled; a place without a value is a ``KeyError``."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], _text(name))


def text(value: str) -> str:
    return html.escape(value)


def script(value: object) -> str:
    """JSON on one line that may stand in a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/").replace("<!--", "<\\!--")
