"""Map a site's refusal, as yt-dlp words it, to one of our errors. Pure.

The types of yt-dlp's exceptions do not distinguish enough: several causes share one class, so the sentence decides. The sentences are
those of the extractors of yt-dlp 2026.8 and of the sites themselves, which yt-dlp passes on; ``tests/unit/clip`` lists
them whole. Order matters: the first that fits is the one.
"""

from __future__ import annotations

import re

from ..errors import (
    AgeRestricted,
    ClipError,
    DrmProtected,
    ExtractorFailed,
    GeoBlocked,
    InvalidUrl,
    LoginRequired,
    MembersOnly,
    NetworkError,
    NoFormats,
    NotStarted,
    PageReload,
    PrivateVideo,
    RateLimited,
    RemovedVideo,
    SiteError,
    StillProcessing,
    TlsError,
    UnsupportedSite,
)
from ..http.proxies import REJECTED, proxy_trouble

_BOT = LoginRequired("robot_check")
_LOGIN_OR_WAIT = LoginRequired(
    "login_or_pause",
)
_PROXY = NetworkError()
"""Its text decides: ``proxy_trouble``."""
_NO_VIDEO = UnsupportedSite("no_video_in_post")

_SENTENCES: tuple[tuple[str, ClipError], ...] = (
    (rf"to proxy|tunnel connection failed|proxy ?error|socks[45]|{REJECTED}", _PROXY),
    (r"confirm your age|age.restricted|18 years old|inappropriate for some users|content warning", AgeRestricted()),
    (r"not a (?:ro)?bot", _BOT),
    (r"page needs to be reloaded", PageReload()),
    (
        r"members.only|available to this channel's members|join this channel|for (?:subscribers|patrons) only",
        MembersOnly(),
    ),
    (r"(?:video|account|profile|post) is private|private video", PrivateVideo()),
    (
        r"(?:in|from) your (?:country|location|region)|geo.?(?:restrict|block)|this video is available in ",
        GeoBlocked(),
    ),
    (r"drm|copy.protected", DrmProtected()),
    (
        r"premieres in|(?:event|stream|broadcast) will (?:begin|start)|will begin in|has not (?:yet )?started",
        NotStarted(),
    ),
    (
        r"(?:live (?:event|stream)|broadcast) has ended|processing this video|(?:still|currently) being processed",
        StillProcessing(),
    ),
    (r"rate.limit for accessing posts anonymously|empty media response|restricted video", _LOGIN_OR_WAIT),
    (r"rate.limit|too many requests|http error 429|try again later", RateLimited()),
    (r"no video in this (?:post|tweet)|there'?s no video", _NO_VIDEO),
    (
        r"has been (?:removed|deleted|taken down)|account .{0,40}terminated|no longer (?:available|exists)"
        r"|video (?:is )?(?:unavailable|not available)|content (?:is(?:n't| not)) available|does not exist|video not found"
        r"|post may not be comprehensible|page (?:is )?(?:unavailable|not found)",
        RemovedVideo(),
    ),
    (
        r"http error (?:404|410)",
        RemovedVideo("nothing_there"),
    ),
    (r"log.?in|logged.in|sign in|account cookies|--cookies|authenticat|http error 401", LoginRequired()),
    (r"is not a valid url|invalid url", InvalidUrl()),
    (r"unsupported url|no suitable extractor", UnsupportedSite()),
    (r"no video formats found|only images are available|requested format is not available|missing a url", NoFormats()),
    (r"certificate.?verify|certificate verification|ssl certificate|ssl: (?:certificate|tlsv1|wrong)", TlsError()),
    (r"an extractor error has occurred", ExtractorFailed()),  # how yt-dlp wraps a KeyError or IndexError of its own
    (
        r"timed? ?out|connection (?:re(?:set|fused)|aborted|broken)|name or service not known|getaddrinfo|temporary failure in"
        r"|network is unreachable|no route to host|remote end closed|proxy|incompleteread|bytes read|unable to connect"
        r"|unexpected eof|errno -?\d+|curl: \(\d+\)",
        NetworkError(),
    ),
)
"""Not compiled ahead: that would take time from every clip, and hardly one is refused."""
_NOISE = (
    r"\x1b\[[0-9;]*m|^(?:ERROR|WARNING): |^\[[\w:+-]+\] (?:[\w-]+: )?"
    r"|;? ?please report this issue on .*|;? ?Confirm you are on the latest version.*"
)
_USERINFO = r"(https?://)[^/@\s]+@"


def refusal(
    text: str,
    *,
    throttled: bool = False,
    retry_after_s: float | None = None,
    impersonation_missing: bool = False,
) -> ClipError:
    """Return the error that a person is told for an extractor's ``text``.

    Args:
        text: the extractor's words; they become the ``detail``, without credentials.
        throttled: the site answered 429 on the way, whatever the last sentence states.
        retry_after_s: the wait that it named.
        impersonation_missing: the extractor wanted to impersonate a browser and could not.
    """
    error = _refusal(text, throttled=throttled, retry_after_s=retry_after_s)
    if impersonation_missing and type(error) is LoginRequired:
        return LoginRequired("no_impersonation", detail=error.detail)
    if impersonation_missing and type(error) in (SiteError, ExtractorFailed, NoFormats):
        return ExtractorFailed("no_impersonation", detail=error.detail)
    return error


def _refusal(text: str, *, throttled: bool, retry_after_s: float | None) -> ClipError:
    plain = plain_words(text)
    for pattern, kind in _SENTENCES:
        if re.search(pattern, plain, re.I):
            if kind is _PROXY:
                return proxy_trouble(plain, plain)
            if isinstance(kind, RateLimited) or (throttled and type(kind) in (NetworkError, NoFormats)):
                break
            return kind.with_detail(plain)
    else:
        if not throttled:
            return SiteError(detail=plain)
    return RateLimited(detail=plain, retry_after_s=retry_after_s)


def plain_words(text: str) -> str:
    """Return an extractor's words without colours, prefixes, calls for bug reports and credentials; at most 500 characters."""
    previous = None
    while previous != text:
        previous, text = text, re.sub(_NOISE, "", text, flags=re.I | re.S).strip()
    return re.sub(_USERINFO, r"\1", text, flags=re.I)[:500]
