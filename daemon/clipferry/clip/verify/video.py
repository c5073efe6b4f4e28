"""Verification of the video track of a finished clip: packets counted, frames decoded where faults are possible."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from itertools import chain, pairwise
from typing import cast

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from ..codec import h264
from ..codec.nal import split_lengths
from ..container.codec_support import codec_name
from ..cut.frame_compare import luma_samples
from ..cut.packets import AnyPacket, pts_of
from ..cut.record.content_checksum import PacketContent
from ..cut.record.packet_fingerprints import add_read
from ..cut.record.report import SourceRecord, VideoReport
from ..cut.record.source_log import PacketLog
from .check import LOOSE_S, check
from .decode_check import DecodeCheck
from .decoder import decoder_of
from .source_decode import decode_source
from .source_frame_compare import mismatched_frames
from .source_references import check_references
from .source_video import Comparison, FileVideo, allowed_missing, check_copied_runs, compare

_AFTER_BEGINNING, _AFTER_SEAM = 8, 4
"""Frames decoded after a beginning or splice point, besides as many as the codec may reorder."""
_LONGEST_END = 30
"""The end is decoded if its last keyframe is at most so many frames back."""
_END_PIXELS = 60 << 20
"""A longer copied end is decoded if its frames have no more pixels in all: 260 of 360p, 68 of 720p."""
_SHARE_OF_END = 20
"""Or if the clip has so many times as many frames."""
_LONGEST_RUN = 40
"""No frame sample is farther after a keyframe than this (see :mod:`clipferry.clip.cut.frame_compare`); packets after that are dropped."""


class VideoTrackCheck:
    """The video track, packet by packet; what is near an end or splice point is decoded while demuxing."""

    def __init__(
        self, stream: VideoStream, report: VideoReport, source_record: SourceRecord | None, thread: Executor
    ) -> None:
        """Args:
        source_record: ``None``: compare with ``report`` only.
        thread: decodes concurrently, one task after another.
        """
        self.index = stream.index
        self.found = FileVideo()
        self.zero_s = 0.0, 0.0
        """0 on the clip's clock as presentation time, and on the file's clock; valid once compared."""
        self._source_record = source_record
        self._content = PacketContent(codec_name(stream.codec_context.name), stream.codec_context.extradata)
        self._stream = stream
        self._report = report
        self._tick_s = float(stream.time_base or 0)
        self._fingerprint = 0
        self._last_random_access: tuple[int, int] | None = None
        """Decode time of the last random access point, and its place in the file."""
        self._run: list[AnyPacket] = []
        """Packets since the last keyframe, as long as they may still be decoded."""
        self._length = 0
        """Number of packets since the last keyframe."""
        self._fed = 0
        """Number of packets of ``_run`` fed to the decoder."""
        self._left_to_decode = 0
        """Number of packets still to be decoded after a beginning or splice point."""
        self._seams = set(report.seams_s)
        self._decode_check = DecodeCheck(stream, report.frame_samples, self._tick_s, thread)
        self._decode_check.all_copied = report.copied_frames == report.frames

    def add(self, packet: AnyPacket) -> None:
        first = not self.found.pts
        pts = pts_of(packet)
        self.found.add(pts, self._content.checksum(packet), packet)
        if self._report.framing is not None:
            self._fingerprint = add_read(packet, self._fingerprint, self._report.framing, self._report.codec)
        if first:
            self._decode_check.zero = pts
        if packet.is_keyframe and self._is_random_access(packet):
            self._run, self._length, self._fed = [], 0, 0
            self._last_random_access = min(pts, pts if packet.dts is None else packet.dts), len(self.found.pts) - 1
        self._length += 1
        if self._length <= _LONGEST_RUN:
            self._run.append(packet)
        if first or (packet.is_keyframe and self._at(pts, self._seams)):
            enough = _AFTER_BEGINNING if first else _AFTER_SEAM
            self._left_to_decode = enough + self._stream.codec_context.reorder_depth
        if self._left_to_decode or self._decode_check.has_sample_at(pts):
            self._left_to_decode = max(self._left_to_decode - 1, 0)
            self._feed()

    @property
    def note(self) -> str | None:
        """Note for the user about frames that the source itself does not decode."""
        count = len(self._decode_check.damaged)
        return f"The video is damaged: {count} of the pictures looked at do not decode." if count else None

    def _feed(self) -> None:
        """Decode the packets of the run that were not decoded yet."""
        for packet in self._run[self._fed :]:
            self._decode_check.feed(packet, needed=pts_of(packet) >= pts_of(self._run[0]))
        self._fed = len(self._run)

    def _is_random_access(self, packet: AnyPacket) -> bool:
        """Return whether all that follows decodes from here on.

        An H.264 keyframe may be a mere recovery point, after which pictures become complete gradually.
        """
        if self._stream.codec_context.name != "h264":
            return True
        return any(h264.nal_type(nal) == h264.IDR for nal in split_lengths(bytes(packet)))

    def _at(self, pts: int, places_s: set[float]) -> bool:
        at_s = (pts - self.found.pts[0]) * self._tick_s
        return any(abs(at_s - place_s) < LOOSE_S for place_s in places_s)

    def finish(self, media: InputContainer) -> float:
        """Compare with the report and with the source.

        Args:
            media: the file, demuxed to its end.

        Returns:
            The file's time of the first frame, in seconds.
        """
        if self._decode_check.reorders and self._length <= _LONGEST_END:
            # Where display order is decode order (VP8, VP9, AV1), the end cannot be cut wrongly.
            self._feed()
        self._decode_check.end()
        self._check_report()
        if self._source_record is not None and self._source_record.log.video is not None:
            self._check_source(self._source_record, self._source_record.log.video, media)
        return min(self.found.pts) * self._tick_s

    def _check_report(self) -> None:
        report, times = self._report, sorted(self.found.pts)
        check(len(times) == report.frames, f"{len(times)} pictures, not {report.frames}")
        same = report.framing is None or report.fingerprint == self._fingerprint
        check(same, "the pictures' packets are not those that were written")
        doubled = len(times) - len(set(times))
        check(doubled <= report.doubled_frames, f"{doubled} pictures at the time of another")
        last_s = (times[-1] - times[0]) * self._tick_s
        check(abs(last_s - report.last_pts_s) < LOOSE_S, f"the last picture at {last_s} s, not {report.last_pts_s} s")
        longest_s = max((b - a for a, b in pairwise(times)), default=0) * self._tick_s
        check(longest_s < report.longest_step_s + LOOSE_S, f"a gap of {longest_s} s between pictures")

    # Against the source -----------------------------------------------------------------------------------------------

    def _check_source(self, source_record: SourceRecord, log: PacketLog, media: InputContainer) -> None:
        moved = source_record.log.wrongly_decoded()
        check(not moved, f"pictures at {moved[:3]} were made of packets of other times")
        comparison = compare(self.found, self._tick_s, source_record, log)
        self.zero_s = log.seconds(comparison.zero), comparison.file_zero_s
        unaccounted = allowed_missing(comparison, source_record)
        if unaccounted:
            decoded = source_record.log.decoded()
            if not decoded.issuperset(unaccounted):
                decoded |= decode_source(source_record, log, min(unaccounted), max(unaccounted)).keys()
            lost = [round(log.seconds(pts), 4) for pts in unaccounted if pts in decoded]
            check(not lost, f"pictures of the source at {lost} s are missing")
        check_references(source_record, log)
        if self._report.framing is not None:
            copied = sum(comparison.copied)
            check(
                copied >= self._report.copied_frames, f"{copied} packets are the source's, not as many as were copied"
            )
            check_copied_runs(comparison, self.found, log)
        self._check_frames(comparison, source_record, log, media)

    def _check_frames(
        self, comparison: Comparison, source_record: SourceRecord, log: PacketLog, media: InputContainer
    ) -> None:
        """Check that the first frame of each encoded run and the last frame decode, and that each decoded frame matches the source's."""
        times, copied = self.found.pts, comparison.copied
        shown = [i for i, pts in enumerate(comparison.source) if pts is not None]
        first, last = min(shown, key=times.__getitem__), max(shown, key=times.__getitem__)
        openings = {i for i in shown if not copied[i] and (i == 0 or copied[i - 1])}
        encoded = {i for i in openings | {first, last} if not copied[i]}
        seen = self._decode_check.seen
        if times[last] not in seen and (last in encoded or self._is_worth_decoding(last)):
            seen |= self._decoded_end(media, times[last])
            at, shown_pts = times[last] * self._tick_s, comparison.source[last]
            if times[last] not in seen and last not in encoded and shown_pts is not None:
                # Damage of the source is no fault of the clip.
                check(
                    not decode_source(source_record, log, shown_pts, shown_pts),
                    f"the last picture, at {at:.3f} s, is damaged",
                )
            else:
                check(times[last] in seen, f"the last picture, at {at:.3f} s, does not decode")
        if not self._report.min_psnr_db:
            return
        known = source_record.log.luma_samples()
        for i in encoded:
            pts = comparison.source[i]
            if pts is not None and pts not in known:
                known |= decode_source(source_record, log, pts, pts)
            check(pts not in known or times[i] in seen, f"the picture at {times[i] * self._tick_s:.3f} s was not seen")
        by_source = {
            pts: seen[times[i]] for i, pts in enumerate(comparison.source) if pts is not None and times[i] in seen
        }
        for pts, what in mismatched_frames(by_source, known, self._report.min_psnr_db):
            check(condition=False, what=f"another picture than the source's at {log.seconds(pts):.3f} s ({what})")

    def _is_worth_decoding(self, last: int) -> bool:
        """Return whether a copied last frame is decoded: not if that takes more than a tenth of the clip's time.

        That all its references were read is checked in any case, without decoding; and where display order is decode order (VP8, VP9, AV1),
        no reference is after the end.
        """
        if not self._decode_check.reorders or self._last_random_access is None:
            return False
        behind = last - self._last_random_access[1]
        pixels = behind * self._stream.codec_context.width * self._stream.codec_context.height
        return pixels <= _END_PIXELS or behind <= max(_LONGEST_END, len(self.found.pts) // _SHARE_OF_END)

    def _decoded_end(self, media: InputContainer, last: int) -> dict[int, bytes]:
        """Return luma samples of the last frame, decoded from the last random access point."""
        if self._last_random_access is None:
            return {}
        media.seek(self._last_random_access[0], stream=self._stream)
        seen: dict[int, bytes] = {}
        decoder = decoder_of(self._stream)
        decoder.thread_type = "AUTO"
        begun = False
        for packet in chain(cast("Iterator[AnyPacket]", media.demux(self._stream)), [None]):
            if packet is not None and (not packet.size or packet.pts is None):
                continue
            begun = begun or (packet is not None and packet.is_keyframe)
            if not begun:
                continue
            if self._decode_check.reorders:
                decoder.skip_frame = "DEFAULT" if packet is None or pts_of(packet) >= last else "NONREF"
            try:
                frames = decoder.decode(packet)
            except av.FFmpegError:
                continue
            for frame in frames:
                if frame.pts == last and not frame.is_corrupt:
                    seen[last] = luma_samples(frame) or b""
        return seen
