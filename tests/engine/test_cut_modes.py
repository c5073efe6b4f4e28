"""How a clip is made: modes, containers, notes, progress, cancelling, memory, corrupt files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import pytest

from clipferry.clip.codec import avcc, h264
from clipferry.clip.codec.bitstream import BitReader, unescape
from clipferry.clip.codec.nal import split_lengths
from clipferry.clip.cut import CutPath, CutRequest, LocalSource, cut, muxer
from clipferry.clip.cut.encoding import encoder, fast_encoder
from clipferry.clip.cut.splicing import av1
from clipferry.clip.errors import BadMedia, Cancelled, ClipError, InvalidOutput, RangeOutsideVideo, VerificationFailed
from clipferry.clip.model import CutMode, OutputKind
from clipferry.clip.progress import ProgressMeter
from clipferry.clip.run_context import RunContext
from clipferry.clip.verify import verify_clip
from engine.measure import differences, film
from origin import media, verify

FRONT, IN_WEBM, TS = media.Pack.MP4_FRONT, media.Pack.WEBM_FRONT, media.Pack.TS
MP4, WEBM, MKV = OutputKind.MP4, OutputKind.WEBM, OutputKind.MKV


class Written(ProgressMeter):
    """Keeps each fraction that a cut reports."""

    def __init__(self) -> None:
        super().__init__()
        self.fractions: list[float] = []

    def written(self, fraction: float) -> None:
        self.fractions.append(fraction)


def test_fast_mode_copies_everything_and_notes_where_it_begins(tmp_path: Path) -> None:
    of = film("h264", FRONT, "aac")
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(of.source(), None, start_s=7.3, end_s=9.0, target=clip, kind=MP4, mode=CutMode.FAST))
    proof = verify_clip(clip, report)
    assert report.path is CutPath.COPY
    assert report.start_s == pytest.approx(5.0)
    assert report.note == "Fast mode begins at a keyframe: 2.3 s before your start."
    assert proof.copied_frames == proof.frames
    assert verify.pictures(clip).first == 150


def test_reencode_applies_the_quality(tmp_path: Path) -> None:
    of = film("h264", FRONT, "aac")
    sizes = []
    for quality in (18, 35):
        clip = tmp_path / f"{quality}.mp4"
        report = cut(
            CutRequest(
                of.source(), None, start_s=5, end_s=8, target=clip, kind=MP4, mode=CutMode.REENCODE, quality=quality
            )
        )
        verify_clip(clip, report)
        assert report.path is CutPath.REENCODE
        assert differences(clip, of, 5, 8) == []
        with av.open(str(clip)) as file:
            sizes.append(sum(packet.size for packet in file.demux(video=0)))
    assert sizes[1] < sizes[0] * 0.7


def test_an_unsupported_codec_is_encoded_with_a_note(tmp_path: Path) -> None:
    of = film("h264", FRONT, "aac")
    clip = tmp_path / "clip.webm"
    report = cut(CutRequest(of.source(), None, start_s=1, end_s=3, target=clip, kind=WEBM))
    proof = verify_clip(clip, report)
    assert proof.streams == ("vp9", "opus")
    assert "every frame was encoded again" in (report.note or "")


@pytest.mark.parametrize("picture", ["h264-rotated"])
@pytest.mark.parametrize("mode", [CutMode.EXACT, CutMode.REENCODE])
def test_rotation_is_kept(tmp_path: Path, picture: str, mode: CutMode) -> None:
    of = film(picture, FRONT, "aac")
    clip = tmp_path / "clip.mp4"
    cut(CutRequest(of.source(), None, start_s=3.3, end_s=7, target=clip, kind=MP4, mode=mode))
    assert rotation(clip) == rotation(of.path) != 0


def rotation(path: Path) -> int:
    with av.open(str(path)) as file:
        return next(file.decode(video=0)).rotation


def test_ten_bits_stay_ten_bits(tmp_path: Path) -> None:
    of = film("vp9-10bit", IN_WEBM, "opus")
    clip = tmp_path / "clip.webm"
    report = cut(CutRequest(of.source(), None, start_s=1.5, end_s=3, target=clip, kind=WEBM))
    verify_clip(clip, report)
    assert report.note
    with av.open(str(clip)) as file:
        assert next(file.decode(video=0)).format.name == "yuv420p10le"


def test_avcc_has_both_parameter_sets_with_distinct_ids(tmp_path: Path) -> None:
    """avc1 forbids parameter sets between frames (ISO/IEC 14496-15 5.2.2): all decoders find them in avcC."""
    of = film("h264-pyramid", TS, "aac")
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(of.source(), None, start_s=3.3, end_s=8, target=clip, kind=MP4))
    assert report.path is CutPath.SMART
    with av.open(str(clip)) as file:
        stream = file.streams.video[0]
        assert stream.codec_context.codec_tag == "avc1"
        sets = avcc.read_sets(stream.codec_context.extradata or b"")
        for packet in file.demux(stream):
            kinds = {h264.nal_type(nal) for nal in split_lengths(bytes(packet))}
            assert not kinds & {h264.SPS, h264.PPS, h264.AUD}
    first, second = (h264.parse_sps(nal) for nal in sets.sps)
    assert first.id != second.id
    assert (first.reorder_frames, first.dec_frame_buffering, first.max_ref_frames) == (
        second.reorder_frames,
        second.dec_frame_buffering,
        second.max_ref_frames,
    )
    assert len({BitReader(unescape(nal)[1:]).ue() for nal in sets.pps}) == len(sets.pps) == 2


def test_the_index_is_in_front(tmp_path: Path) -> None:
    of = film("h264", FRONT, "aac")
    clip = tmp_path / "clip.mp4"
    cut(CutRequest(of.source(), None, start_s=3.3, end_s=8, target=clip, kind=MP4))
    data = clip.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_progress_rises_to_one(tmp_path: Path) -> None:
    of = film("h264", FRONT, "aac")
    written = Written()
    cut(
        CutRequest(of.source(), None, start_s=3.3, end_s=8, target=tmp_path / "x.mp4", kind=MP4),
        RunContext(written),
    )
    assert written.fractions == sorted(written.fractions)
    assert written.fractions[-1] == 1.0
    assert len(written.fractions) > 50


@pytest.mark.parametrize("kind", [MP4, WEBM])
def test_cancelling_stops_the_cut(tmp_path: Path, kind: OutputKind) -> None:
    """Within the next packet, while copying (MP4) or encoding (WebM)."""
    of = film("h264", FRONT, "aac")
    written = Written()
    with pytest.raises(Cancelled):
        cut(
            CutRequest(of.source(), None, start_s=0.5, end_s=13, target=tmp_path / f"x.{kind.value}", kind=kind),
            RunContext(written, cancelled=lambda: max(written.fractions, default=0.0) > 0.2),
        )
    assert written.fractions[-1] < 0.5


@pytest.mark.parametrize("kind", [OutputKind.MP3, OutputKind.GIF, OutputKind.FLAC])
def test_output_kinds_that_are_not_cut_are_refused(tmp_path: Path, kind: OutputKind) -> None:
    of = film("h264", FRONT, "aac")
    with pytest.raises(InvalidOutput):
        cut(CutRequest(of.source(), None, start_s=1, end_s=2, target=tmp_path / "x", kind=kind))


@pytest.mark.parametrize("junk", [b"", b"<!doctype html><title>Sorry</title>" * 200, b"\0" * 70000])
def test_a_file_that_is_no_video_is_bad_media(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "page.mp4"
    path.write_bytes(junk)
    with pytest.raises(BadMedia):
        cut(CutRequest(LocalSource(path), None, start_s=1, end_s=2, target=tmp_path / "x.mp4", kind=MP4))


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_a_truncated_file_gives_a_clip_or_a_clip_error(tmp_path: Path, keep: float) -> None:
    of = film("h264", FRONT, "aac")
    path = tmp_path / "short.mp4"
    data = of.path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    clip = tmp_path / "x.mp4"
    try:
        report = cut(CutRequest(LocalSource(path), None, start_s=1.3, end_s=13, target=clip, kind=MP4))
        verify_clip(clip, report)
    except ClipError:
        return
    numbers = verify.pictures(clip).numbers
    assert numbers == sorted(n for n in numbers if n is not None)
    assert numbers[0] == 39


def test_a_missing_or_corrupt_frame_fails_verification(tmp_path: Path) -> None:
    of = film("h264", FRONT, "aac")
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(of.source(), None, start_s=3.3, end_s=8, target=clip, kind=MP4))
    verify_clip(clip, report)

    other = cut(CutRequest(of.source(), None, start_s=3.3, end_s=7.9, target=tmp_path / "other.mp4", kind=MP4))
    with pytest.raises(VerificationFailed):
        verify_clip(clip, other)

    data = bytearray(clip.read_bytes())
    with av.open(str(clip)) as file:
        keyframes = [packet for packet in file.demux(video=0) if packet.is_keyframe and packet.size]
    behind_seam = keyframes[1]
    assert behind_seam.pos is not None
    data[behind_seam.pos + 40 : behind_seam.pos + behind_seam.size] = bytes(behind_seam.size - 40)
    clip.write_bytes(data)
    with pytest.raises(VerificationFailed):
        verify_clip(clip, report)


def test_memory_does_not_grow_with_the_clip(tmp_path: Path) -> None:
    """A minute and four minutes, each in a process of its own: packets are streamed."""
    made = media.make(media.recipe("h264-25", FRONT, seconds=240.0, sound="aac"))
    peaks = []
    for end_s in (60, 239):
        code = (
            "import resource,sys;from pathlib import Path;from clipferry.clip.cut import CutRequest,cut,LocalSource;"
            "from clipferry.clip.model import OutputKind;from clipferry.clip.verify import verify_clip;"
            f"t=Path({str(tmp_path / 'x.mp4')!r});"
            f"r=cut(CutRequest(LocalSource(Path({str(made)!r})),None,1.3,{end_s},t,OutputKind.MP4));"
            "verify_clip(t,r);print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
    assert peaks[1] < peaks[0] * 1.15


def test_verification_costs_little_beside_encoding(tmp_path: Path) -> None:
    """Processor time, which a busy machine does not change."""
    of = film("h264-60", FRONT, "aac")
    clip = tmp_path / "clip.mp4"
    begin = time.process_time()
    report = cut(CutRequest(of.source(), None, start_s=0.5, end_s=12, target=clip, kind=MP4, mode=CutMode.REENCODE))
    cutting = time.process_time() - begin
    begin = time.process_time()
    verify_clip(clip, report)
    assert time.process_time() - begin < cutting / 2


@pytest.mark.parametrize("marks", [(0.0, None), (0.0, 3.0), (1.0, 5.0), (2.0, 6.0)])
def test_hidden_frames_stay_hidden(tmp_path: Path, marks: tuple[float, float | None]) -> None:
    """A file made by a keyframe copy: 3.3 s into a GOP, its first 99 frames are only for decoding."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.fail("no ffmpeg on this machine: `python3 tests/run.py` brings it")
    of = film("h264", FRONT, "aac")
    edited = tmp_path / "edited.mp4"
    subprocess.run([program, "-v", "error", "-ss", "3.3", "-i", of.path, "-c", "copy", edited], check=True)
    start_s, end_s = marks
    clip = tmp_path / "clip.mp4"

    report = cut(CutRequest(LocalSource(edited), None, start_s=start_s, end_s=end_s, target=clip, kind=MP4))
    verify_clip(clip, report)

    later_end = None if end_s is None else end_s + 3.3
    assert differences(clip, of, start_s + 3.3, later_end) == []
    assert differences(clip, of, start_s + 3.3, later_end, edit_lists=False) == []


