"""What a recording needs to be gone on with by a later process: the video as the site described it when it began.

Beside the bytes and the playlists' log in the staging folder. Lent sessions are not written down: without one the site is asked
again, with what the person lent.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from .disk.folder_errors import os_errors
from .extract.resolve_cache import video_from_json, video_to_json
from .model import Video

_NAME = "recording.json"


def keep(staging_dir: Path, video: Video) -> None:
    """Write ``video`` down; whole or not at all. Raises ``DiskFull`` or ``FolderNotWritable``."""
    plain = replace(video, formats=tuple(replace(entry, cookies=None) for entry in video.formats))
    fresh = staging_dir / f"{_NAME}.new"
    with os_errors(staging_dir):
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(video_to_json(plain)), "utf-8")
        fresh.replace(staging_dir / _NAME)


def kept(staging_dir: Path) -> Video | None:
    """The video of a recording that broke off here."""
    try:
        return video_from_json(json.loads((staging_dir / _NAME).read_bytes()))
    except (OSError, ValueError, TypeError, KeyError):
        return None
