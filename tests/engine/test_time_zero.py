"""A video's time begins with the earliest of its tracks, as in browsers (``video.currentTime``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clipferry.clip.cut import CutRequest, LocalSource, cut
from clipferry.clip.model import Delivery, MediaSource, OutputKind
from clipferry.clip.verify import verify_clip
from engine.conftest import Ask
from faults.reading import Bench
from origin import media, verify
from origin.media.encode import AAC_DELAY

PICTURE, VP9 = media.PICTURES["h264"], media.PICTURES["vp9"]
AAC, OPUS = media.SOUNDS["aac"], media.SOUNDS["opus"]
FRAGMENTED = "+frag_keyframe+default_base_moof"
AAC_DELAY_S = AAC_DELAY / 48000
MARKS = (2.016, 3.016, 5.55)
LATE, LESS = ("-itsoffset", "1.5"), ("-itsoffset", "0.3")
HLS = ("-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_playlist_type", "vod")


def mp4(*output: str, **before: tuple[str, str]) -> Path:
    return media.remux("media.mp4", PICTURE, AAC, *output, **before)


def webm(*output: str, **before: tuple[str, str]) -> Path:
    return media.remux("media.webm", VP9, OPUS, *output, **before)


FILES = {
    "mp4": mp4,
    "mp4, no edit list": lambda: mp4("-use_editlist", "0"),
    "mp4, picture later": lambda: mp4(before_picture=LATE),
    "mp4, picture a little later": lambda: mp4(before_picture=LESS),
    "mp4, sound later": lambda: mp4(before_sound=LATE),
    "fragments": lambda: mp4("-movflags", FRAGMENTED + "+empty_moov"),
    "fragments, picture later": lambda: mp4("-movflags", FRAGMENTED + "+empty_moov+frag_discont", before_picture=LATE),
    "fragments, an edit list, picture later": lambda: mp4(
        "-movflags", FRAGMENTED + "+delay_moov", before_picture=LATE
    ),
    "fragments of one track each, picture later": lambda: mp4(
        "-movflags", FRAGMENTED + "+delay_moov+separate_moof", before_picture=LATE
    ),
    "fragments with an index, picture later": lambda: mp4(
        "-movflags", FRAGMENTED + "+empty_moov+global_sidx+frag_discont", before_picture=LATE
    ),
    "webm": webm,
    "webm, picture later": lambda: webm(before_picture=LATE),
    "webm, picture a little later": lambda: webm(before_picture=LESS),
    "webm, sound later": lambda: webm(before_sound=LATE),
    "webm, Cues in front, picture later": lambda: webm("-cues_to_front", "1", before_picture=LATE),
}  # fmt: skip
NOT_FOR_FIREFOX = (
    "mp4, picture later",
    "mp4, picture a little later",
    "fragments, picture later",
    "fragments with an index, picture later",
    "fragments, an edit list, picture later",
    "fragments of one track each, picture later",
)
"""Firefox takes an empty edit for another time than it is, and knows no length of fragments to seek in before all are there."""


@pytest.fixture
def sources(bench: Bench) -> Iterator[list[MediaSource]]:
    opened: list[MediaSource] = []
    yield opened
    for one in reversed(opened):
        one.close()


def shown(picture: MediaSource, sound: MediaSource | None, folder: Path, kind: OutputKind) -> list[int | None]:
    """Return the first frame of a clip from each mark on."""
    numbers = []
    for start_s in MARKS:
        clip = folder / f"clip.{kind}"
        report = cut(CutRequest(picture, sound, start_s=start_s, end_s=start_s + 0.4, target=clip, kind=kind))
        verify_clip(clip, report)
        numbers.append(verify.pictures(clip).first)
    return numbers


def kind_of(path: Path) -> OutputKind:
    return OutputKind.WEBM if path.suffix == ".webm" else OutputKind.MP4


@pytest.mark.parametrize("name", FILES)
def test_a_clip_begins_with_what_a_browser_shows_at_the_mark(
    bench: Bench, sources: list[MediaSource], chromium: Ask, firefox: Ask, tmp_path: Path, name: str
) -> None:
    path = FILES[name]()
    url = bench.site.publish(path)
    sources.append(bench.source(url))
    numbers = shown(sources[0], None, tmp_path, kind_of(path))
    assert numbers == chromium("land", url, list(MARKS))["landed"]
    if name not in NOT_FOR_FIREFOX:
        assert numbers == firefox("land", url, list(MARKS))["landed"]


@pytest.mark.parametrize("name", ["mp4, picture later", "mp4, sound later", "webm, picture later", "webm, sound later"])
def test_of_a_local_file(tmp_path: Path, name: str) -> None:
    late = 45 if "picture" in name else 0
    path = FILES[name]()
    wanted = [int(mark * 30) - late for mark in MARKS]
    assert shown(LocalSource(path), None, tmp_path, kind_of(path)) == wanted


@pytest.mark.parametrize("late_s", [0.0, 0.3, 1.5])
@pytest.mark.parametrize("segments", ["mpegts", "fmp4"])
def test_in_segments(bench: Bench, sources: list[MediaSource], tmp_path: Path, segments: str, late_s: float) -> None:
    """The first segment's earliest time of any track counts; not the encoder priming before the audio of its first frame."""
    how = (*HLS, "-hls_segment_type", segments)
    path = media.remux("index.m3u8", PICTURE, AAC, *how, before_picture=("-itsoffset", str(late_s)))
    sources.append(playlist(bench, path))
    picture_s = late_s + AAC_DELAY_S if late_s else 0.0
    wanted = [int((mark - picture_s) * 30) for mark in MARKS]
    assert shown(sources[0], None, tmp_path, OutputKind.MP4) == wanted


