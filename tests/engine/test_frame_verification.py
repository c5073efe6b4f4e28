"""Verification compares frames: a clip with every packet in its place and wrong frames in them fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import av
import pytest
from av.video.frame import VideoFrame

from clipferry.clip.cut import CutPath, CutReport, CutRequest, cut
from clipferry.clip.cut.frame_compare import luma_samples, psnr_db
from clipferry.clip.cut.packets import AnyPacket
from clipferry.clip.cut.video import head, tail
from clipferry.clip.cut.video.decoder import FrameDecoder
from clipferry.clip.errors import VerificationFailed
from clipferry.clip.model import CutMode, OutputKind
from clipferry.clip.verify import verify_clip
from engine.damage import with_packets
from engine.measure import differences, film
from origin import media

FRONT, IN_WEBM, FMP4 = media.Pack.MP4_FRONT, media.Pack.WEBM_FRONT, media.Pack.FMP4
MP4 = OutputKind.MP4
FILMS = [("h264-pyramid", FRONT), ("hevc", FRONT), ("vp9", IN_WEBM), ("av1", FMP4), ("vp9-10bit", IN_WEBM)]
START_S, END_S = 3.3, 8.0


def make(tmp_path: Path, picture: str, pack: media.Pack, end_s: float = END_S) -> tuple[Path, CutReport]:
    clip = tmp_path / "clip.mp4"
    report = cut(
        CutRequest(film(picture, pack, None).source(), None, start_s=START_S, end_s=end_s, target=clip, kind=MP4)
    )
    return clip, report


class Late(FrameDecoder):
    """A decoder that gives each frame the time of the next, when that is fed."""

    def _late(self, frames: list[VideoFrame]) -> list[VideoFrame]:
        for frame in frames:
            frame.pts = cast("int", frame.pts) + self.step
        return frames

    step = 0
    held: tuple[VideoFrame, ...] = ()

    def feed(self, packet: AnyPacket, *, wanted: bool) -> list[VideoFrame]:
        self.step = packet.duration or self.step
        ready, self.held = [*self.held], tuple(self._late(super().feed(packet, wanted=True)))
        return ready

    def drain(self) -> list[VideoFrame]:
        return [*self.held, *self._late(super().drain())]


class LateHead(Late):
    """The same, for the head only: a tail is decoded through ``all``."""

    in_tail = False
    late_in_tail = False

    def _late(self, frames: list[VideoFrame]) -> list[VideoFrame]:
        return super()._late(frames) if self.in_tail is self.late_in_tail else frames

    def all(self, packets: Iterator[AnyPacket], *, wanted: Callable[[int], bool]) -> Iterator[VideoFrame]:
        self.in_tail = True
        return super().all(packets, wanted=wanted)


def replace_decoder(monkeypatch: pytest.MonkeyPatch, decoder: type[FrameDecoder]) -> None:
    for part in (head, tail):
        monkeypatch.setattr(part, "FrameDecoder", decoder)


class LateTail(LateHead):
    late_in_tail = True


class ForeignTail(FrameDecoder):
    """Decodes a tail from the packets of another film with the same times."""

    def all(self, packets: Iterator[AnyPacket], *, wanted: Callable[[int], bool]) -> Iterator[VideoFrame]:
        times = [cast("int", packet.pts) for packet in packets]
        with av.open(str(film("h264", FRONT, None).path)) as file:
            yield from self._timed(file.decode(video=0), sorted(times))

    @staticmethod
    def _timed(frames: Iterator[VideoFrame], times: list[int]) -> Iterator[VideoFrame]:
        for frame, pts in zip(frames, times, strict=False):
            frame.pts = pts
            yield frame


@pytest.mark.parametrize(("picture", "pack"), FILMS)
def test_an_intact_clip_passes(tmp_path: Path, picture: str, pack: media.Pack) -> None:
    clip, report = make(tmp_path, picture, pack)
    verify_clip(clip, report)
    assert report.video is not None
    frame_samples = report.video.frame_samples
    assert len(frame_samples) >= 8
    assert report.path is CutPath.REENCODE or any(look.min_psnr_db == float("inf") for look in frame_samples)


@pytest.mark.parametrize(
    ("picture", "pack"), [("h264-pyramid", FRONT), ("hevc", FRONT), ("vp9", IN_WEBM), ("av1", FMP4)]
)
def test_a_head_with_frames_of_other_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture: str, pack: media.Pack
) -> None:
    replace_decoder(monkeypatch, LateHead)
    clip, report = make(tmp_path, picture, pack)
    with pytest.raises(VerificationFailed) as raised:
        verify_clip(clip, report)
    assert "another picture" in raised.value.detail


def test_a_tail_with_frames_of_other_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when it was decoded from packets with rewritten times."""
    clip, report = make(tmp_path, "h264-pyramid", FRONT, 9.9)
    assert report.video is not None and len(report.video.seams_s) == 2, "there is a tail"
    verify_clip(clip, report)
    replace_decoder(monkeypatch, LateTail)
    clip, report = make(tmp_path, "h264-pyramid", FRONT, 9.9)
    verify_clip(clip, report)
    assert report.note == "The last pictures could not be joined, so every frame was encoded again."
    assert differences(clip, film("h264-pyramid", FRONT, None), START_S, 9.9) == []


