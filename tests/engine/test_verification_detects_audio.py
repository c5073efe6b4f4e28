"""The same for audio (see :mod:`engine.test_verification_detects`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clipferry.clip.cut import CutRequest, LocalSource, cut, cut_once, demuxer
from clipferry.clip.cut.audio import audio_cut, audio_file, audio_samples, audio_track
from clipferry.clip.cut.demuxer import Reader
from clipferry.clip.cut.packets import AudioPacket
from clipferry.clip.errors import VerificationFailed
from clipferry.clip.format_selection import ClipPlan
from clipferry.clip.model import Output, OutputKind
from clipferry.clip.output.transcode import TranscodeContext, sound_file
from clipferry.clip.run_context import RunContext
from clipferry.clip.verify import verify_clip
from engine.fault_cases import COPIED_SOUND, ENCODED_SOUND, FRONT, MP4, TS, Case, make, rotating
from origin import media


def changed_copy(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[list[AudioPacket]], list[AudioPacket]], zero_s: float = 0.0
) -> None:
    """Copy other audio packets than those that belong to the clip."""
    copy = audio_cut.copy_audio

    def changed(reader: Reader, zero: float, end: float | None, **how: Any) -> Iterator[AudioPacket]:
        return iter(change(list(copy(reader, zero + zero_s, end, **how))))

    monkeypatch.setattr(audio_track, "copy_audio", changed)
    monkeypatch.setattr(audio_file, "copy_audio", changed)


def shifted(by_s: float) -> Callable[[list[AudioPacket]], list[AudioPacket]]:
    def shift(pieces: list[AudioPacket]) -> list[AudioPacket]:
        tick = pieces[0].packet.time_base
        return [piece._replace(pts=piece.pts + round(by_s / tick)) for piece in pieces]

    return shift


Change = Callable[[list[AudioPacket]], list[AudioPacket]]
SHIFTS: dict[str, Change] = {"late": shifted(0.05), "a little late": shifted(0.012), "early": shifted(-0.05)}
COPY_FAULTS: dict[str, Change] = {
    "begins a frame late": lambda pieces: pieces[2:],
    "ends early": lambda pieces: pieces[:-2],
    "a hole": lambda pieces: pieces[:30] + pieces[32:],
    "packets swapped": lambda pieces: [
        *pieces[:30],
        pieces[31]._replace(pts=pieces[30].pts),
        pieces[30]._replace(pts=pieces[31].pts),
        *pieces[32:],
    ],
}


@pytest.mark.parametrize("fault", COPY_FAULTS)
@pytest.mark.parametrize("case", COPIED_SOUND, ids=str)
def test_copied_audio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, fault: str) -> None:
    changed_copy(monkeypatch, COPY_FAULTS[fault])
    with pytest.raises(VerificationFailed):
        make(case, tmp_path)


@pytest.mark.parametrize(("case", "shift"), rotating(list(SHIFTS), COPIED_SOUND), ids=str)
def test_copied_audio_at_another_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, shift: str) -> None:
    changed_copy(monkeypatch, SHIFTS[shift])
    with pytest.raises(VerificationFailed):
        make(case, tmp_path)


@pytest.mark.parametrize(("case", "by_s"), rotating((-1.0, 0.2), COPIED_SOUND), ids=str)
def test_copied_audio_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, by_s: float) -> None:
    changed_copy(monkeypatch, lambda pieces: pieces, by_s)
    with pytest.raises(VerificationFailed):
        make(case, tmp_path)


@pytest.mark.parametrize("case", [*COPIED_SOUND, ENCODED_SOUND[0]], ids=str)
def test_no_audio_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    monkeypatch.setattr(cut_once, "add_audio_track", lambda *_, **__: (None, None))
    with pytest.raises(VerificationFailed) as raised:
        make(case, tmp_path)
    assert "no sound" in raised.value.detail


def test_a_file_that_is_opened_after_its_audio_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was never read cannot be missed: where the audio begins late, the source is read from earlier on."""
    case = Case("h264-pyramid", TS, "aac", MP4, 5.0, 8.9)
    begun = demuxer.Reader.__init__

    def entered_late(self: Reader, *args: Any, **kwargs: Any) -> None:
        begun(self, *args, **kwargs)
        stream = self.audio
        if self.video is not None and stream is not None:
            until = self.ticks(stream, case.start_s + 0.3)
            self._demux = (p for p in self._demux if p.stream is not stream or (p.pts or 0) > until)

    monkeypatch.setattr(demuxer.Reader, "__init__", entered_late)
    with pytest.raises(VerificationFailed) as raised:
        make(case, tmp_path)
    assert "has some before" in raised.value.detail


