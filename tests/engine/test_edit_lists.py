"""A clip shows what a player shows of its source: what an edit list (ISO/IEC 14496-12, 8.6.6) hides stays hidden."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from clipferry.clip.cut import CutRequest, LocalSource, cut
from clipferry.clip.model import CutMode, MediaSource, OutputKind
from clipferry.clip.verify import verify_clip
from engine import reference
from faults.reading import Bench
from origin import LocalInternet, verify
from origin.media.foreign import edited, foreign, moving, x264

MP4, MKV, WEBM, M4A = OutputKind.MP4, OutputKind.MKV, OutputKind.WEBM, OutputKind.M4A
Edits = tuple[tuple[float, float | None], ...]
EDITS: dict[str, Edits] = {
    "a head is hidden": ((4.7, 1.3),),
    "a head up to a keyframe is hidden": ((4.0, 2.0),),
    "an end is hidden": ((3.0, 0.0),),
    "an end behind a keyframe is hidden": ((4.1, 0.0),),
    "both ends are hidden": ((3.0, 1.3),),
    "nothing is shown at first": ((0.4, None), (5.6, 0.0)),
    "nothing is shown at first, then both ends are hidden": ((0.4, None), (3.0, 1.3)),
    "a middle is hidden": ((2.3, 0.0), (1.5, 3.7)),
    "a middle between keyframes is hidden": ((2.0, 0.0), (2.0, 4.0)),
    "the end comes first": ((2.0, 4.0), (2.0, 0.0)),
}


MARKS = [(0.0, 2.0), (0.45, 2.65), (1.0, None), (0.0, 9.0)]


def film() -> Path:
    coded = x264("-bf", "2", "-g", "20", "-x264-params", "b-adapt=0:scenecut=0")
    return foreign(
        "film.mp4",
        *moving(10, 6),
        "-f",
        "lavfi",
        "-i",
        "anoisesrc=d=6:r=48000:seed=3:a=0.3,lowpass=f=3000",
        *coded,
        "-c:a",
        "aac",
    )


def shown(edits: Edits) -> list[reference.Shown]:
    """Return the film's frames that a player shows, with the times at which it does."""
    found: list[reference.Shown] = []
    at_s = 0.0
    for length_s, begin_s in edits:
        if begin_s is not None:
            own = [one for one in reference.decoded(film()) if begin_s - 0.001 < one.at_s < begin_s + length_s - 0.001]
            found += [one._replace(at_s=round(at_s + one.at_s - begin_s, 6)) for one in own]
        at_s += length_s
    return found


def several(edits: Edits) -> bool:
    """Between two edits libav, and so Chromium, leaves out up to the duration of a frame."""
    return sum(begin_s is not None for _, begin_s in edits) > 1


def sources(site: LocalInternet, tmp_path: Path, path: Path) -> Sequence[MediaSource]:
    return LocalSource(path), Bench(site, tmp_path / "store").source(site.publish(path), duration_s=6.0)


@pytest.mark.parametrize("kind", [MP4, MKV, WEBM])
@pytest.mark.parametrize("name", EDITS)
def test_a_whole_copy_shows_what_a_player_shows(
    site: LocalInternet, tmp_path: Path, name: str, kind: OutputKind
) -> None:
    path = tmp_path / "edited.mp4"
    path.write_bytes(edited(film().read_bytes(), EDITS[name]))
    due = reference.decoded(path) if several(EDITS[name]) else shown(EDITS[name])
    for source in sources(site, tmp_path, path):
        clip = tmp_path / f"clip.{kind}"
        report = cut(CutRequest(source, None, start_s=0.0, end_s=None, target=clip, kind=kind))
        assert reference.faults(clip, due) == []
        verify_clip(clip, report)
        source.close()


