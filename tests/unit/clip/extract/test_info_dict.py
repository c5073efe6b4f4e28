"""yt-dlp's words → ours, with nothing that a site writes believed blindly."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.errors import ClipError, DrmProtected, NoFormats
from clipferry.clip.extract.info_dict import expiry, to_format, to_video
from clipferry.clip.model import Chapter, Delivery, Fragment, Live, Subtitle
from clipferry.clip.video_choices import Quality, video_choices
from clipferry.protocol.videos import VideoInfo

VIDEO = {
    "format_id": "136", "url": "https://rr1.googlevideo.com/videoplayback?expire=1800000000&itag=136", "ext": "mp4",
    "protocol": "https", "vcodec": "avc1.64001f", "acodec": "none", "width": 1280, "height": 720, "fps": 30,
    "filesize": 12_000_000, "vbr": 800.0, "tbr": 800.5, "container": "mp4_dash", "available_at": 1_700_000_000,
    "http_headers": {"User-Agent": "UA", "Evil": "a\r\nHost: b"}, "dynamic_range": "SDR",
}  # fmt: skip
AUDIO = {
    "format_id": "140", "url": "https://rr1.googlevideo.com/videoplayback?expire=1700000000", "ext": "m4a", "vcodec": "none",
    "acodec": "mp4a.40.2", "abr": 128.0, "language": "en", "language_preference": 10,
}  # fmt: skip
INFO = {
    "extractor_key": "Youtube", "id": "abc", "title": "A title", "webpage_url": "https://www.youtube.com/watch?v=abc",
    "duration": 120, "channel": "Ann", "upload_date": "20260102", "thumbnail": "https://i.ytimg.com/1.jpg",
    "live_status": "not_live", "formats": [AUDIO, VIDEO],
    "chapters": [{"title": "One", "start_time": 0.0, "end_time": 60.0}, {"title": "Two", "start_time": 60.0}],
    "subtitles": {"en": [{"ext": "json3", "url": "https://s/j"}, {"ext": "vtt", "url": "https://s/v", "name": "English"}],
                  "live_chat": [{"ext": "json", "url": "https://s/c"}]},
    "automatic_captions": {"en": [{"ext": "vtt", "url": "https://s/a"}], "de": [{"ext": "srt", "url": "https://s/d"}]},
}  # fmt: skip


def test_a_youtube_video() -> None:
    video = to_video(INFO, "https://youtu.be/abc?t=83", lambda url: "a=b" if "136" in url else None)
    assert (video.key, video.title, video.uploader, video.duration_s, video.live) == (
        "youtube:abc", "A title", "Ann", 120.0, Live.NO,
    )  # fmt: skip
    best, sound = video.formats
    assert (best.id, best.container, best.delivery, best.bit_rate) == ("136", "mp4", Delivery.FILE, 800_500)
    assert (best.audio_codec, best.cookies, best.available_at) == (None, "a=b", 1_700_000_000)
    assert best.http_headers == {"User-Agent": "UA"}
    assert (sound.id, sound.video_codec, sound.language, sound.default_language, sound.cookies) == (
        "140", None, "en", True, None,
    )  # fmt: skip
    assert video.expires_at == 1_700_000_000
    assert video.chapters == (Chapter("One", 0, 60), Chapter("Two", 60, 120))
    assert video.subtitles == (
        Subtitle("en", "https://s/v", "vtt", False, "English"),
        Subtitle("de", "https://s/d", "srt", True),
    )
    assert video.suggested_start_s == 83


def test_timed_text_is_taken_where_there_is_nothing_else() -> None:
    both = [{"ext": "ttml", "url": "https://s/t"}, {"ext": "srt", "url": "https://s/s"}]
    video = to_video(
        {**INFO, "subtitles": {"en": both, "fr": both[:1]}, "automatic_captions": {}}, "https://youtu.be/abc"
    )
    assert video.subtitles == (Subtitle("en", "https://s/s", "srt"), Subtitle("fr", "https://s/t", "ttml"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://i.ytimg.com/1.jpg", "https://i.ytimg.com/1.jpg"),
        ("http://i.ytimg.com/1.jpg", None),
        ("https://192.168.1.1/reboot?now", None),
        ("https://2130706433/", None),
        ("https://[::1]/", None),
        ("https://localhost:8804/", None),
        ("https://me@i.ytimg.com/1.jpg", None),
    ],
)
def test_a_picture_that_a_browser_would_load_is_never_of_the_persons_own_network(url: str, shown: str | None) -> None:
    assert video_choices(to_video({**INFO, "thumbnail": url}, "https://youtu.be/abc")).thumbnail_url == shown


def test_what_a_person_is_shown_holds_no_media_address() -> None:
    shown = video_choices(to_video(INFO, "https://youtu.be/abc"))
    edge = pytest.approx(100_000 * 3.6 + 16_000)
    assert shown.qualities == (Quality(720, 30.0, ("h264",), 116_000.0, edge),)
    assert "googlevideo" not in str(shown)


def test_it_fits_the_protocol() -> None:
    assert (
        VideoInfo.model_validate(video_choices(to_video(INFO, "https://youtu.be/abc")), from_attributes=True).key
        == "youtube:abc"
    )


def test_segments_of_a_manifest() -> None:
    entry = VIDEO | {
        "protocol": "http_dash_segments",
        "fragment_base_url": "https://cdn/a/",
        "fragments": [
            {"url": "https://cdn/a/init.mp4"},
            {"path": "1.m4s", "duration": 5.0},
            {"path": None},
            {"path": "//[x"},
            "rubbish",
        ],
    }
    made = to_format(entry)
    assert made is not None
    assert made.delivery is Delivery.FRAGMENTS
    assert made.fragments == (Fragment("https://cdn/a/init.mp4"), Fragment("https://cdn/a/1.m4s", 5.0))


@pytest.mark.parametrize(
    "change",
    [
        {"has_drm": True}, {"protocol": "mhtml"}, {"protocol": "rtmp"}, {"url": "file:///etc/passwd"}, {"url": None},
        {"ext": "exe"}, {"vcodec": "none"}, {"format_id": None}, {"protocol": "http_dash_segments", "fragments": []},
    ],
)  # fmt: skip
def test_formats_that_are_not_taken(change: dict[str, object]) -> None:
    assert to_format(VIDEO | change) is None


def test_nothing_to_take_is_said_for_what_it_is() -> None:
    with pytest.raises(NoFormats):
        to_video(INFO | {"formats": []}, "u")
    with pytest.raises(DrmProtected):
        to_video(INFO | {"formats": [VIDEO | {"has_drm": True}]}, "u")


def test_dubbed_sound_is_not_the_default() -> None:
    dub = AUDIO | {"format_id": "140-1", "language": "de", "language_preference": -1}
    formats = to_video(INFO | {"formats": [VIDEO, dub, AUDIO]}, "u").formats
    assert [(entry.id, entry.default_language) for entry in formats if entry.language] == [
        ("140", True),
        ("140-1", False),
    ]


def test_a_clip_page_names_its_own_range() -> None:
    video = to_video(INFO | {"section_start": 10.5, "section_end": 20.0}, "https://www.youtube.com/clip/x?t=3")
    assert (video.suggested_start_s, video.suggested_end_s) == (10.5, 20.0)


@pytest.mark.parametrize(
    ("url", "at"),
    [
        ("https://rr.googlevideo.com/videoplayback?expire=1800000000&x=1", 1_800_000_000),
        ("https://manifest.googlevideo.com/api/manifest/hls_playlist/expire/1800000000/id/1", 1_800_000_000),
        ("https://scontent.cdninstagram.com/v.mp4?oh=1&oe=6B49D200", 0x6B49D200),
        ("https://example.org/expire/soon?expire=never&oe=zz", None),
    ],
)
def test_until_when_an_address_works(url: str, at: float | None) -> None:
    assert expiry(url) == at


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["https://a/b", "https://[", "//[x", "mp4", "vtt"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_rubbish_in_any_field_is_left_out_or_refused_never_a_crash(data: st.DataObject) -> None:
    def spoilt(entry: dict[str, object]) -> dict[str, object]:
        keys = data.draw(st.lists(st.sampled_from(sorted(entry)), max_size=3, unique=True))
        return entry | {key: data.draw(JUNK) for key in keys}

    info = spoilt(INFO | {"formats": [spoilt(dict(VIDEO)), spoilt(dict(AUDIO)), data.draw(JUNK)]})
    with contextlib.suppress(ClipError):
        video_choices(to_video(info, "https://example.org/"))
