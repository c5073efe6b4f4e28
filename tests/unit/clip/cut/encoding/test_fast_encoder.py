"""The fast encoder's quality gate: output is used only if every frame passes."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterable
from itertools import repeat

import av
import numpy as np
import pytest
from av.codec import CodecContext
from av.video.frame import VideoFrame

from clipferry.clip.cut.encoding.encoder import EdgeEncoder
from clipferry.clip.cut.encoding.fast_encoder import FastEncoder, _QualityGate
from clipferry.clip.cut.strategy_errors import QualityTooLow
from clipferry.clip.errors import Cancelled
from origin.media import pattern
from unit.clip.cut.synthetic_frames import HEIGHT, WIDTH, pictures, settings

ONE, TWO = (12, False), (60, True)
"""How many frames, and whether two encoders take turns: the second case is three turns."""
EITHER = pytest.mark.parametrize(("count", "two"), [ONE, TWO], ids=["one encoder", "two encoders"])


def encoder_at(crf: int, decoder: str = "libdav1d", *, two: bool = False) -> FastEncoder:
    return FastEncoder(settings(9, crf, "lp=1:pred-struct=1"), decoder, two=two)


@EITHER
def test_output_that_passes_is_returned_completely(count: int, two: bool) -> None:
    encoder = encoder_at(12, two=two)
    early = [encoder.encode(picture, place) for place, picture in enumerate(pictures(count))]
    packets = encoder.flush()
    assert early == [[]] * count, "nothing is used before all of it has been looked at"
    assert [packet.pts for packet in packets] == list(range(count))
    assert [packet.pts for packet in packets if packet.is_keyframe] == ([0, 24, 48] if two else [0])
    decoder = CodecContext.create("libdav1d", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    shown = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    numbers = [pattern.read_number(frame.to_ndarray()[:HEIGHT]) for frame in shown]
    assert numbers == list(range(count))


@EITHER
def test_coarse_output_is_rejected(count: int, two: bool, capfd: pytest.CaptureFixture[str]) -> None:
    encoder = encoder_at(63, two=two)
    with pytest.raises(QualityTooLow):
        give(encoder, pictures(count))
    del encoder
    assert capfd.readouterr().err == ""


def test_coarse_output_of_the_second_encoder_is_rejected() -> None:
    flat = VideoFrame.from_ndarray(np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8), "yuv420p")
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT * 3 // 2, WIDTH), np.uint8)
    film = [*repeat(flat, 24), VideoFrame.from_ndarray(noise, "yuv420p")]
    give(encoder_at(63, two=True), film[:24])
    with pytest.raises(QualityTooLow):
        give(encoder_at(63, two=True), film)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (1, 2, 0), (2, 1, 0)])
def test_packets_are_decoded_in_turn(order: tuple[int, ...]) -> None:
    gate = _QualityGate("libdav1d")
    made = []
    for picture in pictures(3):
        gate.expect(picture)
        encoder = EdgeEncoder(settings(9, 12, "lp=1:pred-struct=1"))
        made.append([*encoder.encode(picture, 0), *encoder.flush()])
    for turn in order:
        gate.add(turn, made[turn])
        gate.finish_turn(turn)
    gate.finish()


def test_no_more_than_two_encoders_run_at_once() -> None:
    before = set(threading.enumerate())
    encoder = encoder_at(12, two=True)
    for place, picture in enumerate(pictures(96)):
        encoder.encode(picture, place)
        assert sum(thread.name.startswith("clip-encode") for thread in set(threading.enumerate()) - before) <= 2
    assert len(encoder.flush()) == 96


@EITHER
def test_stopping_prints_nothing(count: int, two: bool, capfd: pytest.CaptureFixture[str]) -> None:
    """As when a person presses Ctrl+C; SVT-AV1 would write on the terminal."""
    encoder = encoder_at(12, two=two)
    for place, picture in enumerate(pictures(count)):
        encoder.encode(picture, place)
    del encoder
    gc.collect()
    assert capfd.readouterr().err == ""


@EITHER
def test_a_rejected_encoder_is_released_at_once(count: int, two: bool) -> None:
    """It takes some sixty megabytes at 720p, and a careful one is to follow."""
    gc.disable()
    try:
        encoder = encoder_at(63, two=two)
        film = pictures(count)
        encoder.encode(next(film), 0)
        left = [weakref.ref(encoder), weakref.ref(encoder._runs[0]._encoder)]
        with pytest.raises(QualityTooLow):
            give(encoder, film, 1)
        del encoder
        assert [one() for one in left] == [None, None]
    finally:
        gc.enable()


@EITHER
def test_a_failure_while_waiting_is_raised(count: int, two: bool) -> None:
    """As when the reader is cancelled: no thread goes on encoding for nobody."""
    before = set(threading.enumerate())
    encoder = encoder_at(12, two=two)
    for place, picture in enumerate(pictures(count)):
        encoder.encode(picture, place)

    def cancelled() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        encoder.flush(cancelled)
    assert set(threading.enumerate()) <= before, "what an earlier test dropped may end meanwhile"


def test_output_of_another_codec_is_rejected() -> None:
    with pytest.raises(QualityTooLow):
        give(encoder_at(12, "libvpx-vp9"), pictures(ONE[0]))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere one encoder does the work")
def test_two_encoders_need_processors_and_memory() -> None:
    """In a process of its own: this one is large."""
    program = """if True:
        import os
        from clipferry.clip.cut.encoding.fast_encoder import has_capacity_for_two
        os.sched_getaffinity = lambda _: {0, 1}
        print(has_capacity_for_two(1280 * 720), has_capacity_for_two(7680 * 4320))
        large = bytearray(os.urandom(1 << 20)) * 60
        print(has_capacity_for_two(1280 * 720), has_capacity_for_two(640 * 360))
        os.sched_getaffinity = lambda _: {0}
        print(has_capacity_for_two(640 * 360))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False", "True", "False"]


def give(encoder: FastEncoder, film: Iterable[VideoFrame], first: int = 0) -> None:
    for place, picture in enumerate(film, first):
        encoder.encode(picture, place)
    encoder.flush()
