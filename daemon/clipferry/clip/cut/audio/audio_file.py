"""Audio-only clips: copied into a file of their own where the codec fits, or decoded to exactly the clip's samples."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream

from ...container.codec_support import codec_name
from ...errors import NoSound
from ...model import MediaSource, Window
from ...run_context import RunContext
from ..attempts import CutRequest
from ..demuxer import Reader, stream_codec
from ..muxer import ExpectedSize, Muxer
from ..packets import AudioPacket
from ..record.report import AudioReport, CutPath, CutReport, SourceRecord
from ..record.source_log import SourceLog
from ..record.written import AudioTally
from .audio_cut import AudioEncoder, copy_audio
from .audio_samples import decode_samples
from .ogg import OggOpusNumbering

_PREROLL_S = {"aac": 1024 / 44100, "opus": 0.08}
"""Decoder preroll: AAC one frame (overlap), Opus 80 ms (RFC 7845 4.6)."""
_EARLIER_S = 0.3
_PCM = "pcm_s16le"


def cut_audio(request: CutRequest, run: RunContext) -> CutReport:
    """Cut audio into M4A, Ogg Opus or WebM: copied if the container supports the codec, else re-encoded.

    A copy begins with the decoder's preroll, which the edit list (M4A) or the pre-skip (Ogg) hides, so playback begins at the exact
    sample.
    """
    start_s, length_s = request.start_s, request.length_s()
    log = SourceLog(start_s, request.end_s)
    metadata = request.metadata.within(start_s, request.end_s, request.container)
    with (
        Reader(
            request.source, request.window(_EARLIER_S), video=False, audio=True, cancelled=run.cancelled, log=log
        ) as reader,
        Muxer(request.target, request.container, ExpectedSize(length_s, open_end=request.open_end), metadata) as muxer,
    ):
        packets, tick, tally = _add_track(request, reader, muxer)
        for _, packet in muxer.write(None, None, packets):
            run.check()
            if packet is not None:
                tally.add(packet)
                if length_s:
                    run.written(min(max(float(packet.pts * tick) / length_s, 0.0), 1.0))
        report = tally.report()
        if report is None:
            raise NoSound
        origin_s = reader.origin_s
        if not request.open_end:
            reader.read_past_end()
        source_record = _source_record(request.source, reader, log)._replace(
            whole=request.whole, open_end=request.open_end
        )
    run.written(1.0)
    return CutReport(
        path=CutPath.AUDIO,
        start_s=start_s,
        end_s=start_s + report.end_s,
        origin_s=origin_s,
        audio=report,
        source=source_record,
    )


def _add_track(request: CutRequest, reader: Reader, muxer: Muxer) -> tuple[Iterator[AudioPacket], Fraction, AudioTally]:
    """Add the audio track; return its packets, their tick and the tally for them."""
    stream, container = cast("AudioStream", reader.audio), request.container
    codec = stream_codec(stream)
    if not container.takes_audio(codec):
        encoder = AudioEncoder(muxer, container.audio_encoder, stream)
        tick = Fraction(1, encoder.rate)
        tally = AudioTally(codec_name(container.audio_encoder), encoder.rate, tick, copied=False)
        return encoder.encode(reader, request.start_s, request.end_s), tick, tally
    lead_s = 0.0 if request.whole else _PREROLL_S.get(codec, 0.0)
    copied = copy_audio(reader, request.start_s, request.end_s, lead_s=lead_s, whole=request.whole)
    packets, first = _peek(copied)
    tick = cast("Fraction", stream.time_base)
    muxer.add_copied_audio(stream)
    zero = 0
    if container.muxer == "opus":
        ogg = OggOpusNumbering(stream, first, tick)
        muxer.set_audio_header(ogg.header, ogg.tick)
        packets, tick, zero = ogg.renumbered(packets), ogg.tick, ogg.zero
    unchanged = reader.media.demuxer != "mpegts"
    tally = AudioTally(codec, stream.codec_context.sample_rate, tick, copied=True, unchanged=unchanged, zero=zero)
    return packets, tick, tally


def _source_record(source: MediaSource, reader: Reader, log: SourceLog) -> SourceRecord:
    def reopen(window: Window, log: SourceLog) -> Reader:
        return Reader(source, window, video=False, audio=True, cancelled=reader.cancelled, log=log)

    return SourceRecord(log.start_s, log.end_s, log, log, reopen, reopen)


def _peek(packets: Iterator[AudioPacket]) -> tuple[Iterator[AudioPacket], AudioPacket]:
    first = next(packets, None)
    if first is None:
        raise NoSound

    def again() -> Iterator[AudioPacket]:
        yield first
        yield from packets

    return again(), first


def decode_audio(
    source: MediaSource, start_s: float, end_s: float | None, target_wav: Path, run: RunContext | None = None
) -> AudioReport:
    """Decode exactly the samples of ``[start_s, end_s)`` (presentation seconds) to a WAV file of 16 bits; sample rate and channels stay
    the source's.

    Returns:
        ``codec`` is the PCM codec, ``packets`` the number of samples, ``end_s`` the length.

    Raises:
        NoSound: there is no audio in that range.
        ClipError: what the source raises.
    """
    run = run or RunContext()
    window = Window(max(0.0, start_s - _EARLIER_S), end_s)
    total_s = source.duration_s()
    length_s = (end_s - start_s) if end_s is not None else (None if total_s is None else total_s - start_s)
    log = SourceLog(start_s, end_s)
    written = 0
    with (
        Reader(source, window, video=False, audio=True, cancelled=run.cancelled, log=log) as reader,
        av.open(str(target_wav), "w", format="wav", options={"rf64": "auto"}) as output,
    ):
        stream = cast("AudioStream", reader.audio)
        rate, layout = stream.codec_context.sample_rate, stream.codec_context.layout.name
        encoder = cast("AudioStream", output.add_stream(_PCM, rate=rate))
        encoder.codec_context.layout = layout
        for frame in decode_samples(reader, start_s, end_s, sample_format="s16", layout=layout, rate=rate):
            run.check()
            output.mux(encoder.encode(frame))
            written += frame.samples
            if length_s:
                run.written(min(written / rate / length_s, 1.0))
        output.mux(encoder.encode(None))
        reader.read_past_end()
        source_record = _source_record(source, reader, log)
    if not written:
        raise NoSound
    run.written(1.0)
    return AudioReport(
        _PCM,
        written,
        copied=False,
        start_s=0.0,
        end_s=written / rate,
        sample_rate=rate,
        source=source_record,
    )
