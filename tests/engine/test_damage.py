"""Damage of the source costs only what was damaged: everything else is kept, in its place."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from clipferry.clip.cut import CutRequest, LocalSource, cut, decode_audio
from clipferry.clip.errors import ClipError
from clipferry.clip.model import OutputKind
from clipferry.clip.verify import verify_clip
from engine.damage import with_packets
from engine.measure import SOUND_FRAME_S, differences, film
from origin import media, verify

MP4, WEBM = OutputKind.MP4, OutputKind.WEBM
FRONT, IN_WEBM = media.Pack.MP4_FRONT, media.Pack.WEBM_FRONT
LOST = range(235, 254)
"""Packets of AAC from 5.0 s to 5.4 s."""


def test_encoded_audio_after_a_gap_stays_in_sync(tmp_path: Path) -> None:
    of = film("h264", FRONT, "aac")
    source = with_packets(of.path, tmp_path / "hole.mp4", lambda number, data: None if number in LOST else data)
    clip = tmp_path / "clip.webm"
    report = cut(CutRequest(LocalSource(source), None, start_s=3, end_s=9, target=clip, kind=WEBM))
    verify_clip(clip, report)
    offsets = [one for one in verify.av_offsets(clip, verify.times_of(of.path), points=6) if one.sure > 0.5]
    assert len(offsets) > 3
    assert all(abs(one.offset_s) < SOUND_FRAME_S for one in offsets), offsets


def only_sound(sound: str) -> Path:
    return media.make(media.recipe(None, FRONT, seconds=14.0, sound=sound))


@pytest.mark.parametrize("bad", [b"\xff" * 20, None], ids=["broken", "lost"])
def test_decoded_samples_after_a_gap_keep_their_place(tmp_path: Path, bad: bytes | None) -> None:
    source = with_packets(
        only_sound("aac"), tmp_path / "hole.mp4", lambda number, data: bad if number in LOST else data
    )
    wav = tmp_path / "clip.wav"
    report = decode_audio(LocalSource(source, origin_s=0.0), 3, 9, wav)
    assert report.end_s == 6
    spelled = verify.sound_seconds(wav)
    assert len(spelled) > 8
    assert all(abs(source_s - (at_s + 3)) < 0.001 for at_s, source_s in spelled), spelled


@pytest.mark.parametrize(("start_s", "end_s"), [(4, 5.2), (5.2, 6)], ids=["end", "start"])
def test_an_edge_inside_a_gap_is_silent(tmp_path: Path, start_s: float, end_s: float) -> None:
    source = with_packets(
        only_sound("aac"), tmp_path / "hole.mp4", lambda number, data: None if number in range(235, 245) else data
    )
    wav = tmp_path / "clip.wav"
    report = decode_audio(LocalSource(source, origin_s=0.0), start_s, end_s, wav)
    assert report.end_s == pytest.approx(end_s - start_s)


@pytest.mark.parametrize("kind", [MP4, WEBM])
@pytest.mark.parametrize(
    ("picture", "pack", "sound"), [("vp9", IN_WEBM, "opus"), ("h264", FRONT, "aac"), ("hevc", FRONT, "aac")]
)
@pytest.mark.parametrize("seed", range(2))
def test_corrupt_packets_give_a_clip_or_a_clip_error(
    tmp_path: Path, picture: str, pack: media.Pack, sound: str, kind: OutputKind, seed: int
) -> None:
    """libav's decoders return many errors for corrupt packets: ``EPERM``, ``EAGAIN``, ``PATCHWELCOME``, not only ``EINVAL``."""
    dice = random.Random(seed)

    def broken(_: int, data: bytes) -> bytes:
        return data[:4] + dice.randbytes(min(len(data), 400)) if dice.random() < 0.1 else data

    of = film(picture, pack, sound)
    half = with_packets(of.path, tmp_path / f"half{of.path.suffix}", broken, "video")
    source = with_packets(half, tmp_path / f"source{of.path.suffix}", broken)
    for start_s, end_s in ((0.5, 1.3), (3.3, 6.9)):
        clip = tmp_path / f"clip.{kind}"
        try:
            report = cut(CutRequest(LocalSource(source), None, start_s=start_s, end_s=end_s, target=clip, kind=kind))
            verify_clip(clip, report)
        except ClipError:
            continue


def test_a_corrupt_adts_frame_loses_only_itself(tmp_path: Path) -> None:
    """Muxers strip the header of each frame, and fail on an invalid one."""
    of = film("h264", media.Pack.TS, "aac")
    source = with_packets(of.path, tmp_path / "source.ts", lambda number, data: b"\xff" * 20 if number == 235 else data)
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(LocalSource(source), None, start_s=3.3, end_s=8, target=clip, kind=MP4))
    verify_clip(clip, report)
    assert differences(clip, of, 3.3, 8) == []
    offsets = [one for one in verify.av_offsets(clip, verify.times_of(of.path), points=6) if one.sure > 0.5]
    assert len(offsets) > 4
    assert all(abs(one.offset_s) < SOUND_FRAME_S for one in offsets), offsets


def test_the_packet_before_a_gap_is_copied(tmp_path: Path) -> None:
    """In MP4 its duration lasts until the next packet."""
    of = film("h264", FRONT, "aac")
    source = with_packets(of.path, tmp_path / "hole.mp4", lambda number, data: None if number in LOST else data)
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(LocalSource(source), None, start_s=3, end_s=9, target=clip, kind=MP4))
    verify_clip(clip, report)
    assert report.audio is not None
    assert report.audio.packets == pytest.approx(6 / SOUND_FRAME_S - len(LOST), abs=1.5)
    (gap,) = verify.track(clip).gaps
    assert gap[1] == pytest.approx(len(LOST) * SOUND_FRAME_S, abs=0.001)
