"""The command lines that are compared: ours in a process of its own, and yt-dlp as people use it."""

from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import imageio_ffmpeg

from bench.measure import Cost, run
from bench.works import Work, fresh
from origin import LocalInternet

BEST_TUNED = ("--downloader-args", "ffmpeg_i:-request_size 10485760")
"""ffmpeg 8.1 and later can ask for pieces that a site does not slow down."""


class Bench:
    """Runs programs against one local internet, each in empty folders."""

    def __init__(self, site: LocalInternet, folder: Path, env: Mapping[str, str]) -> None:
        self.site = site
        self.folder = folder
        self.env = env
        self._log = folder / "errors.log"

    def ours(self, work: Work, start_s: float | None, end_s: float | None, *more: str) -> Cost:
        """``clipferry clip`` from nothing: no cache, no daemon, a process of its own."""
        home, downloads = fresh(self.folder / "home"), fresh(self.folder / "ours")
        marks = () if start_s is None else ("--start", str(start_s), "--end", str(end_s))
        env = {**self.env, "CLIPFERRY_HOME": str(home), "CLIPFERRY_DOWNLOADS": str(downloads)}
        command = [sys.executable, "-m", "clipferry", "clip", work.url, *marks, *work.ours, *more, "--json"]
        return run(self.site, command, env, self._log)

    def ytdlp(
        self, work: Work, start_s: float | None, end_s: float | None, *more: str, ffmpeg: Path | None = None
    ) -> Cost:
        """yt-dlp from nothing: no configuration, no cache."""
        target = fresh(self.folder / "theirs") / f"clip.{work.extension}"
        marks = () if start_s is None else ("--download-sections", f"*{start_s}-{end_s}")
        command: list[str | Path] = [
            sys.executable, "-m", "yt_dlp", "--ignore-config", "--no-cache-dir", "--no-progress", "--quiet",
            "--compat-options", "no-certifi", "--proxy", self.site.proxy_url,
            "--ffmpeg-location", ffmpeg or system_ffmpeg(), *work.theirs, *marks, *more,
            "-o", target, "--", work.url,
        ]  # fmt: skip
        return run(self.site, command, {**self.env, "YTDLP_NO_PLUGINS": "1"}, self._log)


@functools.cache
def system_ffmpeg() -> Path:
    found = shutil.which("ffmpeg")
    assert found is not None, "the bench compares with the system's ffmpeg"
    return Path(found)


@functools.cache
def current_ffmpeg() -> Path:
    """The newest ffmpeg at hand."""
    return Path(imageio_ffmpeg.get_ffmpeg_exe())