@pytest.mark.parametrize("picture", ["h264", "h264-25"])
def test_a_start_after_the_end_is_refused(tmp_path: Path, picture: str) -> None:
    of = film(picture, FRONT, "aac")
    with pytest.raises(RangeOutsideVideo):
        cut(CutRequest(of.source(), None, start_s=15, end_s=17, target=tmp_path / "x.mp4", kind=MP4))


def test_an_end_after_the_end_is_the_end(tmp_path: Path) -> None:
    of = film("h264", FRONT, "aac")
    clip = tmp_path / "x.mp4"
    report = cut(CutRequest(of.source(), None, start_s=13.98, end_s=17, target=clip, kind=MP4))
    assert report.end_s == pytest.approx(14.0, abs=0.001)
    assert differences(clip, of, 13.98, None) == []


def test_an_index_larger_than_reserved_is_moved_to_the_front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(muxer, "_INDEX_BYTES_PER_FRAME", 0)
    monkeypatch.setattr(muxer, "_INDEX_BYTES_PER_AUDIO_PACKET", 0)
    path = media.make(media.recipe("h264-25", FRONT, seconds=240.0, sound="aac"))
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(LocalSource(path), None, start_s=0, end_s=200, target=clip, kind=MP4))
    verify_clip(clip, report)
    with clip.open("rb") as file:
        head = file.read(400_000)
    assert head.index(b"moov") < head.index(b"mdat")


