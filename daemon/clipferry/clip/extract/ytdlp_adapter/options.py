"""The options that yt-dlp is given. None of them runs a program, writes a file, or comes from a page."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...http.network import Network
from . import javascript

log = logging.getLogger("clipferry.clip.extract.ytdlp_adapter")

OPTIONS = frozenset(
    {
        "cachedir", "compat_opts", "cookiefile", "extractor_args", "extractor_retries", "format", "http_headers", "js_runtimes", "logger", "noplaylist",
        "noprogress", "playlist_items", "quiet", "skip_download", "socket_timeout",
    }
)  # fmt: skip
"""Every option that may reach yt-dlp."""
_TIMEOUT_S = 15.0


def options(
    item: int | None, network: Network, cookie_file: Path | None, player_clients: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the options for one query.

    Args:
        item: 1-based place in a post of several videos; ``None``: the first.
        cookie_file: in Netscape's format; it is read only.
        player_clients: of YouTube, by yt-dlp's names (``player_clients.others``); empty: its own choice.

    Raises:
        InvalidCookies: the file holds no cookies.
    """
    given: dict[str, Any] = {
        "cachedir": False,
        "compat_opts": {"no-certifi"} if network.ca_file else set(),
        "extractor_retries": 1,  # retries are the scheduler's
        "format": _any_format,
        "js_runtimes": {name: {"path": javascript.program(name)} for name in javascript.RUNTIMES},
        "logger": _Log(),
        "noplaylist": True,
        "noprogress": True,
        "playlist_items": str(item or 1),
        "quiet": True,
        "skip_download": True,
        "socket_timeout": _TIMEOUT_S,
    }
    if player_clients:
        given["extractor_args"] = {"youtube": {"player_client": list(player_clients)}}
    if cookie_file is not None:
        from ..cookie_files import netscape_text  # noqa: PLC0415 - few clips need it

        given["cookiefile"] = io.StringIO(netscape_text(cookie_file))  # a copy: yt-dlp writes back what it is given
    return given


def _any_format(context: Mapping[str, Any]) -> list[Any]:
    """Select one of the formats: yt-dlp requires a choice, ``format_selection`` makes the real one from all. Without a selector
    yt-dlp starts ffmpeg to see what that can merge (50 ms)."""
    formats: list[Any] = context["formats"]
    return formats[-1:]


class _Log:
    """Route yt-dlp's messages to the log instead of the terminal."""

    def debug(self, text: str) -> None:
        log.debug("%s", text)

    def warning(self, text: str) -> None:
        log.info("%s", text)

    def error(self, text: str) -> None:
        log.info("%s", text)
