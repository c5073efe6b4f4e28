"""The cutter is broken on purpose, one fault at a time: verification against the source detects each, and passes an intact clip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import av
import pytest
from av.video.frame import VideoFrame

from clipferry.clip.cut import demuxer
from clipferry.clip.cut.demuxer import Reader
from clipferry.clip.cut.packets import AnyPacket, OutputPacket, pts_of, rebuilt
from clipferry.clip.cut.video import head, tail, video_cut
from clipferry.clip.cut.video.decoder import FrameDecoder
from clipferry.clip.cut.video.packet_layout import PacketLayout
from clipferry.clip.errors import VerificationFailed
from engine.fault_cases import (
    COPIED,
    COVERING,
    ENCODED,
    ENCODED_SOUND,
    FAST,
    FRONT,
    HEADED,
    MP4,
    WITH_COPIES,
    WITH_ENCODED,
    Case,
    make,
    rotating,
)
from engine.measure import differences, film

FRAME_S = 1 / 30
EARLY_LATE = (-FRAME_S, FRAME_S)


def named(value: object) -> str:
    return value.__name__ if isinstance(value, type) else str(value)


def moved_marks(monkeypatch: pytest.MonkeyPatch, *, start_s: float = 0.0, end_s: float = 0.0) -> None:
    """Cut the video at other marks than were asked for."""
    begun = video_cut.VideoCut.__init__

    def begin(self: video_cut.VideoCut, *args: Any, **kwargs: Any) -> None:
        kwargs["start_s"] += start_s
        kwargs["end_s"] += end_s
        begun(self, *args, **kwargs)

    monkeypatch.setattr(video_cut.VideoCut, "__init__", begin)


def replace_decoder(monkeypatch: pytest.MonkeyPatch, decoder: type[FrameDecoder]) -> None:
    for part in (head, tail):
        monkeypatch.setattr(part, "FrameDecoder", decoder)


@pytest.mark.parametrize("case", [*HEADED, *COPIED, *ENCODED, ENCODED_SOUND[1]], ids=str)
def test_an_intact_clip_passes(tmp_path: Path, case: Case) -> None:
    clip, report = make(case, tmp_path)
    assert report.video is not None
    if case.mode is not FAST:
        assert differences(clip, film(case.picture, case.pack, case.sound), case.start_s, case.end_s) == []


# Frames -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("case", "by_s"), rotating(EARLY_LATE, COVERING), ids=str)
def test_the_first_frame_off_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, by_s: float) -> None:
    moved_marks(monkeypatch, start_s=by_s)
    with pytest.raises(VerificationFailed):
        make(case, tmp_path)


@pytest.mark.parametrize(("case", "by_s"), rotating(EARLY_LATE[::-1], COVERING), ids=str)
def test_the_last_frame_off_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, by_s: float) -> None:
    moved_marks(monkeypatch, end_s=by_s)
    with pytest.raises(VerificationFailed):
        make(case, tmp_path)


def test_fast_mode_from_a_later_keyframe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved_marks(monkeypatch, start_s=4.0)
    with pytest.raises(VerificationFailed):
        make(Case("h264", FRONT, "aac", MP4, 6.3, 13.0, FAST), tmp_path)


class Leaky(FrameDecoder):
    """A decoder that loses its sixth frame."""

    count = 0

    def feed(self, packet: AnyPacket, *, wanted: bool) -> list[VideoFrame]:
        kept = []
        for frame in super().feed(packet, wanted=wanted):
            self.count += wanted
            if self.count != 6:
                kept.append(frame)
        return kept


class Repeating(FrameDecoder):
    """A decoder that returns earlier frames at the right times."""

    held: VideoFrame | None = None
    shown = 0

    def _moved(self, frames: list[VideoFrame]) -> list[VideoFrame]:
        given = []
        for frame in frames:
            pts = cast("int", frame.pts)
            given.append(self._like(self.held or frame, pts))
            self.held = frame
        return given

    @staticmethod
    def _like(frame: VideoFrame, pts: int) -> VideoFrame:
        copy = VideoFrame(frame.width, frame.height, frame.format.name)
        for target, plane in zip(copy.planes, frame.planes, strict=True):
            rows = memoryview(plane).cast("B")
            width = min(target.line_size, plane.line_size)
            data = bytearray(target.line_size * target.height)
            for row in range(target.height):
                data[row * target.line_size : row * target.line_size + width] = rows[
                    row * plane.line_size : row * plane.line_size + width
                ]
            target.update(bytes(data))
        copy.pts = pts
        return copy

    def feed(self, packet: AnyPacket, *, wanted: bool) -> list[VideoFrame]:
        return self._moved(super().feed(packet, wanted=True))

    def drain(self) -> list[VideoFrame]:
        return self._moved(super().drain())


class Foreign(Repeating):
    """A decoder that returns the frames of another film."""

    other: Iterator[VideoFrame] | None = None

    def _moved(self, frames: list[VideoFrame]) -> list[VideoFrame]:
        if self.other is None:
            file = av.open(str(film("h264-24", FRONT, None).path))
            self.other = file.decode(video=0)
        given = []
        for frame in frames:
            another = next(self.other)
            another.pts = frame.pts
            given.append(another)
        return given


@pytest.mark.parametrize("case", WITH_ENCODED, ids=str)
def test_a_frame_missing_in_the_middle_of_an_encoded_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    replace_decoder(monkeypatch, Leaky)
    with pytest.raises(VerificationFailed) as raised:
        make(case, tmp_path)
    assert "missing" in raised.value.detail


@pytest.mark.parametrize(("case", "decoding"), rotating((Repeating, Foreign), WITH_ENCODED), ids=named)
def test_encoded_frames_that_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, decoding: type[FrameDecoder]
) -> None:
    replace_decoder(monkeypatch, decoding)
    with pytest.raises(VerificationFailed) as raised:
        make(case, tmp_path)
    assert "another picture" in raised.value.detail


@pytest.mark.parametrize("case", ENCODED, ids=str)
def test_the_last_of_many_encoded_frames_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    last = len(film(case.picture, case.pack, case.sound).wanted(case.start_s, case.end_s)) - 1

    class LastRepeated(Repeating):
        def _moved(self, frames: list[VideoFrame]) -> list[VideoFrame]:
            given = []
            for frame in frames:
                pts = cast("int", frame.pts)
                due = last <= self.shown
                given.append(self._like(self.held, pts) if due and self.held is not None else frame)
                if not due:
                    self.held = frame
                self.shown += self.wanted
            return given

        wanted = False

        def feed(self, packet: AnyPacket, *, wanted: bool) -> list[VideoFrame]:
            self.wanted = wanted
            return self._moved(super(Repeating, self).feed(packet, wanted=True))

    replace_decoder(monkeypatch, LastRepeated)
    with pytest.raises(VerificationFailed) as raised:
        make(case, tmp_path)
    assert "another picture" in raised.value.detail


def of_another_time(monkeypatch: pytest.MonkeyPatch, by_s: float) -> None:
    """Read frames of another period, with the times of this one."""
    packets = demuxer.Reader.packets

    def moved(self: Reader, stream: Any) -> Iterator[AnyPacket]:
        for packet in packets(self, stream):
            if self.video is not None and stream is self.video:
                packet.pts = pts_of(packet) + round(self.ticks(self.video, by_s) - self.ticks(self.video, 0))
            yield packet

    monkeypatch.setattr(demuxer.Reader, "packets", moved)


@pytest.mark.parametrize(("case", "by_s"), rotating((-5.0, -FRAME_S), COVERING), ids=str)
def test_frames_of_another_period(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, by_s: float) -> None:
    of_another_time(monkeypatch, by_s)
    with pytest.raises(VerificationFailed):
        make(case, tmp_path)


@pytest.mark.parametrize("case", WITH_COPIES, ids=str)
def test_a_copied_packet_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    copy = video_cut.VideoCut._copy

    def leaky(self: video_cut.VideoCut, opening: int) -> Iterator[OutputPacket]:
        for number, piece in enumerate(copy(self, opening)):
            if number != 40:
                yield piece

    monkeypatch.setattr(video_cut.VideoCut, "_copy", leaky)
    with pytest.raises(VerificationFailed) as raised:
        make(case, tmp_path)
    assert "missing" in raised.value.detail


@pytest.mark.parametrize("case", WITH_COPIES, ids=str)
def test_a_copied_packet_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    copy = PacketLayout.copied
    before: list[bytes] = []

    def other(self: PacketLayout, packet: AnyPacket) -> OutputPacket:
        before.append(bytes(packet))
        return copy(self, packet if len(before) != 40 else rebuilt(packet, before[-2]))

    monkeypatch.setattr(PacketLayout, "copied", other)
    with pytest.raises(VerificationFailed):
        make(case, tmp_path)
