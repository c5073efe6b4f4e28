"""Streams that are coded in unusual ways: joined where that is sound, else encoded from first to last, exact in any case."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import pytest

from clipferry.clip.cut import CutPath, cut, decoding
from clipferry.clip.model import OutputKind
from clipferry.clip.proof import prove
from engine.measure import differences, film
from origin import media
from origin.media import x264

HEVC = media.PICTURES["hevc"]
ALT_REF = (
    ("-deadline", "good"),
    ("-cpu-used", "5"),
    ("-b:v", "300k"),
    ("-auto-alt-ref", "1"),
    ("-lag-in-frames", "25"),
)

JOINS = {
    "sixteen B pictures": (x264("bframes=16:b-adapt=2:ref=16:b-pyramid=strict"), media.Pack.MP4_FRONT, "aac", "h264"),
    "ten bits": (x264(pixels="yuv420p10le"), media.Pack.MP4_FRONT, "aac", "h264"),
    "4:4:4": (x264(pixels="yuv444p"), media.Pack.MKV, "aac", "h264"),
    "full range": (x264(pixels="yuvj420p"), media.Pack.MP4_FRONT, "aac", "h264"),
    "buffering messages": (
        x264("nal-hrd=cbr:vbv-maxrate=800:vbv-bufsize=800:bitrate=800:slices=3"), media.Pack.TS, "aac", "h264"
    ),
    "constrained intra": (x264("constrained-intra=1:cabac=0:no-deblock=1"), media.Pack.MP4_FRONT, None, "h264"),
    "scaling lists": (x264("cqm=jvt"), media.Pack.TS, None, "h264"),
    "hevc, open groups": (
        replace(
            HEVC,
            gop_s=2.0,
            encoder=(*HEVC.encoder[:2], ("-x265-params", "log-level=error:open-gop=1:bframes=3:b-pyramid=1:ref=3")),
        ),
        media.Pack.MP4_FRONT,
        "aac",
        "hevc",
    ),
    "hevc, ten bits": (replace(HEVC, pixels="yuv420p10le"), media.Pack.MKV, "aac", "hevc"),
    "hevc in a transport stream": (HEVC, media.Pack.TS, "aac", "hevc"),
    "vp9 with hidden pictures": (
        replace(media.PICTURES["vp9"], encoder=ALT_REF, gop_s=3.0), media.Pack.WEBM_FRONT, "opus", "vp9"
    ),
}  # fmt: skip
MARKS = [(3.23, 6.56), (5.0, 8.02), (4.9, 6.3), (0.0, 2.5)]


@pytest.mark.parametrize("name", JOINS)
def test_joined(tmp_path: Path, name: str) -> None:
    picture, pack, sound, codec = JOINS[name]
    of = film(picture, pack, sound)
    paths = set()
    for start_s, end_s in MARKS:
        clip = tmp_path / "clip.mp4"
        report = cut(of.source(), None, start_s=start_s, end_s=end_s, target=clip, kind=OutputKind.MP4)
        proof = prove(clip, report, kind=OutputKind.MP4)
        assert differences(clip, of, start_s, end_s) == []
        assert proof.streams[0] == codec
        assert one_format(clip) == one_format(of.path)
        paths.add(report.path)
    assert CutPath.REENCODE not in paths
    assert CutPath.SMART in paths


def one_format(path: Path) -> tuple[str, int, int, int, int]:
    """Pixel format and colour of every picture: head, copy and tail must be alike."""
    with av.open(str(path)) as file:
        found = {
            (f.format.name, f.color_range, f.color_primaries, f.color_trc, f.colorspace) for f in file.decode(video=0)
        }
    assert len(found) == 1
    return found.pop()


def test_interlaced_video_is_encoded_and_said_to_be(tmp_path: Path) -> None:
    fields = replace(x264(), encoder=(*x264().encoder, ("-flags", "+ilme+ildct")))
    of = film(fields, media.Pack.MP4_FRONT, "aac")
    clip = tmp_path / "clip.mp4"
    report = cut(of.source(), None, start_s=3.23, end_s=6.56, target=clip, kind=OutputKind.MP4)
    prove(clip, report, kind=OutputKind.MP4)
    assert report.path is CutPath.REENCODE
    assert "interlaced" in (report.note or "")
    assert differences(clip, of, 3.23, 6.56) == []


@pytest.mark.parametrize("picture", ["h264-pyramid", "h264-bframes8"])
def test_a_tail_whose_group_is_too_big_to_keep_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture: str
) -> None:
    monkeypatch.setattr(decoding, "_MAX_GROUP_BYTES", 4000)
    of = film(picture, media.Pack.MP4_FRONT, "aac")
    for start_s, end_s in MARKS:
        clip = tmp_path / "clip.mp4"
        report = cut(of.source(), None, start_s=start_s, end_s=end_s, target=clip, kind=OutputKind.MP4)
        prove(clip, report, kind=OutputKind.MP4)
        assert differences(clip, of, start_s, end_s) == []
        assert report.path is not CutPath.REENCODE
