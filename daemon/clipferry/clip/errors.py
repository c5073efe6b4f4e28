"""Errors of the clip engine: one tree, each kind with a stable code, a sentence and a hint.

The *code* is for programs and never changes; the *sentence* says what happened and the *hint* says what to do next, both
for a person. A hint holds in every client: what only the daemon does (retrying by itself) is in
``jobs.policy.scheduler.waiting_hint``, what only the command line can do in ``cli.hints``. ``exit_code`` is that of ``clipferry clip``:
each kind has its own, 2 is left to wrong usage.

This file is over 300 lines because it is the table of codes and sentences, which is looked up as a whole.
"""

from __future__ import annotations

from typing import ClassVar

_SENTENCE_CHARS = 1000
_DETAIL_CHARS = 8000


class ClipError(Exception):
    """A failure that is reported to a person.

    Args:
        sentence: what happened, for a person; falls back to the class's own.
        hint: what to do next; falls back to the class's own.
        detail: for the log only (a server's answer, a path); never shown to a page.
    """

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 70
    sentence: str = "Something went wrong inside clipferry."
    hint: str = "Try again. If it happens again, run `clipferry doctor` and send us its report."
    retryable: ClassVar[bool] = False
    """The same request may succeed later without a change by the person."""

    def __init__(self, sentence: str | None = None, *, hint: str | None = None, detail: str = "") -> None:
        self.sentence = _cut(sentence or type(self).sentence, _SENTENCE_CHARS)
        self.hint = _cut(hint or type(self).hint, _SENTENCE_CHARS)
        self.detail = _cut(detail, _DETAIL_CHARS)
        self.site: str | None = None
        """The site that was queried last, if it is not that of the link."""
        super().__init__(self.sentence)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.sentence, self.hint, self.detail, self.__dict__.get("retry_after_s")))


def _cut(text: str, characters: int) -> str:
    """Shorten a message of a site or a program, which may be of any length: errors are stored, logged and sent."""
    return text if len(text) <= characters else text[: characters - 1] + "…"


def _rebuild(kind: type[ClipError], sentence: str, hint: str, detail: str, retry_after_s: float | None) -> ClipError:
    error = kind(sentence, hint=hint, detail=detail)
    if retry_after_s is not None:
        error.__dict__["retry_after_s"] = retry_after_s
    return error


# What was asked for ---------------------------------------------------------------------------------------------------


class RequestError(ClipError):
    """The request itself cannot be met; repeating it unchanged does not help."""


class InvalidUrl(RequestError):
    code, exit_code = "invalid_url", 3
    sentence = "That is not a web address."
    hint = "Copy the whole address of the video's page, beginning with https://."


class BlockedAddress(RequestError):
    code, exit_code = "blocked_address", 4
    sentence = "That address belongs to this computer or its private network."
    hint = "Pages may not make clipferry open private addresses. If you mean it, paste the link in the dashboard and confirm."


class UnsupportedSite(RequestError):
    code, exit_code = "unsupported_site", 5
    sentence = "There is no video at that address that clipferry can take."
    hint = "Open the video's own page and copy the address from there."


class InvalidTime(RequestError):
    code, exit_code = "invalid_time", 6
    sentence = "That is not a time."
    hint = "Write seconds (83.5), H:MM:SS (1:23.5) or 1m23s."


class InvalidRange(RequestError):
    code, exit_code = "invalid_range", 7
    sentence = "The end has to come after the start."
    hint = "Set the start before the end."


class RangeOutsideVideo(RequestError):
    code, exit_code = "range_outside_video", 8
    sentence = "The clip reaches past the end of the video."
    hint = "Choose a start and an end inside the video."


class NoSound(RangeOutsideVideo):
    """Only audio was requested, and there is none in that range: its track begins later, ended before, or has a gap."""

    code, exit_code = "no_sound", 36
    sentence = "There is no sound in that part of the video."
    hint = "Choose a start and an end where something is heard."


