"""The finished clip is opened and measured: what a player would find in it, against what the cut says it wrote.

All packets are walked: their times are the file's index, and their fingerprint says that they are the very ones that were
written, in that order. Pictures are decoded where something can have gone wrong: at the beginning, behind each seam between
encoded and copied packets, and at a short end; by one decoder, as in a player, so that it meets the change of headers at a
seam. What comes out has to look like what the source decoded to when the clip was cut.

What is not decoded: the middle of a long run, because it is bit for bit what the source has, or what one encoder made, and
begins with a keyframe that was seen to decode.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.codec import CodecContext
from av.container import InputContainer
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from .cut import h264
from .cut.containers import codec_name
from .cut.looks import Look, likeness_db, points_of
from .cut.nal import split_lengths
from .cut.packets import AnyPacket, pts_of
from .cut.report import AudioReport, CutReport, TextReport, VideoReport
from .cut.tally import fingerprint
from .errors import ProofFailed
from .model import OutputKind, Proof

_TELL_EVERY = 4096
_AROUND = 8
"""Pictures decoded behind the beginning and behind each seam."""
_LONGEST_END = 30
"""The end is decoded where its last keyframe is at most so many pictures back."""
_LONGEST_RUN = 40
"""No look lies farther behind a keyframe than this (see :mod:`~.cut.looks`); packets behind that are not kept."""
_AS_TOLD = {"probesize": "32", "analyzeduration": "0", "fpsprobesize": "0"}
"""The headers tell all: libav need not decode a picture to open the file."""
_SOUND_FRAME_S = 0.06
"""The longest frame of sound in use: Opus at 60 ms. AAC has 21 to 23 ms."""
_LOOSE_S = 0.0021
"""Matroska rounds to milliseconds, twice where sound and pictures are shifted together."""
_TEXT_LOOSE_S = 0.005
"""Cues count in milliseconds, shifted and rounded with the pictures."""


def prove(
    path: Path, report: CutReport, *, kind: OutputKind, on_progress: Callable[[float], None] = lambda _: None
) -> Proof:
    """Measure the finished file against what ``report`` says was written.

    Args:
        on_progress: called now and then with the share of the file that has been looked at.

    Returns:
        What was measured, on the source's presentation timeline.

    Raises:
        ProofFailed: the file is not what the cut says; ``detail`` says where.
    """
    try:
        with path.open("rb") as file, av.open(file, "r", options=_AS_TOLD) as media:
            return _prove(media, report, kind, on_progress)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise ProofFailed(detail=f"{path.name}: {error}") from error


def _prove(media: InputContainer, report: CutReport, kind: OutputKind, on_progress: Callable[[float], None]) -> Proof:
    moving = (s for s in media.streams.video if not s.disposition & Disposition.attached_pic)
    video = next(moving, None) if report.video is not None else None
    audio = cast("AudioStream | None", media.streams.best("audio")) if report.audio is not None else None
    _check(video is not None or report.video is None, "the picture track is missing")
    _check(audio is not None or report.audio is None, "the sound track is missing")
    pictures = _Pictures(video, report.video) if video is not None and report.video is not None else None
    sound = _Sound(audio) if audio is not None else None
    texts = [_Text(stream) for stream in media.streams.subtitles]
    counted = {one.index: one for one in (pictures, sound, *texts) if one is not None}
    expected = (report.video.frames if report.video else 0) + (report.audio.packets if report.audio else 0)
    for count, packet in enumerate(media.demux([media.streams[index] for index in counted])):
        if packet.size and packet.pts is not None:
            counted[packet.stream_index].add(packet)
        if count % _TELL_EVERY == 0:
            on_progress(min(count / max(expected, 1), 1.0))
    start_s = pictures.finish() if pictures is not None else 0.0
    offset_s = None
    if sound is not None and report.audio is not None:
        lead_s = sound.check(report.audio, start_s, pictures=pictures is not None)
        offset_s = lead_s if pictures is not None else None
    _check(len(texts) == len(report.texts), f"{len(texts)} tracks of subtitles, not {len(report.texts)}")
    for text, told in zip(texts, report.texts, strict=True):
        text.check(told, start_s)
    return Proof(
        start_s=report.start_s,
        end_s=report.end_s,
        frames=report.video.frames if report.video else 0,
        copied_frames=report.video.copied_frames if report.video else 0,
        av_offset_s=offset_s,
        path=report.path.value,
        note=report.note,
        streams=tuple(
            codec_name(s.codec_context.name)
            for s in media.streams
            if s.codec_context is not None and not s.disposition & Disposition.attached_pic
        ),
        width=video.codec_context.width if video is not None else None,
        height=video.codec_context.height if video is not None else None,
    )


def _check(condition: bool, what: str) -> None:
    if not condition:
        raise ProofFailed(detail=what)


class _Pictures:
    """The picture track, packet by packet; what lies near an end or a seam is decoded as it passes."""

    def __init__(self, stream: VideoStream, report: VideoReport) -> None:
        self.index = stream.index
        self._stream = stream
        self._report = report
        self._tick_s = float(stream.time_base or 0)
        self._pts: list[int] = []
        self._print = 0
        self._run: list[AnyPacket] = []
        """The packets since the last keyframe, as long as they may still be decoded."""
        self._length = 0
        """How many there are since then."""
        self._fed = 0
        """How many of them the decoder has."""
        self._behind = 0
        """How many packets behind a beginning or seam have still to be decoded."""
        self._seams = set(report.seams_s)
        self._show = _Show(stream, report.looks, self._tick_s)

    def add(self, packet: AnyPacket) -> None:
        first = not self._pts
        pts = pts_of(packet)
        self._pts.append(pts)
        self._print = fingerprint(packet, self._print)
        if first:
            self._show.zero = pts
        if packet.is_keyframe and self._begins(packet):
            self._run, self._length, self._fed = [], 0, 0
        self._length += 1
        if self._length <= _LONGEST_RUN:
            self._run.append(packet)
        if first or (packet.is_keyframe and self._at(pts, self._seams)):
            self._behind = _AROUND + self._stream.codec_context.reorder_depth
        if self._behind or self._show.waits_for(pts):
            self._behind = max(self._behind - 1, 0)
            self._feed()

    def _feed(self) -> None:
        """Decode what of the run has not been decoded yet."""
        for packet in self._run[self._fed :]:
            self._show.feed(packet, needed=pts_of(packet) >= pts_of(self._run[0]))
        self._fed = len(self._run)

    def _begins(self, packet: AnyPacket) -> bool:
        """Whether all that follows decodes from here on. In H.264 a keyframe may be a recovery point only, behind which
        pictures become whole by and by."""
        if self._stream.codec_context.name != "h264":
            return True
        return any(h264.nal_type(nal) == h264.IDR for nal in split_lengths(bytes(packet)))

    def _at(self, pts: int, places_s: set[float]) -> bool:
        at_s = (pts - self._pts[0]) * self._tick_s
        return any(abs(at_s - place_s) < _LOOSE_S for place_s in places_s)

    def finish(self) -> float:
        """Compare with the report; the file's time of the first picture, in seconds."""
        if self._show.reorders and self._length <= _LONGEST_END:
            # Where display order and decode order are one (VP8, VP9, AV1), nothing can go wrong where the end is cut.
            self._feed()
        self._show.end()
        report, times = self._report, sorted(self._pts)
        _check(len(times) == report.frames, f"{len(times)} pictures, not {report.frames}")
        told = report.fingerprint
        _check(told is None or told == self._print, "the pictures' packets are not those that were written")
        doubled = len(times) - len(set(times))
        _check(doubled <= report.doubled_frames, f"{doubled} pictures at the time of another")
        last_s = (times[-1] - times[0]) * self._tick_s
        _check(abs(last_s - report.last_pts_s) < _LOOSE_S, f"the last picture at {last_s} s, not {report.last_pts_s} s")
        longest_s = max((b - a for a, b in pairwise(times)), default=0) * self._tick_s
        _check(longest_s < report.longest_step_s + _LOOSE_S, f"a gap of {longest_s} s between pictures")
        return times[0] * self._tick_s


