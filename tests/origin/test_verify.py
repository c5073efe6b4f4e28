"""The verifier sees what is wrong with a file: each fault is put into one and has to be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from origin import media, verify
from origin.media import Pack
from origin.media.encode import run

SOURCE = media.recipe("h264", Pack.MP4_FRONT, seconds=12.0)
TIMES = verify.constant(30, 360)


def ffmpeg(target: Path, *arguments: str) -> Path:
    run(*arguments, str(target))
    return target


def test_a_copy_is_the_same_pictures_and_packets(tmp_path: Path) -> None:
    source = media.make(SOURCE)
    copy = ffmpeg(tmp_path / "copy.mkv", "-i", str(source), "-c", "copy")
    assert verify.pictures(copy).faults(0, 359) == []
    assert verify.copied_frames(copy, source) == (360, 360)


def test_a_reencoded_clip_has_no_copied_packets(tmp_path: Path) -> None:
    source = media.make(SOURCE)
    clip = ffmpeg(tmp_path / "clip.mp4", "-i", str(source), "-ss", "2", "-t", "2", "-c:v", "libx264", "-crf", "30")
    assert verify.copied_frames(clip, source) == (0, 60)
    assert not verify.interior_is_copied(clip, source, edge=10)
    assert verify.pictures(clip).faults(60, 119) == []


def test_missing_repeated_and_foreign_pictures_are_named(tmp_path: Path) -> None:
    source = media.make(SOURCE)
    select = "select='not(eq(n,70))',setpts=N/30/TB"
    clip = ffmpeg(
        tmp_path / "holes.mp4", "-i", str(source), "-vf", select, "-frames:v", "100", "-an", "-c:v", "libx264"
    )
    assert verify.pictures(clip).faults(0, 99) == ["missing 70", "not wanted 100"]
    twice = ffmpeg(
        tmp_path / "twice.mp4", "-i", str(source), "-vf", "fps=60", "-frames:v", "20", "-an", "-c:v", "libx264"
    )
    assert verify.pictures(twice).faults(0, 9) == ["more than once 0-9"]
    turned = ffmpeg(tmp_path / "turned.mp4", "-i", str(source), "-vf", "trim=end=1,reverse", "-an", "-c:v", "libx264")
    assert "out of order" in verify.pictures(turned).faults(0, 29)


def test_an_edit_list_hides_lead_in_only_from_those_who_honour_it(tmp_path: Path) -> None:
    source = media.make(SOURCE)
    clip = ffmpeg(tmp_path / "lead.mp4", "-ss", "7.5", "-i", str(source), "-t", "1", "-c", "copy")
    assert verify.pictures(clip).first == 225
    assert verify.pictures(clip, edit_lists=False).first == 150


@pytest.mark.parametrize("late_s", [0.0, 0.0213, -0.05, 0.3])
def test_late_sound_is_measured(tmp_path: Path, late_s: float) -> None:
    source = media.make(SOURCE)
    shifted = ffmpeg(
        tmp_path / "late.mkv",
        "-i",
        str(source),
        "-itsoffset",
        str(late_s),
        "-i",
        str(source),
        *("-map", "0:v", "-map", "1:a", "-c", "copy"),
    )
    offsets = verify.av_offsets(shifted, TIMES)
    assert [offset.offset_s for offset in offsets] == pytest.approx([late_s] * 3, abs=0.0011)
    assert all(offset.sure > 0.9 for offset in offsets)


def test_sound_says_which_second_it_is(tmp_path: Path) -> None:
    clip = ffmpeg(tmp_path / "clip.m4a", "-ss", "7", "-i", str(media.make(SOURCE)), "-t", "2", "-vn", "-c:a", "aac")
    found = verify.sound_seconds(clip, up_to_s=20.0)
    assert len(found) >= 3
    for at, position in found:
        assert position - at == pytest.approx(7.0, abs=0.03)


def test_a_hole_in_the_sound_is_seen(tmp_path: Path) -> None:
    source = media.make(SOURCE)
    holed = ffmpeg(
        tmp_path / "holed.mkv", "-i", str(source), "-vn", "-c:a", "copy", "-bsf:a", "noise=drop=between(n\\,100\\,120)"
    )
    assert verify.track(holed).gaps
    assert not verify.track(source).gaps
