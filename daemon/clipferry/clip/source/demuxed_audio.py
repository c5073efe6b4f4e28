"""Audio files whose demuxer finds a time by itself, reading little: Ogg (by page), FLAC (by frame), WAV and AIFF (by arithmetic)."""

from __future__ import annotations

import av
from av.audio.stream import AudioStream
from av.error import FFmpegError

from ..container import time_zero
from ..container.libav_file import LibavFile
from ..download.remote_file import CancellationScope, RemoteFile
from ..download.spliced_file import SeekableFile
from ..errors import BadMedia, NoFormats
from ..model import OpenMedia, Window
from .base import Source

_SPARE_BYTES = 64 * 1024
"""Beyond where the average states that a time lies."""
_AROUND_S = 0.5


class DemuxedIndex:
    """One remote file that libav's ``demuxer`` reads and seeks in.

    Raises:
        BadMedia: it is not what ``demuxer`` reads; NoFormats: it holds no audio or video.
    """

    def __init__(self, file: RemoteFile, demuxer: str) -> None:
        self._file, self._demuxer = file, demuxer
        try:
            with av.open(LibavFile(SeekableFile(file).as_file()), "r", format=demuxer) as container:
                stream = container.streams.best("video") or container.streams.best("audio")
                if stream is None or stream.time_base is None:
                    raise NoFormats("no_tracks")
                self.has_pictures = not isinstance(stream, AudioStream)
                starts: dict[str, float] = {}
                for one in (container.streams.best("video"), container.streams.best("audio")):
                    if one is not None and one.time_base is not None:
                        starts[one.type] = float((one.start_time or 0) * one.time_base)
                self._zero_s = time_zero.earliest(starts.get("video"), starts.get("audio")) or 0.0
                length = (
                    stream.duration * stream.time_base if stream.duration else (container.duration or 0) / 1_000_000
                )
        except FFmpegError as error:
            raise BadMedia(detail=f"{demuxer}: {error}") from error
        self._length_s = float(length) if length > 0 else None

    def duration_s(self) -> float | None:
        return self._length_s

    def late_s(self) -> float:
        return 0.0  # its clock is its own

    def zero_s(self) -> float:
        return self._zero_s

    def _guess(self, window: Window) -> tuple[int, int | None]:
        """Return about where the bytes of ``window`` lie, by the average rate."""
        size, length_s = self._file.size, self._length_s
        if size is None or length_s is None:
            return 0, None
        rate = size / length_s
        start = max(0, int((window.start_s - _AROUND_S) * rate) - _SPARE_BYTES)
        return start, None if window.end_s is None else min(size, int((window.end_s + _AROUND_S) * rate) + _SPARE_BYTES)

    def estimate_bytes(self, window: Window) -> int:
        start, end = self._guess(window)
        return self._file.missing(start, end if end is not None else self._file.size or start)

    def open(self, window: Window, source: Source, scope: CancellationScope) -> OpenMedia:
        start, end = self._guess(window)
        if end is not None or self._length_s is not None:
            self._file.want(start, end, scope)
        return source.opened(SeekableFile(self._file).as_file(), self._demuxer, source.zero_s(), scope, seekable=True)