class InvalidOutput(RequestError):
    code, exit_code = "invalid_output", 9
    sentence = "That combination of format and options is not possible."
    hint = "Choose another format."


class InvalidCookies(RequestError):
    """The file that was given as cookies file is not one."""

    code, exit_code = "invalid_cookies", 37
    sentence = "The cookies file cannot be used."
    hint = "Export the site's cookies from your browser as a cookies.txt (Netscape format) or as JSON."


# The site's refusals ---------------------------------------------------------------------------------------------------


class SiteError(ClipError):
    """The site answered, but not with the video."""

    code, exit_code = "site_error", 10
    sentence = "The site did not give us the video."
    hint = "Try again in a minute. If the page plays in your browser, update clipferry: the site may have changed."
    retryable = True


class ExtractorFailed(SiteError):
    """yt-dlp failed on the site's response. Several of these on several sites mean that this yt-dlp version is broken."""

    code, exit_code = "extractor_failed", 33
    sentence = "yt-dlp could not make sense of what the site sent."
    hint = (
        "Try again in a minute. If the page plays in your browser, run `clipferry update`: the site may have changed."
    )


class PrivateVideo(SiteError):
    code, exit_code = "private_video", 11
    sentence = "This video is private."
    hint = "If you may watch it, allow clipferry on the video's page to use your session for this clip."
    retryable = False


class RemovedVideo(SiteError):
    code, exit_code = "removed_video", 12
    sentence = "This video has been removed."
    hint = "There is nothing left to take."
    retryable = False


class AgeRestricted(SiteError):
    code, exit_code = "age_restricted", 13
    sentence = "The site asks for a confirmed age before it shows this video."
    hint = "Sign in on the site, then allow clipferry on the video's page to use your session for this clip."
    retryable = False


class GeoBlocked(SiteError):
    code, exit_code = "geo_blocked", 14
    sentence = "The uploader has not made this video available in your country."
    hint = "It can only be taken from a country where it plays."
    retryable = False


class LoginRequired(SiteError):
    code, exit_code = "login_required", 15
    sentence = "The site asks for a login."
    hint = "Allow clipferry on the video's page to use your session for this clip."
    retryable = False


class MembersOnly(SiteError):
    code, exit_code = "members_only", 16
    sentence = "This video is for members only."
    hint = "If you are a member, allow clipferry on the video's page to use your session for this clip."
    retryable = False


