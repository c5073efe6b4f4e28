"""The decoder that verification shows a finished clip's frames to."""

from __future__ import annotations

from bisect import bisect_right
from concurrent.futures import Executor, Future
from typing import cast

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..cut.frame_compare import FrameSample, luma_samples, psnr_db
from ..cut.packets import AnyPacket, pts_of
from .check import LOOSE_S, check
from .decoder import decoder_of

_SAME_S = 1e-5


class DecodeCheck:
    """The decoder: what goes in has to come out, whole, and look as it did when the clip was cut. It has a thread of its own, so
    that the file can be walked meanwhile."""

    zero = 0
    """The timestamp of the clip's first frame."""
    all_copied = False
    """Every packet is the source's, as the fingerprint shows: what of them does not decode does not decode there either."""

    def __init__(
        self, stream: VideoStream, frame_samples: tuple[FrameSample, ...], tick_s: float, thread: Executor
    ) -> None:
        self._thread = thread
        self._seeing: list[Future[None]] = []
        self._looked_at_s = sorted(look.at_s for look in frame_samples)
        self._frame_samples = list(frame_samples)
        self._tick_s = tick_s
        self._context = decoder_of(stream)
        self.seen: dict[int, bytes] = {}
        """Luma samples of what was decoded undamaged, by timestamp."""
        # For some twenty frames libav's own threads cost more than they bring; dav1d's save a quarter of the time.
        self._context.thread_count = 2 if stream.codec_context.codec.name == "libdav1d" else 1
        self.reorders = stream.codec_context.name in ("h264", "hevc")
        self._due: set[int] = set()
        self._count = 0
        self.damaged: set[int] = set()

    def waits_for(self, pts: int) -> bool:
        at_s = (pts - self.zero) * self._tick_s
        next_one = bisect_right(self._looked_at_s, at_s - LOOSE_S)
        return next_one < len(self._looked_at_s) and self._looked_at_s[next_one] < at_s + LOOSE_S

    def _looks_at(self, pts: int) -> list[FrameSample]:
        """Those of the frame at ``pts``, and not of another one that is shown a millisecond earlier or later."""
        near = [look for look in self._frame_samples if self._is_at(look, pts)]
        away_s = [abs((pts - self.zero) * self._tick_s - look.at_s) for look in near]
        return [look for look, s in zip(near, away_s, strict=True) if s < min(away_s) + _SAME_S]

    def _is_at(self, look: FrameSample, pts: int) -> bool:
        return abs((pts - self.zero) * self._tick_s - look.at_s) < LOOSE_S

    def feed(self, packet: AnyPacket, *, needed: bool) -> None:
        """``needed``: it decodes from the run's keyframe on. What follows an open group's keyframe and shows before it does
        not."""
        self._seeing.append(self._thread.submit(self._see, packet, pts_of(packet) if needed else None))

    def end(self) -> None:
        """Nothing more is fed: all has to have come out.

        Raises:
            VerificationFailed
        """
        self._seeing.append(self._thread.submit(self._see, None, None))
        for seen in self._seeing:
            seen.result()
        self.damaged |= self._due
        forgiven = self.all_copied and len(self.damaged) * 2 <= self._count
        check(not self.damaged or forgiven, f"pictures at {sorted(self.damaged)} do not decode")
        check(not self._frame_samples, f"no pictures at {[look.at_s for look in self._frame_samples]} s")

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
            points = luma_samples(frame) or b""
            if not frame.is_corrupt:
                self.seen[pts] = points
            for look in self._looks_at(pts):
                self._frame_samples.remove(look)
                near_db = psnr_db(points, look.points)
                check(near_db >= look.min_psnr_db, f"another picture at {look.at_s:.3f} s ({near_db:.1f} dB)")
