"""What was encoded in haste is used only if it is good."""

from __future__ import annotations

import gc
import threading
import weakref

import av
import pytest
from av.codec import CodecContext

from clipferry.clip.cut.quick import QuickEncoder
from clipferry.clip.cut.refusal import TooCoarse
from clipferry.clip.errors import Cancelled
from origin.media import pattern
from unit.clip.cut.little_film import HEIGHT, pictures, settings

COUNT = 12


def quick(crf: int, decoder: str = "libdav1d") -> QuickEncoder:
    return QuickEncoder(settings(9, crf, "pred-struct=1"), decoder)


def test_good_work_is_handed_over_whole() -> None:
    encoder = quick(12)
    early = [encoder.encode(picture, place) for place, picture in enumerate(pictures(COUNT))]
    packets = encoder.flush()
    assert early == [[]] * COUNT, "nothing is used before all of it has been looked at"
    decoder = CodecContext.create("libdav1d", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    shown = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    numbers = [pattern.read_number(frame.to_ndarray()[:HEIGHT]) for frame in shown]
    assert numbers == list(range(COUNT))


def test_coarse_work_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    encoder = quick(63)
    with pytest.raises(TooCoarse):
        for place, picture in enumerate(pictures(COUNT)):
            encoder.encode(picture, place)
        encoder.flush()
    del encoder
    assert capfd.readouterr().err == ""


def test_stopped_in_the_middle_it_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """As when a person presses Ctrl+C; SVT-AV1 would write on the terminal."""
    encoder = quick(12)
    for place, picture in enumerate(pictures(COUNT)):
        encoder.encode(picture, place)
    del encoder
    gc.collect()
    assert capfd.readouterr().err == ""


def test_a_refused_encoder_is_gone_at_once() -> None:
    """It takes some sixty megabytes at 720p, and a careful one is to follow."""
    gc.disable()
    try:
        encoder = quick(63)
        left = weakref.ref(encoder)
        with pytest.raises(TooCoarse):
            for place, picture in enumerate(pictures(COUNT)):
                encoder.encode(picture, place)
            encoder.flush()
        del encoder
        assert left() is None
    finally:
        gc.enable()


def test_what_is_done_meanwhile_may_fail() -> None:
    """As when the reader is cancelled: no thread goes on encoding for nobody."""
    before = set(threading.enumerate())
    encoder = quick(12)
    for place, picture in enumerate(pictures(COUNT)):
        encoder.encode(picture, place)

    def cancelled() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        encoder.flush(cancelled)
    assert set(threading.enumerate()) == before


def test_work_of_another_kind_is_refused() -> None:
    encoder = quick(12, "libvpx-vp9")
    with pytest.raises(TooCoarse):
        for place, picture in enumerate(pictures(COUNT)):
            encoder.encode(picture, place)
        encoder.flush()
