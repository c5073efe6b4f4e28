"""Random marks over the media matrix: the clip shows exactly the frames asked for, from first to last, in step with its
audio, and its interior is the source's packets bit for bit."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from clipferry.clip.cut import CutPath, CutRequest, cut
from clipferry.clip.model import OutputKind
from clipferry.clip.verify import verify_clip
from engine.measure import LENGTH_S, SOUND_FRAME_S, differences, film
from origin import media, verify

MP4, WEBM, MKV = OutputKind.MP4, OutputKind.WEBM, OutputKind.MKV
FMP4, FRONT, END, TS = media.Pack.FMP4, media.Pack.MP4_FRONT, media.Pack.MP4_END, media.Pack.TS
IN_MKV, IN_WEBM = media.Pack.MKV, media.Pack.WEBM_FRONT


class Format(NamedTuple):
    """A film of the matrix, the start of its timestamps, and what is cut from it."""

    picture: str
    pack: media.Pack
    sound: str | None
    offset_s: float
    kind: OutputKind

    def __str__(self) -> str:
        return f"{self.picture}-{self.pack}-{self.offset_s}-{self.kind}"


MATRIX = [
    Format("h264", FMP4, "aac-bare", 0.0, MP4),
    Format("h264", TS, "aac", 3.7, MP4),
    Format("h264-24", FRONT, "aac", 0.0, MP4),
    Format("h264-25", TS, "aac", 0.0, MKV),
    Format("h264-29.97", IN_MKV, "aac", 0.0, MP4),
    Format("h264-50", END, "aac", 0.0, MP4),
    Format("h264-60", FMP4, "aac-bare", 3.7, MKV),
    Format("h264-vfr", FRONT, "aac", 0.0, MP4),
    Format("h264-baseline", FMP4, None, 0.0, MP4),
    Format("h264-pyramid", FRONT, "aac", 0.0, MP4),
    Format("h264-bframes8", TS, None, 0.0, MP4),
    Format("h264-open-gop", FMP4, "aac-bare", 0.0, MP4),
    Format("h264-open-gop", TS, "aac", 3.7, MP4),
    Format("h264-intra-refresh", FRONT, "aac", 0.0, MP4),
    Format("h264-long-gop", FRONT, "aac", 0.0, MP4),
    Format("h264-slices", TS, "aac", 0.0, MP4),
    Format("h264-rotated", FRONT, "aac", 0.0, MP4),
    Format("h264-colour", FMP4, "aac-bare", 0.0, MKV),
    Format("hevc", FRONT, "aac", 0.0, MP4),
    Format("vp9", IN_WEBM, "opus", 0.0, WEBM),
    Format("vp9", IN_WEBM, "opus", 0.0, MP4),
    Format("vp9-10bit", IN_MKV, "opus", 3.7, MKV),
    Format("av1", FMP4, "aac-bare", 0.0, MP4),
    Format("av1", IN_WEBM, "opus", 0.0, WEBM),
    Format("av1-10bit", FRONT, "aac", 0.0, MP4),
    Format("h264", FRONT, "aac", 0.0, WEBM),
]

STARTS: tuple[Callable[[random.Random], float], ...] = (
    lambda dice: round(dice.uniform(0, LENGTH_S - 1), 3),  # anywhere
    lambda dice: dice.choice([5.0, 10.0]),  # on a keyframe
    lambda dice: dice.randrange(int(LENGTH_S - 1) * 30) / 30,  # on a frame
    lambda _: 0.0,
)
LENGTHS: tuple[Callable[[random.Random], float | None], ...] = (
    lambda dice: dice.uniform(0.04, 1.0),
    lambda dice: dice.uniform(1.0, 7.0),
    lambda _: None,  # to the end
)
"""Marks as a person makes them."""


def marks() -> Iterator[tuple[Format, float, float | None]]:
    """Three clips of each format, so that over the matrix each kind of start meets each kind of length."""
    both = list(product(STARTS, LENGTHS))
    for place, one in enumerate(MATRIX):
        dice = random.Random(repr(one))
        for turn in range(3):
            start, length = both[(3 * place + turn) * 5 % len(both)]
            start_s, length_s = start(dice), length(dice)
            yield one, start_s, None if length_s is None else round(start_s + length_s, 3)


@pytest.mark.parametrize(("of_format", "start_s", "end_s"), list(marks()), ids=str)
def test_first_to_last_frame(tmp_path: Path, of_format: Format, start_s: float, end_s: float | None) -> None:
    of = film(of_format.picture, of_format.pack, of_format.sound, of_format.offset_s)
    kind = of_format.kind
    clip = tmp_path / f"clip.{kind}"

    report = cut(CutRequest(of.source(), None, start_s=start_s, end_s=end_s, target=clip, kind=kind))
    proof = verify_clip(clip, report)

    assert differences(clip, of, start_s, end_s) == []
    assert differences(clip, of, start_s, end_s, edit_lists=False) == []
    assert proof.frames == len(of.wanted(start_s, end_s))
    _sound_in_step(clip, of.path, report.audio is not None)
    if report.path is not CutPath.REENCODE:
        _interior_copied(clip, of.path, proof.copied_frames, proof.frames)


def _sound_in_step(clip: Path, source: Path, has_sound: bool) -> None:
    if not has_sound:
        return
    offsets = verify.av_offsets(clip, verify.times_of(source), points=3)
    # Varying frame rates and Matroska's milliseconds leave the frames' own times up to a step off; a frame is the promise.
    assert all(abs(offset.offset_s) < SOUND_FRAME_S for offset in offsets if offset.sure)


def _interior_copied(clip: Path, source: Path, told: int, frames: int) -> None:
    copied, pictures = verify.copied_frames(clip, source)
    assert (copied, pictures) == (told, frames)


def test_a_twenty_second_clip_is_almost_all_copied(tmp_path: Path) -> None:
    """GOPs of 5 s, start in the middle of one: at most the rest of a GOP and the last B frames are encoded."""
    of = film("h264", FRONT, "aac")
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(of.source(), None, start_s=4.5, end_s=13.77, target=clip, kind=MP4))
    proof = verify_clip(clip, report)
    assert report.path is CutPath.SMART
    assert proof.frames - proof.copied_frames <= 15 + 3
    assert verify.interior_is_copied(clip, of.path, edge=18)


def test_a_whole_video_is_copied_unchanged(tmp_path: Path) -> None:
    of = film("h264-pyramid", FRONT, "aac")
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(of.source(), None, start_s=0, end_s=None, target=clip, kind=MP4))
    assert report.path is CutPath.COPY
    assert verify.copied_frames(clip, of.path) == (len(of.pictures), len(of.pictures))
    assert differences(clip, of, 0, None) == []