class _Show:
    """The decoder: what goes in has to come out, whole, and look as it did when the clip was cut."""

    zero = 0
    """The timestamp of the clip's first picture."""

    def __init__(self, stream: VideoStream, looks: tuple[Look, ...], tick_s: float) -> None:
        self._looks = list(looks)
        self._tick_s = tick_s
        self._context = cast("VideoCodecContext", CodecContext.create(stream.codec_context.codec.name, "r"))
        self._context.extradata = stream.codec_context.extradata
        self._context.thread_count = 1  # for some twenty pictures more threads cost more than they bring
        self.reorders = stream.codec_context.name in ("h264", "hevc")
        self._due: set[int] = set()

    def waits_for(self, pts: int) -> bool:
        return any(self._is_at(look, pts) for look in self._looks)

    def _is_at(self, look: Look, pts: int) -> bool:
        return abs((pts - self.zero) * self._tick_s - look.at_s) < _LOOSE_S

    def feed(self, packet: AnyPacket, *, needed: bool) -> None:
        """``needed``: it decodes from the run's keyframe on. What follows an open group's keyframe and shows before it does
        not."""
        if needed:
            self._due.add(pts_of(packet))
        self._see(packet)

    def end(self) -> None:
        """Nothing more is fed: all has to have come out.

        Raises:
            ProofFailed
        """
        self._see(None)
        _check(not self._due, f"pictures at {sorted(self._due)} do not decode")
        _check(not self._looks, f"no pictures at {[look.at_s for look in self._looks]} s")

    def _see(self, packet: AnyPacket | None) -> None:
        for frame in self._context.decode(packet):
            pts = cast("int", frame.pts)
            _check(pts not in self._due or not frame.is_corrupt, f"the picture at {pts} is damaged")
            self._due.discard(pts)
            for look in [look for look in self._looks if self._is_at(look, pts)]:
                self._looks.remove(look)
                near_db = likeness_db(points_of(frame) or b"", look.points)
                _check(near_db >= look.least_db, f"another picture at {look.at_s:.3f} s ({near_db:.1f} dB)")


