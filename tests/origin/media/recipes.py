"""What media there can be, as values. The same recipe always means the same file, so its text is the cache's key."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any


class Pack(enum.StrEnum):
    """How the coded streams are put into a file or a folder; the value is part of file names and URLs."""

    FMP4 = "fmp4"
    """Fragmented MP4 with one sidx in front, as YouTube's DASH files."""
    MP4_FRONT = "mp4-front"
    """Progressive MP4, moov in front."""
    MP4_END = "mp4-end"
    """Progressive MP4, moov at the end."""
    WEBM_FRONT = "webm-front"
    """WebM, Cues in front."""
    WEBM_END = "webm-end"
    """WebM, Cues at the end."""
    MKV = "mkv"
    TS = "ts"
    HLS_TS = "hls-ts"
    HLS_FMP4 = "hls-fmp4"
    HLS_RANGES_TS = "hls-ranges-ts"
    """One TS file, segments by EXT-X-BYTERANGE."""
    HLS_RANGES_FMP4 = "hls-ranges-fmp4"
    HLS_AES = "hls-aes"
    """TS segments encrypted with AES-128; the key lies beside the playlist."""
    HLS_PACKED = "hls-packed"
    """Sound without a container: ADTS or MP3 frames behind an ID3 tag that tells the time (RFC 8216, section 3.4)."""
    HLS_JUMP = "hls-jump"
    """TS, two halves with EXT-X-DISCONTINUITY between them and the clock starting again."""
    DASH_TIMELINE = "dash-timeline"
    """SegmentTemplate with SegmentTimeline."""
    DASH_NUMBER = "dash-number"
    """SegmentTemplate with $Number$ and a constant duration."""
    DASH_LIST = "dash-list"
    """SegmentList with one URL a segment."""
    DASH_RANGES = "dash-ranges"
    """SegmentList with mediaRange into one file; yt-dlp 2026.8.19 cannot read it."""
    DASH_BASE = "dash-base"
    """SegmentBase with indexRange into one file with a sidx."""

    @property
    def folder(self) -> bool:
        return self.value.startswith(("hls", "dash"))

    @property
    def sound_only(self) -> bool:
        return self is Pack.HLS_PACKED

    @property
    def entry(self) -> str:
        """The name of the file that is asked for first."""
        if self.value.startswith("hls"):
            return "index.m3u8"
        if self.value.startswith("dash"):
            return "manifest.mpd"
        return "media" + {"ts": ".ts", "mkv": ".mkv"}.get(self.value, ".webm" if "webm" in self.value else ".mp4")