def test_a_copy_that_ends_after_a_recovery_point_passes(tmp_path: Path) -> None:
    """Intra refresh flags keyframes after which frames become complete gradually: verification does not start decoding there."""
    of = film("h264-intra-refresh", FRONT, None)
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(of.source(), None, start_s=0, end_s=5.675, target=clip, kind=MP4))
    verify_clip(clip, report)
    assert differences(clip, of, 0, 5.675) == []


@pytest.mark.parametrize("two", [False, True], ids=["one encoder", "two encoders"])
@pytest.mark.parametrize("min_psnr_db", [0.0, 200.0], ids=["fast preset passes", "fast preset fails"])
def test_fast_preset_and_careful_preset_of_edges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, min_psnr_db: float, two: bool
) -> None:
    monkeypatch.setattr(fast_encoder, "MIN_PSNR_DB", min_psnr_db)
    monkeypatch.setattr(av1, "has_capacity_for_two", lambda _: two)
    used: list[str] = []
    opened = encoder.EdgeEncoder._open

    def noted(self: encoder.EdgeEncoder, pix_fmt: str) -> av.VideoCodecContext:
        used.append(self._settings.options["preset"])
        return opened(self, pix_fmt)

    monkeypatch.setattr(encoder.EdgeEncoder, "_open", noted)
    of = film("av1", media.Pack.FMP4, "aac")
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(of.source(), None, start_s=3.3, end_s=8.7, target=clip, kind=MP4))
    proof = verify_clip(clip, report)
    assert report.path is CutPath.SMART
    assert report.note is None
    assert differences(clip, of, 3.3, 8.7) == []
    assert proof.copied_frames == round((8.7 - 5.0) * 30)
    assert set(used) == ({"12"} if not min_psnr_db else {"12", "9"})
    with av.open(clip) as file:
        keys = [n for n, packet in enumerate(file.demux(video=0)) if packet.is_keyframe]
    assert [key for key in keys if key < 51] == ([0, 24, 48] if two and not min_psnr_db else [0])


