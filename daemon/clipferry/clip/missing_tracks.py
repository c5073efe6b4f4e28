"""Errors for a video without the requested track, found when it is resolved or when its file is opened."""

from __future__ import annotations

from .errors import InvalidOutput, NoFormats


def no_picture() -> NoFormats:
    return NoFormats("This is a sound without a picture.", hint="Choose MP3, M4A, Opus or FLAC.")


def no_sound() -> InvalidOutput:
    return InvalidOutput("This video has no sound.", hint="Choose MP4.")
