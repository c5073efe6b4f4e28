"""What a site is queried for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..model import Step

if TYPE_CHECKING:
    from ..http.network import Network
    from ..model import Video


@dataclass(frozen=True, slots=True)
class Query:
    """What a site is queried for, and how it is reached.

    Attributes:
        item: 1-based place in a post of several; ``None``: what the link names (``img_index``), else the first video.
        cookie_file: in Netscape's format; only what belongs to the site of ``url`` is used, and it is never written.
        avoid: YouTube's name of a player client (``c=`` of a media address) whose addresses are refused.
        preferred: what got an answer from this site before, where the usual approach did not: it is tried first.
        on_step: called with each step before it is tried; ``None``: the usual approach.
        before_request: called whenever the site is about to be requested: its answer takes time that can be used.
    """

    url: str
    network: Network
    item: int | None = None
    cookie_file: Path | None = None
    avoid: str | None = None
    preferred: Step | None = None
    on_step: Callable[[Step | None], None] = lambda _: None
    before_request: Callable[[], None] = lambda: None


Extract = Callable[[Query], "Video"]
"""Query a site."""