@pytest.mark.parametrize(("picture", "pack"), [("h264", FRONT), ("hevc", FRONT)])
def test_a_whole_video_that_the_container_cannot_hold_is_encoded(
    tmp_path: Path, picture: str, pack: media.Pack
) -> None:
    of = film(picture, pack, "aac")
    clip = tmp_path / "clip.webm"
    report = cut(CutRequest(of.source(), None, start_s=0, end_s=None, target=clip, kind=WEBM))
    verify_clip(clip, report)
    assert report.path is CutPath.REENCODE
    assert differences(clip, of, 0, None) == []


@pytest.mark.parametrize("mode", [CutMode.EXACT, CutMode.REENCODE])
def test_a_start_just_before_a_long_frame(tmp_path: Path, mode: CutMode) -> None:
    """0.7 ms: more than the tolerance, so the frame before is the first, for less than a thousandth of a second."""
    of = film(media.x264(fps=Fraction(2)), FRONT, None)
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(of.source(), None, start_s=2.9993, end_s=5, target=clip, kind=MP4, mode=mode))
    verify_clip(clip, report)


def test_fast_mode_notes_omitted_frames(tmp_path: Path) -> None:
    """Those whose reference is after the end."""
    of = film("h264-bframes8", FRONT, "aac")
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(of.source(), None, start_s=5.0, end_s=8.5, target=clip, kind=MP4, mode=CutMode.FAST))
    verify_clip(clip, report)
    shown = verify.pictures(clip)
    short_s = 8.5 - (5.0 + len(shown.numbers) / 30)
    assert short_s > 0.06
    assert report.note == f"Fast mode leaves out the last {short_s:.1f} s, whose pictures need one behind your end."
