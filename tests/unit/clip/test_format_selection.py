"""Which streams a wish leads to, and which marks are possible."""

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.errors import InvalidOutput, InvalidRange, InvalidTime, NoFormats, RangeOutsideVideo
from clipferry.clip.format_selection import chapters_within, check_range, choose, lines, make_plan, pick_subtitles
from clipferry.clip.model import (
    Chapter,
    ClipRequest,
    Delivery,
    Format,
    Live,
    Output,
    OutputKind,
    Subtitle,
    Video,
)


def picture(format_id: str, codec: str, height: int, *, sound: str | None = None, **more: object) -> Format:
    facts: dict[str, object] = {"delivery": Delivery.FILE, "container": "mp4", "width": height * 16 // 9}
    return Format(
        format_id,
        f"https://m/{format_id}",
        video_codec=codec,
        audio_codec=sound,
        height=height,
        **(facts | more),  # type: ignore[arg-type]
    )


def sound(format_id: str, codec: str, **more: object) -> Format:
    facts: dict[str, object] = {"delivery": Delivery.FILE, "container": "mp4"}
    return Format(format_id, f"https://m/{format_id}", audio_codec=codec, **(facts | more))  # type: ignore[arg-type]


YOUTUBE = Video(
    "youtube",
    "x",
    "T",
    "https://www.youtube.com/watch?v=x",
    (
        picture("401", "av01.0.12M.08", 2160),
        picture("313", "vp9", 2160, container="webm"),
        picture("335", "vp09.02.51.10", 1440, container="webm", dynamic_range="HDR10"),
        picture("271", "vp9", 1440, container="webm"),
        picture("399", "av01.0.08M.08", 1080),
        picture("137", "avc1.640028", 1080, size_bytes=60_000_000),
        picture("270", "avc1.640028", 1080, delivery=Delivery.HLS, container="mpegts", sound="mp4a.40.2"),
        picture("136", "avc1.64001f", 720),
        picture("18", "avc1.42001E", 360, sound="mp4a.40.2", bit_rate=500_000),
        sound("251", "opus", container="webm", bit_rate=128_000),
        sound("140-1", "mp4a.40.2", default_language=False, language="de"),
        sound("140", "mp4a.40.2", size_bytes=2_000_000, language="en"),
    ),
    duration_s=120.0,
)


@pytest.mark.parametrize(
    ("output", "chosen"),
    [
        (Output(), ("401", "140")),
        (Output(max_height=1080), ("137", "140")),
        (Output(max_height=1440), ("271", "140")),
        (Output(max_height=900), ("136", "140")),
        (Output(max_height=100), ("18", None)),
        (Output(codec="av1", max_height=1080), ("399", "140")),
        (Output(codec="hevc", max_height=720), ("136", "140")),
        (Output(OutputKind.WEBM), ("313", "251")),
        (Output(OutputKind.MKV, max_height=1080), ("137", "140")),
        (Output(OutputKind.M4A), (None, "140")),
        (Output(OutputKind.OPUS), (None, "251")),
        (Output(OutputKind.MP3), (None, "251")),
        (Output(OutputKind.GIF), ("18", None)),
        (Output(OutputKind.GIF, max_height=720), ("136", None)),
    ],
)
def test_streams_of_a_youtube_video(output: Output, chosen: tuple[str | None, str | None]) -> None:
    video, audio = choose(YOUTUBE, output)
    assert (video and video.id, audio and audio.id) == chosen


def test_a_post_with_everything_in_one_file() -> None:
    video = replace(
        YOUTUBE, formats=(picture("0", "unknown", 720, sound="unknown"), picture("1", "unknown", 480, sound="unknown"))
    )
    assert choose(video, Output()) == (video.formats[0], None)
    assert choose(video, Output(OutputKind.MP3)) == (None, video.formats[1])
    assert choose(video, Output(OutputKind.WEBM)) == (video.formats[0], None), "it may fit, or is encoded anew"


def test_a_silent_format_is_not_taken_where_only_another_one_has_the_sound() -> None:
    video = replace(YOUTUBE, formats=(picture("silent", "avc1", 1080), picture("both", "avc1", 720, sound="mp4a.40.2")))
    assert choose(video, Output()) == (video.formats[1], None)


def test_a_video_without_sound_or_picture() -> None:
    silent = replace(YOUTUBE, formats=(picture("136", "avc1.64001f", 720),))
    assert choose(silent, Output()) == (silent.formats[0], None)
    with pytest.raises(InvalidOutput, match="no sound"):
        choose(silent, Output(OutputKind.MP3))
    with pytest.raises(NoFormats, match="without a picture"):
        choose(replace(YOUTUBE, formats=(sound("140", "mp4a.40.2"),)), Output())


def test_portrait_videos_are_measured_by_their_shorter_side() -> None:
    short = picture("137", "avc1", 1920, width=1080)
    assert lines(short) == 1080
    assert choose(replace(YOUTUBE, formats=(short, sound("140", "mp4a.40.2"))), Output(max_height=1080))[0] is short


@pytest.mark.parametrize(
    ("start", "end", "duration", "error"),
    [
        (5, 5, 100, InvalidRange),
        (6, 5, None, InvalidRange),
        (0, 0, 100, InvalidRange),
        (-1, 5, 100, InvalidTime),
        (math.nan, 5, 100, InvalidTime),
        (0, math.inf, 100, InvalidTime),
        (100, 101, 100, RangeOutsideVideo),
        (100, None, 100, RangeOutsideVideo),
        (0, 101.5, 100, RangeOutsideVideo),
    ],
)
def test_marks_that_cannot_be(start: float, end: float | None, duration: float | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        check_range(start, end, duration)


def test_marks_that_can_be() -> None:
    assert check_range(None, None, 100) == (0.0, None)
    assert check_range(None, 5, 100) == (0.0, 5)
    assert check_range(5, None, None) == (5, None)
    assert check_range(99, 100.9, 100) == (99, 100.9), "sites round the length; the cut ends where the pictures do"


def test_a_running_stream_needs_no_end() -> None:
    assert check_range(5000, 5010, 100, Live.NOW) == (5000, 5010)
    assert check_range(None, None, None, Live.NOW) == (0.0, None), "recorded until it ends, or somebody ends it"


def test_a_gif_of_minutes_is_refused() -> None:
    with pytest.raises(InvalidOutput, match="60 seconds"):
        make_plan(ClipRequest("u", 0, 61, Output(OutputKind.GIF)), YOUTUBE)
    with pytest.raises(InvalidOutput):
        make_plan(ClipRequest("u", output=Output(OutputKind.WEBP)), YOUTUBE)


def test_subtitles_by_people_come_before_automatic_ones() -> None:
    tracks = (
        Subtitle("en", "a", "vtt", automatic=True),
        Subtitle("en-GB", "b", "vtt"),
        Subtitle("de", "c", "vtt", automatic=True),
        Subtitle("den", "d", "vtt"),
    )
    video = replace(YOUTUBE, subtitles=tracks)
    assert [track.url for track in pick_subtitles(video, ("en", "DE", "fr", "en-GB"))] == ["b", "c"]


CHAPTERS = (Chapter("a", 0, 10), Chapter("b", 10, 30), Chapter("c", 30, 40))


def test_chapters_on_the_clips_own_clock() -> None:
    assert chapters_within(CHAPTERS, 5, 30) == (Chapter("a", 0, 5), Chapter("b", 5, 25))


@given(st.floats(0, 39), st.floats(0.01, 40))
def test_chapters_cover_the_clip_without_gaps(start: float, length: float) -> None:
    end = min(40.0, start + length)
    inside = chapters_within(CHAPTERS, start, end)
    assert inside[0].start_s == 0
    assert inside[-1].end_s == pytest.approx(end - start)
    assert all(a.end_s == pytest.approx(b.start_s) for a, b in itertools.pairwise(inside))


DUBBED = replace(
    YOUTUBE,
    formats=(
        picture("de", "avc1", 1080, sound="mp4a.40.2", default_language=False, delivery=Delivery.HLS),
        picture("en-vp9", "vp9", 720, sound="opus", bit_rate=900),
        picture("en", "avc1", 720, sound="mp4a.40.2", bit_rate=800),
        picture("en-low", "avc1", 360, sound="mp4a.40.2", bit_rate=400),
        picture("de-low", "avc1", 240, sound="mp4a.40.2", default_language=False, bit_rate=100),
    ),
)


@pytest.mark.parametrize(
    ("output", "chosen"),
    [
        (Output(), ("en", None)),
        (Output(max_height=360), ("en-low", None)),
        (Output(codec="vp9"), ("en-vp9", None)),
        (Output(OutputKind.WEBM), ("en-vp9", None)),
        (Output(OutputKind.M4A), (None, "en-low")),
        (Output(OutputKind.OPUS), (None, "en-vp9")),
        (Output(OutputKind.MP3), (None, "en-low")),
    ],
)
def test_a_preference_means_the_same_where_a_format_carries_both(
    output: Output, chosen: tuple[str | None, str | None]
) -> None:
    video, audio = choose(DUBBED, output)
    assert (video and video.id, audio and audio.id) == chosen


def test_a_pair_whose_sound_does_not_fit_is_not_taken() -> None:
    mixed = (picture("aac", "vp9", 1080, sound="mp4a.40.2"), picture("opus", "vp9", 720, sound="opus"))
    assert choose(replace(YOUTUBE, formats=mixed), Output(OutputKind.WEBM))[0] == mixed[1]
