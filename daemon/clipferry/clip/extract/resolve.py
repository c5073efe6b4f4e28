"""Resolve a link to a video: from the cache, or by a query to the site."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import SiteError
from ..model import Format, Step, Video
from .resolve_cache import ResolveCache
from .site_query import Extract, Query
from .sites import site_of

__all__ = [
    "Extract",
    "Query",
    "ResolveCache",
    "Resolving",
    "again",
    "resolve",
    "same_format",
]


@dataclass(frozen=True, slots=True)
class Resolving:
    """How the video of a run is resolved.

    Attributes:
        cache: of resolved videos, read before the site is queried.
        extract: queries the site, so that yt-dlp need not be loaded in this process; it is nevertheless when addresses expire.
            ``None``: yt-dlp does, in this process.
    """

    cache: ResolveCache | None = None
    extract: Extract | None = None

    def known(self, query: Query) -> Video | None:
        """Return the video from the cache. Not with cookies, and neither is such an answer kept: it is one person's."""
        return None if self.cache is None or query.cookie_file is not None else self.cache.get(query.url, query.item)


def resolve(query: Query, resolving: Resolving = Resolving()) -> Video:
    """Resolve a link.

    Raises:
        RequestError: the link itself. SiteError: what the site answered. NetworkError: the way there.
    """
    query.network.check(query.url)
    if (kept := resolving.known(query)) is not None:
        return kept
    extract, cache = resolving.extract or _ask, resolving.cache
    if cache is None:
        return extract(query)
    site, steps = site_of(query.url), list[Step | None]()

    def note(step: Step | None) -> None:
        steps.append(step)
        query.on_step(step)

    video = extract(replace(query, preferred=cache.steps.preferred(site), on_step=note))
    if query.avoid is None:
        cache.steps.remember(site, steps[-1] if steps else None)
    if query.cookie_file is None:
        cache.put(query.url, query.item, video)
    return video


def _ask(query: Query) -> Video:
    from .query import ask  # noqa: PLC0415 - not where another process queries the site

    return ask(query)


def again(video: Video, query: Query, cache: ResolveCache | None = None) -> Video:
    """Return the same video with addresses that work now: the site is queried, whatever the cache holds.

    Raises:
        SiteError: another video is there now. And all that ``resolve`` raises.
    """
    if cache is not None and query.cookie_file is None:
        cache.drop(query.url, query.item)
    fresh = resolve(query, Resolving(cache))
    if (fresh.key, fresh.id) != (video.key, video.id):
        raise SiteError("other_video", detail=fresh.key)
    return fresh


def same_format(video: Video, wanted: Format) -> Format:
    """``wanted`` among the formats of a video that was resolved again.

    Raises:
        SiteError: the site offers it no more.
    """
    for found in video.formats:
        if (found.id, found.delivery) == (wanted.id, wanted.delivery):
            return found
    raise SiteError("quality_gone", detail=wanted.id)
