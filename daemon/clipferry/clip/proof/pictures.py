"""The picture track of a finished clip: its packets counted, its pictures looked at where something can have gone wrong."""

from __future__ import annotations

from bisect import bisect_right
from concurrent.futures import Executor, Future
from itertools import pairwise
from typing import cast

import av
from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..cut import h264
from ..cut.decoding import show_every_picture
from ..cut.looks import Look, likeness_db, points_of
from ..cut.nal import split_lengths
from ..cut.packets import AnyPacket, pts_of
from ..cut.prints import found
from ..cut.report import VideoReport
from .check import LOOSE_S, check

_BEHIND_BEGINNING, _BEHIND_SEAM = 8, 4
"""Pictures decoded there, and as many more as the codec may reorder."""
_LONGEST_END = 30
"""The end is decoded where its last keyframe is at most so many pictures back."""
_LONGEST_RUN = 40
"""No look lies farther behind a keyframe than this (see :mod:`~.cut.looks`); packets behind that are not kept."""
_SAME_S = 1e-5


class Pictures:
    """The picture track, packet by packet; what lies near an end or a seam is decoded as it passes."""

    def __init__(self, stream: VideoStream, report: VideoReport, thread: Executor) -> None:
        """``thread``: decodes meanwhile, one thing after another."""
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
        self._show = _Show(stream, report.looks, self._tick_s, thread)
        self._show.all_copied = report.copied_frames == report.frames

    def add(self, packet: AnyPacket) -> None:
        first = not self._pts
        pts = pts_of(packet)
        self._pts.append(pts)
        if self._report.framing is not None:
            self._print = found(packet, self._print, self._report.framing, self._report.codec)
        if first:
            self._show.zero = pts
        if packet.is_keyframe and self._begins(packet):
            self._run, self._length, self._fed = [], 0, 0
        self._length += 1
        if self._length <= _LONGEST_RUN:
            self._run.append(packet)
        if first or (packet.is_keyframe and self._at(pts, self._seams)):
            enough = _BEHIND_BEGINNING if first else _BEHIND_SEAM
            self._behind = enough + self._stream.codec_context.reorder_depth
        if self._behind or self._show.waits_for(pts):
            self._behind = max(self._behind - 1, 0)
            self._feed()

    @property
    def note(self) -> str | None:
        """What is to be said of pictures that the source itself does not decode."""
        count = len(self._show.damaged)
        return f"The video is damaged: {count} of the pictures looked at do not decode." if count else None

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
        return any(abs(at_s - place_s) < LOOSE_S for place_s in places_s)

    def finish(self) -> float:
        """Compare with the report; the file's time of the first picture, in seconds."""
        if self._show.reorders and self._length <= _LONGEST_END:
            # Where display order and decode order are one (VP8, VP9, AV1), nothing can go wrong where the end is cut.
            self._feed()
        self._show.end()
        report, times = self._report, sorted(self._pts)
        check(len(times) == report.frames, f"{len(times)} pictures, not {report.frames}")
        same = report.framing is None or report.fingerprint == self._print
        check(same, "the pictures' packets are not those that were written")
        doubled = len(times) - len(set(times))
        check(doubled <= report.doubled_frames, f"{doubled} pictures at the time of another")
        last_s = (times[-1] - times[0]) * self._tick_s
        check(abs(last_s - report.last_pts_s) < LOOSE_S, f"the last picture at {last_s} s, not {report.last_pts_s} s")
        longest_s = max((b - a for a, b in pairwise(times)), default=0) * self._tick_s
        check(longest_s < report.longest_step_s + LOOSE_S, f"a gap of {longest_s} s between pictures")
        return times[0] * self._tick_s


class _Show:
    """The decoder: what goes in has to come out, whole, and look as it did when the clip was cut. It has a thread of its own, so
    that the file can be walked meanwhile."""

    zero = 0
    """The timestamp of the clip's first picture."""
    all_copied = False
    """Every packet is the source's, as the fingerprint shows: what of them does not decode does not decode there either."""

    def __init__(self, stream: VideoStream, looks: tuple[Look, ...], tick_s: float, thread: Executor) -> None:
        self._thread = thread
        self._seeing: list[Future[None]] = []
        self._looked_at_s = sorted(look.at_s for look in looks)
        self._looks = list(looks)
        self._tick_s = tick_s
        self._context = cast("VideoCodecContext", CodecContext.create(stream.codec_context.codec.name, "r"))
        self._context.extradata = stream.codec_context.extradata
        show_every_picture(self._context)
        # For some twenty pictures libav's own threads cost more than they bring; dav1d's save a quarter of the time.
        self._context.thread_count = 2 if stream.codec_context.codec.name == "libdav1d" else 1
        self.reorders = stream.codec_context.name in ("h264", "hevc")
        self._due: set[int] = set()
        self._count = 0
        self.damaged: set[int] = set()

    def waits_for(self, pts: int) -> bool:
        at_s = (pts - self.zero) * self._tick_s
        next_one = bisect_right(self._looked_at_s, at_s - LOOSE_S)
        return next_one < len(self._looked_at_s) and self._looked_at_s[next_one] < at_s + LOOSE_S

    def _looks_at(self, pts: int) -> list[Look]:
        """Those of the picture at ``pts``, and not of another one that is shown a millisecond earlier or later."""
        near = [look for look in self._looks if self._is_at(look, pts)]
        away_s = [abs((pts - self.zero) * self._tick_s - look.at_s) for look in near]
        return [look for look, s in zip(near, away_s, strict=True) if s < min(away_s) + _SAME_S]

    def _is_at(self, look: Look, pts: int) -> bool:
        return abs((pts - self.zero) * self._tick_s - look.at_s) < LOOSE_S

    def feed(self, packet: AnyPacket, *, needed: bool) -> None:
        """``needed``: it decodes from the run's keyframe on. What follows an open group's keyframe and shows before it does
        not."""
        self._seeing.append(self._thread.submit(self._see, packet, pts_of(packet) if needed else None))

    def end(self) -> None:
        """Nothing more is fed: all has to have come out.

        Raises:
            ProofFailed
        """
        self._seeing.append(self._thread.submit(self._see, None, None))
        for seen in self._seeing:
            seen.result()
        self.damaged |= self._due
        forgiven = self.all_copied and len(self.damaged) * 2 <= self._count
        check(not self.damaged or forgiven, f"pictures at {sorted(self.damaged)} do not decode")
        check(not self._looks, f"no pictures at {[look.at_s for look in self._looks]} s")

    # In the thread that decodes ---------------------------------------------------------------------------------------

    def _decoded(self, packet: AnyPacket | None) -> list[VideoFrame]:
        """What comes out; of a packet that does not decode nothing, and it stays due."""
        try:
            return self._context.decode(packet)
        except av.FFmpegError:
            return []

    def _see(self, packet: AnyPacket | None, due: int | None) -> None:
        if due is not None:
            self._due.add(due)
            self._count += 1
        for frame in self._decoded(packet):
            pts = cast("int", frame.pts)
            if frame.is_corrupt and pts in self._due:
                self.damaged.add(pts)
            self._due.discard(pts)
            for look in self._looks_at(pts):
                self._looks.remove(look)
                near_db = likeness_db(points_of(frame) or b"", look.points)
                check(near_db >= look.least_db, f"another picture at {look.at_s:.3f} s ({near_db:.1f} dB)")
