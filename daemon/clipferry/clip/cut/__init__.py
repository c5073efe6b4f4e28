"""Frame-exact cutting: copy what can be copied, encode only the edges. Entry point: :func:`cut`."""

from ..source.local import LocalSource
from .attempts import CutRequest
from .audio.audio_file import decode_audio
from .cutter import cut
from .file_metadata import SourceMetadata
from .record.report import AudioReport, CutPath, CutReport, VideoReport

__all__ = [
    "AudioReport",
    "CutPath",
    "CutReport",
    "CutRequest",
    "LocalSource",
    "SourceMetadata",
    "VideoReport",
    "cut",
    "decode_audio",
]
