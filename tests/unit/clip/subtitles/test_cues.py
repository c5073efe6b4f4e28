"""Subtitles on the clip's own clock."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.errors import BadMedia
from clipferry.clip.subtitles.cues import Cue, cut_cues, one_at_a_time, read_cues

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


def test_what_a_person_writes_twice_is_meant() -> None:
    counted = "WEBVTT\n\n00:01.000 --> 00:02.000\nThree\n\n00:02.000 --> 00:03.000\nThree\nTwo\n"
    assert read_cues(counted.encode(), "vtt") == [Cue(1, 2, "Three"), Cue(2, 3, "Three\nTwo")]


def test_an_angle_that_is_no_tag_stays() -> None:
    angles = "WEBVTT\n\n00:01.000 --> 00:02.000\n1 <3 b> c<00:01.500><c.loud>d</c>\n"
    assert read_cues(angles.encode(), "vtt") == [Cue(1, 2, "1 <3 b> cd")]


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


CUES = st.lists(st.tuples(MILLIS, st.integers(1, 9000)), max_size=20)


@given(CUES, MILLIS, st.integers(10, 60_000))
def test_what_is_cut_lies_inside(times: list[tuple[int, int]], start: int, length: int) -> None:
    cues = [Cue(at / 1000, (at + lasts) / 1000, f"line {n}") for n, (at, lasts) in enumerate(times)]
    inside = cut_cues(cues, start / 1000, (start + length) / 1000)
    assert all(0 <= cue.start_s < cue.end_s <= length / 1000 + 1e-6 for cue in inside)


@given(CUES)
def test_one_at_a_time_nothing_overlaps_and_no_word_is_lost(times: list[tuple[int, int]]) -> None:
    cues = [Cue(at, at + lasts, f"line {n}") for n, (at, lasts) in enumerate(times)]
    apart = one_at_a_time(cues)
    assert all(a.end_s <= b.start_s for a, b in pairwise(apart))
    for cue in cues:
        said = [one for one in apart if cue.text in one.text.split("\n")]
        assert (said[0].start_s, said[-1].end_s) == (cue.start_s, cue.end_s)
        assert all(a.end_s == b.start_s for a, b in pairwise(said)), "without a gap"
    for one in apart:
        shown = [cue.text for cue in cues if cue.start_s < one.end_s and cue.end_s > one.start_s]
        assert sorted(one.text.split("\n")) == sorted(shown)


TTML = """<?xml version="1.0" encoding="utf-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tts="urn:style"
    xml:lang="en" ttp:frameRate="25" ttp:tickRate="10000000">
  <head><styling><style xml:id="s1" tts:color="white"/></styling><layout><region xml:id="r"/></layout></head>
  <body><div begin="1s">
    <p begin="00:00:01.000" end="00:00:02.500" style="s1">Hello <span tts:color="red">there</span>
      &amp; welcome<br/>all</p>
    <p begin="5s" dur="1500ms">by seconds</p>
    <p begin="00:00:10:05" end="275f">by frames</p>
    <p begin="200000000t" end="210000000t">by ticks</p>
    <p begin="30s">without an end</p>
    <p begin="9s" end="8s">never</p>
    <p begin="40s" end="41s">   </p>
  </div></body>
</tt>"""


def test_ttml() -> None:
    """Times inside a division count from its beginning."""
    assert read_cues(TTML.encode(), "ttml") == [
        Cue(2, 3.5, "Hello there & welcome\nall"),
        Cue(6, 7.5, "by seconds"),
        Cue(11.2, 12, "by frames"),
        Cue(21, 22, "by ticks"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"<html/>",
        b"<tt><p begin='x' end='2s'>a</p></tt>",
        b"<tt>",
        b'<!DOCTYPE tt [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><tt><p begin="0s" end="1s">&b;</p></tt>',
        b'<!DOCTYPE tt SYSTEM "file:///etc/passwd"><tt/>',
        b"<tt>" + b"<div>" * 5000,
        b'<tt xmlns:t="x" t:frameRate="0"/>',
        b'<tt frameRateMultiplier="1 0"/>',
        b'<?xml version="1.0" encoding="nonsense"?><tt/>',
    ],
)
def test_ttml_that_is_none_or_hostile(data: bytes) -> None:
    with pytest.raises(BadMedia):
        read_cues(data, "ttml")


@given(st.binary(max_size=200), st.sampled_from(["vtt", "srt", "json3", "ttml"]))
def test_rubbish_never_crashes(data: bytes, extension: str) -> None:
    for lead in (b"", b"WEBVTT\n\n00:00.000 --> 00:09.000\n", b"<tt><p begin='1s' end='2s'>"):
        try:
            read_cues(lead + data, extension)
        except BadMedia:
            continue
