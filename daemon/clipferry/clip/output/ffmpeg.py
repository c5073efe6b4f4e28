"""Run the ffmpeg program: MP3 and FLAC from the clip's samples, GIF and WebP from its frames.
The only place that spells ffmpeg arguments.

ffmpeg-python builds them; the program gets local files generated here only, each named with its one format
(``-protocol_whitelist``, ``-format_whitelist``): a stranger's "video" that is really a playlist opens nothing.
"""

from __future__ import annotations

import functools
import logging
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
import imageio_ffmpeg

from ..errors import Cancelled, CutFailed, DiskFull, FfmpegMissing
from ..model import OutputKind

log = logging.getLogger(__name__)

OLDEST = (5, 1)
ANIMATION_FPS = {OutputKind.GIF: 20.0, OutputKind.WEBP: 30.0}
"""A GIF counts in hundredths of a second: 20 is the fastest that divides them and that every viewer plays at its speed."""

_HANG_S = 60.0
_ASK_S = 0.2
_LAST_WORDS = 2000
_MP3_QUALITY = 2
"""LAME's V2: about 190 kbit/s, indistinguishable from what the sites send (128 kbit/s AAC or Opus)."""
_WEBP_QUALITY = 75


@dataclass(frozen=True, slots=True)
class FfmpegInvocation:
    """Who runs the program for whom: its path, how progress is told, when to stop."""

    ffmpeg: Path
    length_s: float
    on_progress: Callable[[float], None] = lambda _: None
    cancelled: Callable[[], bool] = lambda: False


# Recipes --------------------------------------------------------------------------------------------------------------


def encode_sound(samples: Path, target: Path, kind: OutputKind, invocation: FfmpegInvocation) -> None:
    """A WAV file into MP3 or FLAC, sample for sample; MP3 players cut the coder's padding off by its LAME tag.

    Raises:
        Cancelled | DiskFull | CutFailed
    """
    if kind is OutputKind.MP3:
        options: dict[str, Any] = {"c:a": "libmp3lame", "q:a": _MP3_QUALITY, "write_xing": 1, "id3v2_version": 3}
    elif kind is OutputKind.FLAC:
        options = {"c:a": "flac", "compression_level": 5}
    else:
        raise AssertionError(f"{kind} is not made here")
    _run(ffmpeg.output(_input(samples, "wav").audio, _file(target), f=str(kind), **options), invocation)


def encode_animation(
    pictures: Path,
    target: Path,
    kind: OutputKind,
    invocation: FfmpegInvocation,
    *,
    fps: float | None,
    height: int | None,
) -> None:
    """A cut MP4 or Matroska file into a GIF (with a palette of its own) or an animated WebP, played for ever.

    Args:
        fps: of the source, where known; the result has no more.
        height: of the shorter side at most.
    """
    stream = _input(pictures, "matroska,webm" if pictures.suffix == ".mkv" else "mov,mp4,m4a,3gp,3g2,mj2").video
    limit = ANIMATION_FPS[kind]
    if fps is None or fps > limit:
        stream = stream.filter("fps", limit, round="near")
    # Neither format knows points that are not square: what is shown stretched is stretched.
    stream = stream.filter("scale", "if(eq(sar,1),iw,round(iw*sar/2)*2)", "ih", flags="lanczos").filter("setsar", 1)
    if height is not None:
        wide = f"if(gt(iw,ih),-2,min({height},iw))"
        high = f"if(gt(iw,ih),min({height},ih),-2)"
        stream = stream.filter("scale", wide, high, flags="lanczos")
    if kind is OutputKind.GIF:
        halves = stream.split()
        palette = halves[0].filter("palettegen", stats_mode="diff")
        stream = ffmpeg.filter([halves[1], palette], "paletteuse", dither="bayer", bayer_scale=3, diff_mode="rectangle")
        options: dict[str, Any] = {"loop": 0, "f": "gif"}
    else:
        options = {"c:v": "libwebp_anim", "quality": _WEBP_QUALITY, "loop": 0, "f": "webp"}
    _run(ffmpeg.output(stream, _file(target), **options), invocation)


