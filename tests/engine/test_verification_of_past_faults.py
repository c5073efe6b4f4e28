"""Faults that once passed verification, reintroduced by removing their fix: wherever the clip is wrong, verification fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from clipferry.clip.cut import CutRequest, LocalSource, cut, timestamps
from clipferry.clip.cut.audio import audio_cut, audio_samples, packet_durations
from clipferry.clip.cut.demuxer import Reader
from clipferry.clip.cut.video import decoder
from clipferry.clip.errors import VerificationFailed
from clipferry.clip.model import Delivery, MediaSource, OutputKind, Window
from clipferry.clip.source import mp4_fragmented
from clipferry.clip.verify import verify_clip
from engine import reference
from engine import test_audio_timestamp_jitter as jittering_sound
from engine import test_gap_before_start as hole_before_start
from engine.test_edit_lists import EDITS, film, shown
from engine.test_last_frame import ENDS_S, FILMS, STARTS_S, publish_playlist
from engine.test_undeclared_reorder import FILMS as UNDECLARED
from engine.test_undeclared_reorder import undeclared
from faults.reading import Bench
from faults.test_untimed_packets import HLS, hls, stream
from origin import LocalInternet
from origin.media.foreign import edited, foreign, moving, playlist, x264

MP4 = OutputKind.MP4
Mark = tuple[float, float | None]


def missed(
    source: MediaSource, pictures: Sequence[reference.Shown], marks: Sequence[Mark], clip: Path
) -> tuple[int, list[Mark]]:
    """Return how many of the clips are wrong, and which of these pass verification."""
    wrong, passed = 0, []
    for start_s, end_s in marks:
        report = cut(CutRequest(source, None, start_s=start_s, end_s=end_s, target=clip, kind=MP4))
        if not reference.faults(clip, reference.wanted(pictures, start_s, end_s)):
            continue
        wrong += 1
        try:
            verify_clip(clip, report)
        except VerificationFailed:
            continue
        passed.append((start_s, end_s))
    return wrong, passed


def test_packets_without_a_timestamp_are_dropped(
    site: LocalInternet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        timestamps.MissingTimestamps,
        "filled",
        lambda _, packet: iter([packet] if packet is not None and packet.pts is not None else []),
    )
    source = hls(Bench(site, tmp_path / "store"), stream("aac", *HLS))
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(source, None, start_s=0, end_s=1.5, target=clip, kind=MP4))
    with pytest.raises(VerificationFailed) as raised:
        verify_clip(clip, report)
    assert "sound begins" in raised.value.detail
    source.close()


@pytest.mark.parametrize("name", ["one B picture", "a pyramid", "open groups"])
def test_a_reference_after_the_end_is_left_out(
    site: LocalInternet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    chosen = mp4_fragmented.chosen

    def trimmed(*args: Any, **kwargs: Any) -> tuple[int, int]:
        return chosen(*args, **{**kwargs, "followed": False})

    monkeypatch.setattr(mp4_fragmented, "chosen", trimmed)
    path = foreign("film.mp4", *moving(10, 6), *FILMS[name])
    source = Bench(site, tmp_path / "store").source(site.publish(path), duration_s=6.0)
    marks = [(start_s, end_s) for start_s in STARTS_S for end_s in ENDS_S]
    wrong, passed = missed(source, reference.decoded(path), marks, tmp_path / "clip.mp4")
    assert wrong > 0, "the fault is not there"
    assert passed == []
    source.close()


@pytest.mark.parametrize("name", ["a head is hidden", "an end is hidden", "both ends are hidden"])
def test_hidden_frames_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(Reader, "is_hidden", lambda *_: False)
    path = tmp_path / "edited.mp4"
    path.write_bytes(edited(film().read_bytes(), EDITS[name]))
    wrong, passed = missed(LocalSource(path), shown(EDITS[name]), [(0.0, None)], tmp_path / "clip.mp4")
    assert wrong > 0, "the fault is not there"
    assert passed == []


@pytest.mark.parametrize("suffix", ["mkv", "ts"])
def test_frames_that_a_decoder_drops_without_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """The headers do not declare the reorder depth."""
    monkeypatch.setattr(decoder, "wait_for_full_reorder", lambda _: None)
    made, path = undeclared(UNDECLARED["B pictures begin late"], suffix, tmp_path)
    marks = [(1.05, 4.55), (2.3, 2.36), (0.52, None)]
    wrong, passed = missed(LocalSource(path), reference.decoded(made), marks, tmp_path / "clip.mp4")
    assert wrong > 0, "the fault is not there"
    assert passed == []


def test_samples_that_follow_jittering_timestamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_samples, "_lasting_offset", lambda ahead, place, _: (ahead[0].place or place) - place)
    path = jittering_sound.jittering(jittering_sound.film("aac"), tmp_path / "jitter.mkv", 0.010)
    clip = tmp_path / "clip.webm"
    report = cut(CutRequest(LocalSource(path), None, start_s=1.37, end_s=6.21, target=clip, kind=OutputKind.WEBM))
    with pytest.raises(VerificationFailed) as raised:
        verify_clip(clip, report)
    assert "sound at" in raised.value.detail


@pytest.mark.parametrize("codec", ["aac", "libopus"])
def test_a_packet_whose_duration_covers_the_gap_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    """As in MP4."""
    monkeypatch.setattr(
        audio_cut,
        "with_durations",
        lambda packets, stream: packet_durations._container_durations(packets, packet_durations.frame_ticks(stream)),
    )
    holed, _ = hole_before_start.film("mp4", codec)
    clip = tmp_path / "clip.mp4"
    for start_s in (2.1, 2.25):
        report = cut(CutRequest(LocalSource(holed), None, start_s=start_s, end_s=4.0, target=clip, kind=MP4))
        with pytest.raises(VerificationFailed) as raised:
            verify_clip(clip, report)
        assert "sound begins" in raised.value.detail


@pytest.mark.parametrize("name", ["fragments", "clusters", "segments"])
def test_a_source_whose_length_is_declared_too_short(
    site: LocalInternet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bench = Bench(site, tmp_path / "store")
    coded = x264("-bf", "2", "-g", "10")
    if name == "fragments":
        path = foreign(
            "film.mp4", *moving(10, 6), *coded, "-movflags", "+delay_moov+default_base_moof+frag_keyframe+global_sidx"
        )
        source = bench.source(site.publish(path), duration_s=6.0)
    elif name == "clusters":
        path = foreign("film.mkv", *moving(10, 6), *coded, "-cluster_time_limit", "400")
        source = bench.source(site.publish(path), container="webm", duration_s=6.0)
    else:
        path = playlist(*moving(10, 6), *coded, "-hls_time", "1")
        source = bench.source(publish_playlist(site, path), Delivery.HLS, "mpegts")
    opened = type(source).open
    count = 0

    def short(self: Any, window: Window) -> Any:
        nonlocal count
        count += 1
        if count == 1 and window.end_s is not None:
            window = Window(window.start_s, window.end_s - 2.5)
        return opened(self, window)

    monkeypatch.setattr(type(source), "open", short)
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(source, None, start_s=1.3, end_s=4.8, target=clip, kind=MP4))
    assert report.end_s < 4.5, "the fault is not there"
    with pytest.raises(VerificationFailed) as raised:
        verify_clip(clip, report)
    assert "though the source has" in raised.value.detail
    source.close()