class RateLimited(SiteError):
    """The site limits the rate of requests. ``retry_after_s``: the wait that it named, if any."""

    code, exit_code = "rate_limited", 17
    sentence = "The site asks us to wait before the next download."
    hint = "Try again in a few minutes."

    def __init__(
        self,
        sentence: str | None = None,
        *,
        hint: str | None = None,
        detail: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(sentence, hint=hint, detail=detail)
        self.retry_after_s = retry_after_s


class DrmProtected(SiteError):
    code, exit_code = "drm_protected", 18
    sentence = "This video is copy-protected."
    hint = "clipferry does not take protected videos."
    retryable = False


class NotStarted(SiteError):
    code, exit_code = "not_started", 19
    sentence = "This stream has not started yet."
    hint = "Come back when it plays."
    retryable = False


class StillProcessing(SiteError):
    """A broadcast has ended, and the site does not offer it as a video yet."""

    code, exit_code = "still_processing", 38
    sentence = "This broadcast has just ended, and the site is still preparing it as a video."
    hint = "Come back in an hour or two; a long broadcast may take a day."
    retryable = False


class NothingRecorded(SiteError):
    """A recording was stopped before its first segment."""

    code, exit_code = "nothing_recorded", 35
    sentence = "Nothing of the broadcast had been recorded yet."
    hint = "Start again, and stop when some of it is there."
    retryable = False


class NoFormats(SiteError):
    code, exit_code = "no_formats", 20
    sentence = "The site offers no form of this video that clipferry can take."
    hint = "Try another quality, or update clipferry."
    retryable = False


class PageReload(SiteError):
    """YouTube wants its page to be loaded anew, for ever: it does not accept this session with this player client."""

    code, exit_code = "page_reload", 64
    sentence = "The site wants its page to be reloaded before it gives out this video."
    hint = "Reload the page in your browser. If you lent your session for this clip, take the clip again without it."


# Network --------------------------------------------------------------------------------------------------


class NetworkError(ClipError):
    code, exit_code = "network", 21
    sentence = "The connection failed."
    hint = "Check that you are online, then try again."
    retryable = True


class UrlExpired(NetworkError):
    """A media address stopped being valid (403/404/410): resolve again, keep the bytes."""

    code, exit_code = "url_expired", 22
    sentence = "The site's download address is no longer valid."
    hint = "Try again: the site is asked for a new one then."


class TlsError(NetworkError):
    code, exit_code = "tls", 23
    sentence = "The site's identity could not be verified."
    hint = "Check this computer's clock. Behind a company proxy, set SSL_CERT_FILE to the company's certificate."
    retryable = False


class BadMedia(ClipError):
    """The bytes received are not the media that was announced."""

    code, exit_code = "bad_media", 24
    sentence = "The site sent something that is not the video."
    hint = "Try again. If the page plays in your browser, update clipferry."
    retryable = True


# This machine ---------------------------------------------------------------------------------------------------------


class FfmpegMissing(ClipError):
    code, exit_code = "ffmpeg_missing", 25
    sentence = "ffmpeg is needed for this format and was not found."
    hint = "Run `clipferry doctor`: it says how to get it."


class DiskFull(ClipError):
    code, exit_code = "disk_full", 26
    sentence = "There is not enough space on the disk."
    hint = "Free some space, then try again."
    retryable = True


class FolderMissing(ClipError):
    code, exit_code = "folder_missing", 27
    sentence = "The folder for clips does not exist."
    hint = "Plug the drive in again, or choose another folder in the settings."
    retryable = True


class FolderNotWritable(ClipError):
    code, exit_code = "folder_not_writable", 28
    sentence = "The folder for clips cannot be written to."
    hint = "Choose another folder in the settings."
    retryable = True


class OutdatedExtractor(ClipError):
    code, exit_code = "outdated_extractor", 32
    sentence = "The installed yt-dlp is too old to be safe."
    hint = "Run `clipferry update`: it brings a newer one."


class EngineBroken(ClipError):
    """yt-dlp cannot be imported."""

    code, exit_code = "engine_broken", 34
    sentence = "yt-dlp, which knows the sites, cannot be loaded."
    hint = "Run the install line again: `python3 daemon/install.py`."


# Cutting and verification ---------------------------------------------------------------------------------------------------------


class CutFailed(ClipError):
    code, exit_code = "cut_failed", 29
    sentence = "The clip could not be cut."
    hint = "Try again with another quality."


class VerificationFailed(ClipError):
    code, exit_code = "proof_failed", 30
    sentence = "The finished clip was not what was asked for, so it was not kept."
    hint = "Try again with another quality, or with re-encoding."


class Cancelled(ClipError):
    code, exit_code = "cancelled", 31
    sentence = "The clip was cancelled."
    hint = "Nothing was kept."


def of_code(code: str, sentence: str, hint: str, detail: str, retry_after_s: float | None) -> ClipError:
    """Rebuild an error that another process sent; of an unknown code, the most general one."""
    return _rebuild(all_kinds().get(code, ClipError), sentence, hint, detail, retry_after_s)


def all_kinds() -> dict[str, type[ClipError]]:
    """Return every kind of error by its code, including subclasses defined in other packages."""
    found: dict[str, type[ClipError]] = {}
    waiting: list[type[ClipError]] = [ClipError]
    while waiting:
        kind = waiting.pop()
        found.setdefault(kind.code, kind)
        waiting.extend(kind.__subclasses__())
    return found
