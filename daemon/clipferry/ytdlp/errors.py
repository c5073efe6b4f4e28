"""Errors of updates of yt-dlp, beside those of the clip engine (``clip.errors``)."""

from __future__ import annotations

from ..clip.errors import ClipError


class UpdateFailed(ClipError):
    """It did not arrive, or not whole."""

    code, exit_code = "update_failed", 53
    sentence = "The new yt-dlp could not be fetched, so nothing was changed."
    hint = "Try again later. `clipferry doctor` says whether something is wrong here."
    retryable = True


class UpdateRefused(ClipError):
    """It needs something that this installation does not have."""

    code, exit_code = "update_refused", 64
    sentence = "The new yt-dlp does not fit this installation, so nothing was changed."
    hint = "Run the install line again, which brings everything up to date: `python3 daemon/install.py`."


class UpdateUnsound(ClipError):
    """It did not pass its trial run."""

    code, exit_code = "update_unsound", 55
    sentence = "The new yt-dlp did not pass its test, so the one in use stays."
    hint = "There is nothing to do: a later version will be tried by itself."


class UpdateUnderWay(ClipError):
    code, exit_code = "update_under_way", 56
    sentence = "yt-dlp is being updated right now."
    hint = "Wait a minute."
    retryable = True


class NoWayBack(ClipError):
    code, exit_code = "no_way_back", 57
    sentence = "The yt-dlp that came with clipferry is in use; there is none to go back to."
    hint = "If a site does not work, run `clipferry update`."
