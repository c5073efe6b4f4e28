"""One engine is given its place and taken into use, by the updater's own steps and nothing else: ``python -m update.swap_once
FOLDER VERSION``. In a process of its own, so that a test can kill it at every step."""

from __future__ import annotations

import sys
from pathlib import Path

from clipferry.ytdlp import state
from clipferry.ytdlp.versions import Versions

CONTENT = "whole"


def swap(engines: Versions, version: str) -> None:
    scratch = engines.scratch()
    made = scratch / "engine"
    made.mkdir()
    (made / "yt_dlp").write_text(CONTENT)
    engines.keep(made, version)
    engines.change(lambda now: state.taken(now, version, 1.0))
    scratch.rmdir()
    engines.sweep()


if __name__ == "__main__":
    swap(Versions(Path(sys.argv[1])), sys.argv[2])
