"""Frame-exact cutting: copy what can be copied, encode only the edges. :func:`cut` is the way in."""

from .audio import decode_audio
from .cutter import cut
from .local import LocalSource
from .report import AudioReport, CutPath, CutReport, VideoReport

__all__ = ["AudioReport", "CutPath", "CutReport", "LocalSource", "VideoReport", "cut", "decode_audio"]
