"""Media files by the end of their name, and what is in them: the one table of what links are known by. Imports nothing."""

from __future__ import annotations

from typing import Final

VIDEO_FILES: Final = {
    "mp4": "mp4", "m4v": "mp4", "mov": "mp4", "qt": "mp4", "3gp": "mp4", "3g2": "mp4", "f4v": "mp4",
    "webm": "webm", "mkv": "webm", "mk3d": "webm",
    "ts": "mpegts", "m2t": "mpegts",
    "ogv": "ogg",
}  # fmt: skip
"""Extension → container (``model.Format.container``) of files with video."""
AUDIO_FILES: Final = {
    "m4a": "mp4", "m4b": "mp4", "m4r": "mp4", "f4a": "mp4", "f4b": "mp4",
    "weba": "webm", "mka": "webm",
    "mp3": "mp3", "mpga": "mp3", "aac": "aac", "adts": "aac",
    "ogg": "ogg", "oga": "ogg", "opus": "ogg", "spx": "ogg",
    "flac": "flac", "wav": "wav", "wave": "wav", "aif": "aiff", "aiff": "aiff", "aifc": "aiff",
}  # fmt: skip
"""The same of files with audio only."""
CONTAINERS: Final = {**VIDEO_FILES, **AUDIO_FILES}
UNKNOWN: Final = "unknown"
"""The container of a direct link whose name has no known extension: its first bytes decide (``container/segment_types.py``)."""
SUFFIXES: Final = tuple(f".{extension}" for extension in CONTAINERS)