@pytest.mark.parametrize("mode", CutMode)
@pytest.mark.parametrize("name", EDITS)
def test_a_clip_shows_no_hidden_frame(site: LocalInternet, tmp_path: Path, name: str, mode: CutMode) -> None:
    """Each mark meets each edit and mode; the local file and the remote one take turns."""
    path = tmp_path / "edited.mp4"
    path.write_bytes(edited(film().read_bytes(), EDITS[name]))
    due = reference.decoded(path) if several(EDITS[name]) else shown(EDITS[name])
    turn = (list(EDITS).index(name) + list(CutMode).index(mode)) % 2
    for place, source in enumerate(sources(site, tmp_path, path)):
        zero_s = due[0].at_s if isinstance(source, LocalSource) else 0.0
        for start_s, end_s in MARKS[(place + turn) % 2 :: 2]:
            clip = tmp_path / "clip.mp4"
            report = cut(CutRequest(source, None, start_s=start_s, end_s=end_s, target=clip, kind=MP4, mode=mode))
            verify_clip(clip, report)
            if mode is CutMode.FAST:
                pictures = reference.decoded.__wrapped__(clip)
                assert all(max(reference.likeness_db(one.luma, other.luma) for other in due) > 34 for one in pictures)
            else:
                assert reference.faults(clip, reference.wanted(due, start_s, end_s, zero_s)) == [], (start_s, end_s)
        source.close()


@pytest.mark.parametrize("kind", [MP4, MKV, M4A])
@pytest.mark.parametrize("name", ["a head is hidden", "both ends are hidden"])
def test_the_audio_matches_the_edit_list(site: LocalInternet, tmp_path: Path, name: str, kind: OutputKind) -> None:
    path = tmp_path / "edited.mp4"
    path.write_bytes(edited(film().read_bytes(), EDITS[name]))
    length_s = EDITS[name][0][0]
    whole = verify.track(film())
    for source in sources(site, tmp_path, path):
        clip = tmp_path / f"clip.{kind}"
        pair = (None, source) if kind is M4A else (source, None)
        report = cut(CutRequest(*pair, start_s=0.0, end_s=None, target=clip, kind=kind))
        verify_clip(clip, report)
        heard = verify.track(clip)
        zero_s = 0.0 if kind is M4A else reference.decoded.__wrapped__(clip)[0].at_s
        assert heard.end_s - zero_s == pytest.approx(length_s, abs=0.05)
        assert alike(heard.cut(zero_s + 0.5, 1.0), whole.cut(1.8, 1.0)) > 0.95
        source.close()


def alike(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


TRIMMED = {
    "progressive": (),
    "in front": ("-movflags", "+faststart"),
    "fragmented": ("-movflags", "+frag_keyframe+delay_moov+default_base_moof"),
    "fragmented, with an index": ("-movflags", "+frag_keyframe+delay_moov+default_base_moof+global_sidx"),
}


@pytest.mark.parametrize("name", TRIMMED)
def test_frames_trimmed_by_ffmpeg_stay_hidden(site: LocalInternet, tmp_path: Path, name: str) -> None:
    """As phones and editors trim without encoding: the file has everything from the keyframe on."""
    made = x264("-bf", "2", "-g", "250")
    whole = foreign("film.mp4", *moving(10, 6), *made)
    path = tmp_path / "trimmed.mp4"
    foreign_trim = foreign("trimhead.mp4", "-ss", "1.3", "-i", str(whole), "-t", "3", "-c", "copy", *TRIMMED[name])
    path.write_bytes(foreign_trim.read_bytes())
    due = [one for one in reference.decoded(whole) if one.at_s > 1.29][:32]
    for source in sources(site, tmp_path, path):
        for start_s, end_s in [(0.0, None), (0.0, 2.0), (0.95, 2.05)]:
            clip = tmp_path / "clip.mp4"
            report = cut(CutRequest(source, None, start_s=start_s, end_s=end_s, target=clip, kind=MP4))
            verify_clip(clip, report)
            assert reference.faults(clip, reference.wanted(due, start_s, end_s)) == [], (start_s, end_s)
        source.close()