@pytest.mark.parametrize("late_s", [0.0, 0.3, 1.5])
def test_in_a_transport_stream(bench: Bench, sources: list[MediaSource], tmp_path: Path, late_s: float) -> None:
    path = media.remux("media.ts", PICTURE, AAC, before_picture=("-itsoffset", str(late_s)))
    sources.append(bench.source(bench.site.publish(path)))
    picture_s = late_s + AAC_DELAY_S if late_s else 0.0
    wanted = [int((mark - picture_s) * 30) for mark in MARKS]
    assert shown(sources[0], None, tmp_path, OutputKind.MP4) == wanted


def playlist(bench: Bench, path: Path) -> MediaSource:
    """Return the playlist at ``path``, with its segments by their own addresses."""
    text = re.sub(r"^[^#\n].*$", lambda name: bench.site.publish(path.parent / name[0]), path.read_text(), flags=re.M)
    text = re.sub('URI="(.*?)"', lambda name: f'URI="{bench.site.publish(path.parent / name[1])}"', text)
    url = bench.site.put("https://video.example/index.m3u8", text, content_type="application/vnd.apple.mpegurl")
    return bench.source(url, Delivery.HLS, "mpegts")


def track(picture: bool, *output: str, before: tuple[str, ...] = ()) -> Path:
    """Return one track of a pair."""
    where = {"before_picture": before} if picture else {"before_sound": before}
    return media.remux("media.mp4", PICTURE if picture else None, None if picture else AAC, *output, **where)


APART = {
    "with an index": FRAGMENTED + "+delay_moov+global_sidx",
    "without": FRAGMENTED + "+delay_moov",
    "not in fragments": "+faststart",
}


@pytest.mark.parametrize("flags", APART.values(), ids=APART.keys())
def test_of_separate_video_and_audio(bench: Bench, sources: list[MediaSource], tmp_path: Path, flags: str) -> None:
    """A page plays them on one timeline."""
    for part in (True, False):
        path = track(part, "-movflags", flags, before=LATE if part else ())
        sources.append(bench.source(bench.site.publish(path), id=str(part), beside=sources[0] if sources else None))
    wanted = [int(mark * 30) - 45 for mark in MARKS]
    assert shown(sources[0], sources[1], tmp_path, OutputKind.MP4) == wanted
