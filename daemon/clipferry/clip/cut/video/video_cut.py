"""The pictures of a clip: encode from the first one to the next keyframe, copy, encode what the end leaves without its
reference. A stream of packets: nothing but the group of pictures in hand is held.

    head                      copy                          tail
    ├── encoded ──┤├── bit for bit the source's ──┤├─ encoded, 0 to a few ─┤
    first picture  next keyframe                            pictures whose forward reference lies behind the end
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import cast

from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ...codec.errors import CannotSplice
from ...errors import BadMedia
from ..demuxer import TOLERANCE_S, Reader
from ..frame_compare import FrameSampler
from ..packets import AnyPacket, OutputPacket, pts_of
from ..record.source_log import DecodedFrameLog
from ..splicing.codec_rules import CodecRules, RandomAccess, reorder_bound
from ..strategy_errors import HiddenFrames, StartsTooLate
from ..timeline import Marks, keep_before, needed_reorder
from .decoder import FrameDecoder, GopBuffer
from .leading_gop import find_first_frame
from .packet_layout import PacketLayout

_AHEAD_BYTES = 2 * 1024 * 1024
"""Of what is copied may be read while the head is still being encoded."""
_HOLD_S = 1.0
"""Copied packets this near the end wait until it is known what the end leaves without a reference."""


class VideoCut:
    """Cuts one video stream.

    ``begin()`` first, then exhaust ``pieces()``.

    Args:
        reopen: gives a reader that begins at or before a presentation time, for a tail whose group was too big to keep.
        whole: take everything from the first packet on, as it is.
        least_db: how near an encoded picture has to come to its source.
        ahead: what will be copied may be read before it is needed, though the source may make it wait.
    """

    def __init__(
        self,
        reader: Reader,
        rules: CodecRules,
        *,
        start_s: float,
        end_s: float | None,
        reopen: Callable[[float], Reader],
        from_keyframe: bool = False,
        whole: bool = False,
        min_psnr_db: float = 0.0,
        ahead: bool,
    ) -> None:
        assert reader.video is not None
        assert reader.video.time_base is not None
        self._reader = reader
        self._stream: VideoStream = reader.video
        self._tick: Fraction = reader.video.time_base
        self._rules = rules
        self._reopen = reopen
        self._start_s = start_s
        self._from_keyframe = from_keyframe
        self._whole = whole
        self._ahead = ahead
        end = reader.video_end(end_s)
        self._marks = Marks.of(reader.ticks(self._stream, start_s), end, Fraction(TOLERANCE_S) / self._tick)
        self._packets = reader.packets(self._stream)
        self._peeked: deque[AnyPacket] = deque()
        self._reorder = reorder_bound(rules, self._stream)
        self.clock_reorder = rules.reorder or 0
        """The reorder depth that decode times are made with."""
        self.past_end = False
        """The start lies behind the last picture, and that is over by then."""
        self.interlaced = False
        """Whether the first picture that was encoded is two fields."""
        self._first = 0
        self.frame_sampler = FrameSampler(self._tick, min_psnr_db)
        """What the pictures at the ends and seams decoded to, as the file has to show them."""
        self._decoded = 0
        self._due = 0
        self.layout: PacketLayout
        """Where packets lie in the clip; known once the beginning is found."""

    def begin(self) -> None:
        """Read up to where the first picture is known.

        Raises:
            StartsTooLate: it lies before what was opened.
            HiddenFrames: what is to be copied as it is begins with pictures that are not shown.
            BadMedia: there is no picture.
        """
        found = find_first_frame(
            self._reader,
            self._packets,
            self._rules,
            self._marks,
            start_s=self._start_s,
            reorder=self._reorder,
            from_keyframe=self._from_keyframe,
            whole=self._whole,
        )
        self._first, self.past_end = found.first, found.past_end
        if self._rules.reorder is None:
            seen = needed_reorder([pts_of(packet) for packet in found.group])
            self.clock_reorder = max(seen, self._stream.codec_context.reorder_depth)
        self._peeked.extend(found.group)
        if not self._marks.before_end(self._first):
            self._marks = Marks(self._marks.start, self._first + 1)
        self.layout = PacketLayout(
            self._rules, zero=found.zero, step=found.step, end=self._marks.end, whole=self._whole
        )

    def _take(self) -> AnyPacket | None:
        """The next packet in decode order."""
        return self._peeked.popleft() if self._peeked else next(self._packets, None)

    # The three parts --------------------------------------------------------------------------------------------------

    def pieces(self) -> Iterator[OutputPacket]:
        """All packets of the clip, in decode order.

        Raises:
            StartsTooLate: before the first piece only.
            CannotSplice: copied and encoded packets cannot be joined; begin anew with :class:`~.families.EncodeAll`.
        """
        if self._whole:
            yield from self._copy_all()
            return
        opening = self._peeked[0]
        copyable = self._rules.entry(opening) is not RandomAccess.NONE and pts_of(opening) == self._first
        if not copyable and not self._from_keyframe:
            yield from self._head()
        if self._peeked and self._marks.before_end(pts_of(self._peeked[0])):
            yield from self._copy()

    def _copy_all(self) -> Iterator[OutputPacket]:
        while (packet := self._take()) is not None:
            if self._reader.is_hidden(packet) or not self._marks.before_end(pts_of(packet)):
                raise HiddenFrames
            yield self.layout.copied(packet)

    def _head(self) -> Iterator[OutputPacket]:
        """Encode from the first picture up to where copying can begin, which is then the first packet in ``_peeked``."""
        # The demuxer's own decoder, which knows what the container says of every picture (which way up it is).
        pictures = FrameDecoder(self._stream, self._stream.codec_context, self._picture_log())
        encoder = self._rules.encoder()
        frames = self._head_frames(pictures)
        place = -1
        for count, frame in enumerate(frames):
            pts = cast("int", frame.pts)
            if count == 0 and pts != self._first and self._reader.window.start_s > 0:
                raise StartsTooLate
            self.interlaced = self.interlaced or (count == 0 and frame.interlaced_frame)
            self._decoded += 1
            place = max(place + 1, self.layout.place(pts))  # an encoder takes no two pictures at one time
            self.frame_sampler.encoded(frame, place)
            yield from self.layout.encoded(encoder.encode(frame, place))
        self.frame_sampler.run_ends()
        if not self._decoded:
            raise StartsTooLate if self._reader.window.start_s > 0 else BadMedia(detail="no picture could be decoded")
        yield from self.layout.encoded(encoder.flush(self._read_ahead))

    def _picture_log(self) -> DecodedFrameLog | None:
        return None if self._reader.log is None else self._reader.log.decoder_log(self._stream)

    def _read_ahead(self) -> None:
        if self._ahead:
            self._reader.read_ahead(self._stream, _AHEAD_BYTES)

    def _head_frames(self, pictures: FrameDecoder) -> Iterator[VideoFrame]:
        begins: AnyPacket | None = None  # what copying begins with
        stop: int | None = None
        while (packet := self._take()) is not None:
            pts = pts_of(packet)
            shown = not self._reader.is_hidden(packet)
            closed = False
            if (
                stop is None
                and shown
                and pts > self._first
                and (entry := self._rules.entry(packet)) is not RandomAccess.NONE
            ):
                begins, stop, closed = packet, pts, entry is RandomAccess.CLOSED
                if closed and not self._marks.before_end(pts):
                    break
            elif stop is not None and pts > stop:
                self._peeked.appendleft(packet)
                break
            self._due += shown and pts >= self._first and self._marks.before_end(pts) and (stop is None or pts < stop)
            for frame in self._of_head(pictures.feed(packet, wanted=pts >= self._first), stop):
                if not self._marks.before_end(cast("int", frame.pts)):
                    return
                yield frame
            if closed:
                break
        for frame in self._of_head(pictures.drain(), stop):
            if self._marks.before_end(cast("int", frame.pts)):
                yield frame
        if begins is not None:
            self._peeked.appendleft(begins)

    @property
    def lost(self) -> int:
        """Pictures of the head that the source's packets promise and the decoder did not give: the source is damaged there.
        Where every picture is two packets (interlaced fields), nothing can be told."""
        missing = self._due - self._decoded
        return missing if missing * 2 < self._due else 0

    def _of_head(self, frames: Iterable[VideoFrame], stop: int | None) -> Iterator[VideoFrame]:
        """Those that belong to the head; the one behind it is looked at, since its copy has to look the same."""
        for frame in frames:
            pts = cast("int", frame.pts)
            if pts == stop and self._marks.before_end(pts):
                self.frame_sampler.copied(frame, self.layout.place(pts))
            if pts >= self._first and (stop is None or pts < stop):
                yield frame

    def _copy(self) -> Iterator[OutputPacket]:
        """Copy from the packet in hand, and hold back what lies near the end until it is known what can stay."""
        opening = pts_of(self._peeked[0])
        hold_from = None if self._marks.end is None else self._marks.end - round(_HOLD_S / self._tick)
        group = GopBuffer(self._tick)
        held: list[AnyPacket] = []
        while (packet := self._take()) is not None:
            pts = pts_of(packet)
            if pts < opening:
                continue  # shows before the copied part and was encoded with the head
            if self._reader.is_hidden(packet):
                if not all(map(self._reader.is_hidden, iter(self._take, None))):
                    raise CannotSplice("An edit list leaves out a part of the video, so every frame was encoded again.")
                missing = set()
                break
            entry = self._rules.entry(packet)
            if not self._marks.before_end(pts):
                missing = self._after_end(packet, entry, group)
                break
            group.add(packet, entry)
            if held or (hold_from is not None and pts >= hold_from):
                held.append(packet)
                continue
            yield self.layout.copied(packet)
        else:
            missing = set()
        if self._from_keyframe:
            missing = set()
        keep = keep_before([pts_of(p) for p in held], sorted(missing))
        for packet in held[:keep]:
            yield self.layout.copied(packet)
        missing |= {pts_of(p) for p in held[keep:]}
        if missing:
            yield from self._tail(missing, group)

    def _after_end(self, packet: AnyPacket, entry: RandomAccess, group: GopBuffer) -> set[int]:
        """The pictures that show before the end and follow, in decode order, ``packet``, the first that does not."""
        missing: set[int] = set()
        past = 1
        while entry is not RandomAccess.CLOSED and past <= self._reorder:
            group.add(packet, RandomAccess.NONE)
            following = self._take()
            if following is None:
                break
            packet, entry = following, self._rules.entry(following)
            if self._marks.before_end(pts_of(packet)):
                missing.add(pts_of(packet))
            else:
                past += 1
        return missing

    def _tail(self, missing: set[int], group: GopBuffer) -> Iterator[OutputPacket]:
        encoder = self._rules.encoder()
        pictures = FrameDecoder(self._stream, log=self._picture_log())
        left = set(missing)
        first = min(missing)
        source: Iterator[AnyPacket]
        if group.complete:
            source = group.packets()
            again = None
        else:
            again = self._reopen(self._reader.seconds(self._stream, first))
            assert again.video is not None
            source = again.packets(again.video)
        try:
            for count, frame in enumerate(pictures.all(source, wanted=lambda pts: pts >= first)):
                pts = cast("int", frame.pts)
                if count == 0 and group.first is not None:
                    # The group's keyframe, decoded as the tail is, and copied into the file: if these are not the same, nor is
                    # the tail right.
                    if pts != group.first:
                        break
                    if pts not in missing:
                        self.frame_sampler.copied(frame, self.layout.place(pts))
                if pts in left:
                    left.remove(pts)
                    self.frame_sampler.encoded(frame, self.layout.place(pts))
                    yield from self.layout.encoded(encoder.encode(frame, self.layout.place(pts)))
                if not left:
                    break
            self.frame_sampler.run_ends()
            yield from self.layout.encoded(encoder.flush())
        finally:
            if again is not None:
                again.__exit__(None, None, None)
        if left:
            raise CannotSplice("The last pictures could not be joined, so every frame was encoded again.")
