"""The finished clip is opened and measured: what a player would find in it, against what the cut says it wrote.

All packets are walked (their times are the file's index, so this reads but hardly computes); pictures are decoded where
something can have gone wrong: at both ends and around each seam between encoded and copied packets.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.codec import CodecContext
from av.container import InputContainer
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from .cut import h264
from .cut.containers import codec_name
from .cut.nal import split_lengths
from .cut.packets import AnyPacket, pts_of
from .cut.report import AudioReport, CutReport, VideoReport
from .errors import ProofFailed
from .model import OutputKind, Proof

_AROUND = 8
"""Pictures decoded on each side of a seam, and at each end."""
_LONGEST_RUN = 60
"""A seam whose lead-in (back to a keyframe) is longer than this many pictures is decoded from the seam on only: a proof has to
stay cheap, and what lies farther back is the plain source, or one encoder's own run."""
_SOUND_FRAME_S = 0.06
"""The longest frame of sound in use: Opus at 60 ms. AAC has 21 to 23 ms."""
_LOOSE_S = 0.0021
"""Matroska rounds to milliseconds, twice where sound and pictures are shifted together."""


def prove(path: Path, report: CutReport, *, kind: OutputKind) -> Proof:
    """Measure the finished file against what ``report`` says was written.

    Returns:
        What was measured, on the source's presentation timeline.

    Raises:
        ProofFailed: the file is not what the cut says; ``detail`` says where.
    """
    try:
        with path.open("rb") as file, av.open(file, "r") as media:
            return _prove(media, report, kind)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise ProofFailed(detail=f"{path.name}: {error}") from error


def _prove(media: InputContainer, report: CutReport, kind: OutputKind) -> Proof:
    moving = (s for s in media.streams.video if not s.disposition & Disposition.attached_pic)
    video = next(moving, None) if report.video is not None else None
    audio = cast("AudioStream | None", media.streams.best("audio")) if report.audio is not None else None
    _check(video is not None or report.video is None, "the picture track is missing")
    _check(audio is not None or report.audio is None, "the sound track is missing")
    pictures = _Pictures(video, report.video) if video is not None and report.video is not None else None
    sound = _Sound(audio) if audio is not None else None
    for packet in media.demux([stream for stream in (video, audio) if stream is not None]):
        if not packet.size or packet.pts is None:
            continue
        if pictures is not None and packet.stream_index == pictures.index:
            pictures.add(packet)
        elif sound is not None:
            sound.add(packet)
    start_s = pictures.finish() if pictures is not None else 0.0
    offset_s = None
    if sound is not None and report.audio is not None:
        lead_s = sound.check(report.audio, start_s, pictures=pictures is not None)
        offset_s = lead_s if pictures is not None else None
    return Proof(
        start_s=report.start_s,
        end_s=report.end_s,
        frames=report.video.frames if report.video else 0,
        copied_frames=report.video.copied_frames if report.video else 0,
        av_offset_s=offset_s,
        path=report.path.value,
        note=report.note,
        streams=tuple(codec_name(s.codec_context.name) for s in media.streams if s.codec_context is not None),
        width=video.codec_context.width if video is not None else None,
        height=video.codec_context.height if video is not None else None,
    )


def _check(condition: bool, what: str) -> None:
    if not condition:
        raise ProofFailed(detail=what)


