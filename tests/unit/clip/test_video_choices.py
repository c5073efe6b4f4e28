"""What is told of a video before a clip of it is taken: the figures are those of the formats that will be taken."""

from __future__ import annotations

from typing import Any

import pytest

from clipferry.clip.model import Delivery, Format, Video
from clipferry.clip.video_choices import Quality, video_choices


def offered(rate: int | None = None, **facts: Any) -> Format:
    """``rate``: bytes per second."""
    bit_rate = None if rate is None else rate * 8
    return Format("f", "https://a.test/f", Delivery.FILE, "mp4", bit_rate=bit_rate, **facts)


def picture(codec: str, height: int, rate: int | None = None) -> Format:
    return offered(rate, video_codec=codec, width=height * 16 // 9, height=height)


def sound(codec: str, rate: int) -> Format:
    return offered(rate, audio_codec=codec)


def told(*formats: Format) -> dict[int, Quality]:
    video = Video("a", "1", "A", "https://a.test/", formats, duration_s=60.0)
    return {quality.height: quality for quality in video_choices(video).qualities}


AV1, VP9, H264 = "av01.0.05M.08", "vp9", "avc1.4d401f"


@pytest.mark.parametrize("order", [(AV1, VP9, H264), (H264, VP9, AV1), (VP9, H264, AV1)])
def test_the_rate_is_that_of_the_codec_that_an_mp4_gets(order: tuple[str, ...]) -> None:
    """Whatever stands first in the site's own order: in MP4 that is H.264."""
    rates = {AV1: 60_000, VP9: 90_000, H264: 180_000}
    quality = told(
        *(picture(codec, 720, rates[codec]) for codec in order), sound("opus", 20_000), sound("mp4a.40.2", 16_000)
    )
    assert quality[720].bytes_per_second == 180_000 + 16_000


def test_above_what_h264_has_it_is_that_of_the_best_other() -> None:
    quality = told(picture(VP9, 2160, 900_000), picture(AV1, 2160, 600_000), picture(H264, 1080, 300_000))
    assert quality[2160].bytes_per_second == 600_000
    assert quality[1080].bytes_per_second == 300_000


def test_where_the_sound_comes_with_the_picture_it_is_not_counted_twice() -> None:
    both = offered(100_000, video_codec=H264, audio_codec="mp4a.40.2", width=640, height=360)
    assert told(both)[360].bytes_per_second == 100_000


def test_what_is_encoded_again_takes_more() -> None:
    quality = told(picture(H264, 720, 180_000), sound("mp4a.40.2", 16_000))[720]
    assert quality.edge_bytes_per_second == pytest.approx(180_000 * 3.6 + 16_000)


def test_what_the_site_does_not_tell_is_not_made_up() -> None:
    assert told(picture(H264, 720))[720].bytes_per_second is None
