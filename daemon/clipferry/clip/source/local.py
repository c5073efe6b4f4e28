"""A file on this machine as a source: what the tests cut, and what `clipferry clip` takes for a path."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import av

from ..container.time_zero import earliest
from ..errors import BadMedia
from ..model import Delivery, Format, OpenMedia, Window

_DEMUXERS = {".mp4": "mov", ".m4a": "mov", ".mov": "mov", ".webm": "matroska", ".mkv": "matroska", ".ts": "mpegts"}
_CONTAINERS = {"mov": "mp4", "matroska": "webm", "mpegts": "mpegts"}


class _OpenFile:
    """An :class:`~clipferry.clip.model.OpenMedia` over a whole local file."""

    seekable = True

    def __init__(self, path: Path, demuxer: str, origin_s: float) -> None:
        self.file: IO[bytes] = path.open("rb")
        self.demuxer = demuxer
        self.origin_s = origin_s
        self.shown = Window(-origin_s, None) if demuxer == "mov" else None
        """libav flags what edit lists hide, but in fragmented files only gives it times before 0."""

    def __enter__(self) -> OpenMedia:
        return self

    def __exit__(self, *exc: object) -> None:
        self.file.close()


class LocalSource:
    """A :class:`~clipferry.clip.model.MediaSource` over a local file; the suffix gives the container."""

    def __init__(self, path: Path, *, origin_s: float | None = None) -> None:
        """``origin_s``: for the audio of a pair, the video file's origin; ``None``: where the file's first track begins."""
        self._path = path.absolute()
        self._demuxer = _DEMUXERS.get(path.suffix.lower(), "mov")
        self._origin_s = origin_s
        self._duration_s: float | None = None
        self.format = Format(
            id="local",
            url=self._path.as_uri(),
            delivery=Delivery.FILE,
            container=_CONTAINERS[self._demuxer],
            size_bytes=self._path.stat().st_size,
        )

    def begin(self) -> None:
        """Nothing to request: it is here."""

    def prepare(self) -> None:
        """Read where the first frame is and how long the file is.

        Raises:
            BadMedia: libav cannot read it.
        """
        try:
            with self._path.open("rb") as file, av.open(file, "r", format=self._demuxer) as media:
                self._duration_s = None if media.duration is None else media.duration / av.time_base
                if self._origin_s is None:
                    self._origin_s = _first_shown_s(media)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise BadMedia(detail=f"{self._path.name}: {error}") from error

    @property
    def origin_s(self) -> float:
        if self._origin_s is None:
            self.prepare()
        return self._origin_s or 0.0

    def duration_s(self) -> float | None:
        return self._duration_s

    def nominal_s(self) -> float | None:
        return self._duration_s

    def separate_audio(self) -> Format | None:
        return None

    def estimate_bytes(self, window: Window) -> int:
        return self.format.size_bytes or 0

    def open(self, window: Window) -> OpenMedia:
        return _OpenFile(self._path, self._demuxer, self.origin_s)

    def close(self) -> None:
        """Nothing is held between openings."""


def _first_shown_s(media: av.container.InputContainer) -> float:
    """Return the earliest presentation time among the first frames, or of audio that is earlier; without video the timeline's own 0."""
    stream, sound = media.streams.best("video"), media.streams.best("audio")
    if stream is None or stream.time_base is None:
        return 0.0
    sound_s: float | None = None
    if sound is not None and sound.start_time is not None and sound.time_base is not None:
        sound_s = float(sound.start_time * sound.time_base)
    edited = "mov" in media.format.name
    """Times before 0 are what an edit list hides."""
    found: list[int] = []
    for packet in media.demux(stream):
        hidden = packet.is_discard or (edited and packet.pts is not None and packet.pts < 0)
        if packet.pts is not None and not hidden:
            found.append(packet.pts)
        if len(found) > 16:
            break
    return earliest(float(min(found, default=0) * stream.time_base), sound_s) or 0.0