class _Pictures:
    """The picture track, packet by packet; what lies near an end or a seam is decoded as soon as it has passed."""

    def __init__(self, stream: VideoStream, report: VideoReport) -> None:
        self.index = stream.index
        self._stream = stream
        self._report = report
        self._tick_s = float(stream.time_base or 0)
        self._pts: list[int] = []
        self._run: list[AnyPacket] = []
        """The packets since the last keyframe."""
        self._behind = 0
        """How many packets behind an end or seam have still to come before it is decoded."""
        self._seams = set(report.seams_s)
        self._reorder = stream.codec_context.reorder_depth
        self._may_skip = stream.codec_context.name in ("h264", "hevc")
        """Whether pictures that nothing refers to are marked as such, and packets are reordered."""

    def add(self, packet: AnyPacket) -> None:
        first = not self._pts
        self._pts.append(pts_of(packet))
        seam = first or self._at_seam(packet)
        if packet.is_keyframe and self._begins(packet):
            if seam and not first:
                self._decode_end(self._run)
            self._run = []
        if seam:
            self._behind = _AROUND + self._reorder
        if len(self._run) <= _LONGEST_RUN:
            self._run.append(packet)
        if self._behind:
            self._behind -= 1
            if not self._behind:
                self._decode_beginning(self._run)

    def _begins(self, packet: AnyPacket) -> bool:
        """Whether all that follows decodes from here on. In H.264 a keyframe may be a recovery point only, behind which
        pictures become whole by and by."""
        if self._stream.codec_context.name != "h264":
            return True
        return any(h264.nal_type(nal) == h264.IDR for nal in split_lengths(bytes(packet)))

    def _at_seam(self, packet: AnyPacket) -> bool:
        at_s = (pts_of(packet) - self._pts[0]) * self._tick_s
        return packet.is_keyframe and any(abs(at_s - seam_s) < _LOOSE_S for seam_s in self._seams)

    def finish(self) -> float:
        """Compare with the report; the file's time of the first picture, in seconds."""
        if self._behind:
            self._decode_beginning(self._run)
        if self._may_skip:
            # Display order and decode order are one in VP8, VP9 and AV1: where the end is cut, nothing can go wrong.
            self._decode_end(self._run)
        report, times = self._report, sorted(self._pts)
        _check(len(times) == report.frames, f"{len(times)} pictures, not {report.frames}")
        doubled = len(times) - len(set(times))
        _check(doubled <= report.doubled_frames, f"{doubled} pictures at the time of another")
        last_s = (times[-1] - times[0]) * self._tick_s
        _check(abs(last_s - report.last_pts_s) < _LOOSE_S, f"the last picture at {last_s} s, not {report.last_pts_s} s")
        longest_s = max((b - a for a, b in pairwise(times)), default=0) * self._tick_s
        _check(longest_s < report.longest_step_s + _LOOSE_S, f"a gap of {longest_s} s between pictures")
        return times[0] * self._tick_s

    def _decode_beginning(self, run: list[AnyPacket]) -> None:
        """The first pictures of a run that begins at a keyframe: each has to come out, whole."""
        wanted = sorted(pts_of(packet) for packet in run)[:_AROUND]
        self._decode(run, set(wanted), skip=False)

    def _decode_end(self, run: list[AnyPacket]) -> None:
        """The last pictures of a run, decoded from its keyframe on."""
        if run and len(run) <= _LONGEST_RUN:
            # What follows an open group's keyframe and shows before it needs the group before.
            shown = sorted(pts_of(packet) for packet in run if pts_of(packet) >= pts_of(run[0]))
            self._decode(run, set(shown[-_AROUND:]), skip=True)

    def _decode(self, run: list[AnyPacket], wanted: set[int], *, skip: bool) -> None:
        context = cast("VideoCodecContext", CodecContext.create(self._stream.codec_context.codec.name, "r"))
        context.extradata = self._stream.codec_context.extradata
        context.thread_type = "AUTO"
        # What is only on the way to the pictures that count needs no polish.
        context.options = {"skip_loop_filter": "noref"} if skip else {}
        may_skip = skip and self._may_skip
        left = set(wanted)
        for packet in [*run, None]:
            if may_skip and packet is not None:
                context.skip_frame = "DEFAULT" if pts_of(packet) in wanted else "NONREF"
            for frame in context.decode(packet):
                _check(frame.pts not in left or not frame.is_corrupt, f"the picture at {frame.pts} is damaged")
                left.discard(cast("int", frame.pts))
        _check(not left, f"pictures at {sorted(left)} do not decode")


class _Sound:
    """The sound track: where it begins and ends, and that nothing is missing between."""

    def __init__(self, stream: AudioStream) -> None:
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

    def check(self, report: AudioReport, pictures_start_s: float, *, pictures: bool) -> float:
        """Compare with the report; how much later than the pictures the sound begins, in seconds, at least 0: what begins
        earlier is hidden by an edit list, or is within a frame of sound."""
        _check(self._count == report.packets, f"{self._count} packets of sound, not {report.packets}")
        start_s = self._start * self._tick_s - pictures_start_s
        # Without pictures only the sound's own clock is there, which containers begin where they like.
        if pictures:
            _check(abs(start_s - report.start_s) < _SOUND_FRAME_S, f"sound at {start_s} s, not at {report.start_s} s")
        length_s = (self._end - self._start) * self._tick_s
        planned_s = report.end_s - report.start_s
        _check(abs(length_s - planned_s) < _SOUND_FRAME_S, f"{length_s} s of sound, not {planned_s} s")
        return max(start_s, 0.0)
