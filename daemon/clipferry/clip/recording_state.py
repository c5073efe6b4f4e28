"""Store what a later process needs to resume a recording: the video as resolved when the recording began.

It lies beside the bytes and the playlist log in the staging folder. Cookies of lent sessions are not stored: the site is queried
again with the session.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from ..system.files import write_atomically
from .disk.folder_errors import os_errors
from .extract.resolve_cache import video_from_json, video_to_json
from .model import Video

_NAME = "recording.json"


def keep(staging_dir: Path, video: Video) -> None:
    """Store ``video`` atomically. Raises ``DiskFull`` or ``FolderNotWritable``."""
    plain = replace(video, formats=tuple(replace(entry, cookies=None) for entry in video.formats))
    with os_errors(staging_dir):
        write_atomically(staging_dir / _NAME, json.dumps(video_to_json(plain)).encode())


def kept(staging_dir: Path) -> Video | None:
    """Return the video of a recording that was interrupted; ``None``: there is none."""
    try:
        return video_from_json(json.loads((staging_dir / _NAME).read_bytes()))
    except (OSError, ValueError, TypeError, KeyError):
        return None
