"""The audio track beside a clip's video: opened concurrently, then copied or re-encoded into the file."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from fractions import Fraction
from typing import cast

from ...container.codec_support import Container, codec_name
from ...model import MediaSource, Window
from ...run_context import CancelCheck
from ..attempts import CutRequest
from ..demuxer import Reader, stream_codec
from ..muxer import Muxer
from ..packets import AudioPacket
from ..record.source_log import SourceLog
from ..record.written import AudioTally
from .audio_cut import AudioEncoder, copy_audio

_AHEAD_BYTES = 512 * 1024
_EARLIER_S = 0.2
"""The clip begins with the frame on screen at the start, up to a tenth of a second before it, and an audio frame earlier."""


def open_concurrently(request: CutRequest, stack: ExitStack, cancelled: CancelCheck) -> Future[Reader] | None:
    """Open a separate audio source, which ``stack`` closes, while the video is opened, as both wait for the network; and demux about
    half a minute of it, unless it is still growing."""
    source = request.audio
    if source is None:
        return None
    pool = stack.enter_context(ThreadPoolExecutor(1, "clip-audio"))

    def begin() -> Reader:
        log = SourceLog(request.start_s, request.end_s)
        reader = Reader(source, request.window(_EARLIER_S), video=False, audio=True, cancelled=cancelled, log=log)
        with ExitStack() as failing:
            failing.enter_context(reader)
            if not request.open_end and reader.audio is not None:
                reader.read_ahead(reader.audio, _AHEAD_BYTES)
            failing.pop_all()
        return reader

    opening = pool.submit(begin)

    def close() -> None:
        if opening.cancel() or opening.exception() is not None:
            return
        opening.result().__exit__(None, None, None)

    stack.callback(close)
    return opening


def reopen_from(source: MediaSource, opened: Reader, zero_s: float, end_s: float | None) -> Reader:
    """Open the audio from an earlier keyframe on, and discard that of ``opened``."""
    if opened.audio is not None:
        opened.discard(opened.audio)
    window = Window(max(0.0, zero_s - _EARLIER_S), end_s)
    log = SourceLog(zero_s, end_s)
    return Reader(source, window, video=False, audio=True, cancelled=opened.cancelled, log=log)


def add_audio_track(
    reader: Reader | None, output: Muxer, container: Container, *, zero_s: float, end_s: float | None, whole: bool
) -> tuple[Iterator[AudioPacket] | None, AudioTally | None]:
    """Add the audio track of the clip to ``output``; return its packets and tally, or ``None`` twice if there is no audio.

    Args:
        zero_s: presentation time of the first frame: 0 in the clip.
        whole: copy everything from the first packet on.
    """
    if reader is None or reader.audio is None:
        return None, None
    stream = reader.audio
    codec = stream_codec(stream)
    if container.takes_audio(codec):
        output.add_copied_audio(stream)
        packets = copy_audio(reader, zero_s, end_s, whole=whole)
        tick = cast("Fraction", stream.time_base)
        # libav strips the ADTS headers of AAC in a transport stream.
        own = reader.media.demuxer != "mpegts"
        return packets, AudioTally(codec, stream.codec_context.sample_rate, tick, copied=True, unchanged=own)
    encoder = AudioEncoder(output, container.audio_encoder, stream)
    tally = AudioTally(codec_name(container.audio_encoder), encoder.rate, Fraction(1, encoder.rate), copied=False)
    return encoder.encode(reader, zero_s, end_s), tally
