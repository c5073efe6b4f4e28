"""Encoding in haste, and looking at the result: what does not come near enough to its source is encoded again, with care."""

from __future__ import annotations

from collections import deque
from typing import cast

import av
from av.codec import CodecContext
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from .encoder import EdgeEncoder, EncoderSettings
from .looks import likeness_db, points_of
from .refusal import TooCoarse

LEAST_DB = 38.0
"""Careful encoding comes out at 40 and more, in strong noise too."""


class QuickEncoder(EdgeEncoder):
    """Gives its packets only when all pictures are in and every one of them was decoded and found to be good."""

    def __init__(self, settings: EncoderSettings, decoder: str) -> None:
        """``decoder``: libav's name of one for what ``settings.encoder`` makes."""
        super().__init__(settings)
        self._check = cast("VideoCodecContext", CodecContext.create(decoder, "r"))
        self._check.thread_count = 1  # the other cores encode
        self._due: deque[bytes | None] = deque()
        """The pictures that have not come back, in order: what they have to look like, as far as that can be told."""
        self._held: list[Packet[Stream]] = []

    def encode(self, frame: VideoFrame, pts: int) -> list[Packet[Stream]]:
        """Give one picture; nothing comes back yet.

        Raises:
            TooCoarse: an earlier one is not good enough.
        """
        self._due.append(points_of(frame))
        self._take(super().encode(frame, pts))
        return []

    def flush(self) -> list[Packet[Stream]]:
        """All packets. Raises what ``encode`` raises."""
        self._take(super().flush())
        if not self._good(None) or self._due:
            raise TooCoarse
        held, self._held = self._held, []
        return held

    def _take(self, packets: list[Packet[Stream]]) -> None:
        self._held += packets
        if not all(self._good(packet) for packet in packets):
            super().flush()  # an encoder that is stopped in the middle complains on the terminal
            raise TooCoarse

    def _good(self, packet: Packet[Stream] | None) -> bool:
        try:
            seen = self._check.decode(packet)
        except av.FFmpegError:
            return False
        return len(seen) <= len(self._due) and all(self._like(self._due.popleft(), points_of(frame)) for frame in seen)

    def _like(self, wanted: bytes | None, found: bytes | None) -> bool:
        return wanted is None or found is None or likeness_db(wanted, found) >= LEAST_DB
