"""MP3 and AAC (ADTS) as one file: frames, one after the other, put into fragments generated here as packed HLS segments are.

Where a frame lies is arithmetic in a file of one bit rate (checked against the frame that is found there); in any other the frames
are counted from the front, which reads what lies before the mark. The time of the first sample is 0: the encoder's delay, which
LAME's header gives (the header of Xing, VBRI, "Info": gabriel.mp3-tech.org/mp3infotag.html), comes before it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..container import packed_audio
from ..container.mp4 import movie_boxes
from ..download.remote_file import CancellationScope, RemoteFile
from ..download.spliced_file import SplicedFile
from ..errors import BadMedia
from ..model import OpenMedia, Window
from . import movie_fragments, mp4_fragmented
from .base import Source
from .segmented import audio_segments

_CHUNK = 32 * 1024
_FRAME_HEAD = 7
_SEARCH_BYTES = 256 * 1024
"""How far a frame is searched for behind something that is none."""
_DECODER_DELAY = 529
"""Samples by which an MP3 decoder's output is late (Xing/LAME convention; libav's mp3dec)."""
_MAX_TAG_BYTES = 64 * 1024 * 1024
_OFF_GRID = 0.02
"""In frames. A frame further from where its bit rate puts it belongs to a file of several."""
_LEAD_S = 0.5
_PROBED_FRAMES = 64


class _Header(NamedTuple):
    """Content of a Xing or VBRI header."""

    frames: int | None = None
    one_rate: bool = False
    delay: int = 0
    padding: int = 0
    """Samples that the encoder put before and behind the audio."""


class FrameIndex:
    """Where the frames of one file lie.

    Raises:
        BadMedia: there are none.
    """

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        at = self._tags_end()
        found = next(_frames(file, at), None)
        if found is None:
            raise BadMedia("no_readable_audio", detail="no frame")
        self.sound, first = found.sound, found.at
        self._header = _header(file.read_exactly(first, found.size), self.sound)
        counted = self._header is not None
        self._data = first + found.size if counted else first
        head = self._header or _Header()
        self._skip = head.delay + _DECODER_DELAY if head.delay else 0
        self._bytes_per_frame = self._one_rate(head)
        self._count = head.frames or self._counted()
        self._padding = max(0, head.padding - _DECODER_DELAY) if head.delay else 0

    def _tags_end(self) -> int:
        """Return the position after the ID3 tags in front (there may be several)."""
        at = 0
        while size := packed_audio.tag_size(self._file.read(at, 10).ljust(10, b"\0")):
            if size > _MAX_TAG_BYTES:
                raise BadMedia(detail="an ID3 tag too large to be one")
            at += size
        return at

    def _one_rate(self, head: _Header) -> float | None:
        """Return bytes of each frame on average, where all are of one bit rate."""
        if self.sound.config or (self._header is not None and not head.one_rate):
            return None
        sizes: list[int] = []
        at = self._data
        for frame in _frames(self._file, self._data):
            if len(sizes) == _PROBED_FRAMES or frame.at != at:
                break
            sizes.append(frame.size)
            at += frame.size
        if not sizes or max(sizes) - min(sizes) > 1:
            return None
        if max(sizes) == min(sizes):
            return float(sizes[0])
        return packed_audio.bit_rate(self._file.read_exactly(self._data, 4)) * self.sound.frame / 8 / self.sound.rate

    def _counted(self) -> int | None:
        """Return how many frames there are, where that is arithmetic."""
        size = self._file.size
        if self._bytes_per_frame is None or size is None:
            return None
        return max(1, round((size - self._data) / self._bytes_per_frame))

    def duration_s(self) -> float | None:
        if self._count is None:
            return None
        samples = self._count * self.sound.frame - self._skip - self._padding
        return max(samples, 1) / self.sound.rate

    def late_s(self) -> float:
        return 0.0

    def zero_s(self) -> float:
        return 0.0

    def _time_s(self, number: int) -> float:
        """Return when the first sample of a frame is presented."""
        return (number * self.sound.frame - self._skip) / self.sound.rate

    def _begin(self, start_s: float) -> tuple[int, int]:
        """Return where to read from for ``start_s``, and the number of the frame there."""
        frame_s = self.sound.frame / self.sound.rate
        wanted = int((start_s - _LEAD_S) / frame_s)
        if wanted <= 0 or self._bytes_per_frame is None:
            return self._data, 0
        at = self._data + int(wanted * self._bytes_per_frame)
        found = next(_frames(self._file, at - 1), None)
        if found is None or found.sound != self.sound:
            return self._data, 0
        place = (found.at - self._data) / self._bytes_per_frame
        return (found.at, round(place)) if abs(place - round(place)) < _OFF_GRID else (self._data, 0)

    def _end(self, end_s: float | None) -> int | None:
        if end_s is None or self._bytes_per_frame is None:
            return None
        frames = (end_s + _LEAD_S) * self.sound.rate / self.sound.frame
        return self._data + int(frames * self._bytes_per_frame)

    def estimate_bytes(self, window: Window) -> int:
        size = self._file.size or 0
        if self._bytes_per_frame is None:
            length_s = self.duration_s()
            share = 1.0 if window.end_s is None or not length_s else min(1.0, (window.end_s + _LEAD_S) / length_s)
            return self._file.missing(0, int(size * share))
        start = self._data + int(
            max(0.0, window.start_s - _LEAD_S) * self.sound.rate / self.sound.frame * self._bytes_per_frame
        )
        return self._file.missing(start, min(size, self._end(window.end_s) or size))

    def open(self, window: Window, source: Source, scope: CancellationScope) -> OpenMedia:
        start, number = self._begin(window.start_s)
        end = self._end(window.end_s)
        if end is not None or window.end_s is None:
            self._file.want(start, end, scope)
        else:
            self._file.want(start, start + self.estimate_bytes(window), scope)
        init = packed_audio.init(self.sound)
        fragments = self._fragments(init, start, number, window)
        pieces = mp4_fragmented.splice(init, fragments, window)
        return source.opened(SplicedFile(pieces).as_file(), "mov", float(movie_fragments.LEAD_S), scope, seekable=False)

    def _fragments(
        self, init: bytes, start: int, number: int, window: Window
    ) -> Iterator[tuple[movie_fragments.Moof, movie_fragments.Timeline]]:
        (track,) = movie_fragments.parse_init(init)
        sizes: list[int] = []
        frames: list[bytes] = []
        held = 0
        for frame in _frames(self._file, start):
            if frame.sound != self.sound:
                raise BadMedia("audio_changes")
            sizes.append(frame.size - frame.head)
            frames.append(frame.data[frame.head :])
            held += frame.size
            if held >= _CHUNK:
                yield self._moof(track, number, sizes, frames), movie_fragments.Timeline(0.0)
                number, sizes, frames, held = number + len(sizes), [], [], 0
                if window.end_s is not None and self._time_s(number) > window.end_s + _LEAD_S:
                    return
        if sizes:
            yield self._moof(track, number, sizes, frames), movie_fragments.Timeline(0.0)

    def _moof(
        self, track: movie_boxes.Track, number: int, sizes: list[int], frames: list[bytes]
    ) -> movie_fragments.Moof:
        segment = packed_audio.Segment(self.sound, None, tuple(sizes), b"".join(frames))
        return audio_segments.moof(segment, track, self._time_s(number))


class _Frame(NamedTuple):
    at: int
    sound: packed_audio.Sound
    head: int
    """Bytes in front that are not passed on."""
    size: int
    data: bytes


def _frames(file: RemoteFile, at: int) -> Iterator[_Frame]:
    """Yield the frames from ``at`` on, which may lie in the middle of one. What is none is passed over, to the next that another follows."""
    data, start, ended = b"", at, False
    in_step, lost = False, 0
    while not ended:
        more = file.read(start + len(data), _CHUNK)
        data, ended, here = data + more, not more, 0
        while here + _FRAME_HEAD <= len(data) and (ended or here + 2 * packed_audio.MAX_FRAME_BYTES <= len(data)):
            found = packed_audio.frame(data, here)
            if found is not None and (in_step or _followed(data, here + found[2], found[0])):
                sound, head, size = found
                if here + size > len(data):
                    return  # cut off
                yield _Frame(start + here, sound, head, size, data[here : here + size])
                here, in_step, lost = here + size, True, 0
                continue
            passed = data.find(b"\xff", here + 1)
            step = (passed if passed >= 0 else len(data)) - here
            here, in_step, lost = here + step, False, lost + step
            if lost > _SEARCH_BYTES:
                return
        data, start = data[here:], start + here


def _followed(data: bytes, at: int, sound: packed_audio.Sound) -> bool:
    """Return whether a frame of the same kind begins at ``at``, or the file ends there."""
    if at + _FRAME_HEAD > len(data):
        return True
    found = packed_audio.frame(data, at)
    return found is not None and found[0] == sound


def _header(frame: bytes, sound: packed_audio.Sound) -> _Header | None:
    """Return the header that encoders of MP3 put into a first frame of silence; ``None``: it is audio."""
    if sound.config:
        return None
    side = {True: (17, 32), False: (9, 17)}[sound.frame == 1152][sound.channels > 1]
    for at in (4 + side, 6 + side):  # behind a checksum, if there is one and the encoder minded it
        if frame[at : at + 4] in (b"Xing", b"Info"):
            return _xing(frame, at)
    if frame[36:40] == b"VBRI" and len(frame) >= 54:
        return _Header(frames=struct.unpack_from(">I", frame, 50)[0] or None)
    return None


def _xing(frame: bytes, at: int) -> _Header:
    flags = int.from_bytes(frame[at + 4 : at + 8], "big")
    here = at + 8
    frames = int.from_bytes(frame[here : here + 4], "big") if flags & 1 else 0
    here += 4 * (flags & 1) + 4 * (flags >> 1 & 1) + 100 * (flags >> 2 & 1) + 4 * (flags >> 3 & 1)
    delays = frame[here + 21 : here + 24]
    both = int.from_bytes(delays, "big") if len(delays) == 3 and frame[here : here + 4].strip(b"\0 ") else 0
    return _Header(frames or None, frame[at : at + 4] == b"Info", both >> 12, both & 0xFFF)