def test_a_tail_with_frames_of_another_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_decoder(monkeypatch, ForeignTail)
    clip, report = make(tmp_path, "h264-pyramid", FRONT, 9.9)
    assert report.path is CutPath.SMART
    with pytest.raises(VerificationFailed) as raised:
        verify_clip(clip, report)
    assert "another picture" in raised.value.detail


@pytest.mark.parametrize(("picture", "pack"), FILMS)
def test_each_frame_sample_counts(tmp_path: Path, picture: str, pack: media.Pack) -> None:
    clip, report = make(tmp_path, picture, pack)
    assert report.video is not None
    frame_samples = report.video.frame_samples
    for number in range(len(frame_samples)):
        other = frame_samples[number]._replace(luma=bytes(255 - value for value in frame_samples[number].luma))
        changed = (*frame_samples[:number], other, *frame_samples[number + 1 :])
        with pytest.raises(VerificationFailed):
            verify_clip(clip, report._replace(video=report.video._replace(frame_samples=changed)))


def test_a_copied_frame_has_to_be_identical(tmp_path: Path) -> None:
    clip, report = make(tmp_path, "h264-pyramid", FRONT)
    assert report.video is not None
    number, look = next((n, one) for n, one in enumerate(report.video.frame_samples) if one.min_psnr_db == float("inf"))
    points = bytearray(look.luma)
    points[1000] ^= 1
    frame_samples = list(report.video.frame_samples)
    frame_samples[number] = look._replace(luma=bytes(points))
    with pytest.raises(VerificationFailed):
        verify_clip(clip, report._replace(video=report.video._replace(frame_samples=tuple(frame_samples))))


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_a_changed_packet_far_from_any_splice_point(tmp_path: Path, kind: str) -> None:
    clip = tmp_path / "clip.mp4"
    report = cut(
        CutRequest(film("h264", FRONT, "aac").source(), None, start_s=START_S, end_s=13, target=clip, kind=MP4)
    )
    verify_clip(clip, report)
    with av.open(str(clip)) as file:
        stream = file.streams.video[0] if kind == "video" else file.streams.audio[0]
        packets = [packet for packet in file.demux(stream) if packet.size and packet.pos is not None]
    chosen = packets[len(packets) // 2]
    data = bytearray(clip.read_bytes())
    data[cast("int", chosen.pos) + chosen.size - 1] ^= 0x55
    clip.write_bytes(data)
    with pytest.raises(VerificationFailed) as raised:
        verify_clip(clip, report)
    assert "not those that were written" in raised.value.detail


def test_a_low_requested_quality_is_no_fault(tmp_path: Path) -> None:
    for quality in (30, 45):
        clip = tmp_path / f"{quality}.mp4"
        source = film("h264", FRONT, None).source()
        report = cut(
            CutRequest(source, None, start_s=1, end_s=3, target=clip, kind=MP4, mode=CutMode.REENCODE, quality=quality)
        )
        verify_clip(clip, report)


def test_luma_samples_distinguish_frames() -> None:
    with av.open(str(film("h264", FRONT, "aac").path)) as file:
        frames = file.decode(video=0)
        one, other = luma_samples(next(frames)), luma_samples(next(frames))
    assert one is not None and other is not None
    assert psnr_db(one, one) == float("inf")
    assert 0 < psnr_db(one, other) < 60
    assert psnr_db(one, one[:-1]) == 0


def changed(clip: Path, place: Callable[[int], int]) -> None:
    """Puts other bytes into a frame in the middle, where ``place`` of its size says."""
    with av.open(str(clip)) as file:
        packets = [packet for packet in file.demux(video=0) if packet.size > 200 and packet.pos is not None]
    chosen = packets[len(packets) // 2]
    data = bytearray(clip.read_bytes())
    at = cast("int", chosen.pos) + place(chosen.size)
    data[at] ^= 0x55
    clip.write_bytes(data)


@pytest.mark.parametrize("mode", [CutMode.EXACT, CutMode.REENCODE])
def test_a_frame_with_changed_bytes_in_its_middle(tmp_path: Path, mode: CutMode) -> None:
    clip = tmp_path / "clip.mp4"
    of = film("h264", FRONT, None)
    report = cut(CutRequest(of.source(), None, start_s=3.3, end_s=13, target=clip, kind=MP4, mode=mode))
    verify_clip(clip, report)
    changed(clip, lambda size: size // 2)
    with pytest.raises(VerificationFailed):
        verify_clip(clip, report)


def test_one_of_many_encoded_frames_is_replaced(tmp_path: Path) -> None:
    """Also where all frames were encoded."""
    clip = tmp_path / "clip.mp4"
    report = cut(
        CutRequest(
            film("h264", FRONT, None).source(), None, start_s=3.3, end_s=8, target=clip, kind=MP4, mode=CutMode.REENCODE
        )
    )
    verify_clip(clip, report)
    kept: list[bytes] = []

    def repeated(number: int, data: bytes) -> bytes:
        kept.append(data)
        return kept[-2] if number == 70 else data

    other = with_packets(clip, tmp_path / "other.mp4", repeated, "video")
    with pytest.raises(VerificationFailed):
        verify_clip(other, report)
