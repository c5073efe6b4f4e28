"""Streams that are coded in unusual ways: spliced where possible, else encoded completely, exact in any case."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from clipferry.clip.cut import CutPath, CutRequest, LocalSource, cut
from clipferry.clip.cut.video import decoder
from clipferry.clip.model import CutMode, OutputKind
from clipferry.clip.verify import verify_clip
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
def test_splice(tmp_path: Path, name: str) -> None:
    picture, pack, sound, codec = JOINS[name]
    of = film(picture, pack, sound)
    paths = set()
    for start_s, end_s in MARKS:
        clip = tmp_path / "clip.mp4"
        report = cut(CutRequest(of.source(), None, start_s=start_s, end_s=end_s, target=clip, kind=OutputKind.MP4))
        proof = verify_clip(clip, report)
        assert differences(clip, of, start_s, end_s) == []
        assert proof.streams[0] == codec
        assert one_format(clip) == one_format(of.path)
        paths.add(report.path)
    assert CutPath.REENCODE not in paths
    assert CutPath.SMART in paths


def one_format(path: Path) -> tuple[str, int, int, int, int]:
    """Return pixel format and colour, which must be equal for every frame: head, copy and tail."""
    with av.open(str(path)) as file:
        found = {
            (f.format.name, f.color_range, f.color_primaries, f.color_trc, f.colorspace) for f in file.decode(video=0)
        }
    assert len(found) == 1
    return found.pop()


FIELDS = replace(x264(), encoder=(*x264().encoder, ("-flags", "+ilme+ildct")))


def test_interlaced_video_is_encoded_and_flagged_interlaced(tmp_path: Path) -> None:
    of = film(FIELDS, media.Pack.MP4_FRONT, "aac")
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(of.source(), None, start_s=3.23, end_s=6.56, target=clip, kind=OutputKind.MP4))
    verify_clip(clip, report)
    assert report.path is CutPath.REENCODE
    assert "interlaced" in (report.note or "")
    assert differences(clip, of, 3.23, 6.56) == []
    assert fields(clip) == fields(of.path) == {"tt"}
    with av.open(str(clip)) as file:
        assert all(frame.interlaced_frame for frame in file.decode(video=0))


def fields(path: Path) -> set[str]:
    """Return the field order by ffprobe: ``tt`` is top first, ``progressive`` none."""
    command = [
        "ffprobe",
        "-v",
        "error",
        "-show_entries",
        "stream=field_order",
        "-select_streams",
        "v",
        "-of",
        "csv=p=0",
    ]
    return set(subprocess.run([*command, path], capture_output=True, text=True, check=True).stdout.split())


def test_a_codec_without_interlacing_gets_a_note(tmp_path: Path) -> None:
    of = film(FIELDS, media.Pack.MP4_FRONT, "aac")
    clip = tmp_path / "clip.webm"
    report = cut(CutRequest(of.source(), None, start_s=3.23, end_s=4, target=clip, kind=OutputKind.WEBM))
    verify_clip(clip, report)
    assert (report.note or "").endswith("The video is interlaced, which VP9 is not: what moves fast may look combed.")


MASTERING = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
"""Display P3 at 1000 cd/m², in SMPTE ST 2086's units."""
HDR = replace(
    HEVC,
    pixels="yuv420p10le",
    encoder=(
        *HEVC.encoder[:2],
        ("-color_primaries", "bt2020"),
        ("-color_trc", "smpte2084"),
        ("-colorspace", "bt2020nc"),
        ("-x265-params", f"log-level=error:open-gop=0:bframes=2:hdr10=1:master-display={MASTERING}:max-cll=1000,400"),
    ),
)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        (OutputKind.MP4, CutMode.REENCODE),
        (OutputKind.WEBM, CutMode.EXACT),
        (OutputKind.MKV, CutMode.REENCODE),
        (OutputKind.MP4, CutMode.EXACT),
    ],
)
def test_hdr_metadata_is_kept(tmp_path: Path, kind: OutputKind, mode: CutMode) -> None:
    of = film(HDR, media.Pack.MP4_FRONT, None)
    clip = tmp_path / f"clip.{kind}"
    report = cut(CutRequest(of.source(), None, start_s=3.23, end_s=4.5, target=clip, kind=kind, mode=mode))
    verify_clip(clip, report)
    assert differences(clip, of, 3.23, 4.5) == []
    assert one_format(clip) == one_format(of.path)
    assert light(clip) == light(of.path)


def light(path: Path) -> list[dict[str, float]]:
    """What the first frame says of the display it was made on and of its brightest points, rounded to what encoders keep."""
    command = [
        "ffprobe",
        "-v",
        "error",
        "-of",
        "json",
        "-show_frames",
        "-read_intervals",
        "%+#1",
        "-select_streams",
        "v",
    ]
    told = json.loads(subprocess.run([*command, path], capture_output=True, text=True, check=True).stdout)
    wanted = ("Mastering display metadata", "Content light level metadata")
    return [
        {name: round(float(Fraction(str(value))), 3) for name, value in side.items() if name != "side_data_type"}
        for side in sorted(told["frames"][0].get("side_data_list", []), key=lambda one: str(one["side_data_type"]))
        if side["side_data_type"] in wanted
    ]


@pytest.mark.parametrize("picture", ["h264-pyramid", "h264-bframes8"])
def test_a_tail_whose_gop_is_too_large_to_keep_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture: str
) -> None:
    monkeypatch.setattr(decoder, "_MAX_GOP_BYTES", 4000)
    of = film(picture, media.Pack.MP4_FRONT, "aac")
    for start_s, end_s in MARKS:
        clip = tmp_path / "clip.mp4"
        report = cut(CutRequest(of.source(), None, start_s=start_s, end_s=end_s, target=clip, kind=OutputKind.MP4))
        verify_clip(clip, report)
        assert differences(clip, of, start_s, end_s) == []
        assert report.path is not CutPath.REENCODE


def shown_shape(path: Path) -> Fraction:
    """How much wider than high the frame is shown."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-of", "json"]
    told = subprocess.run(
        [*command, "-show_entries", "stream=width,height,sample_aspect_ratio", str(path)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    stream = json.loads(told)["streams"][0]
    points = stream.get("sample_aspect_ratio", "1:1").replace(":", "/")
    return Fraction(stream["width"], stream["height"]) * Fraction(points)


@pytest.mark.parametrize("kind", [OutputKind.MP4, OutputKind.MKV, OutputKind.WEBM])
@pytest.mark.parametrize(("picture", "pack"), [("vp9", media.Pack.WEBM_FRONT), ("h264", media.Pack.MP4_FRONT)])
def test_pixel_aspect_ratio_is_kept(tmp_path: Path, picture: str, pack: media.Pack, kind: OutputKind) -> None:
    """VP9 and AV1 leave it to the container."""
    of = film(picture, pack, None)
    source, clip = tmp_path / f"source{of.path.suffix}", tmp_path / f"clip.{kind}"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(of.path), "-c", "copy", "-aspect", "64:27", str(source)], check=True
    )
    report = cut(CutRequest(LocalSource(source), None, start_s=3.3, end_s=8, target=clip, kind=kind))
    verify_clip(clip, report)
    assert float(shown_shape(clip)) == pytest.approx(64 / 27, abs=0.01)
    assert differences(clip, of, 3.3, 8) == []
