"""Clips in real players: Chromium and Firefox show every frame of a joined clip, in order and at its time, across the
seams; the system's ffmpeg decodes it without a word."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from clipferry.clip.cut import CutPath, CutRequest, cut
from clipferry.clip.cut.splicing import av1
from clipferry.clip.model import OutputKind
from clipferry.clip.verify import verify_clip
from engine.conftest import Ask
from engine.measure import film
from origin import LocalInternet, media, verify

START_S, END_S = 4.256, 5.77  # into the middle of a group, a keyframe at 5 s, and the middle of the next group
EARLIER_S = 3.756
"""So that there are frames for two encoders, of 24 each."""

JOINED = {
    "h264": ("h264", media.Pack.FMP4, "aac-bare", OutputKind.MP4),
    "h264-pyramid": ("h264-pyramid", media.Pack.TS, "aac", OutputKind.MP4),
    "h264-baseline": ("h264-baseline", media.Pack.FMP4, None, OutputKind.MP4),
    "vp9 in webm": ("vp9", media.Pack.WEBM_FRONT, "opus", OutputKind.WEBM),
    "vp9 in mp4": ("vp9", media.Pack.WEBM_FRONT, "opus", OutputKind.MP4),
    "av1": ("av1", media.Pack.FMP4, "aac-bare", OutputKind.MP4),
    "av1 by two encoders": ("av1", media.Pack.FMP4, "aac-bare", OutputKind.MP4),
}
NO_BROWSER_PLAYS = {"hevc": ("hevc", media.Pack.MP4_FRONT, "aac", OutputKind.MP4)}


@dataclass(frozen=True)
class Clip:
    path: Path
    shown: tuple[tuple[float, int], ...]
    """When each frame shows, on the file's own clock, by the verifier."""
    seam: int
    """The place of the first frame after the head."""


def joined(name: str, folder: Path) -> Clip:
    picture, pack, sound, kind = {**JOINED, **NO_BROWSER_PLAYS}[name]
    of = film(picture, pack, sound)
    path = folder / f"clip.{kind.value}"
    two = name.endswith("two encoders")
    start_s = EARLIER_S if two else START_S
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(av1, "has_capacity_for_two", lambda _: two)
        report = cut(CutRequest(of.source(), None, start_s=start_s, end_s=END_S, target=path, kind=kind))
    verify_clip(path, report)
    assert report.path is CutPath.SMART
    seen = tuple((at, number) for at, number in verify.pictures(path).seen if number is not None)
    assert [number for _, number in seen] == of.wanted(start_s, END_S)
    assert report.video is not None
    behind = next(i for i, (at, _) in enumerate(seen) if at - seen[0][0] > report.video.seams_s[0] - 0.001)
    return Clip(path, seen, behind)


@pytest.mark.parametrize("name", JOINED)
@pytest.mark.parametrize("player", ["chromium", "firefox"])
def test_a_player_shows_each_frame_at_its_time(
    request: pytest.FixtureRequest, internet: LocalInternet, tmp_path: Path, player: str, name: str
) -> None:
    browser: Ask = request.getfixturevalue(player)
    clip = joined(name, tmp_path)
    last = len(clip.shown) - 1
    places = sorted({0, 1, 2, *range(22, 27), *range(clip.seam - 4, clip.seam + 5), *range(last - 3, last + 1)})

    found = browser("watch", internet.publish(clip.path), [clip.shown[place][0] + 0.016 for place in places])

    assert "error" not in found
    assert found["landed"] == [clip.shown[place][1] for place in places]
    numbers = [number for _, number in found["seen"]]
    assert numbers == sorted(numbers)
    assert numbers[0] == clip.shown[0][1]
    assert numbers[-1] == clip.shown[-1][1]
    # A busy machine may not show all of them; what is shown is one of the clip's, and most of them are.
    assert set(numbers) <= {number for _, number in clip.shown}
    assert len(set(numbers)) > len(clip.shown) * 0.5
    length_s = clip.shown[-1][0] - clip.shown[0][0] + 1 / 30
    assert found["duration"] == pytest.approx(length_s, abs=0.05)


@pytest.mark.parametrize("name", [*JOINED, *NO_BROWSER_PLAYS])
def test_another_ffmpeg_decodes_and_remuxes_it(tmp_path: Path, name: str) -> None:
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.fail("no ffmpeg on this machine: `python3 tests/run.py` brings it")
    clip = joined(name, tmp_path)
    copied = tmp_path / "copied.mkv"
    for made, arguments in ((clip.path, []), (copied, ["-i", clip.path, "-c", "copy", copied])):
        if arguments:
            subprocess.run([program, "-v", "error", *arguments], check=True)
        done = subprocess.run(
            [program, "-v", "warning", "-xerror", "-i", made, "-map", "0:v", "-f", "framemd5", "-"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        assert sum(not line.startswith("#") for line in done.stdout.splitlines()) == len(clip.shown)
