"""Smart cut of a video track: encode the leading partial GOP, copy, encode the frames that refer to one after the end.

    head                      copy                          tail
    ├── encoded ──┤├──── bit for bit the source's ────┤├─ encoded, 0 to a few ─┤
    first frame    next keyframe                       frames whose forward reference is after the end

Packets are streamed: no more than the current GOP is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from ..demuxer import TOLERANCE_S, Reader
from ..frame_compare import FrameSampler
from ..packets import AnyPacket, OutputPacket, pts_of
from ..splicing.codec_rules import CodecRules, RandomAccess, reorder_bound
from ..strategy_errors import CannotSplice, HiddenFrames
from ..timeline import Marks, keep_before, needed_reorder
from .context import CutContext, PushbackPackets, VideoCutOptions
from .decoder import GopBuffer
from .head import Head
from .leading_gop import find_first_frame
from .packet_layout import PacketLayout
from .tail import encode_tail

_HOLD_S = 1.0
"""Copied packets this near the end are held until it is known which frames lack a reference."""


class VideoCut:
    """Cuts one video track: call ``begin()``, then exhaust ``packets()``."""

    def __init__(
        self,
        reader: Reader,
        rules: CodecRules,
        *,
        start_s: float,
        end_s: float | None,
        reopen: Callable[[float], Reader],
        options: VideoCutOptions,
    ) -> None:
        """
        Args:
            start_s: presentation time, as ``end_s``.
            reopen: returns a reader from before a presentation time on, for a tail whose GOP was too large to keep.
        """
        assert reader.video is not None
        assert reader.video.time_base is not None
        self._reader = reader
        self._stream = reader.video
        self._tick: Fraction = reader.video.time_base
        self._rules = rules
        self._reopen = reopen
        self._start_s = start_s
        self._options = options
        end = reader.video_end(end_s)
        self._marks = Marks.of(reader.ticks(self._stream, start_s), end, Fraction(TOLERANCE_S) / self._tick)
        self._packets = PushbackPackets(reader.packets(self._stream))
        self._reorder = reorder_bound(rules, self._stream)
        self.clock_reorder = rules.reorder or 0
        """The reorder depth for decode times."""
        self.past_end = False
        """The start is after the end of the last frame."""
        self.frame_sampler = FrameSampler(self._tick, options.min_psnr_db)
        self.layout: PacketLayout
        """The timeline of the clip; set by ``begin()``."""
        self._first = 0
        self._context: CutContext
        self._head: Head | None = None

    def begin(self) -> None:
        """Read up to where the first frame is known.

        Raises:
            StartsTooLate: it is before the opened window.
            HiddenFrames: a plain copy would begin with frames that are not shown.
            BadMedia: there is no frame.
        """
        found = find_first_frame(
            self._reader, self._packets, self._rules, self._marks, start_s=self._start_s, options=self._options
        )
        self._first, self.past_end = found.first, found.past_end
        if self._rules.reorder is None:
            seen = needed_reorder([pts_of(packet) for packet in found.packets])
            self.clock_reorder = max(seen, self._stream.codec_context.reorder_depth)
        self._packets.extend(found.packets)
        if not self._marks.before_end(self._first):
            self._marks = Marks(self._marks.start, self._first + 1)
        self.layout = PacketLayout(
            self._rules, zero=found.zero, step=found.step, end=self._marks.end, whole=self._options.whole
        )
        self._context = CutContext(
            self._reader, self._stream, self._rules, self._marks, self.layout, self.frame_sampler
        )

    @property
    def interlaced(self) -> bool:
        """Whether interlaced frames were encoded."""
        return self._head is not None and self._head.interlaced

    @property
    def lost(self) -> int:
        """Number of frames of the head that the source has damaged."""
        return self._head.lost if self._head is not None else 0

    def packets(self) -> Iterator[OutputPacket]:
        """Return all packets of the clip, in decode order.

        Raises:
            StartsTooLate: before the first packet only.
            CannotSplice: copied and encoded packets cannot be joined.
            HiddenFrames: a plain copy comes to frames that are not shown.
        """
        if self._options.whole:
            yield from self._copy_all()
            return
        opening = self._packets.waiting
        assert opening is not None
        copyable = self._rules.random_access(opening) is not RandomAccess.NONE and pts_of(opening) == self._first
        if not copyable and not self._options.from_keyframe:
            self._head = Head(self._context, self._packets, self._first)
            yield from self._head.encode(read_ahead=self._options.read_ahead)
        waiting = self._packets.waiting
        if waiting is not None and self._marks.before_end(pts_of(waiting)):
            yield from self._copy(pts_of(waiting))

    def _copy_all(self) -> Iterator[OutputPacket]:
        for packet in self._packets:
            if self._reader.is_hidden(packet) or not self._marks.before_end(pts_of(packet)):
                raise HiddenFrames
            yield self.layout.copied(packet)

    def _copy(self, opening: int) -> Iterator[OutputPacket]:
        """Copy from the frame at ``opening``; hold packets near the end until it is known which can stay; encode the rest."""
        hold_from = None if self._marks.end is None else self._marks.end - round(_HOLD_S / self._tick)
        gop = GopBuffer(self._tick)
        held: list[AnyPacket] = []
        missing: set[int] = set()
        while (packet := self._packets.take()) is not None:
            pts = pts_of(packet)
            if pts < opening:
                continue  # displayed before the copied part and encoded with the head
            if self._reader.is_hidden(packet):
                if not all(map(self._reader.is_hidden, self._packets)):
                    raise CannotSplice("An edit list leaves out a part of the video, so every frame was encoded again.")
                break
            access = self._rules.random_access(packet)
            if not self._marks.before_end(pts):
                missing = self._after_end(packet, access, gop)
                break
            gop.add(packet, access)
            if held or (hold_from is not None and pts >= hold_from):
                held.append(packet)
                continue
            yield self.layout.copied(packet)
        if self._options.from_keyframe:
            missing = set()
        keep = keep_before([pts_of(p) for p in held], sorted(missing))
        for packet in held[:keep]:
            yield self.layout.copied(packet)
        missing |= {pts_of(p) for p in held[keep:]}
        if missing:
            yield from encode_tail(self._context, missing, gop, self._reopen)

    def _after_end(self, packet: AnyPacket, access: RandomAccess, gop: GopBuffer) -> set[int]:
        """Return the frames displayed before the end that follow ``packet``, the first one after the end, in decode order."""
        missing: set[int] = set()
        past = 1
        while access is not RandomAccess.CLOSED and past <= self._reorder:
            gop.add(packet, RandomAccess.NONE)
            following = self._packets.take()
            if following is None:
                break
            packet, access = following, self._rules.random_access(following)
            if self._marks.before_end(pts_of(packet)):
                missing.add(pts_of(packet))
            else:
                past += 1
        return missing
