"""Errors of the clip engine: one tree, each kind with a stable code, and texts from ``clip.error_texts``.

The *code* is for programs and never changes; *reason* and *params* name the case of it. The *sentence* says what happened and
the *hint* says what to do next, both for a person. A hint holds in every client: what only the daemon does (retrying by itself) is in
``jobs.policy.scheduler.waiting_hint``, what only the command line can do in ``cli.hints``. ``exit_code`` is that of ``clipferry clip``:
each kind has its own, 2 is left to wrong usage.

This file is over 300 lines because it is the table of codes, which is looked up as a whole.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from .error_texts import TEXTS, Param, Text, Texts, fill

_SENTENCE_CHARS = 1000
_DETAIL_CHARS = 8000
_PARAM_CHARS = 300

_texts: dict[str, Mapping[str, Text]] = dict(TEXTS)


def add_texts(texts: Texts) -> None:
    """Add the texts of a domain's errors. To be called before their classes are defined."""
    _texts.update(texts)


def all_texts() -> Texts:
    """Return the texts of all domains that have been imported."""
    return _texts


class ClipError(Exception):
    """A failure that is reported to a person.

    Args:
        reason: which case of the code it is, a key of its texts; empty: the code's own.
        detail: for the log only (a server's answer, a path); never shown to a page.
        params: what the texts have placeholders for.
    """

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 70
    retryable: ClassVar[bool] = False
    """The same request may succeed later without a change by the person."""
    usual_reason: ClassVar[str] = ""
    """The reason where none is given."""
    sentence: str = TEXTS[code][""].sentence
    hint: str = TEXTS[code][""].hint

    def __init_subclass__(cls, **more: object) -> None:
        super().__init_subclass__(**more)
        cls.sentence, cls.hint = texts_of(cls.code, cls.usual_reason)

    def __init__(self, reason: str = "", *, detail: str = "", **params: Param) -> None:
        self.reason = reason or self.usual_reason
        self.params: Mapping[str, Param] = {name: _short(value) for name, value in params.items()}
        text = texts_of(self.code, self.reason)
        self.sentence = _cut(fill(text.sentence, self.params), _SENTENCE_CHARS)
        self.hint = _cut(fill(text.hint, self.params), _SENTENCE_CHARS)
        self.detail = _cut(detail, _DETAIL_CHARS)
        self.site: str | None = None
        """The site that was queried last, if it is not that of the link."""
        super().__init__(self.sentence)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.sentence, self.__dict__))

    def with_detail(self, detail: str) -> Self:
        """Return the same error with another detail."""
        other = copy.copy(self)
        other.detail = _cut(detail, _DETAIL_CHARS)
        return other

    def to_fields(self) -> dict[str, Any]:
        """Return the error as JSON values, for ``of_fields`` in another process."""
        fields = {name: getattr(self, name) for name in ("code", "reason", "sentence", "hint", "detail", "site")}
        return fields | {"params": dict(self.params), "retry_after_s": getattr(self, "retry_after_s", None)}


def texts_of(code: str, reason: str) -> Text:
    """Return the texts of a case of ``code``; those of the code itself where the reason is that of another version."""
    reasons = _texts[code]
    usual = reasons[""]
    text = reasons.get(reason, usual)
    return text if text.hint else text._replace(hint=usual.hint)


def _cut(text: str, characters: int) -> str:
    """Shorten a message of a site or a program, which may be of any length: errors are stored, logged and sent."""
    return text if len(text) <= characters else text[: characters - 1] + "…"


def _short(value: Param) -> Param:
    return _cut(value, _PARAM_CHARS) if isinstance(value, str) else value


def _rebuild(kind: type[ClipError], sentence: str, fields: dict[str, Any]) -> ClipError:
    error = kind.__new__(kind, sentence)
    error.__dict__.update(fields)
    return error


# What was asked for ---------------------------------------------------------------------------------------------------


class RequestError(ClipError):
    """The request itself cannot be met; repeating it unchanged does not help."""


class InvalidUrl(RequestError):
    code, exit_code = "invalid_url", 3


class BlockedAddress(RequestError):
    code, exit_code = "blocked_address", 4


class UnsupportedSite(RequestError):
    code, exit_code = "unsupported_site", 5


class InvalidTime(RequestError):
    code, exit_code = "invalid_time", 6


class InvalidRange(RequestError):
    code, exit_code = "invalid_range", 7


class RangeOutsideVideo(RequestError):
    code, exit_code = "range_outside_video", 8


class NoSound(RangeOutsideVideo):
    """Only audio was requested, and there is none in that range: its track begins later, ended before, or has a gap."""

    code, exit_code = "no_sound", 36


class InvalidOutput(RequestError):
    code, exit_code = "invalid_output", 9


class InvalidCookies(RequestError):
    """The file that was given as cookies file is not one."""

    code, exit_code = "invalid_cookies", 37


# The site's refusals ---------------------------------------------------------------------------------------------------