class _Sound:
    """The sound track: where it begins and ends, and that nothing is missing between."""

    def __init__(self, stream: AudioStream) -> None:
        self.index = stream.index
        self._print = 0
        self._tick_s = float(stream.time_base or 0)
        self._count = 0
        self._start = self._end = 0
        self._gap = 0

    def add(self, packet: AnyPacket) -> None:
        pts = pts_of(packet)
        if not self._count:
            self._start = self._end = pts
        self._gap = max(self._gap, pts - self._end)
        self._end = pts + (packet.duration or 0)
        self._count += 1
        self._print = fingerprint(packet, self._print)

    def check(self, report: AudioReport, pictures_start_s: float, *, pictures: bool) -> float:
        """Compare with the report; how much later than the pictures the sound begins, in seconds, at least 0: what begins
        earlier is hidden by an edit list, or is within a frame of sound."""
        _check(self._count == report.packets, f"{self._count} packets of sound, not {report.packets}")
        told = report.fingerprint
        _check(told is None or told == self._print, "the sound's packets are not those that were written")
        start_s = self._start * self._tick_s - pictures_start_s
        # Without pictures only the sound's own clock is there, which containers begin where they like.
        if pictures:
            _check(abs(start_s - report.start_s) < _SOUND_FRAME_S, f"sound at {start_s} s, not at {report.start_s} s")
        length_s = (self._end - self._start) * self._tick_s
        planned_s = report.end_s - report.start_s
        _check(abs(length_s - planned_s) < _SOUND_FRAME_S, f"{length_s} s of sound, not {planned_s} s")
        return max(start_s, 0.0)


class _Text:
    """A subtitle track: its cues, and when the first begins and the last ends."""

    def __init__(self, stream: SubtitleStream) -> None:
        self.index = stream.index
        self._tick_s = float(stream.time_base or 0)
        self._silence = 2 if stream.codec_context.name == "mov_text" else 0
        """An MP4 text track says that nothing is said, too: a length of 0 (3GPP TS 26.245 5.17)."""
        self._cues: list[tuple[float, float]] = []

    def add(self, packet: AnyPacket) -> None:
        if packet.size > self._silence:
            start = pts_of(packet)
            self._cues.append((start * self._tick_s, (start + (packet.duration or 0)) * self._tick_s))

    def check(self, report: TextReport, pictures_start_s: float) -> None:
        _check(len(self._cues) == report.cues, f"{len(self._cues)} cues, not {report.cues}")
        start_s = self._cues[0][0] - pictures_start_s
        end_s = max(end for _, end in self._cues) - pictures_start_s
        _check(abs(start_s - report.start_s) < _TEXT_LOOSE_S, f"the first cue at {start_s} s, not {report.start_s} s")
        _check(abs(end_s - report.end_s) < _TEXT_LOOSE_S, f"the last cue ends at {end_s} s, not {report.end_s} s")
