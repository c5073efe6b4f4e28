"""What else is tried where a site's answer is of no use: a fixed order of approaches, each at most once. Pure.

An answer that a person can do something about (sign in, wait, another address) ends the query at once, and so does 429: nothing here
repeats a request to a site that asks for fewer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from ..errors import ClipError, ExtractorFailed, NoFormats, PageReload, SiteError
from ..model import Step
from .site_query import Query
from .sites import YOUTUBE, site_of

if TYPE_CHECKING:
    from ..model import Video


@dataclass(frozen=True, slots=True)
class Approach:
    """One way of querying a site. ``step`` ``None``: the usual one. ``preferred``: it is tried first."""

    step: Step | None = None
    other_clients: bool = False
    session: bool = True
    preferred: bool = False


def approaches(query: Query, *, youtube: bool) -> Iterator[Approach]:
    """Iterate over the approaches to ``query`` in the order in which they are tried: with a client to avoid, other clients alone.

    Args:
        youtube: the link is YouTube's.
    """
    if query.avoid is not None:
        yield _approach(Step.OTHER_CLIENTS)
        return
    possible = [None, Step.UNMODIFIED]
    possible += [Step.OTHER_CLIENTS] if youtube else []
    possible += [Step.NO_SESSION] if query.cookie_file is not None else []
    if query.preferred in possible:
        possible.remove(query.preferred)
        yield _approach(query.preferred, preferred=True)
    yield from (_approach(step) for step in possible)


def _approach(step: Step | None, *, preferred: bool = False) -> Approach:
    return Approach(step, step is Step.OTHER_CLIENTS, step is not Step.NO_SESSION, preferred)


def is_useless(error: ClipError) -> bool:
    """Return whether another approach may get a better answer than ``error``."""
    return isinstance(error, NoFormats | ExtractorFailed | PageReload) or type(error) is SiteError


def is_meagre(video: Video) -> bool:
    """Return whether ``video`` has only YouTube's muxed 360p file: the others are left out where a client gets no addresses."""
    return video.key.startswith("youtube:") and {one.id for one in video.formats} == {"18"}


def client_of(media_url: str) -> str | None:
    """Return YouTube's name of the player client that an address of media was given to; ``None``: it is no such address."""
    if site_of(media_url) != YOUTUBE:
        return None
    return next(iter(parse_qs(urlsplit(media_url).query).get("c", [])), None)