class SiteError(ClipError):
    """The site answered, but not with the video."""

    code, exit_code = "site_error", 10
    retryable = True


class ExtractorFailed(SiteError):
    """yt-dlp failed on the site's response. Several of these on several sites mean that this yt-dlp version is broken."""

    code, exit_code = "extractor_failed", 33


class PrivateVideo(SiteError):
    code, exit_code = "private_video", 11
    retryable = False


class RemovedVideo(SiteError):
    code, exit_code = "removed_video", 12
    retryable = False


class AgeRestricted(SiteError):
    code, exit_code = "age_restricted", 13
    retryable = False


class GeoBlocked(SiteError):
    code, exit_code = "geo_blocked", 14
    retryable = False


class LoginRequired(SiteError):
    code, exit_code = "login_required", 15
    retryable = False


class MembersOnly(SiteError):
    code, exit_code = "members_only", 16
    retryable = False


class RateLimited(SiteError):
    """The site limits the rate of requests. ``retry_after_s``: the wait that it named, if any."""

    code, exit_code = "rate_limited", 17

    def __init__(
        self, reason: str = "", *, detail: str = "", retry_after_s: float | None = None, **params: Param
    ) -> None:
        super().__init__(reason, detail=detail, **params)
        self.retry_after_s = retry_after_s


class DrmProtected(SiteError):
    code, exit_code = "drm_protected", 18
    retryable = False


class NotStarted(SiteError):
    code, exit_code = "not_started", 19
    retryable = False


class StillProcessing(SiteError):
    """A broadcast has ended, and the site does not offer it as a video yet."""

    code, exit_code = "still_processing", 38
    retryable = False


class NothingRecorded(SiteError):
    """A recording was stopped before its first segment."""

    code, exit_code = "nothing_recorded", 35
    retryable = False


class NoFormats(SiteError):
    code, exit_code = "no_formats", 20
    retryable = False


class PageReload(SiteError):
    """YouTube wants its page to be loaded anew, for ever: it does not accept this session with this player client."""

    code, exit_code = "page_reload", 39


# Network --------------------------------------------------------------------------------------------------


class NetworkError(ClipError):
    code, exit_code = "network", 21
    retryable = True


class UrlExpired(NetworkError):
    """A media address stopped being valid (403/404/410): resolve again, keep the bytes."""

    code, exit_code = "url_expired", 22


class TlsError(NetworkError):
    code, exit_code = "tls", 23
    retryable = False


class BadMedia(ClipError):
    """The bytes received are not the media that was announced."""

    code, exit_code = "bad_media", 24
    retryable = True


# This machine ---------------------------------------------------------------------------------------------------------


class FfmpegMissing(ClipError):
    code, exit_code = "ffmpeg_missing", 25


class DiskFull(ClipError):
    code, exit_code = "disk_full", 26
    retryable = True


class FolderMissing(ClipError):
    code, exit_code = "folder_missing", 27
    retryable = True


class FolderNotWritable(ClipError):
    code, exit_code = "folder_not_writable", 28
    retryable = True


class OutdatedExtractor(ClipError):
    code, exit_code = "outdated_extractor", 32


class EngineBroken(ClipError):
    """yt-dlp cannot be imported."""

    code, exit_code = "engine_broken", 34


# Cutting and verification ---------------------------------------------------------------------------------------------------------


class CutFailed(ClipError):
    code, exit_code = "cut_failed", 29


class VerificationFailed(ClipError):
    code, exit_code = "proof_failed", 30


class Cancelled(ClipError):
    code, exit_code = "cancelled", 31


def of_code(
    code: str,
    *,
    sentence: str,
    hint: str,
    detail: str = "",
    reason: str = "",
    params: Mapping[str, Param] | None = None,
) -> ClipError:
    """Rebuild an error with the texts that it came with; of an unknown code, the most general one."""
    error = all_kinds().get(code, ClipError)(detail=detail)
    error.reason = reason
    error.params = {name: _short(value) for name, value in (params or {}).items()}
    error.sentence, error.hint = _cut(sentence, _SENTENCE_CHARS), _cut(hint, _SENTENCE_CHARS)
    error.args = (error.sentence,)
    return error


def of_fields(fields: Mapping[str, Any]) -> ClipError:
    """Rebuild an error from ``ClipError.to_fields``."""
    error = of_code(**{name: value for name, value in fields.items() if name not in ("site", "retry_after_s")})
    error.site = fields.get("site")
    if (retry_after_s := fields.get("retry_after_s")) is not None:
        error.__dict__["retry_after_s"] = retry_after_s
    return error


def all_kinds() -> dict[str, type[ClipError]]:
    """Return every kind of error by its code, including subclasses defined in other packages."""
    found: dict[str, type[ClipError]] = {}
    waiting: list[type[ClipError]] = [ClipError]
    while waiting:
        kind = waiting.pop()
        found.setdefault(kind.code, kind)
        waiting.extend(kind.__subclasses__())
    return found
