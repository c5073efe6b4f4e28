"""Fast-preset encoding with a quality gate: a frame below the least PSNR makes the whole run be encoded again at the careful preset."""

from __future__ import annotations

import os
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import cast

import av
from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from ...memory import has_room
from ..frame_compare import luma_samples, psnr_db
from ..packets import AnyPacket
from ..strategy_errors import QualityTooLow
from .encoder import EdgeEncoder, EncoderSettings, with_frame_properties

MIN_PSNR_DB = 38.0
"""The careful preset reaches 40 dB and more, in strong noise too."""
_QUEUED_FRAMES = 4
"""Frames that may wait for the encoder: each takes one and a half bytes per pixel."""
_FRAMES_PER_ENCODER = 24
"""Frames for one encoder before the other takes over: each run begins with a keyframe, which costs as much as six other frames."""
_QUEUED_FRAMES_OF_TWO = 18
"""Enough for the second encoder to begin while the first is busy."""
_BYTES_PER_PIXEL_OF_TWO = 113
"""Encoders, decoders and queued frames, measured at 720p."""


def has_capacity_for_two(pixels: int) -> bool:
    """Return whether there are processors and memory for two encoders of frames of so many pixels."""
    if sys.platform != "linux":  # elsewhere yt-dlp is in this process, and leaves no memory
        return False
    return len(os.sched_getaffinity(0)) > 1 and has_room(pixels, pixels * _BYTES_PER_PIXEL_OF_TWO)


class FastEncoder(EdgeEncoder):
    """Returns its packets only once every frame was encoded, decoded again and passed the quality gate.

    Encoding and comparing have threads of their own, so that the caller can decode concurrently.
    """

    def __init__(self, settings: EncoderSettings, decoder: str, *, two: bool = False) -> None:
        """Args:
        decoder: libav's name of a decoder for the encoder's output.
        two: use two encoders in turns: three quarters of the time, half as much memory again.
        """
        super().__init__(settings)
        self._two = two
        self._count = 0
        self._waiting = threading.BoundedSemaphore(_QUEUED_FRAMES_OF_TWO if two else _QUEUED_FRAMES)
        self._runs: deque[_EncoderThread] = deque()
        """Encoders that are not finished."""
        self._held: list[AnyPacket] = []
        self._quality_gate = _QualityGate(decoder)

    def encode(self, frame: VideoFrame, pts: int) -> list[AnyPacket]:
        """Encode a frame, which must not be changed any more; no packets are returned yet.

        Raises:
            QualityTooLow: an earlier frame does not pass.
        """
        try:
            if self._count == 0:
                self._settings = with_frame_properties(self._settings, frame)
            if self._count == 0 or (self._two and self._count % _FRAMES_PER_ENCODER == 0):
                self._begin()
            self._count += 1
            self._quality_gate.expect(frame)
            self._runs[-1].submit(frame, pts)
        except BaseException:
            self._stop()
            raise
        return []

    def flush(self, on_wait: Callable[[], None] = lambda: None) -> list[AnyPacket]:
        """Return all packets. Raises what ``encode`` raises."""
        try:
            if self._runs:
                self._runs[-1].finish()
            on_wait()
            while self._runs:
                self._end_first()
            self._quality_gate.finish()
        except BaseException:
            self._stop()
            raise
        held, self._held = self._held, []
        return held

    def _begin(self) -> None:
        """Begin with another encoder, once the one before the last is finished."""
        if self._runs:
            self._runs[-1].finish()
        if len(self._runs) > 1:
            self._end_first()
        self._runs.append(
            _EncoderThread(
                EdgeEncoder(self._settings, on_first=None),
                self._waiting,
                self._quality_gate,
                self._count // _FRAMES_PER_ENCODER,
            )
        )

    def _end_first(self) -> None:
        self._held += self._runs[0].packets()
        self._runs.popleft()

    def _stop(self) -> None:
        while self._runs:
            self._runs.popleft().stop()
        self._quality_gate.stop()


