"""Recipes → coded elementary streams, each alone in an MP4 (which keeps exact timestamps for every codec we use)."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from . import cache, film, pattern, sound
from .recipes import Picture, Recipe, Sound

AAC_DELAY = 1024
"""Samples that ffmpeg's AAC encoder puts in front."""


def ffmpeg(*arguments: str) -> list[str]:
    # Run by root, SVT-AV1 makes itself a real-time process of the highest priority, and every test beside it starves.
    humble = ["setpriv", "--bounding-set=-sys_nice"] if os.geteuid() == 0 else []
    return [*humble, imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-y", "-v", "error", *arguments]


def run(*arguments: str) -> None:
    """Run ffmpeg to its end; its own words are the error."""
    done = subprocess.run(ffmpeg(*arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ffmpeg {' '.join(arguments)}\n{done.stderr[-2000:]}")


def video_stream(picture: Picture, seconds: float, *, first: int = 0) -> Path:
    """The pictures ``first``, ``first + 1``, … of ``seconds`` seconds, coded."""
    key = f"{picture!r} {seconds!r} first={first}"
    return cache.made("video", key, "video.mp4", lambda target: _encode_video(picture, seconds, first, target))


def audio_stream(audio: Sound, seconds: float, *, first_s: float = 0.0) -> Path:
    """``seconds`` seconds of the sound from ``first_s`` on, coded."""
    key = f"{audio!r} {seconds!r} first={first_s}"
    return cache.made("audio", key, "audio.mp4", lambda target: _encode_audio(audio, seconds, first_s, target))


def inputs(recipe: Recipe) -> list[str]:
    """ffmpeg's arguments that open the streams of ``recipe`` and map them."""
    words: list[str] = []
    skip = ["-ss", str(recipe.skip_s)] if recipe.skip_s else []
    streams = 0
    if recipe.picture:
        rotate = ["-display_rotation:v:0", str(recipe.picture.rotate)] if recipe.picture.rotate else []
        words += [*rotate, *skip, "-i", str(video_stream(recipe.picture, recipe.seconds))]
        streams += 1
    if recipe.sound:
        words += [*skip, "-i", str(audio_stream(recipe.sound, recipe.seconds))]
        streams += 1
    for index in range(streams):
        words += ["-map", str(index)]
    return [*words, "-c", "copy"]


def _encode_video(picture: Picture, seconds: float, first: int, target: Path) -> None:
    count = len(picture.times(seconds))
    gop = str(max(1, round(picture.gop_s * picture.fps)))
    uneven = f"settb=1/90000,setpts=(N+floor(N/3)*0.5+floor(N/7))/{picture.fps}/TB"
    vary = ("-vf", uneven, "-fps_mode", "passthrough", "-enc_time_base", "1:90000") if picture.vary else ()
    clock = 90000 if picture.vary or picture.fps.denominator == 1 else picture.fps.numerator
    scene = film if picture.real else pattern
    command = ffmpeg(
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{picture.width}x{picture.height}"),
        *("-framerate", str(picture.fps), "-i", "pipe:0"),
        *vary,
        *("-c:v", picture.codec, "-pix_fmt", picture.pixels, "-g", gop, "-threads", "2"),
        *(word for option in picture.encoder for word in option),
        *("-video_track_timescale", str(clock)),
        str(target),
    )
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said)
        assert process.stdin is not None
        try:
            for frame in scene.frames(picture.width, picture.height, count, first=first):
                process.stdin.write(frame)
            process.stdin.close()
        except BrokenPipeError:
            pass  # ffmpeg ended early; its exit status and words say why
        if process.wait():
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)}\n{said.read().decode(errors='replace')[-2000:]}")


def _encode_audio(audio: Sound, seconds: float, first_s: float, target: Path) -> None:
    first = round(first_s * sound.RATE)
    count = round(seconds * sound.RATE)
    if audio.bare:
        first += AAC_DELAY
    with tempfile.NamedTemporaryFile(suffix=".raw", dir=target.parent) as raw:
        for at in range(0, count, 60 * sound.RATE):
            piece = sound.reference(first + at, min(60 * sound.RATE, count - at))
            both = np.repeat((np.clip(piece, -1, 1) * 32767).astype("<i2"), 2)
            raw.write(both.tobytes())
        raw.flush()
        run(
            *("-f", "s16le", "-ar", str(sound.RATE), "-ac", "2", "-i", raw.name),
            *("-c:a", audio.codec, "-b:a", "128k"),
            str(target),
        )