# The program ----------------------------------------------------------------------------------------------------------


def find_ffmpeg(configured: Path | None = None) -> Path:
    """Return the program to use: the one in the settings, else the system's if it is not too old, else the one that came with us.

    Raises:
        FfmpegMissing: there is none, or the configured one does not run.
    """
    if configured is not None:
        if ffmpeg_version(configured) is None:
            raise FfmpegMissing(
                "configured",
                detail=str(configured),
            )
        return configured
    found = shutil.which("ffmpeg")
    if found is not None and (ffmpeg_version(Path(found)) or (0, 0)) >= OLDEST:
        return Path(found)
    try:
        bundled = Path(imageio_ffmpeg.get_ffmpeg_exe())
    except (RuntimeError, OSError) as exc:
        raise FfmpegMissing(detail=str(exc)) from exc
    if ffmpeg_version(bundled) is None:
        raise FfmpegMissing(detail=str(bundled))
    return bundled


@functools.cache
def ffmpeg_version(program: Path) -> tuple[int, int] | None:
    """``(5, 1)``; a build without a number counts as new; ``None``: it does not run."""
    try:
        done = subprocess.run(
            [program, "-version"], capture_output=True, text=True, errors="replace", timeout=20, check=False, stdin=subprocess.DEVNULL
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    first = done.stdout.partition("\n")[0]
    if done.returncode != 0 or not first.startswith("ffmpeg version"):
        return None
    number = re.match(r"ffmpeg version n?(\d+)\.(\d+)", first)
    return (int(number[1]), int(number[2])) if number else (99, 0)


def _input(path: Path, demuxers: str) -> Any:
    return ffmpeg.input(
        _file(path), f=demuxers.partition(",")[0], protocol_whitelist="file,pipe", format_whitelist=demuxers
    )


def _file(path: Path) -> str:
    """``file:`` and absolute: never an option, never a protocol."""
    return f"file:{path.absolute()}"


def _run(output: Any, invocation: FfmpegInvocation) -> None:
    """Run what was built; report progress by the time that the program reports to have written."""
    arguments = output.global_args(
        "-hide_banner", "-loglevel", "error", "-nostdin", "-n", "-xerror", "-nostats", "-progress", "pipe:1"
    ).compile(cmd=str(invocation.ffmpeg))
    log.info("%s", arguments)
    with _Child([str(argument) for argument in arguments]) as child:
        for line in child.lines(invocation.cancelled):
            key, _, value = line.strip().partition("=")
            if key in ("out_time_us", "out_time_ms") and value.isdecimal() and invocation.length_s > 0:
                invocation.on_progress(min(int(value) / 1e6 / invocation.length_s, 1.0))
        said = child.finish()
    if child.code != 0:
        if "No space left" in said:
            raise DiskFull(detail=said)
        raise CutFailed(detail=f"ffmpeg {child.code}: {said}")
    invocation.on_progress(1.0)


class _Child:
    """A running program that is never left behind: killed when its user leaves early."""

    code = 0

    def __init__(self, arguments: list[str]) -> None:
        self._process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd=os.sep if sys.platform != "win32" else None,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._said: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_out, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]

    def __enter__(self) -> _Child:
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join(2)

    def lines(self, cancelled: Callable[[], bool]) -> Any:
        """Yield what it prints, until it ends. Raises ``Cancelled``, or ``CutFailed`` when it prints nothing for a minute."""
        heard = time.monotonic()
        while True:
            if cancelled():
                raise Cancelled
            try:
                line = self._lines.get(timeout=_ASK_S)
            except queue.Empty:
                if time.monotonic() - heard > _HANG_S:
                    raise CutFailed(detail="ffmpeg hangs") from None
                continue
            if line is None:
                return
            heard = time.monotonic()
            yield line

    def finish(self) -> str:
        self.code = self._process.wait()
        self._readers[1].join(2)
        return "".join(self._said)[-_LAST_WORDS:]

    def _read_out(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said = [*self._said[-50:], line[:500]]
