"""Decoding of a finished clip's frames near its ends and splice points."""

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
    """Decodes in a thread of its own, while the file is demuxed: each packet has to yield its frame, undamaged, matching its sample."""

    zero = 0
    """Timestamp of the clip's first frame."""
    all_copied = False
    """Every packet is the source's, as the fingerprint shows: one that does not decode does not decode in the source either."""

    def __init__(
        self, stream: VideoStream, frame_samples: tuple[FrameSample, ...], tick_s: float, thread: Executor
    ) -> None:
        self._thread = thread
        self._pending: list[Future[None]] = []
        self._sampled_at_s = sorted(sample.at_s for sample in frame_samples)
        self._frame_samples = list(frame_samples)
        self._tick_s = tick_s
        self._context = decoder_of(stream)
        self.seen: dict[int, bytes] = {}
        """Luma samples of the frames that decoded undamaged, by timestamp."""
        # For some twenty frames libav's own threads cost more than they bring; dav1d's save a quarter of the time.
        self._context.thread_count = 2 if stream.codec_context.codec.name == "libdav1d" else 1
        self.reorders = stream.codec_context.name in ("h264", "hevc")
        self._due: set[int] = set()
        self._count = 0
        self.damaged: set[int] = set()

    def has_sample_at(self, pts: int) -> bool:
        at_s = (pts - self.zero) * self._tick_s
        next_one = bisect_right(self._sampled_at_s, at_s - LOOSE_S)
        return next_one < len(self._sampled_at_s) and self._sampled_at_s[next_one] < at_s + LOOSE_S

    def _samples_at(self, pts: int) -> list[FrameSample]:
        """Return the samples of the frame at ``pts``, and not of one that is displayed a millisecond earlier or later."""
        near = [sample for sample in self._frame_samples if self._is_at(sample, pts)]
        away_s = [abs((pts - self.zero) * self._tick_s - sample.at_s) for sample in near]
        return [sample for sample, s in zip(near, away_s, strict=True) if s < min(away_s) + _SAME_S]

    def _is_at(self, sample: FrameSample, pts: int) -> bool:
        return abs((pts - self.zero) * self._tick_s - sample.at_s) < LOOSE_S

    def feed(self, packet: AnyPacket, *, needed: bool) -> None:
        """Decode a packet.

        Args:
            needed: its frame has to decode; false for leading frames of an open GOP.
        """
        self._pending.append(self._thread.submit(self._decode, packet, pts_of(packet) if needed else None))

    def end(self) -> None:
        """Wait until all packets are decoded.

        Raises:
            VerificationFailed: frames do not decode, or were not decoded at all.
        """
        self._pending.append(self._thread.submit(self._decode, None, None))
        for pending in self._pending:
            pending.result()
        self.damaged |= self._due
        excused = self.all_copied and len(self.damaged) * 2 <= self._count
        check(not self.damaged or excused, f"pictures at {sorted(self.damaged)} do not decode")
        check(not self._frame_samples, f"no pictures at {[sample.at_s for sample in self._frame_samples]} s")

    # In the thread that decodes ---------------------------------------------------------------------------------------

    def _decoded(self, packet: AnyPacket | None) -> list[VideoFrame]:
        """Return the decoded frames; none for a packet that does not decode, whose frame stays due."""
        try:
            return self._context.decode(packet)
        except av.FFmpegError:
            return []

    def _decode(self, packet: AnyPacket | None, due: int | None) -> None:
        if due is not None:
            self._due.add(due)
            self._count += 1
        for frame in self._decoded(packet):
            pts = cast("int", frame.pts)
            if frame.is_corrupt and pts in self._due:
                self.damaged.add(pts)
            self._due.discard(pts)
            luma = luma_samples(frame) or b""
            if not frame.is_corrupt:
                self.seen[pts] = luma
            for sample in self._samples_at(pts):
                self._frame_samples.remove(sample)
                near_db = psnr_db(luma, sample.luma)
                check(near_db >= sample.min_psnr_db, f"another picture at {sample.at_s:.3f} s ({near_db:.1f} dB)")
