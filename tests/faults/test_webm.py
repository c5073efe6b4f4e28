"""WebM and Matroska in every shape that the specification allows: the pictures of the window come out, and their sound."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import av
import pytest

from clipferry.clip.errors import DrmProtected
from clipferry.clip.model import MediaSource, Window
from faults.matroska import Coded, Packet, Shape, coded, element, uint, written
from faults.reading import Bench
from origin import media
from origin.media import Pack

WINDOWS = [(0.0, 2.0), (7.3, 10.6), (9.9, 10.1), (4.9, 5.0), (17.0, None)]
SHAPES = {
    "cues in front": Shape(),
    "cues at the end": Shape(cues="end"),
    "no cues": Shape(cues=None),
    "a seek head to nowhere": Shape(cues="lost"),
    "of unknown size": Shape(unknown=True),
    "of unknown size, cues at the end": Shape(unknown=True, cues="end"),
    "of unknown size, no cues": Shape(unknown=True, cues=None),
    "voids": Shape(void=130),
    "voids, no cues": Shape(void=7, cues=None),
    "block groups": Shape(groups=True),
    "block groups, no cues": Shape(groups=True, cues=None),
    "a fine clock": Shape(scale_ns=100_000, every_s=2.0),
    "a coarse clock": Shape(scale_ns=3_000_000),
    "a late start": Shape(lead_s=100.0),
    "a late start, no cues": Shape(lead_s=100.0, cues=None),
    "short sizes": Shape(size_bytes=4),
    "clusters without keyframes": Shape(every_s=2.0),
    "clusters without keyframes, no cues": Shape(every_s=2.0, cues=None),
    "block groups without keyframes, no cues": Shape(groups=True, every_s=2.0, cues=None),
    "cues of the sound too": Shape(cues_of=(2, 1), every_s=1.0),
    "cues of the sound alone": Shape(cues_of=(2,)),
    "sound ahead of its pictures": Shape(ahead_s=0.6),
    "something behind it": Shape(behind=b"\xec\xff" + bytes(1000)),
}


@lru_cache
def streams(name: str) -> Coded:
    pack, sound = (Pack.WEBM_FRONT, "opus") if name == "vp9" else (Pack.MP4_FRONT, "aac")
    both = coded(media.make(media.recipe(name.removesuffix(" alone"), pack, sound=sound)))
    return both.alone(1) if name.endswith(" alone") else both


def source_of(bench: Bench, tmp_path: Path, of: Coded, shape: Shape) -> MediaSource:
    path = tmp_path / "media.webm"
    path.write_bytes(written(of, shape))
    return bench.source(bench.site.publish(path), container="webm", duration_s=20.0)


def packets(source: MediaSource, window: Window) -> list[tuple[Packet, float]]:
    """What a demuxer makes of a window: the packets that were written, and when each is shown."""
    with source.open(window) as opened, av.open(opened.file, "r", format=opened.demuxer) as container:
        return [
            (Packet(one.stream.index, 0, one.is_keyframe, bytes(one)), float(one.pts * one.time_base) - opened.origin_s)
            for one in container.demux()
            if one.pts is not None and one.time_base is not None
        ]


def assert_right(
    source: MediaSource, of: Coded, start_s: float, end_s: float | None, *, slack_s: float = 0.004
) -> None:
    """Everything from the keyframe before the window to its end is there, once, in order, at its time; and little else."""
    found = packets(source, Window(start_s, end_s))
    last_s = 20.0 if end_s is None else end_s
    for track in of.tracks:
        known = {one.data: one for one in of.packets if one.track == track.number}
        own = [(known[one.data], at) for one, at in found if one.data in known]
        assert all(abs(one.time_ns / 1e9 - track.delay_s - at) < slack_s for one, at in own)
        order = [one.stored_ns for one, _ in own]
        assert order == sorted(set(order))
        shown = [one for one in known.values() if one.time_ns / 1e9 - track.delay_s < last_s - 0.005]
        before = [one for one in shown if one.key and one.time_ns / 1e9 - track.delay_s <= start_s + 0.0005]
        needed = shown[shown.index(before[-1]) :] if before else shown
        assert [one for one in needed if one not in {one for one, _ in own}] == []
        assert all(at < last_s + 1.2 for _, at in own)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("name", ["vp9", "h264", "h264 alone"])
def test_every_shape(bench: Bench, tmp_path: Path, name: str, shape: Shape) -> None:
    of = streams(name)
    source = source_of(bench, tmp_path, of, shape)
    try:
        for start_s, end_s in WINDOWS:
            assert_right(source, of, start_s, end_s)
        assert source.duration_s() == pytest.approx(20.0, abs=0.1)
    finally:
        source.close()


@pytest.mark.parametrize(("cues", "requests"), [("front", 3), ("end", 4)])
@pytest.mark.parametrize("name", ["vp9", "h264"])
def test_cues_save_bytes_and_requests(bench: Bench, tmp_path: Path, name: str, cues: str, requests: int) -> None:
    """The front, the Cues if they are not there, and the clusters: nothing is looked for, and little is fetched in vain."""
    of = streams(name)
    source = source_of(bench, tmp_path, of, Shape(cues=cues))
    try:
        bench.site.clear_log()
        found = packets(source, Window(5.0, 14.5))
        least = sum(len(one.data) for one, _ in found)
        sent = bench.site.counters("video.example")
        assert sent.requests <= requests
        assert sent.bytes < least * 1.1 + 40_000
    finally:
        source.close()


@pytest.mark.parametrize("shape", [Shape(), Shape(cues="end"), Shape(cues=None, unknown=True)])
def test_of_a_server_that_does_not_tell_the_size(bench: Bench, tmp_path: Path, shape: Shape) -> None:
    of = streams("vp9")
    bench.site.fault("untold_size", path="/file/*", times=0)
    source = source_of(bench, tmp_path, of, shape)
    try:
        for start_s, end_s in [(7.3, 10.6), (17.0, None)]:
            assert_right(source, of, start_s, end_s)
    finally:
        source.close()


def test_an_encrypted_track_is_said_to_be_protected(bench: Bench, tmp_path: Path) -> None:
    """ContentEncryption (RFC 9559, section 5.1.4.1.31.9)."""
    encodings = element(0x6D80, element(0x6240, element(0x5035, uint(0x47E1, 5))))
    entry = element(0xAE, uint(0xD7, 9) + uint(0x83, 1) + element(0x86, b"V_VP9") + encodings)
    source = source_of(bench, tmp_path, streams("vp9"), Shape(more_tracks=(entry,)))
    try:
        with pytest.raises(DrmProtected):
            source.prepare()
    finally:
        source.close()


@pytest.mark.parametrize("name", ["vp9", "h264"])
def test_without_cues_only_the_heads_of_earlier_clusters_are_read(bench: Bench, tmp_path: Path, name: str) -> None:
    source = source_of(bench, tmp_path, streams(name), Shape(cues=None))
    try:
        for start_s, key_s in [(7.3, 5.0), (10.0, 10.0), (17.0, 15.0)]:
            at = [at for one, at in packets(source, Window(start_s, start_s + 1.0)) if one.track == 0]
            assert at[0] == pytest.approx(key_s, abs=0.004)
    finally:
        source.close()
