"""The head of a smart cut: encode the leading partial GOP, from the first frame to where copying can begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from av.video.frame import VideoFrame

from ...errors import BadMedia
from ..packets import AnyPacket, OutputPacket, pts_of
from ..splicing.codec_rules import RandomAccess
from ..strategy_errors import StartsTooLate
from .context import CutContext, PushbackPackets
from .decoder import FrameDecoder

_READ_AHEAD_BYTES = 2 * 1024 * 1024
"""Demuxed of the copied part while the encoder finishes."""


class Head:
    def __init__(self, context: CutContext, packets: PushbackPackets, first: int) -> None:
        """
        Args:
            packets: from a random access point before the first frame on.
            first: timestamp of the first frame.
        """
        self._context = context
        self._packets = packets
        self._first = first
        self._due = self._decoded = 0
        self.interlaced = False
        """The first frame is interlaced."""

    @property
    def lost(self) -> int:
        """Number of frames whose packets were decoded to nothing, as the source is damaged there.

        0 where every frame is two packets (interlaced fields), which cannot be told from damage.
        """
        missing = self._due - self._decoded
        return missing if missing * 2 < self._due else 0

    def encode(self, *, read_ahead: bool) -> Iterator[OutputPacket]:
        """Encode the head; ``packets`` then continue with the first packet to be copied.

        Args:
            read_ahead: demux packets while the encoder finishes.

        Raises:
            StartsTooLate: the first frame does not decode from what was opened.
            BadMedia: no frame decodes.
        """
        reader, stream, layout = self._context.reader, self._context.stream, self._context.layout
        # The demuxer's own decoder, which has the container's metadata of every frame (its rotation).
        decoder = FrameDecoder(stream, stream.codec_context, self._context.decoder_log())
        encoder = self._context.rules.encoder()
        place = -1
        for frame in self._frames(decoder):
            pts = cast("int", frame.pts)
            if self._decoded == 0:
                if pts != self._first and reader.window.start_s > 0:
                    raise StartsTooLate
                self.interlaced = frame.interlaced_frame
            self._decoded += 1
            place = max(place + 1, layout.place(pts))  # an encoder rejects two frames at one time
            self._context.sampler.encoded(frame, place)
            yield from layout.encoded(encoder.encode(frame, place))
        self._context.sampler.run_ends()
        if not self._decoded:
            raise StartsTooLate if reader.window.start_s > 0 else BadMedia(detail="no picture could be decoded")

        def demux_ahead() -> None:
            if read_ahead:
                reader.read_ahead(stream, _READ_AHEAD_BYTES)

        yield from layout.encoded(encoder.flush(demux_ahead))

    def _frames(self, decoder: FrameDecoder) -> Iterator[VideoFrame]:
        marks = self._context.marks
        copy_from: AnyPacket | None = None
        stop: int | None = None
        while (packet := self._packets.take()) is not None:
            pts = pts_of(packet)
            shown = not self._context.reader.is_hidden(packet)
            closed = False
            if stop is None and shown and pts > self._first:
                access = self._context.rules.random_access(packet)
                if access is not RandomAccess.NONE:
                    copy_from, stop, closed = packet, pts, access is RandomAccess.CLOSED
                    if closed and not marks.before_end(pts):
                        break
            elif stop is not None and pts > stop:
                self._packets.push_back(packet)
                break
            self._due += shown and pts >= self._first and marks.before_end(pts) and (stop is None or pts < stop)
            for frame in self._of_head(decoder.feed(packet, wanted=pts >= self._first), stop):
                if not marks.before_end(cast("int", frame.pts)):
                    return
                yield frame
            if closed:
                break
        for frame in self._of_head(decoder.drain(), stop):
            if marks.before_end(cast("int", frame.pts)):
                yield frame
        if copy_from is not None:
            self._packets.push_back(copy_from)

    def _of_head(self, frames: Iterable[VideoFrame], stop: int | None) -> Iterator[VideoFrame]:
        """Select the frames of the head, and sample the first frame of the copied part."""
        for frame in frames:
            pts = cast("int", frame.pts)
            if pts == stop and self._context.marks.before_end(pts):
                self._context.sampler.copied(frame, self._context.layout.place(pts))
            if pts >= self._first and (stop is None or pts < stop):
                yield frame
