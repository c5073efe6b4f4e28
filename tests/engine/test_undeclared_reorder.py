"""H.264 with B frames whose headers do not declare the reorder depth (no ``bitstream_restriction`` in the VUI)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import pytest

from clipferry.clip.codec import avcc, h264
from clipferry.clip.codec.bitstream import BitReader, BitWriter, escape, unescape
from clipferry.clip.cut import CutRequest, LocalSource, cut
from clipferry.clip.model import CutMode, OutputKind
from clipferry.clip.verify import verify_clip
from engine import reference
from origin.media.foreign import foreign, moving, x264

FILMS = {
    "three B pictures": ("-bf", "3", "-g", "50"),
    "a pyramid": ("-bf", "5", "-g", "50", "-x264-params", "b-adapt=0:b-pyramid=normal:ref=5"),
    "B pictures begin late": ("-bf", "3", "-g", "50", "-b_strategy", "2", "-x264-params", "scenecut=0:zones=0,20,q=10"),
    "none": ("-bf", "0", "-g", "50"),
}
MARKS = [(0.0, None), (0.0, 2.0), (1.05, 4.55), (2.0, 4.0), (2.3, 2.36), (3.9, 5.31), (0.52, None)]


def without_vui(source: Path, target: Path) -> Path:
    """Copy ``source`` (an MP4) with a parameter set that ends before its VUI."""
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        stream = read.streams.video[0]
        made = written.add_stream_from_template(stream, opaque=True)
        sets = avcc.read_sets(stream.codec_context.extradata or b"")
        made.codec_context.extradata = avcc.build_avcc(sets._replace(sps=tuple(map(_cut_short, sets.sps))))
        for packet in read.demux(stream):
            if packet.size:
                packet.stream = made
                written.mux_one(packet)
    return target


def _cut_short(nal: bytes) -> bytes:
    sps, bits, out = h264.parse_sps(nal), BitReader(unescape(nal)[1:]), BitWriter()
    out.u(bits.u(24), 24)
    out.ue(sps.id)
    out.u(*sps.before_refs_bits)
    out.ue(sps.max_ref_frames)
    out.u(*sps.after_refs_bits)
    out.flag(False)
    return nal[:1] + escape(out.finish())


def undeclared(options: tuple[str, ...], suffix: str, folder: Path) -> tuple[Path, Path]:
    """Return a film of x264, and the same, in the container of ``suffix``, without its VUI."""
    film = foreign("film.mp4", *moving(25, 6), *x264(*options))
    path = without_vui(film, folder / "undeclared.mp4")
    if suffix != "mp4":
        bare, path = path, folder / f"undeclared.{suffix}"
        subprocess.run(["ffmpeg", "-v", "error", "-i", str(bare), "-c", "copy", str(path)], check=True)
    return film, path


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("name", FILMS)
def test_no_frame_is_lost(tmp_path: Path, name: str, suffix: str) -> None:
    film, path = undeclared(FILMS[name], suffix, tmp_path)
    source = reference.decoded(film)
    assert len(source) == 150
    for start_s, end_s in MARKS:
        clip = tmp_path / "clip.mp4"
        report = cut(
            CutRequest(LocalSource(path), None, start_s=start_s, end_s=end_s, target=clip, kind=OutputKind.MP4)
        )
        due = reference.wanted(source, start_s, end_s)
        assert reference.faults(clip, due) == [], (start_s, end_s)
        verify_clip(clip, report)
        assert "encoded again" not in (report.note or "")
        assert shown_by_default(clip) == len(due), (start_s, end_s)


def shown_by_default(clip: Path) -> int:
    """Return how many frames ffmpeg's decoder shows unless configured to wait for all of them."""
    command = [
        "ffprobe",
        "-v",
        "error",
        "-count_frames",
        "-select_streams",
        "v",
        "-show_entries",
        "stream=nb_read_frames",
    ]
    return int(subprocess.run([*command, "-of", "csv=p=0", clip], capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("kind", [OutputKind.MP4, OutputKind.WEBM])
def test_none_is_lost_where_all_are_encoded(tmp_path: Path, kind: OutputKind) -> None:
    film = foreign("film.mp4", *moving(25, 6), *x264(*FILMS["a pyramid"]))
    path = without_vui(film, tmp_path / "undeclared.mp4")
    clip = tmp_path / f"clip.{kind}"
    report = cut(
        CutRequest(LocalSource(path), None, start_s=1.05, end_s=2.55, target=clip, kind=kind, mode=CutMode.REENCODE)
    )
    assert reference.faults(clip, reference.wanted(reference.decoded(film), 1.05, 2.55)) == []
    verify_clip(clip, report)
