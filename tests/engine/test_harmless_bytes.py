"""What is harmless in a stream does not refuse its clip: zeros after an access unit, side data that PyAV has no name for, a
frame that the source itself does not decode."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import pytest
from av.sidedata.sidedata import Type

from clipferry.clip.cut import CutRequest, LocalSource, cut
from clipferry.clip.errors import VerificationFailed
from clipferry.clip.model import CutMode, OutputKind
from clipferry.clip.verify import verify_clip
from engine import reference
from engine.damage import with_packets
from origin import verify
from origin.media.encode import run
from origin.media.foreign import foreign, moving, x264

MP4, MKV, WEBM = OutputKind.MP4, OutputKind.MKV, OutputKind.WEBM
H264 = x264("-bf", "2", "-g", "25")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-g", "25", "-x265-params", "log-level=error:bframes=2")
MARKS = [(0.0, None), (1.3, 3.7)]


@pytest.mark.parametrize("zeros", [1, 2, 5])
@pytest.mark.parametrize("kind", [MP4, MKV])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_trailing_zeros_after_an_access_unit(tmp_path: Path, codec: str, kind: OutputKind, zeros: int) -> None:
    """``trailing_zero_8bits`` (H.264 and H.265, B.1), with which constant-rate transport streams are padded."""
    film = foreign("film.ts", *moving(25, 5), *(H264 if codec == "h264" else HEVC))
    path = with_packets(film, tmp_path / "zeros.ts", lambda _, data: data + bytes(zeros), "video")
    for start_s, end_s in MARKS:
        clip = tmp_path / f"clip.{kind}"
        report = cut(CutRequest(LocalSource(path), None, start_s=start_s, end_s=end_s, target=clip, kind=kind))
        verify_clip(clip, report)
        assert reference.faults(clip, reference.wanted(reference.decoded(film), start_s, end_s)) == []


VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "25", "-b:v", "500k")
COPIES = {
    "h264": ("mp4", H264, MP4),
    "hevc": ("mp4", (*HEVC, "-tag:v", "hvc1"), MP4),
    "vp9": ("webm", VP9, WEBM),
    "h264 in a transport stream": ("ts", H264, MKV),
}


def undecodable(data: bytes) -> bytes:
    """Truncate a coded frame to its header."""
    return data[:12] + b"\x55" * (len(data) - 12)


@pytest.mark.parametrize("damaged", [{3}, {2, 5}, {124}, {60}])
@pytest.mark.parametrize("name", COPIES)
def test_a_frame_that_does_not_decode_in_the_source(tmp_path: Path, name: str, damaged: set[int]) -> None:
    """A copy of the whole is as good as the source."""
    suffix, coded, kind = COPIES[name]
    film = foreign(f"film.{suffix}", *moving(25, 5), *coded)
    path = with_packets(
        film, tmp_path / f"source.{suffix}", lambda n, d: undecodable(d) if n in damaged else d, "video"
    )
    clip = tmp_path / f"clip.{kind}"
    report = cut(CutRequest(LocalSource(path), None, start_s=0.0, end_s=None, target=clip, kind=kind))
    verify_clip(clip, report)
    assert verify.packet_hashes(clip) == verify.packet_hashes(path)


def test_a_copy_of_which_nothing_decodes_is_refused(tmp_path: Path) -> None:
    film = foreign("film.mp4", *moving(25, 5), *H264)
    path = with_packets(film, tmp_path / "source.mp4", lambda _, data: undecodable(data), "video")
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(LocalSource(path), None, start_s=0.0, end_s=None, target=clip, kind=MP4))
    with pytest.raises(VerificationFailed):
        verify_clip(clip, report)


EXIF = b"Exif\0\0II*\0" + struct.pack("<IHHHIII", 8, 1, 0x0128, 3, 1, 2, 0)
"""One entry: the unit of the resolution."""


def with_exif(data: bytes) -> bytes:
    """A JPEG with Exif in it, as cameras write them: libav hands it on as side data that PyAV 18.1 has no name for, like the view ids
    of MV-HEVC."""
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(EXIF) + 2) + EXIF + data[2:]


@pytest.mark.parametrize("kind", [MP4, WEBM, MKV])
def test_side_data_of_an_unknown_kind(tmp_path: Path, kind: OutputKind) -> None:
    film = foreign("film.mov", *moving(25, 5), "-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p")
    straight = with_packets(film, tmp_path / "straight.mov", lambda _, data: with_exif(data), "video")
    path = tmp_path / "exif.mov"
    run("-display_rotation:v:0", "90", "-i", str(straight), "-c", "copy", str(path))
    clip = tmp_path / f"clip.{kind}"
    report = cut(
        CutRequest(LocalSource(path), None, start_s=1.3, end_s=3.7, target=clip, kind=kind, mode=CutMode.REENCODE)
    )
    verify_clip(clip, report)
    assert reference.faults(clip, reference.wanted(reference.decoded(film), 1.3, 3.7)) == []
    with av.open(str(path)) as source, av.open(str(clip)) as file:
        frame = next(source.decode(video=0))
        kinds = {one.type.value for one in frame.side_data}
        assert kinds - {kind.value for kind in Type}, "the source has what it is meant to have"
        if kind is MP4:
            assert next(file.decode(video=0)).rotation == frame.rotation != 0
