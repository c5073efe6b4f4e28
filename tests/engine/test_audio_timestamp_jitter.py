"""Audio whose timestamps jitter, as older muxers' do at short blocks of Vorbis: every sample is there once, in its place."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from clipferry.clip.cut import CutRequest, LocalSource, cut, decode_audio
from clipferry.clip.model import OutputKind
from clipferry.clip.verify import verify_clip
from origin.media.foreign import foreign, moving, x264

MP4, MKV, WEBM = OutputKind.MP4, OutputKind.MKV, OutputKind.WEBM
CODED = {
    "vorbis": ("-c:a", "libvorbis", "-q:a", "6"),
    "aac": ("-c:a", "aac", "-b:a", "192k"),
    "opus": ("-c:a", "libopus", "-b:a", "160k"),
}
CLICKS = "aevalsrc='0.4*sin(2*PI*(300+200*t)*t)+0.5*(random(0)-0.5)*lt(mod(t,0.37),0.004)':s=48000:d=8"
"""A tone that rises, so that every place plays otherwise, and clicks, at which Vorbis takes short blocks."""
JITTER_S = {"vorbis": 0.010, "aac": 0.004, "opus": 0.006}
START_S, END_S = 1.37, 6.21


OPUS = OutputKind.OPUS


def film(codec: str) -> Path:
    return foreign("film.mkv", *moving(25, 8), "-f", "lavfi", "-i", CLICKS, *x264("-g", "50"), *CODED[codec])


def jittering(source: Path, target: Path, jitter_s: float, hole: tuple[float, float] | None = None) -> Path:
    """``source`` with audio packets up to ``jitter_s`` early or late, as of short blocks that come in runs; without those of the
    ``hole`` (seconds)."""
    dice = random.Random(7)
    off, left, late = 0, 0, -1000
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        tracks = {stream.index: written.add_stream_from_template(stream, opaque=True) for stream in read.streams}
        for packet in read.demux():
            if not packet.size or packet.pts is None or packet.time_base is None:
                continue
            if packet.stream.type == "audio":
                at_s = float(packet.pts * packet.time_base)
                if hole is not None and hole[0] <= at_s < hole[1]:
                    continue
                if not left:
                    left = dice.randrange(1, 5)
                    off = round(Fraction(dice.uniform(-jitter_s, jitter_s)) / packet.time_base)
                left -= 1
                packet.pts = packet.dts = max(packet.pts + (off if packet.pts > 0 else 0), late)
                late = packet.pts  # muxers take no time that is earlier than the one before
            packet.stream = tracks[packet.stream_index]
            written.mux_one(packet)
    return target


def straight(path: Path) -> np.ndarray:
    """Return the samples of a file back to back, whatever their timestamps."""
    with av.open(str(path)) as file:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48000)
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def likeness(heard: np.ndarray, wanted: np.ndarray, around: int = 600) -> float:
    """Return the best normalised correlation of the middle of ``heard`` with places in ``wanted`` up to ``around`` samples away."""
    size = min(len(heard), len(wanted)) - 2 * around
    middle = heard[around : around + size].astype(np.float64)
    near = wanted[: size + 2 * around].astype(np.float64)
    length = 1 << (len(near) + size).bit_length()
    products = np.fft.irfft(np.fft.rfft(near, length) * np.conj(np.fft.rfft(middle, length)), length)[: 2 * around]
    best = int(np.argmax(products))
    found = near[best : best + size]
    return float(np.corrcoef(middle, found)[0, 1])


@pytest.mark.parametrize("jitter_s", [0.004, 0.010])
@pytest.mark.parametrize("codec", CODED)
def test_decoded_audio_follows_the_samples(tmp_path: Path, codec: str, jitter_s: float) -> None:
    path = jittering(film(codec), tmp_path / "jitter.mkv", jitter_s)
    whole = straight(film(codec))
    wav = tmp_path / "clip.wav"
    decode_audio(LocalSource(path), START_S, END_S, wav)
    wanted = whole[round(START_S * 48000) : round(END_S * 48000)]
    assert likeness(straight(wav), wanted) > 0.999


@pytest.mark.parametrize("kind", [MP4, MKV, WEBM, OPUS])
@pytest.mark.parametrize("codec", CODED)
def test_a_clip_keeps_every_sample(tmp_path: Path, codec: str, kind: OutputKind) -> None:
    """Copied or encoded, as the container requires."""
    path = jittering(film(codec), tmp_path / "jitter.mkv", JITTER_S[codec])
    clip = tmp_path / f"clip.{kind}"
    source = LocalSource(path)
    pair = (None, source) if kind is OPUS else (source, None)
    report = cut(CutRequest(*pair, start_s=START_S, end_s=END_S, target=clip, kind=kind))
    verify_clip(clip, report)
    assert report.audio is not None
    heard, whole = straight(clip), straight(film(codec))
    hidden_s = 0.0 if kind is OPUS else min(report.audio.start_s, 0.0)  # Ogg's pre-skip is not decoded
    late = round((START_S + hidden_s) * 48000)
    assert likeness(heard[: 4 * 48000], whole[late - 600 : late + 4 * 48000 + 600], around=1200) > 0.99


@pytest.mark.parametrize("jitter_s", [0.0, 0.006])
@pytest.mark.parametrize("codec", CODED)
def test_a_gap_stays_a_gap(tmp_path: Path, codec: str, jitter_s: float) -> None:
    path = jittering(film(codec), tmp_path / "jitter.mkv", jitter_s, hole=(3.0, 3.5))
    wav = tmp_path / "clip.wav"
    decode_audio(LocalSource(path), START_S, END_S, wav)
    heard, whole = straight(wav), straight(film(codec))
    assert len(heard) == round((END_S - START_S) * 48000)
    assert not heard[round(1.70 * 48000) : round(2.05 * 48000)].any(), "silence where it is lost"
    for from_s, to_s in [(0.0, 1.5), (2.3, 4.8)]:
        begin, end = round(from_s * 48000), round(to_s * 48000)
        shift = round(START_S * 48000)
        assert likeness(heard[begin:end], whole[shift + begin : shift + end]) > 0.99
