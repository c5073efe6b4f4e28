"""The unmodified yt-dlp, pointed at the local internet."""

from __future__ import annotations

import os
import subprocess
import sys

from .internet import LocalInternet


def yt_dlp(
    internet: LocalInternet, *arguments: str, timeout_s: float = 120, curl: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own, without anybody's configuration; TLS is verified against the local authority, also
    where it impersonates a browser by curl, which reads variables of its own.

    Args:
        curl: ``False``: as if curl_cffi were not installed.
    """
    ca_file = str(internet.ca_file)
    missing = "import sys, runpy; sys.modules['curl_cffi'] = None; runpy.run_module('yt_dlp', run_name='__main__')"
    command = [
        sys.executable,
        *(("-m", "yt_dlp") if curl else ("-c", missing)),
        "--ignore-config",
        "--compat-options",
        "no-certifi",
        "--no-progress",
    ]
    return subprocess.run(
        [*command, *arguments],
        env={**os.environ, **internet.env(), "CURL_CA_BUNDLE": ca_file, "REQUESTS_CA_BUNDLE": ca_file},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
