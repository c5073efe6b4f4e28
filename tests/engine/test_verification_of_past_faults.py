"""Faults that once passed the proof, brought back by taking their remedy away: wherever the clip is wrong, the proof fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from clipferry.clip.cut import LocalSource, cut, timestamps
from clipferry.clip.cut.reader import Reader
from clipferry.clip.errors import ProofFailed
from clipferry.clip.model import MediaSource, OutputKind
from clipferry.clip.proof import prove
from clipferry.clip.source import fmp4
from engine import reference
from engine.test_edit_lists import EDITS, film, shown
from engine.test_last_picture import ENDS_S, FILMS, STARTS_S
from faults.reading import Bench
from faults.test_untimed_packets import HLS, hls, stream
from origin import LocalInternet
from origin.media.foreign import edited, foreign, moving

MP4 = OutputKind.MP4
Mark = tuple[float, float | None]


def missed(
    source: MediaSource, pictures: Sequence[reference.Shown], marks: Sequence[Mark], clip: Path
) -> tuple[int, list[Mark]]:
    """How many of the clips are wrong, and which of these pass the proof."""
    wrong, passed = 0, []
    for start_s, end_s in marks:
        report = cut(source, None, start_s=start_s, end_s=end_s, target=clip, kind=MP4)
        if not reference.faults(clip, reference.wanted(pictures, start_s, end_s)):
            continue
        wrong += 1
        try:
            prove(clip, report, kind=MP4)
        except ProofFailed:
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
    report = cut(source, None, start_s=0, end_s=1.5, target=clip, kind=MP4)
    with pytest.raises(ProofFailed) as told:
        prove(clip, report, kind=MP4)
    assert "sound begins" in told.value.detail
    source.close()


@pytest.mark.parametrize("name", ["one B picture", "a pyramid", "open groups"])
def test_a_reference_behind_the_end_is_left_out(
    site: LocalInternet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    chosen = fmp4.chosen

    def trimmed(*args: Any, **kwargs: Any) -> tuple[int, int]:
        return chosen(*args, **{**kwargs, "followed": False})

    monkeypatch.setattr(fmp4, "chosen", trimmed)
    path = foreign("film.mp4", *moving(10, 6), *FILMS[name])
    source = Bench(site, tmp_path / "store").source(site.publish(path), duration_s=6.0)
    marks = [(start_s, end_s) for start_s in STARTS_S for end_s in ENDS_S]
    wrong, passed = missed(source, reference.decoded(path), marks, tmp_path / "clip.mp4")
    assert wrong > 0, "the fault is not there"
    assert passed == []
    source.close()


@pytest.mark.parametrize("name", ["a head is hidden", "an end is hidden", "both ends are hidden"])
def test_what_an_edit_list_hides_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(Reader, "hides", lambda *_: False)
    path = tmp_path / "edited.mp4"
    path.write_bytes(edited(film().read_bytes(), EDITS[name]))
    wrong, passed = missed(LocalSource(path), shown(EDITS[name]), [(0.0, None)], tmp_path / "clip.mp4")
    assert wrong > 0, "the fault is not there"
    assert passed == []