class _EncoderThread:
    """One encoder in a thread of its own."""

    def __init__(
        self, encoder: EdgeEncoder, waiting: threading.BoundedSemaphore, quality_gate: _QualityGate, turn: int
    ) -> None:
        """Args:
        waiting: counts the frames that wait for any of the encoders.
        quality_gate: gets the packets as they are encoded.
        turn: the number of this encoder.
        """
        self._encoder: EdgeEncoder | None = encoder
        self._waiting = waiting
        self._quality_gate = quality_gate
        self._turn = turn
        self._thread = ThreadPoolExecutor(1, "clip-encode")
        self._encoded: deque[Future[None]] = deque()
        self._held: list[AnyPacket] = []

    def submit(self, frame: VideoFrame, pts: int) -> None:
        """Queue a frame. Raises what encoding an earlier frame raised."""
        self._waiting.acquire()
        given = self._thread.submit(self._encode, frame, pts)
        release = self._waiting.release  # not of self, which would hold itself by this
        given.add_done_callback(lambda _: release())
        self._encoded.append(given)
        while self._encoded[0].done():
            _result(self._encoded.popleft())

    def finish(self) -> None:
        """Signal the end of the frames."""
        self._encoded.append(self._thread.submit(self._finish))

    def packets(self) -> list[AnyPacket]:
        """Wait for all packets. Raises what ``submit`` raises."""
        while self._encoded:
            _result(self._encoded.popleft())
        self.stop()
        return self._held

    def stop(self) -> None:
        self._thread.shutdown(cancel_futures=True)
        self._encoded.clear()

    # In its thread ----------------------------------------------------------------------------------------------------

    def _encode(self, frame: VideoFrame, pts: int) -> None:
        assert self._encoder is not None
        self._pass_on(self._encoder.encode(frame, pts))

    def _finish(self) -> None:
        assert self._encoder is not None
        self._pass_on(self._encoder.flush())
        self._encoder = None  # frees its memory for the next one
        self._quality_gate.finish_turn(self._turn)

    def _pass_on(self, packets: list[AnyPacket]) -> None:
        self._held += packets
        self._quality_gate.add(self._turn, packets)


class _QualityGate:
    """Decodes the encoder's output in order, in a thread of its own, and compares it with the input."""

    def __init__(self, decoder: str) -> None:
        self._decoder = cast("VideoCodecContext", CodecContext.create(decoder, "r"))
        self._decoder.thread_count = 1  # the other cores encode
        self._thread = ThreadPoolExecutor(1, "clip-quality-gate")
        self._compared: deque[Future[None]] = deque()
        self._due: deque[bytes | None] = deque()
        """Luma samples of the frames that are not decoded yet; ``None``: they cannot be compared."""
        self._order = threading.Lock()
        self._turn = 0
        """The encoder whose packets are decoded now; those of later ones wait."""
        self._later: defaultdict[int, list[AnyPacket]] = defaultdict(list)
        self._over: set[int] = set()

    def expect(self, frame: VideoFrame) -> None:
        """Add the next frame that is encoded.

        Raises:
            QualityTooLow: an earlier frame does not pass.
        """
        self._due.append(luma_samples(frame))
        while self._compared and self._compared[0].done():
            _result(self._compared.popleft())

    def add(self, turn: int, packets: Iterable[AnyPacket]) -> None:
        """Queue packets of an encoder until its turn."""
        with self._order:
            if turn == self._turn:
                self._submit(packets)
            else:
                self._later[turn] += packets

    def finish_turn(self, turn: int) -> None:
        """Signal that an encoder has no more packets."""
        with self._order:
            self._over.add(turn)
            while self._turn in self._over:
                self._turn += 1
                self._submit(self._later.pop(self._turn, ()))

    def finish(self) -> None:
        """Wait until all packets are compared. Raises what ``expect`` raises."""
        self._submit([None])
        while self._compared:
            _result(self._compared.popleft())
        self.stop()
        if self._due:
            raise QualityTooLow

    def stop(self) -> None:
        self._thread.shutdown(cancel_futures=True)
        self._compared.clear()  # for what they raised

    def _submit(self, packets: Iterable[AnyPacket | None]) -> None:
        self._compared.extend(self._thread.submit(self._compare, packet) for packet in packets)

    def _compare(self, packet: AnyPacket | None) -> None:
        try:
            seen = self._decoder.decode(packet)
        except av.FFmpegError:
            raise QualityTooLow from None
        for frame in seen:
            if not self._due or not _is_good_enough(self._due.popleft(), luma_samples(frame)):
                raise QualityTooLow


def _result(of: Future[None]) -> None:
    try:
        of.result()
    finally:
        # What it raised holds this frame, which would hold it: an encoder would stay until it is collected.
        del of


def _is_good_enough(wanted: bytes | None, found: bytes | None) -> bool:
    return wanted is None or found is None or psnr_db(wanted, found) >= MIN_PSNR_DB
