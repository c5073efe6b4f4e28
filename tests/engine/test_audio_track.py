"""The audio track beside video: missing where the source lacks it, and verified to be in sync to a few milliseconds."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from clipferry.clip.cut import CutRequest, LocalSource, cut
from clipferry.clip.errors import VerificationFailed
from clipferry.clip.model import CutMode, OutputKind
from clipferry.clip.verify import verify_clip
from engine.damage import shifted
from engine.measure import SOUND_FRAME_S, differences, film
from faults.reading import Bench
from origin import LocalInternet, media

MP4, WEBM, MKV = OutputKind.MP4, OutputKind.WEBM, OutputKind.MKV
FRONT, IN_WEBM = media.Pack.MP4_FRONT, media.Pack.WEBM_FRONT


def with_sound(path: Path, target: Path, *between: str) -> Path:
    """Return ``path``'s video with its audio from another place or of another length."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), *between, "-i", str(path)]
    subprocess.run([*command, "-map", "0:v", "-map", "1:a", "-c", "copy", str(target)], check=True)
    return target


@pytest.mark.parametrize("kind", [MP4, MKV, WEBM])
@pytest.mark.parametrize(
    ("between", "marks"), [(("-t", "8"), (9.3, 11.0)), (("-itsoffset", "3"), (0.3, 1.9))], ids=["over", "not there yet"]
)
def test_a_range_without_audio(
    tmp_path: Path, kind: OutputKind, between: tuple[str, str], marks: tuple[float, float]
) -> None:
    of = film("h264", FRONT, "aac")
    source = LocalSource(with_sound(of.path, tmp_path / "source.mp4", *between))
    clip = tmp_path / f"clip.{kind}"
    report = cut(CutRequest(source, None, start_s=marks[0], end_s=marks[1], target=clip, kind=kind))
    verify_clip(clip, report)
    assert report.audio is None
    assert differences(clip, of, *marks) == []


@pytest.mark.parametrize("late_ms", [25, 50, -30])
@pytest.mark.parametrize(
    ("picture", "pack", "sound", "kind"), [("h264", FRONT, "aac", MP4), ("vp9", IN_WEBM, "opus", WEBM)]
)
def test_audio_out_of_sync_fails_verification(
    tmp_path: Path, picture: str, pack: media.Pack, sound: str, kind: OutputKind, late_ms: int
) -> None:
    clip = tmp_path / f"clip.{kind}"
    report = cut(CutRequest(film(picture, pack, sound).source(), None, start_s=3.3, end_s=8, target=clip, kind=kind))
    verify_clip(clip, report)
    other = shifted(clip, tmp_path / f"other.{kind}", Fraction(late_ms, 1000))
    with pytest.raises(VerificationFailed):
        verify_clip(other, report)


def test_an_audio_gap_that_was_not_written_fails_verification(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(film("h264", FRONT, "aac").source(), None, start_s=3.3, end_s=8, target=clip, kind=MP4))
    other = shifted(clip, tmp_path / "other.mp4", Fraction(50, 1000), first=80)
    with pytest.raises(VerificationFailed):
        verify_clip(other, report)


FOREIGN = {
    "mp3.mp4": ("libmp3lame",),
    "aac 22.mp4": ("aac", "-ar", "22050"),
    "aac 44.ts": ("aac", "-ar", "44100"),
    "vorbis.mkv": ("libvorbis",),
    "flac.mkv": ("flac",),
    "pcm 192.mkv": ("pcm_s16le", "-ar", "192000"),
    "ac3 mono.mkv": ("ac3", "-ac", "1"),
    "mp3.ts": ("libmp3lame",),
    "eac3.ts": ("eac3",),
}
"""File and encoder. Some containers tell neither channels nor rate, some not how long a packet plays."""


@pytest.mark.parametrize("kind", [MP4, MKV, WEBM, OutputKind.M4A, OutputKind.OPUS])
@pytest.mark.parametrize("name", FOREIGN)
def test_audio_codecs_that_sites_do_not_use(tmp_path: Path, name: str, kind: OutputKind) -> None:
    path = tmp_path / name
    of = film("h264", FRONT, "aac")
    command = ["ffmpeg", "-v", "error", "-i", str(of.path), "-c:v", "copy", "-c:a", *FOREIGN[name], str(path)]
    subprocess.run(command, check=True)
    alone = kind in (OutputKind.M4A, OutputKind.OPUS)
    clip, source = tmp_path / f"clip.{kind}", LocalSource(path)
    video, audio = (None, source) if alone else (source, None)
    report = cut(CutRequest(video, audio, start_s=3.3, end_s=5, target=clip, kind=kind))
    verify_clip(clip, report)
    assert report.audio is not None
    assert report.audio.end_s == pytest.approx(1.7, abs=0.1)


@pytest.mark.parametrize("pack", [media.Pack.MP4_FRONT, media.Pack.FMP4])
def test_fast_mode_has_audio_from_its_first_frame_on(site: LocalInternet, tmp_path: Path, pack: media.Pack) -> None:
    """It begins at a keyframe before the start, while its audio was opened at the start."""
    path = film("h264", pack, "aac").path
    source = Bench(site, tmp_path / "store").source(site.publish(path), duration_s=14.0)
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(source, None, start_s=8.3, end_s=12, target=clip, kind=OutputKind.MP4, mode=CutMode.FAST))
    verify_clip(clip, report)
    assert report.start_s == pytest.approx(5.0, abs=0.05)
    assert report.audio is not None
    assert report.audio.packets == pytest.approx((12 - report.start_s) / SOUND_FRAME_S, abs=3)
    source.close()
