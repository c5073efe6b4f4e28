"""Transport streams whose packets do not all have a timestamp: only the first frame of a PES packet needs one
(ISO/IEC 13818-1, 2.4.3.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clipferry.clip.cut import CutRequest, LocalSource, cut
from clipferry.clip.model import Delivery, MediaSource, OutputKind
from clipferry.clip.verify import verify_clip
from faults.reading import Bench
from origin import media, verify

MP4 = OutputKind.MP4
PICTURE = media.PICTURES["h264"]
FRAME_S = 1024 / 22050
SOUNDS = {
    "aac": ("aac", "-ac", "1", "-b:a", "64k"),
    "aac, stereo": ("aac", "-b:a", "128k"),
    "aac, 22 kHz": ("aac", "-ar", "22050", "-ac", "1", "-b:a", "24k"),
    "aac, low": ("aac", "-ac", "1", "-b:a", "16k"),
    "mp2": ("mp2", "-ac", "1", "-b:a", "64k"),
    "mp3": ("libmp3lame", "-ac", "1", "-b:a", "32k"),
    "ac3": ("ac3", "-ac", "1", "-b:a", "64k"),
    "eac3": ("eac3", "-ac", "1", "-b:a", "64k"),
}
HLS = ("-f", "hls", "-hls_time", "4", "-hls_list_size", "0", "-hls_playlist_type", "vod")


def stream(sound: str, *output: str, name: str = "index.m3u8") -> Path:
    """Pictures as they are coded, and sound coded anew, several frames in a PES packet."""
    return media.remux(name, PICTURE, media.SOUNDS["opus"], "-c:a", *SOUNDS[sound], *output, seconds=12.0)


def hls(bench: Bench, path: Path) -> MediaSource:
    """The playlist at ``path``, its segments by their own addresses."""
    text = re.sub(r"^[^#\n].*$", lambda name: bench.site.publish(path.parent / name[0]), path.read_text(), flags=re.M)
    url = bench.site.put("https://video.example/index.m3u8", text, content_type="application/vnd.apple.mpegurl")
    return bench.source(url, Delivery.HLS, "mpegts")


@pytest.fixture
def sources(bench: Bench) -> Iterator[list[MediaSource]]:
    opened: list[MediaSource] = []
    yield opened
    for one in opened:
        one.close()


def assert_sound_from_the_start(clip: Path) -> None:
    """Sound begins with the picture, is in step and has no hole."""
    heard = verify.track(clip)
    assert heard.start_s < FRAME_S, f"sound begins {heard.start_s:.3f} s late"
    assert heard.gaps == ()
    offsets = verify.av_offsets(clip, verify.constant(30, 360), points=4)
    assert all(one.sure > 0.5 and abs(one.offset_s) < 0.003 for one in offsets), offsets


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 1.5), (0.2, 3.1), (3.9, 4.6), (4.0, 5.5), (7.7, 11.9)])
@pytest.mark.parametrize("sound", SOUNDS)
def test_sound_is_there_from_the_first_picture_on(
    bench: Bench, sources: list[MediaSource], tmp_path: Path, sound: str, start_s: float, end_s: float
) -> None:
    sources.append(hls(bench, stream(sound, *HLS)))
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(sources[0], None, start_s=start_s, end_s=end_s, target=clip, kind=MP4))
    verify_clip(clip, report)
    assert verify.pictures(clip).faults(int(start_s * 30 + 1e-6), int(end_s * 30 - 1e-6)) == []
    assert_sound_from_the_start(clip)


@pytest.mark.parametrize("pes_bytes", [500, 2930, 16000])
def test_of_a_clock_that_turns_over(bench: Bench, sources: list[MediaSource], tmp_path: Path, pes_bytes: int) -> None:
    """33 bits of 1/90000 s last 26.5 hours."""
    turn = ("-output_ts_offset", str(2**33 / 90000 - 6.0), "-hls_segment_options", f"pes_payload_size={pes_bytes}")
    sources.append(hls(bench, stream("aac", *HLS, *turn)))
    for start_s, end_s in ((0.0, 1.5), (4.1, 7.3), (8.0, 9.0)):
        clip = tmp_path / "clip.mp4"
        report = cut(CutRequest(sources[0], None, start_s=start_s, end_s=end_s, target=clip, kind=MP4))
        verify_clip(clip, report)
        assert_sound_from_the_start(clip)


@pytest.mark.parametrize("start_s", [0.0, 2.35, 6.1])
def test_in_a_file_that_is_entered_in_the_middle(tmp_path: Path, start_s: float) -> None:
    source = LocalSource(stream("aac", "-f", "mpegts", name="media.ts"))
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(source, None, start_s=start_s, end_s=start_s + 1.5, target=clip, kind=MP4))
    verify_clip(clip, report)
    assert_sound_from_the_start(clip)


def untimed(data: bytes, every: int) -> bytes:
    """A transport stream without the timestamps of its pictures but each ``every``-th (2.4.3.6): their bytes become stuffing."""
    out, number = bytearray(data), 0
    for at in range(0, len(out) - 187, 188):
        start = at + 4 + (1 + out[at + 4] if out[at + 3] & 0x20 else 0)
        if not out[at + 1] & 0x40 or not out[at + 3] & 0x10 or out[start : start + 3] != b"\0\0\1":
            continue
        if out[start + 3] & 0xF0 == 0xE0:
            if number % every:
                out[start + 7] &= 0x3F
                out[start + 9 : start + 9 + out[start + 8]] = b"\xff" * out[start + 8]
            number += 1
    return bytes(out)


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 2.0), (2.33, 6.7), (5.0, 8.1)])
@pytest.mark.parametrize("picture", ["h264-baseline", "h264", "h264-pyramid", "h264-open-gop", "hevc"])
def test_pictures_without_timestamps_are_kept(tmp_path: Path, picture: str, start_s: float, end_s: float) -> None:
    whole = media.remux("media.ts", media.PICTURES[picture], media.SOUNDS["aac"], seconds=12.0)
    path = tmp_path / "media.ts"
    path.write_bytes(untimed(whole.read_bytes(), 3))
    clip = tmp_path / "clip.mp4"
    report = cut(CutRequest(LocalSource(path), None, start_s=start_s, end_s=end_s, target=clip, kind=MP4))
    verify_clip(clip, report)
    assert verify.pictures(clip).faults(int(start_s * 30 + 1e-6), int(end_s * 30 - 1e-6)) == []
    assert_sound_from_the_start(clip)
