"""What the daemon loads at its start: nothing that only a worker, the command line or the desktop process needs."""

from __future__ import annotations

import subprocess
import sys

ELSEWHERE = {
    *("av", "imageio_ffmpeg", "mutagen", "yt_dlp", "urllib3"),  # workers
    *("click", "rich", "pygments"),  # command line
    *("copykitten", "dbus_fast", "PIL", "pystray"),  # desktop process
}
"""Top-level packages; each costs an idle daemon megabytes."""


def test_the_daemon_loads_nothing_that_only_other_processes_need() -> None:
    code = "import clipferry.app, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "aiohttp" in loaded
    assert not loaded & ELSEWHERE
