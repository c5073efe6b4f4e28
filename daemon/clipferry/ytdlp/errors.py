"""Errors of updates of yt-dlp, beside those of the clip engine (``clip.errors``)."""

from __future__ import annotations

from ..clip.errors import ClipError, add_texts
from .error_texts import TEXTS

add_texts(TEXTS)


class UpdateFailed(ClipError):
    """It did not arrive, or not whole."""

    code, exit_code = "update_failed", 53
    retryable = True


class UpdateRefused(ClipError):
    """It needs something that this installation does not have."""

    code, exit_code = "update_refused", 64


class UpdateUnsound(ClipError):
    """It did not pass its trial run."""

    code, exit_code = "update_unsound", 55


class UpdateUnderWay(ClipError):
    code, exit_code = "update_under_way", 56
    retryable = True


class NoWayBack(ClipError):
    code, exit_code = "no_way_back", 57
