"""Audio-only clips: from the exact sample, in every container that audio is cut into."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipferry.clip.cut import CutPath, CutRequest, LocalSource, SourceMetadata, cut, decode_audio
from clipferry.clip.errors import InvalidRange, NoSound
from clipferry.clip.model import Chapter, OutputKind
from clipferry.clip.verify import verify_clip
from engine.damage import with_packets
from origin import media, verify

RATE = 48000
MILLISECOND = 48
"""Samples. WebM keeps timestamps to a millisecond, so nothing cut from it is told more exactly."""

SOURCES = {
    "aac in mp4": ("aac", media.Pack.MP4_FRONT),
    "aac as YouTube's": ("aac-bare", media.Pack.FMP4),
    "opus in webm": ("opus", media.Pack.WEBM_FRONT),
}


def source(name: str) -> tuple[LocalSource, verify.Track]:
    sound, pack = SOURCES[name]
    path = media.make(media.recipe(None, pack, seconds=14.0, sound=sound))
    return LocalSource(path, origin_s=0.0), verify.track(path)


def late_by(heard: verify.Track, whole: verify.Track, start_s: float) -> int:
    """Return how many samples after ``start_s`` of ``whole`` the audio is that plays at 0."""
    begin, length = 2000, 24000
    piece = heard.cut(begin / RATE, length / RATE)
    reach = 2400
    around = whole.cut(start_s + (begin - reach) / RATE, (length + 2 * reach) / RATE)
    likeness = np.correlate(around, piece, "valid")
    best = int(np.argmax(likeness))
    sure = likeness[best] / np.sqrt(float((piece**2).sum()) * float((around[best : best + len(piece)] ** 2).sum()))
    assert sure > 0.9
    return best - reach


@pytest.mark.parametrize("kind", [OutputKind.M4A, OutputKind.OPUS])
@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(start_s=st.floats(0.2, 9), length_s=st.floats(1.5, 4))
def test_an_audio_cut_begins_at_the_exact_sample(
    tmp_path_factory: pytest.TempPathFactory, name: str, kind: OutputKind, start_s: float, length_s: float
) -> None:
    films, whole = source(name)
    clip = tmp_path_factory.mktemp("sound") / f"clip.{kind.value}"

    report = cut(CutRequest(None, films, start_s=start_s, end_s=start_s + length_s, target=clip, kind=kind))
    proof = verify_clip(clip, report)

    heard = verify.track(clip)
    assert abs(late_by(heard, whole, start_s)) <= MILLISECOND
    assert abs(heard.end_s - length_s) < 0.03
    assert proof.path == CutPath.AUDIO
    assert report.audio is not None
    fits = (kind is OutputKind.M4A) == name.startswith("aac")
    assert report.audio.copied is fits


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(start_s=st.floats(0.2, 9), length_s=st.floats(1.5, 4))
def test_decoded_audio_has_exactly_the_samples(
    tmp_path_factory: pytest.TempPathFactory, name: str, start_s: float, length_s: float
) -> None:
    films, whole = source(name)
    wav = tmp_path_factory.mktemp("sound") / "clip.wav"
    report = decode_audio(films, start_s, start_s + length_s, wav)
    heard = verify.track(wav)
    assert report.packets == len(heard.samples) == pytest.approx(length_s * RATE, abs=1)
    assert abs(late_by(heard, whole, start_s)) <= MILLISECOND


def test_tags_and_chapters_are_written_in_the_same_pass(tmp_path: Path) -> None:
    films, _ = source("aac in mp4")
    clip = tmp_path / "clip.m4a"
    chapters = (Chapter("null", 0.0, 1.0), Chapter("eins", 1.0, 2.0), Chapter("zwei ✂", 2.0, 9.0))
    cut(
        CutRequest(
            None,
            films,
            start_s=1,
            end_s=3,
            target=clip,
            kind=OutputKind.M4A,
            metadata=SourceMetadata(
                tags={"title": "Ein Stück", "comment": "https://video.example/?t=1"}, chapters=chapters
            ),
        )
    )
    with av.open(str(clip)) as file:
        assert file.metadata["title"] == "Ein Stück"
        assert [(chapter["metadata"]["title"], chapter["start"]) for chapter in file.chapters()] == [
            ("eins", 0),
            ("zwei ✂", 1000),
        ]


def test_an_end_before_the_start_is_refused(tmp_path: Path) -> None:
    films, _ = source("aac in mp4")
    with pytest.raises(InvalidRange):
        cut(CutRequest(None, films, start_s=3, end_s=2, target=tmp_path / "x.m4a", kind=OutputKind.M4A))


@pytest.mark.parametrize("kind", [OutputKind.M4A, OutputKind.OPUS])
def test_a_range_after_the_audio_is_refused(tmp_path: Path, kind: OutputKind) -> None:
    films, _ = source("aac in mp4")
    with pytest.raises(NoSound):
        cut(CutRequest(None, films, start_s=20, end_s=22, target=tmp_path / f"x.{kind}", kind=kind))


def test_a_range_inside_a_gap_is_refused(tmp_path: Path) -> None:
    path = media.make(media.recipe(None, media.Pack.MP4_FRONT, seconds=14.0, sound="aac"))
    lost = range(235, 254)  # 5.0 s to 5.4 s
    holed = with_packets(path, tmp_path / "hole.mp4", lambda number, data: None if number in lost else data)
    films = LocalSource(holed, origin_s=0.0)
    with pytest.raises(NoSound):
        cut(CutRequest(None, films, start_s=5.1, end_s=5.3, target=tmp_path / "x.opus", kind=OutputKind.OPUS))
    with pytest.raises(NoSound):
        decode_audio(films, 5.1, 5.3, tmp_path / "x.wav")


def test_opus_after_a_gap_keeps_its_place_in_ogg(tmp_path: Path) -> None:
    """Ogg has no gaps: missing audio has to be marked as lost."""
    path = media.make(media.recipe(None, media.Pack.MP4_FRONT, seconds=14.0, sound="opus"))
    source = with_packets(path, tmp_path / "hole.mp4", lambda number, data: None if 250 <= number < 270 else data)
    clip = tmp_path / "clip.opus"
    report = cut(
        CutRequest(None, LocalSource(source, origin_s=0.0), start_s=3, end_s=9, target=clip, kind=OutputKind.OPUS)
    )
    verify_clip(clip, report)
    heard = verify.track(clip)
    assert heard.end_s == pytest.approx(6.0, abs=0.001)
    assert abs(heard.cut(2.15, 0.1)).max() < 0.01, "silence where it is lost"
    spelled = verify.sound_seconds(clip)
    assert len(spelled) > 8
    assert all(abs(source_s - (at_s + 3)) < 0.03 for at_s, source_s in spelled), spelled


@pytest.mark.parametrize(("frame_ms", "bits"), [("2.5", "96k"), ("5", "96k"), ("60", "16k")])
def test_opus_in_ogg_keeps_its_length(tmp_path: Path, frame_ms: str, bits: str) -> None:
    path = media.make(media.recipe(None, media.Pack.MP4_FRONT, seconds=14.0, sound="aac"))
    source = tmp_path / "source.webm"
    made = ["-c:a", "libopus", "-frame_duration", frame_ms, "-b:a", bits, str(source)]
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), *made], check=True)
    clip = tmp_path / "clip.opus"
    report = cut(
        CutRequest(None, LocalSource(source, origin_s=0.0), start_s=3, end_s=6, target=clip, kind=OutputKind.OPUS)
    )
    verify_clip(clip, report)
    assert verify.track(clip).end_s == pytest.approx(3.0, abs=0.002)
