"""Audio-only clips: copied into a file of their own where the codec fits, or decoded to exactly the clip's samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream

from ...container.codec_support import Container, codec_name
from ...errors import Cancelled, NoSound
from ...model import MediaSource, Window
from ..demuxer import Reader, stream_codec
from ..file_metadata import ClipMetadata
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


def cut_audio(
    source: MediaSource,
    container: Container,
    *,
    start_s: float,
    end_s: float | None,
    target: Path,
    metadata: ClipMetadata,
    open_end: bool = False,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> CutReport:
    """Cut audio into M4A, Ogg Opus or WebM: copied if ``container`` supports the codec, else re-encoded.

    A copy begins with the decoder's preroll, which the edit list (M4A) or the pre-skip (Ogg) hides, so playback begins at the exact
    sample.
    """
    whole = start_s <= 0 and end_s is None
    window = Window(max(0.0, start_s - _EARLIER_S), end_s)
    total_s = source.duration_s()
    length_s = (end_s - start_s) if end_s is not None else (None if total_s is None else total_s - start_s)
    with (
        Reader(source, window, video=False, audio=True, cancelled=cancelled, log=SourceLog(start_s, end_s)) as reader,
        Muxer(target, container, ExpectedSize(length_s, open_end=open_end), metadata) as output,
    ):
        stream = cast("AudioStream", reader.audio)
        codec = stream_codec(stream)
        packets: Iterator[AudioPacket]
        if container.takes_audio(codec):
            lead_s = 0.0 if whole else _PREROLL_S.get(codec, 0.0)
            packets = copy_audio(reader, start_s, end_s, lead_s=lead_s, whole=whole)
            packets, first = _peek(packets)
            tick = cast("Fraction", stream.time_base)
            output.add_copied_audio(stream)
            zero = 0
            if container.muxer == "opus":
                ogg = OggOpusNumbering(stream, first, tick)
                output.set_audio_header(ogg.header, ogg.tick)
                packets, tick, zero = ogg.renumbered(packets), ogg.tick, ogg.zero
            own = reader.media.demuxer != "mpegts"
            rate = stream.codec_context.sample_rate
            tally = AudioTally(codec, rate, tick, copied=True, unchanged=own, zero=zero)
        else:
            encoder = AudioEncoder(output, container.audio_encoder, stream)
            packets, tick = encoder.encode(reader, start_s, end_s), Fraction(1, encoder.rate)
            tally = AudioTally(codec_name(container.audio_encoder), encoder.rate, tick, copied=False)
        for _, packet in output.write(None, None, packets):
            if cancelled():
                raise Cancelled
            if packet is not None:
                tally.add(packet)
                if length_s:
                    on_progress(min(max(float(packet.pts * tick) / length_s, 0.0), 1.0))
        report = tally.report()
        if report is None:
            raise NoSound
        origin_s = reader.origin_s
        source_record = _source_record(source, reader, start_s, end_s, whole=whole, open_end=open_end)
    on_progress(1.0)
    return CutReport(
        path=CutPath.AUDIO,
        start_s=start_s,
        end_s=start_s + report.end_s,
        origin_s=origin_s,
        audio=report,
        source=source_record,
    )


def _source_record(
    source: MediaSource, reader: Reader, start_s: float, end_s: float | None, *, whole: bool = False, open_end: bool
) -> SourceRecord:
    if not open_end:
        reader.read_past_end()
    assert reader.log is not None

    def reopen(window: Window, log: SourceLog) -> Reader:
        return Reader(source, window, video=False, audio=True, cancelled=reader.cancelled, log=log)

    return SourceRecord(start_s, end_s, reader.log, reader.log, reopen, reopen, whole=whole, open_end=open_end)


def _peek(packets: Iterator[AudioPacket]) -> tuple[Iterator[AudioPacket], AudioPacket]:
    first = next(packets, None)
    if first is None:
        raise NoSound

    def again() -> Iterator[AudioPacket]:
        yield first
        yield from packets

    return again(), first


def decode_audio(
    source: MediaSource,
    start_s: float,
    end_s: float | None,
    target_wav: Path,
    *,
    sample_format: str = "s16",
    on_progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> AudioReport:
    """Decode exactly the samples of ``[start_s, end_s)`` (presentation seconds) to a WAV file.

    Args:
        sample_format: ``s16``, ``s32`` or ``flt``. Sample rate and channels stay the source's.

    Returns:
        ``codec`` is the PCM codec, ``packets`` the number of samples, ``end_s`` the length.

    Raises:
        NoSound: there is no audio in that range.
        ClipError: what the source raises.
    """
    codecs = {"s16": "pcm_s16le", "s32": "pcm_s32le", "flt": "pcm_f32le"}
    window = Window(max(0.0, start_s - _EARLIER_S), end_s)
    total_s = source.duration_s()
    length_s = (end_s - start_s) if end_s is not None else (None if total_s is None else total_s - start_s)
    written = 0
    with (
        Reader(source, window, video=False, audio=True, cancelled=cancelled, log=SourceLog(start_s, end_s)) as reader,
        av.open(str(target_wav), "w", format="wav", options={"rf64": "auto"}) as output,
    ):
        stream = cast("AudioStream", reader.audio)
        rate, layout = stream.codec_context.sample_rate, stream.codec_context.layout.name
        encoder = cast("AudioStream", output.add_stream(codecs[sample_format], rate=rate))
        encoder.codec_context.layout = layout
        for frame in decode_samples(reader, start_s, end_s, sample_format=sample_format, layout=layout, rate=rate):
            if cancelled():
                raise Cancelled
            output.mux(encoder.encode(frame))
            written += frame.samples
            if length_s:
                on_progress(min(written / rate / length_s, 1.0))
        output.mux(encoder.encode(None))
        source_record = _source_record(source, reader, start_s, end_s, open_end=False)
    if not written:
        raise NoSound
    on_progress(1.0)
    return AudioReport(
        codecs[sample_format],
        written,
        copied=False,
        start_s=0.0,
        end_s=written / rate,
        sample_rate=rate,
        source=source_record,
    )
