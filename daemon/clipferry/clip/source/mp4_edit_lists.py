"""Progressive MP4 with several edits or raw audio: read by libav, its bytes located by the sample tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
from av.error import FFmpegError

from ..container import time_zero
from ..container.libav_file import LibavFile
from ..download.remote_file import CancellationScope, RemoteFile
from ..download.spliced_file import SeekableFile
from ..errors import BadMedia
from ..model import OpenMedia, Window
from .base import Source

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.video.stream import VideoStream

OPTIONS = {"probesize": "32", "analyzeduration": "0", "fpsprobesize": "0"}
"""Everything is in the movie box: do not read media to find out more."""
_GAP = 64 * 1024
"""Ranges closer than this are fetched as one."""
_AROUND_S = 0.3
_FURTHER = 4
"""Packets behind the end that a demuxer returns before its reader can know that it is done."""


class EditedIndex:
    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        try:
            self._container = av.open(LibavFile(SeekableFile(file).as_file()), format="mov", options=OPTIONS)
        except FFmpegError as error:
            raise BadMedia(detail=f"mov: {error}") from error
        self._streams: list[VideoStream | AudioStream] = [
            *self._container.streams.video[:1],
            *self._container.streams.audio,
        ]
        if not self._streams:
            raise BadMedia(detail="neither picture nor sound")
        self._zero_s = self._start_s()

    def duration_s(self) -> float | None:
        lengths = [float(s.duration * s.time_base) for s in self._streams if s.duration and s.time_base]
        return max(lengths, default=None)

    def _start_s(self) -> float:
        """Return when the earliest stream begins; delays below half a second are part of the timeline."""
        starts: dict[str, float] = {}
        for stream in reversed(self._streams):
            base = stream.time_base
            starts[stream.type] = float(stream.start_time * base) if stream.start_time and base else 0.0
        return time_zero.late(time_zero.earliest(starts.get("video"), starts.get("audio")) or 0.0)

    def late_s(self) -> float:
        return self._zero_s

    def zero_s(self) -> float:
        return self._zero_s

    def _stretches(self, window: Window) -> list[tuple[int, int]]:
        """Return the bytes of every sample that the window needs, those close together joined."""
        found: list[tuple[int, int]] = []
        for stream in self._streams:
            found += self._stretches_of(stream, window)
        joined: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if joined and start <= joined[-1][1] + _GAP:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((start, end))
        return joined

    def _stretches_of(self, stream: VideoStream | AudioStream, window: Window) -> list[tuple[int, int]]:
        index, base = stream.index_entries, stream.time_base
        if base is None or len(index) == 0:
            return []
        sound = stream.type == "audio"
        wanted = int((window.start_s + self._zero_s - (_AROUND_S if sound else 0.0)) / base)
        first = max(0, index.search_timestamp(wanted, backward=True, any_frame=sound))
        if window.end_s is None:
            last = len(index)
        else:
            end = index.search_timestamp(int((window.end_s + self._zero_s) / base) + 1, backward=False, any_frame=True)
            last = len(index) if end < 0 else min(len(index), end + _FURTHER)
        entries = [index[i] for i in range(first, last)]
        return [(entry.pos, entry.pos + entry.size) for entry in entries]

    def estimate_bytes(self, window: Window) -> int:
        if window.start_s <= 0 and window.end_s is None:
            return self._file.missing(0, self._file.size or 0)
        return sum(self._file.missing(a, b) for a, b in self._stretches(window))

    def open(self, window: Window, source: Source, scope: CancellationScope) -> OpenMedia:
        if window.start_s <= 0 and window.end_s is None:
            self._file.want(0, None, scope)
        else:
            for start, end in self._stretches(window):
                self._file.want(start, end, scope)
        return source.opened(SeekableFile(self._file).as_file(), "mov", source.zero_s(), scope, seekable=True)
