"""Coded streams put together by ffmpeg's own options: other encoders' timelines, which a recipe cannot name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from . import cache
from .encode import audio_stream, run, video_stream
from .recipes import Picture, Sound


def remux(
    name: str,
    picture: Picture | None,
    sound: Sound | None,
    *output: str,
    seconds: float = 8.0,
    before_picture: Sequence[str] = (),
    before_sound: Sequence[str] = (),
) -> Path:
    """Numbered pictures and timed sound in the file ``name``; for a playlist with its segments beside it.

    Args:
        output: ffmpeg's options for the output, behind ``-c copy``.
        before_picture: those in front of the picture's input, ``-itsoffset 1.5`` for example.
        before_sound: those in front of the sound's.
    """
    words: list[str] = []
    if picture is not None:
        words += [*before_picture, "-i", str(video_stream(picture, seconds))]
    if sound is not None:
        words += [*before_sound, "-i", str(audio_stream(sound, seconds))]
    maps = [word for index in range(words.count("-i")) for word in ("-map", str(index))]

    def make(folder: Path) -> None:
        folder.mkdir()
        run(*words, *maps, "-c", "copy", *output, str(folder / name))

    key = f"{picture!r} {sound!r} {seconds!r} {before_picture!r} {before_sound!r} {output!r} {name}"
    return cache.made("media", key, "tree", make) / name