SAMPLE_FAULTS: dict[str, tuple[float, float]] = {
    "late": (-0.04, 0.0),
    "early": (0.04, 0.0),
    "another's": (-2.0, -2.0),
    "ends early": (0.0, -0.3),
}
"""What is added to the start and to the end that samples are taken from."""


def changed_samples(monkeypatch: pytest.MonkeyPatch, start_s: float, end_s: float) -> None:
    taken = audio_samples.decode_samples

    def changed(reader: Reader, zero: float, end: float | None, **how: Any) -> Any:
        return taken(reader, zero + start_s, None if end is None else end + end_s, **how)

    monkeypatch.setattr(audio_cut, "decode_samples", changed)
    monkeypatch.setattr(audio_file, "decode_samples", changed)


@pytest.mark.parametrize(("fault", "case"), list(zip(SAMPLE_FAULTS, ENCODED_SOUND * 2, strict=True)), ids=str)
def test_encoded_audio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, fault: str) -> None:
    changed_samples(monkeypatch, *SAMPLE_FAULTS[fault])
    with pytest.raises(VerificationFailed):
        make(case, tmp_path)


# Audio alone ----------------------------------------------------------------------------------------------------------

M4A, OPUS, MP3, FLAC = OutputKind.M4A, OutputKind.OPUS, OutputKind.MP3, OutputKind.FLAC
SOUND_FILES = [("aac", M4A), ("opus", OPUS), ("aac", OPUS), ("opus", M4A)]


def make_sound(sound_of_film: str, kind: OutputKind, folder: Path) -> None:
    path = media.make(media.recipe(None, FRONT, seconds=14.0, sound=sound_of_film))
    clip = folder / f"clip.{kind}"
    report = cut(CutRequest(None, LocalSource(path, origin_s=0.0), start_s=3.3, end_s=8, target=clip, kind=kind))
    verify_clip(clip, report)


@pytest.mark.parametrize(("codec", "kind"), SOUND_FILES)
def test_an_intact_audio_clip_passes(tmp_path: Path, codec: str, kind: OutputKind) -> None:
    make_sound(codec, kind, tmp_path)


@pytest.mark.parametrize("fault", ["late", "early", "begins a frame late", "ends early", "a hole", "packets swapped"])
@pytest.mark.parametrize(("codec", "kind"), SOUND_FILES[:2])
def test_copied_audio_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str, kind: OutputKind, fault: str
) -> None:
    if fault == "begins a frame late":
        # Past what the decoder needs before the first sample.
        changed_copy(monkeypatch, lambda pieces: pieces[8:])
    else:
        changed_copy(monkeypatch, {**COPY_FAULTS, **SHIFTS}[fault])
    with pytest.raises(VerificationFailed):
        make_sound(codec, kind, tmp_path)


@pytest.mark.parametrize(("fault", "file"), list(zip(SAMPLE_FAULTS, SOUND_FILES[2:] * 2, strict=True)), ids=str)
def test_encoded_audio_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: tuple[str, OutputKind], fault: str
) -> None:
    changed_samples(monkeypatch, *SAMPLE_FAULTS[fault])
    with pytest.raises(VerificationFailed):
        make_sound(*file, tmp_path)


def place_in(folder: Path) -> TranscodeContext:
    return TranscodeContext(folder, None, RunContext())


@pytest.mark.parametrize(
    ("kind", "fault"), [(MP3, None), (FLAC, None), (MP3, "late"), (FLAC, "early"), (MP3, "another's")]
)
def test_samples_for_another_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: OutputKind, fault: str | None
) -> None:
    path = media.make(media.recipe(None, FRONT, seconds=14.0, sound="aac"))
    plan = ClipPlan(video=None, audio=None, start_s=3.3, end_s=8.0, output=Output(kind=kind), whole=False)
    if fault is not None:
        changed_samples(monkeypatch, *SAMPLE_FAULTS[fault])
    source = LocalSource(path, origin_s=0.0)
    if fault is None:
        sound_file(plan, source, place_in(tmp_path), lambda _: None)
        return
    with pytest.raises(VerificationFailed) as raised:
        sound_file(plan, source, place_in(tmp_path), lambda _: None)
    assert "the sound at" in raised.value.detail
