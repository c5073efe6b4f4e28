"""H.264 parameter sets of x264: parsed, matched, and joined in one ``avcC``."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from typing import cast

import pytest
from av.codec import CodecContext
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.codec import avcc, h264


def x264(
    params: str = "", *, profile: str = "high", pix_fmt: str = "yuv420p", level: str = "", b_frames: int = 2
) -> bytes:
    """The parameter sets that x264 makes, after start codes."""
    encoder = cast("VideoCodecContext", CodecContext.create("libx264", "w"))
    encoder.width, encoder.height, encoder.pix_fmt = 322, 182, pix_fmt
    encoder.time_base, encoder.framerate = Fraction(1, 90000), Fraction(30)
    encoder.sample_aspect_ratio = Fraction(4, 3)
    encoder.color_range, encoder.color_primaries, encoder.color_trc, encoder.colorspace = 1, 1, 1, 1
    encoder.max_b_frames = b_frames
    encoder.flags |= Flags.global_header
    encoder.options = {"profile": profile, "preset": "veryfast", "x264-params": params} | (
        {"level": level} if level else {}
    )
    encoder.open()
    return encoder.extradata or b""


SOURCES = {
    "plain": x264(),
    "pyramid": x264("bframes=4:b-pyramid=normal:ref=4", b_frames=4),
    "no reordering": x264("bframes=0", b_frames=0),
    "baseline": x264("bframes=0", profile="baseline", b_frames=0),
    "ten bits": x264(profile="high10", pix_fmt="yuv420p10le"),
    "4:4:4": x264(profile="high444", pix_fmt="yuv444p"),
    "hrd": x264("nal-hrd=vbr:vbv-maxrate=2000:vbv-bufsize=2000"),
    "high level": x264(level="5.1"),
    "scaling lists": x264("cqm=jvt"),
    "no vui tail": x264("bluray-compat=1:keyint=30:slices=4", level="4.1"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_encoders_sps_takes_over_buffering_and_vui(name: str) -> None:
    source = h264.parse_sps(avcc.read_sets(SOURCES[name]).sps[0])
    ours = avcc.read_sets(x264("sps-id=5:bframes=0:ref=1", b_frames=0)).sps[0]

    matched = h264.parse_sps(h264.match_sps(ours, source))

    assert matched.id == 5
    assert matched.level == source.level
    assert matched.reorder_frames == source.reorder_frames
    assert matched.max_ref_frames == max(source.max_ref_frames, 1)
    assert matched.vui_head_bits == source.vui_head_bits
    if source.dec_frame_buffering is not None:
        assert matched.dec_frame_buffering == max(source.dec_frame_buffering, 1)
    assert matched.before_refs_bits == h264.parse_sps(ours).before_refs_bits
    assert matched.after_refs_bits == h264.parse_sps(ours).after_refs_bits


def test_matching_a_set_with_itself_changes_nothing_that_a_decoder_reads() -> None:
    nal = avcc.read_sets(SOURCES["plain"]).sps[0]
    sps = h264.parse_sps(nal)
    assert h264.parse_sps(h264.match_sps(nal, sps)) == sps


@pytest.mark.parametrize(
    ("name", "expected"),
    [("plain", "yuv420p"), ("baseline", "yuv420p"), ("ten bits", "yuv420p10le"), ("4:4:4", "yuv444p")],
)
def test_the_pixel_format_is_read(name: str, expected: str) -> None:
    assert h264.pix_fmt(h264.parse_sps(avcc.read_sets(SOURCES[name]).sps[0])) == expected


@pytest.mark.parametrize("name", SOURCES)
def test_avcc_holds_both_streams_sets(name: str) -> None:
    source, ours = avcc.read_sets(SOURCES[name]), avcc.read_sets(x264("sps-id=7"))
    both = avcc.read_sets(avcc.build_avcc(source, ours))
    assert both.sps == source.sps + ours.sps
    assert both.pps == source.pps + ours.pps
    assert both.length_size == 4
    assert both.free_id() not in (h264.parse_sps(both.sps[0]).id, 7)


@given(st.data())
def test_truncated_headers_are_rejected(data: st.DataObject) -> None:
    header = avcc.build_avcc(avcc.read_sets(SOURCES["plain"]))
    end = data.draw(st.integers(0, len(header) - 1))
    try:
        sets = avcc.read_sets(header[:end])
        h264.parse_sps(sets.sps[0])
    except ValueError:
        return
    assert sets.sps == avcc.read_sets(header).sps  # only what follows the SPS was missing


@given(st.binary(max_size=40))
def test_random_bytes_raise_nothing_but_value_error(noise: bytes) -> None:
    with contextlib.suppress(ValueError):
        h264.parse_sps(b"\x67" + noise)