@dataclass(frozen=True, slots=True)
class Picture:
    """A coded video stream. ``encoder`` options are ffmpeg's, in order."""

    codec: str = "libx264"
    """ffmpeg's name of the encoder: ``libx264``, ``libx265``, ``libvpx-vp9``, ``libsvtav1``."""
    width: int = 320
    height: int = 180
    fps: Fraction = Fraction(30)
    gop_s: float = 5.0
    pixels: str = "yuv420p"
    real: bool = False
    """A real film (``film.py``) instead of numbered pictures, for benchmarks."""
    encoder: tuple[tuple[str, str], ...] = ()
    vary: bool = False
    """Variable frame rate: every third interval is half a frame longer, every seventh a whole one; no constant rate fits."""
    rotate: int = 0
    """Display matrix, degrees anticlockwise."""

    def times(self, seconds: float) -> list[float]:
        """Presentation times of the pictures 0, 1, ... of ``seconds`` seconds, from 0."""
        if not self.vary:
            return [float(number / self.fps) for number in range(round(seconds * self.fps))]
        times, number = [], 0
        while (at := float((number + Fraction(number // 3, 2) + number // 7) / self.fps)) < seconds:
            times.append(at)
            number += 1
        return times


@dataclass(frozen=True, slots=True)
class Sound:
    """A coded audio stream, stereo, 48 kHz, 128 kbit/s."""

    codec: str = "aac"
    """``aac``, ``libopus`` or ``libmp3lame``."""
    bare: bool = False
    """AAC as YouTube's m4a: first packet at 0, no edit list, and still in step (the encoder's delay is taken out before)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One file (or folder): what is in it, how long, and how it is packed."""

    seconds: float = 20.0
    pack: Pack = Pack.MP4_FRONT
    picture: Picture | None = field(default_factory=Picture)
    sound: Sound | None = field(default_factory=Sound)
    start_s: float = 0.0
    """Timestamp of the first picture in the container, where the container can hold one (ts, hls-ts, mkv, webm, fmp4)."""
    segment_s: float = 4.0
    """Target length of HLS and DASH segments."""
    skip_s: float = 0.0
    """MP4 only: that much of the beginning is in the file, but hidden by an edit list (ISO/IEC 14496-12, 8.6.6)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "seconds", float(self.seconds))  # 120 and 120.0 are one film, to be made once

    def packed(self, pack: Pack) -> Recipe:
        return replace(self, pack=pack)


def x264(*options: str, **picture: Any) -> Picture:
    """An H.264 picture from x264 parameters (``key=value``), closed GOPs and two B-frames unless they say otherwise."""
    joined = ":".join(options)
    extra = (("-x264-params", joined),) if joined else ()
    return replace(Picture(encoder=(("-preset", "veryfast"), ("-bf", "2"), *extra)), **picture)


VP9 = Picture(
    codec="libvpx-vp9",
    encoder=(("-deadline", "realtime"), ("-cpu-used", "7"), ("-b:v", "400k"), ("-row-mt", "1")),
)
VP9_10 = replace(VP9, pixels="yuv420p10le", encoder=(*VP9.encoder, ("-profile:v", "2")))
AV1 = Picture(codec="libsvtav1", encoder=(("-preset", "12"), ("-crf", "40")))
AV1_10 = replace(AV1, pixels="yuv420p10le", encoder=(("-preset", "12"), ("-crf", "28")))
HEVC = Picture(
    codec="libx265",
    encoder=(("-preset", "ultrafast"), ("-tag:v", "hvc1"), ("-x265-params", "log-level=error:open-gop=0:bframes=2")),
)
COLOUR = (
    ("-color_primaries", "bt709"),
    ("-color_trc", "bt709"),
    ("-colorspace", "bt709"),
    ("-color_range", "tv"),
)

PICTURES: dict[str, Picture] = {
    "h264": x264(),
    "h264-24": x264(fps=Fraction(24)),
    "h264-25": x264(fps=Fraction(25)),
    "h264-29.97": x264(fps=Fraction(30000, 1001)),
    "h264-50": x264(fps=Fraction(50)),
    "h264-60": x264(fps=Fraction(60)),
    "h264-vfr": x264(vary=True),
    "h264-baseline": x264("bframes=0:cabac=0", encoder=(("-preset", "veryfast"), ("-profile:v", "baseline"))),
    "h264-pyramid": x264("bframes=4:b-pyramid=normal:ref=4:b-adapt=0"),
    "h264-bframes8": x264("bframes=8:b-adapt=0:ref=5:b-pyramid=normal"),
    "h264-open-gop": x264("open-gop=1:bframes=2:b-adapt=0:scenecut=0"),
    "h264-intra-refresh": x264("intra-refresh=1:bframes=0"),
    "h264-long-gop": x264("scenecut=0", gop_s=10.0),
    "h264-slices": x264("slices=4:aud=1"),
    "h264-rotated": x264(rotate=90),
    "h264-colour": replace(x264(), encoder=(*x264().encoder, *COLOUR)),
    "hevc": HEVC,
    "vp9": VP9,
    "vp9-10bit": VP9_10,
    "av1": AV1,
    "av1-10bit": AV1_10,
}
"""The matrix for CUT and the engine tests, by name; 320x180 and 30 frames a second where the name does not say otherwise."""


def recipe(
    picture: str | None, pack: Pack, *, seconds: float = 20.0, sound: str | None = "aac", start_s: float = 0.0
) -> Recipe:
    """A recipe by the names that URLs and tests use: ``recipe("h264-vfr", Pack.FMP4, sound=None)``."""
    return Recipe(
        seconds=seconds,
        pack=pack,
        picture=PICTURES[picture] if picture else None,
        sound=SOUNDS[sound] if sound else None,
        start_s=start_s,
    )


SOUNDS: dict[str, Sound] = {
    "aac": Sound("aac"),
    "aac-bare": Sound("aac", bare=True),
    "opus": Sound("libopus"),
    "mp3": Sound("libmp3lame"),
}
