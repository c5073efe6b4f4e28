"""What was encoded in haste is used only if it is good."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
import pytest
from av.codec import CodecContext
from av.video.frame import VideoFrame

from clipferry.clip.cut.encoder import EncoderSettings
from clipferry.clip.cut.quick import QuickEncoder
from clipferry.clip.cut.refusal import TooCoarse
from origin.media import pattern

WIDTH, HEIGHT, COUNT = 320, 180, 12


def settings(crf: int) -> EncoderSettings:
    return EncoderSettings(
        encoder="libsvtav1",
        width=WIDTH,
        height=HEIGHT,
        pix_fmt="yuv420p",
        time_base=Fraction(1, 30),
        rate=Fraction(30),
        sample_aspect_ratio=None,
        colour=(0, 2, 2, 2),
        options={"preset": "9", "crf": str(crf), "svtav1-params": "pred-struct=1"},
    )


def pictures() -> Iterator[VideoFrame]:
    for planes in pattern.frames(WIDTH, HEIGHT, COUNT):
        yield VideoFrame.from_ndarray(np.frombuffer(planes, np.uint8).reshape(HEIGHT * 3 // 2, WIDTH), "yuv420p")


def test_good_work_is_handed_over_whole() -> None:
    encoder = QuickEncoder(settings(12), "libdav1d")
    early = [encoder.encode(picture, place) for place, picture in enumerate(pictures())]
    packets = encoder.flush()
    assert early == [[]] * COUNT, "nothing is used before all of it has been looked at"
    decoder = CodecContext.create("libdav1d", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    shown = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    numbers = [pattern.read_number(frame.to_ndarray()[:HEIGHT]) for frame in shown]
    assert numbers == list(range(COUNT))


def test_coarse_work_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    encoder = QuickEncoder(settings(63), "libdav1d")
    with pytest.raises(TooCoarse):
        for place, picture in enumerate(pictures()):
            encoder.encode(picture, place)
        encoder.flush()
    del encoder
    assert capfd.readouterr().err == ""


def test_stopped_in_the_middle_it_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """As when a person presses Ctrl+C; SVT-AV1 would write on the terminal."""
    encoder = QuickEncoder(settings(12), "libdav1d")
    for place, picture in enumerate(pictures()):
        encoder.encode(picture, place)
    del encoder
    gc.collect()
    assert capfd.readouterr().err == ""


def test_a_refused_encoder_is_gone_at_once() -> None:
    """It takes some sixty megabytes at 720p, and a careful one is to follow."""
    gc.disable()
    try:
        encoder = QuickEncoder(settings(63), "libdav1d")
        left = weakref.ref(encoder)
        with pytest.raises(TooCoarse):
            for place, picture in enumerate(pictures()):
                encoder.encode(picture, place)
            encoder.flush()
        del encoder
        assert left() is None
    finally:
        gc.enable()


def test_work_of_another_kind_is_refused() -> None:
    encoder = QuickEncoder(settings(12), "libvpx-vp9")
    with pytest.raises(TooCoarse):
        for place, picture in enumerate(pictures()):
            encoder.encode(picture, place)
        encoder.flush()
