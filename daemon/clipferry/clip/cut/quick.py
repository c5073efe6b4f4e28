"""Encoding in haste, and looking at the result: what does not come near enough to its source is encoded again, with care."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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
_AHEAD = 4
"""Pictures that may wait for the encoder: each takes one and a half bytes for every point of it."""


class QuickEncoder(EdgeEncoder):
    """Gives its packets only when all pictures are in and every one of them was decoded and found to be good.

    Encoding has a thread of its own and looking has another, so that the caller can decode meanwhile.
    """

    def __init__(self, settings: EncoderSettings, decoder: str) -> None:
        """``decoder``: libav's name of one for what ``settings.encoder`` makes."""
        super().__init__(settings)
        self._check = cast("VideoCodecContext", CodecContext.create(decoder, "r"))
        self._check.thread_count = 1  # the other cores encode
        self._encoding = ThreadPoolExecutor(1, "clip-encode")
        self._looking = ThreadPoolExecutor(1, "clip-look")
        self._encoded: deque[Future[None]] = deque()
        self._looked: deque[Future[None]] = deque()
        self._due: deque[bytes | None] = deque()
        """The pictures that have not come back, in order: what they have to look like, as far as that can be told."""
        self._held: list[Packet[Stream]] = []

    def encode(self, frame: VideoFrame, pts: int) -> list[Packet[Stream]]:
        """Give one picture; nothing comes back yet. ``frame`` is not to be changed any more.

        Raises:
            TooCoarse: an earlier one is not good enough.
        """
        if len(self._encoded) == _AHEAD:
            self._wait_for(self._encoded.popleft())
        self._encoded.append(self._encoding.submit(self._encode, frame, pts))
        return []

    def flush(self, meanwhile: Callable[[], None] = lambda: None) -> list[Packet[Stream]]:
        """All packets. Raises what ``encode`` raises."""
        self._encoded.append(self._encoding.submit(self._finish))
        try:
            meanwhile()
        except BaseException:
            self._stop()
            raise
        while self._encoded:
            self._wait_for(self._encoded.popleft())
        self._stop()
        held, self._held = self._held, []
        return held

    def _wait_for(self, done: Future[None]) -> None:
        try:
            done.result()
        except BaseException:
            self._stop()
            raise
        finally:
            # What it raised holds this frame, which would hold it: the encoder would stay until it is collected.
            del done

    def _stop(self) -> None:
        for threads in (self._encoding, self._looking):
            threads.shutdown(cancel_futures=True)
        self._encoded.clear()
        self._looked.clear()  # for what they raised, likewise

    # In the thread that encodes ---------------------------------------------------------------------------------------

    def _encode(self, frame: VideoFrame, pts: int) -> None:
        self._due.append(points_of(frame))
        self._pass_on(super().encode(frame, pts))
        while self._looked and self._looked[0].done():
            self._looked.popleft().result()

    def _finish(self) -> None:
        self._pass_on([*super().flush(), None])
        while self._looked:
            self._looked.popleft().result()
        if self._due:
            raise TooCoarse

    def _pass_on(self, packets: Sequence[Packet[Stream] | None]) -> None:
        for packet in packets:
            if packet is not None:
                self._held.append(packet)
            self._looked.append(self._looking.submit(self._look, packet))

    # In the thread that looks -----------------------------------------------------------------------------------------

    def _look(self, packet: Packet[Stream] | None) -> None:
        try:
            seen = self._check.decode(packet)
        except av.FFmpegError:
            raise TooCoarse from None
        for frame in seen:
            if not self._due or not _like(self._due.popleft(), points_of(frame)):
                raise TooCoarse


def _like(wanted: bytes | None, found: bytes | None) -> bool:
    return wanted is None or found is None or likeness_db(wanted, found) >= LEAST_DB
