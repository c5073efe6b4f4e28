"""Errors for a video without the requested track, found when it is resolved or when its file is opened."""

from __future__ import annotations

from .errors import InvalidOutput, NoFormats


def no_picture() -> NoFormats:
    return NoFormats("no_picture")


def no_sound() -> InvalidOutput:
    return InvalidOutput("no_audio")
