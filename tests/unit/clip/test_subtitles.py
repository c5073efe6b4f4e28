"""Subtitles on the clip's own clock."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.errors import BadMedia
from clipferry.clip.subtitles import Cue, cut_cues, read_cues, write_srt

VTT = """WEBVTT
Kind: captions

STYLE
::cue { color: red }

NOTE 00:01.000 is no time here

intro
00:01.000 --> 00:02.500 align:start position:0%
<v Ann>Hello <b>there</b> &amp; welcome

01:00:00.000 --> 01:00:01.000
a < b

00:03.000 --> 00:03.000
never
"""
SRT = "1\r\n00:00:01,000 --> 00:00:02,500\r\n{\\an8}Hello\r\nthere\r\n\r\n2\r\n00:00:03,5 --> 00:00:04,000\r\n<i>x</i>\r\n"


def test_webvtt() -> None:
    assert read_cues(VTT.encode(), "vtt") == [Cue(1, 2.5, "Hello there & welcome"), Cue(3600, 3601, "a < b")]


def test_subrip() -> None:
    assert read_cues(b"\xef\xbb\xbf" + SRT.encode(), "srt") == [Cue(1, 2.5, "Hello\nthere"), Cue(3.5, 4, "x")]


def test_json3() -> None:
    events = [
        {"tStartMs": 0, "dDurationMs": 5000, "id": 1},
        {"tStartMs": 1000, "dDurationMs": 1500, "segs": [{"utf8": "Hel"}, {"utf8": "lo", "tOffsetMs": 200}]},
        {"tStartMs": 2000, "segs": [{"utf8": "\n"}]},
    ]
    assert read_cues(json.dumps({"events": events}).encode(), "json3") == [Cue(1, 2.5, "Hello")]


def test_automatic_captions_are_unrolled() -> None:
    rolled = """WEBVTT

00:00.000 --> 00:02.000
one

00:02.000 --> 00:02.010
one

00:02.010 --> 00:04.000
one
t<00:00:02.500><c>wo</c>

00:04.000 --> 00:06.000
two
three
"""
    assert read_cues(rolled.encode(), "vtt") == [Cue(0, 2, "one"), Cue(2.01, 4, "two"), Cue(4, 6, "three")]


@pytest.mark.parametrize(
    ("data", "extension"),
    [(b"<html>", "vtt"), (b"{}", "json3"), (b"[" * 100_000, "json3"), (b'{"events": 3}', "json3"), (b"", "ttml")],
)
def test_what_is_no_subtitle_is_refused(data: bytes, extension: str) -> None:
    with pytest.raises(BadMedia):
        read_cues(data, extension)


def test_cut_and_shifted() -> None:
    cues = [Cue(0, 5, "before"), Cue(4, 11, "into"), Cue(12, 13, "inside"), Cue(19, 25, "out of"), Cue(20, 30, "after")]
    assert cut_cues(cues, 5, 20) == [Cue(0, 6, "into"), Cue(7, 8, "inside"), Cue(14, 15, "out of")]


MILLIS = st.integers(0, 7_200_000)


@given(st.lists(st.tuples(MILLIS, st.integers(1, 9000)), max_size=20), MILLIS, st.integers(10, 60_000))
def test_what_is_written_is_read_again(times: list[tuple[int, int]], start: int, length: int) -> None:
    cues = [Cue(at / 1000, (at + lasts) / 1000, f"line {n}") for n, (at, lasts) in enumerate(times)]
    inside = [cue for cue in cut_cues(cues, start / 1000, (start + length) / 1000) if cue.end_s - cue.start_s > 0.0005]
    again = read_cues(write_srt(inside).encode(), "srt")
    assert sorted((round(c.start_s * 1000), round(c.end_s * 1000), c.text) for c in inside) == sorted(
        (round(c.start_s * 1000), round(c.end_s * 1000), c.text) for c in again
    )
    assert all(0 <= cue.start_s < cue.end_s <= length / 1000 + 1e-6 for cue in again)


@given(st.binary(max_size=200), st.sampled_from(["vtt", "srt", "json3"]))
def test_rubbish_never_crashes(data: bytes, extension: str) -> None:
    for lead in (b"", b"WEBVTT\n\n00:00.000 --> 00:09.000\n"):
        try:
            read_cues(lead + data, extension)
        except BadMedia:
            continue
