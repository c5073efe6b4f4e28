"""The unmodified yt-dlp, pointed at the local internet."""

from __future__ import annotations

import os
import subprocess
import sys

from .internet import LocalInternet


def yt_dlp(internet: LocalInternet, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own, without anybody's configuration; TLS is verified against the local authority."""
    command = [sys.executable, "-m", "yt_dlp", "--ignore-config", "--compat-options", "no-certifi", "--no-progress"]
    return subprocess.run(
        [*command, *arguments],
        env={**os.environ, **internet.env()},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
