"""What a site is queried for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..http.network import Network
from ..model import Video


@dataclass(frozen=True, slots=True)
class Query:
    """What a site is queried for, and how it is reached.

    Attributes:
        item: 1-based place in a post of several; ``None``: what the link names (``img_index``), else the first video.
        cookie_file: in Netscape's format; only what belongs to the site of ``url`` is used, and it is never written.
    """

    url: str
    network: Network
    item: int | None = None
    cookie_file: Path | None = None


Extract = Callable[[Query, Callable[[], None]], Video]
"""Query a site. The second argument is called whenever it is about to be requested: its answer takes time that can be used."""
