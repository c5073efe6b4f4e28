"""Player clients of YouTube beside those that yt-dlp chooses by itself: a list of our own, never from a page.

YouTube answers each client differently, and changes that every few months; yt-dlp follows within days. What it does not choose any
more may still work until then.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

log = logging.getLogger("clipferry.clip.extract.ytdlp_adapter")

_OTHERS = ("tv_samsung", "visionos", "web_embedded", "tv_downgraded", "tv_simply", "mweb", "web_safari")
"""In the order of trust; yt-dlp requests all of a query's clients and merges their formats."""


def others(avoid: str | None = None) -> list[str]:
    """Return a value for yt-dlp's ``player_client``: known clients without those of the client name ``avoid`` (``VISIONOS``)."""
    known = _clients()
    return [name for name in _OTHERS if name in known and _name_of(known[name]) != avoid]


def _clients() -> Mapping[str, Any]:
    try:
        from yt_dlp.extractor.youtube._base import INNERTUBE_CLIENTS  # noqa: PLC0415 - few queries need it
    except ImportError as exc:
        log.warning("yt-dlp's table of player clients is not where it was: %s", exc)
        return {}
    return dict(INNERTUBE_CLIENTS)


def _name_of(client: Any) -> str | None:
    try:
        return str(client["INNERTUBE_CONTEXT"]["client"]["clientName"])
    except (KeyError, TypeError):
        return None
