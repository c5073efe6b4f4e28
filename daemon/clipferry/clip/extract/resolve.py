"""Resolve a link to a video: from the cache, or by a query to the site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import SiteError
from ..http.network import Network
from ..model import Format, Video
from ..video_choices import video_info
from .resolve_cache import ResolveCache

__all__ = [
    "Extract",
    "ResolveCache",
    "Resolving",
    "again",
    "resolve",
    "same_format",
    "video_info",
]

Extract = Callable[[str, int | None, Network, Path | None, Callable[[], None]], Video]
"""Link, item, network, cookies, what may be done meanwhile: see ``resolve``."""


@dataclass(frozen=True, slots=True)
class Resolving:
    """How the video of a run is resolved."""

    cache: ResolveCache | None = None
    """Of resolved videos, read before the site is queried."""
    extract: Extract | None = None
    """Queries the site, so that yt-dlp need not be loaded in this process; it is nevertheless when addresses expire.
    ``None``: yt-dlp does, in this process."""


def resolve(
    url: str,
    *,
    item: int | None = None,
    network: Network,
    cache: ResolveCache | None = None,
    cookie_file: Path | None = None,
    meanwhile: Callable[[], None] = lambda: None,
    extract: Extract | None = None,
) -> Video:
    """Resolve ``url``.

    Args:
        item: 1-based place in a post of several; ``None``: what the link names (``img_index``), else the first video.
        cache: asked first and told afterwards, but never with cookies: such an answer is one person's.
        cookie_file: in Netscape's format; only what belongs to the site of ``url`` is used, and it is never written.
        meanwhile: called whenever the site is about to be asked: its answer takes time that can be used.
        extract: queries the site; ``None``: yt-dlp does, in this process.

    Raises:
        RequestError: the link itself. SiteError: what the site said. NetworkError: the way there.
    """
    network.check(url)
    if cookie_file is not None:
        cache = None
    if cache is not None and (kept := cache.get(url, item)) is not None:
        return kept
    if extract is None:
        from . import query  # noqa: PLC0415 - not where another process asks

        extract = query.ask
    video = extract(url, item, network, cookie_file, meanwhile)
    if cache is not None:
        cache.put(url, item, video)
    return video


def again(
    video: Video,
    url: str,
    *,
    item: int | None = None,
    network: Network,
    cache: ResolveCache | None = None,
    cookie_file: Path | None = None,
) -> Video:
    """Return the same video with addresses that work now: the site is queried, whatever the cache holds.

    Raises:
        SiteError: another video is there now. And all that ``resolve`` raises.
    """
    if cache is not None:
        cache.drop(url, item)
    fresh = resolve(url, item=item, network=network, cache=cache, cookie_file=cookie_file)
    if (fresh.key, fresh.id) != (video.key, video.id):
        raise SiteError("There is another video at that address now.", hint="Start the clip again.", detail=fresh.key)
    return fresh


def same_format(video: Video, wanted: Format) -> Format:
    """``wanted`` among the formats of a video that was resolved again.

    Raises:
        SiteError: the site offers it no more.
    """
    for found in video.formats:
        if (found.id, found.delivery) == (wanted.id, wanted.delivery):
            return found
    raise SiteError("The site no longer offers this quality.", hint="Try another quality.", detail=wanted.id)
