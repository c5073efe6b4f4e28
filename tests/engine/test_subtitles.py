"""Subtitles, covers and chapters are written in the same pass, and move neither video nor audio."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import pytest

from clipferry.clip.cut import CutReport, CutRequest, SourceMetadata, cut
from clipferry.clip.errors import VerificationFailed
from clipferry.clip.model import OutputKind
from clipferry.clip.subtitles.cues import Cue, TextTrack, read_cues
from clipferry.clip.verify import verify_clip
from engine.measure import differences, film
from origin import media, verify

FRONT, IN_WEBM = media.Pack.MP4_FRONT, media.Pack.WEBM_FRONT
MP4, WEBM, MKV = OutputKind.MP4, OutputKind.WEBM, OutputKind.MKV
KINDS = [
    ("h264", FRONT, "aac", MP4),
    ("vp9", IN_WEBM, "opus", WEBM),
    ("vp9", IN_WEBM, "opus", MKV),
    ("vp9", IN_WEBM, "opus", MP4),
]
START_S, END_S = 3.3, 9.7

ENGLISH = TextTrack(
    "en-GB",
    (
        Cue(0.0, 1.0, "before"),
        Cue(2.0, 4.0, "into it"),
        Cue(5.0, 6.5, "1 < 2 & 3\nlines"),
        Cue(6.0, 7.0, "over it"),
        Cue(9.0, 12.0, "out of it"),
    ),
)
GERMAN = TextTrack("de", (Cue(8.0, 8.5, "Übergröße ✂"),))
ELSEWHERE = TextTrack("fr", (Cue(0.0, 1.0, "avant"),))


def make(target: Path, picture: str, pack: media.Pack, sound: str, kind: OutputKind, *tracks: TextTrack) -> CutReport:
    of = film(picture, pack, sound)
    return cut(
        CutRequest(
            of.source(),
            None,
            start_s=START_S,
            end_s=END_S,
            target=target,
            kind=kind,
            metadata=SourceMetadata(texts=lambda: tracks),
        )
    )


def words(path: Path, track: int, folder: Path) -> list[Cue]:
    """Return the cues that a player shows, on the file's clock."""
    text = folder / "read.srt"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-copyts", "-i", path, "-map", f"0:s:{track}", text], check=True)
    return read_cues(text.read_bytes(), "srt")


def times(path: Path) -> list[tuple[str, float, bool]]:
    """Return every video and audio packet: its kind, its time, whether a player would skip it."""
    with av.open(str(path)) as file:
        return [
            (packet.stream.type, float(packet.pts * packet.time_base), packet.is_discard)
            for packet in file.demux(file.streams.video[0], file.streams.audio[0])
            if packet.pts is not None
        ]


@pytest.mark.parametrize(("picture", "pack", "sound", "kind"), KINDS)
def test_subtitles_are_written_and_nothing_moves(
    tmp_path: Path, picture: str, pack: media.Pack, sound: str, kind: OutputKind
) -> None:
    silent, clip = tmp_path / f"silent.{kind}", tmp_path / f"clip.{kind}"
    make(silent, picture, pack, sound, kind)
    report = make(clip, picture, pack, sound, kind, ENGLISH, ELSEWHERE, GERMAN)
    proof = verify_clip(clip, report)

    assert times(clip) == times(silent)
    assert differences(clip, film(picture, pack, sound), START_S, END_S) == []
    assert proof.av_offset_s == verify_clip(silent, make(silent, picture, pack, sound, kind)).av_offset_s
    with av.open(str(clip)) as file:
        assert [track.language for track in file.streams.subtitles] == ["eng", "deu"], "French says nothing in the clip"
    said = words(clip, 0, tmp_path)
    assert [cue.text for cue in said][:2] == ["into it", "1 < 2 & 3\nlines"]
    assert said[0].start_s == pytest.approx(0, abs=0.002)
    assert said[0].end_s == pytest.approx(0.7, abs=0.002)
    assert said[-1].start_s == pytest.approx(5.7, abs=0.002)
    assert said[-1].end_s == pytest.approx(6.4, abs=0.002)
    (german,) = words(clip, 1, tmp_path)
    assert (german.text, round(german.start_s, 2), round(german.end_s, 2)) == ("Übergröße ✂", 4.7, 5.2)


def test_overlapping_cues_are_merged_where_one_is_shown_at_a_time(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    report = make(clip, "h264", FRONT, "aac", MP4, ENGLISH)
    verify_clip(clip, report)
    said = [(round(c.start_s, 2), round(c.end_s, 2), c.text) for c in words(clip, 0, tmp_path)][1:4]
    both = "1 < 2 & 3\nlines"
    assert said == [(1.7, 2.7, both), (2.7, 3.2, f"{both}\nover it"), (3.2, 3.7, "over it")]


@pytest.mark.parametrize("kind", [MP4, WEBM])
def test_lost_cues_fail_verification(tmp_path: Path, kind: OutputKind) -> None:
    clip, without = tmp_path / f"clip.{kind}", tmp_path / f"without.{kind}"
    report = make(clip, "vp9", IN_WEBM, "opus", kind, ENGLISH, GERMAN)
    verify_clip(clip, report)
    other = make(without, "vp9", IN_WEBM, "opus", kind, GERMAN, ENGLISH)
    for wrong in (make(without, "vp9", IN_WEBM, "opus", kind, ENGLISH), other):
        with pytest.raises(VerificationFailed):
            verify_clip(clip, wrong)


def test_a_later_remux_fails_verification(tmp_path: Path) -> None:
    """ffmpeg moves a WebM's audio by its priming when it copies: the verified file has to be the published file."""
    clip, again = tmp_path / "clip.webm", tmp_path / "again.webm"
    report = make(clip, "vp9", IN_WEBM, "opus", WEBM)
    subprocess.run(["ffmpeg", "-v", "error", "-i", clip, "-c", "copy", "-t", "5", again], check=True)
    with pytest.raises(VerificationFailed):
        verify_clip(again, report)


def test_a_cover_is_an_attachment_in_matroska(tmp_path: Path) -> None:
    picture = tmp_path / "cover.jpg"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x36", "-frames:v", "1", picture], check=True
    )
    of = film("h264", FRONT, "aac")
    clip = tmp_path / "clip.mkv"
    report = cut(
        CutRequest(
            of.source(),
            None,
            start_s=START_S,
            end_s=END_S,
            target=clip,
            kind=MKV,
            metadata=SourceMetadata(cover=picture.read_bytes),
        )
    )
    proof = verify_clip(clip, report)
    assert proof.streams == ("h264", "aac")
    told = subprocess.run(["ffprobe", "-v", "error", "-show_streams", clip], capture_output=True, text=True, check=True).stdout  # fmt: skip
    assert "TAG:filename=cover.jpg" in told and "TAG:mimetype=image/jpeg" in told and "attached_pic=1" in told
    with av.open(str(clip)) as file:
        (kept,) = [
            bytes(p) for p in file.demux() if p.size and p.stream.disposition & p.stream.disposition.attached_pic
        ]
    assert kept == picture.read_bytes()
    assert verify.pictures(clip).faults(99, 290) == []
