"""Films as other encoders, cameras and muxers write them: each an ffmpeg command, and what is changed of the bytes it wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import cache
from .encode import run

PICTURES = ("-f", "lavfi", "-i")
Change = Callable[[bytes], bytes]


def foreign(name: str, *arguments: str, change: Change | None = None) -> Path:
    """The file ``name`` (its suffix tells the container) that ffmpeg makes of ``arguments``; made once.

    Args:
        change: a function of the module's, given the bytes that ffmpeg wrote; gives those of the file.
    """
    recipe = f"foreign {name} {arguments!r} {change.__name__ if change else ''}"

    def make(target: Path) -> None:
        run(*arguments, str(target))
        if change is not None:
            target.write_bytes(change(target.read_bytes()))

    return cache.made("media", recipe, name, make)


def playlist(*arguments: str) -> Path:
    """An HLS playlist that ffmpeg makes of ``arguments``, its segments beside it; made once."""

    def make(target: Path) -> None:
        target.mkdir()
        run(*arguments, "-f", "hls", "-hls_playlist_type", "vod", str(target / "index.m3u8"))

    return cache.made("media", f"playlist {arguments!r}", "tree", make) / "index.m3u8"


def moving(rate: int, seconds: float, size: str = "320x240") -> tuple[str, ...]:
    """An input of ffmpeg's own test picture, in which no two frames are alike."""
    return (*PICTURES, f"testsrc2=r={rate}:d={seconds}:s={size}")


def x264(*options: str) -> tuple[str, ...]:
    return ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", *options)
