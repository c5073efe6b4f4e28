"""Encoding of frames that cannot be copied, so that they match the source and splice with it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.codec import CodecContext
from av.codec.context import Flags
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ...codec import mastering_display
from ...errors import CutFailed
from ..demuxer import frame_rate
from ..strategy_errors import CannotSplice

_UNSPECIFIED = 2  # AVCOL_*_UNSPECIFIED, the same number in all three enumerations

ENCODER_FOR_CODEC = {"h264": "libx264", "hevc": "libx265", "vp9": "libvpx-vp9", "vp8": "libvpx", "av1": "libsvtav1"}
"""The encoder that continues a stream of a codec."""

EIGHT_BIT = frozenset({"yuv420p", "yuvj420p"})
_PIXEL_FORMATS: Mapping[str, frozenset[str]] = {
    "libx264": EIGHT_BIT | {"yuv422p", "yuv444p", "yuvj422p", "yuvj444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"},
    "libx265": EIGHT_BIT | {"yuv422p", "yuv444p", "yuvj422p", "yuvj444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"},
    "libvpx-vp9": frozenset({"yuv420p", "yuv422p", "yuv440p", "yuv444p"}),
    "libvpx": frozenset({"yuv420p"}),
    "libsvtav1": frozenset({"yuv420p", "yuv420p10le"}),
}

_EDGE_OPTIONS: Mapping[str, Mapping[str, str]] = {
    # A head is a few seconds at most: quality first, then speed. Measured at 720p on two cores (46 frames): x264 veryfast
    # crf 17 0.6 s, worst frame 43 dB; libvpx realtime 1.0 s, 43 dB; SVT-AV1 preset 9 0.8 s, 45 dB. SVT-AV1's low delay structure
    # gives a higher quality here and takes 50 MB instead of 200. A second thread of libvpx takes 5 MB of the 160 that a worker may have, and
    # a third more CPU.
    # A lookahead of six frames instead of ten: as good (45.8 dB the worst frame, against 45.1) and 13 MB less at 720p,
    # where a whole worker is to stay below 160.
    "libx264": {"preset": "veryfast", "crf": "17", "rc-lookahead": "6"},
    "libx265": {"preset": "veryfast", "crf": "17"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "24", "threads": "1", "lag-in-frames": "0"},
    "libvpx": {"deadline": "realtime", "cpu-used": "4", "crf": "6", "lag-in-frames": "0"},
    "libsvtav1": {"preset": "9", "crf": "18", "svtav1-params": "lp=2:pred-struct=1"},
}

_FAST_OPTIONS: Mapping[str, Mapping[str, str]] = {
    # Half of preset 9's work, and as good on films (docs/ENCODING.md); but in panning shots single frames fall to 26 dB.
    # So its output has to pass a quality gate: see fast_encoder.py. One thread: with two the file is done no sooner, since decoding
    # and comparing need the other processor, and it takes a tenth more CPU and 12 MB more.
    "libsvtav1": {
        "preset": "12",
        "crf": "26",
        "svtav1-params": "lp=1:pred-struct=1:hierarchical-levels=3:enable-cdef=0",
    },
}

_PARAMS_OPTION = {"libsvtav1": "svtav1-params", "libx265": "x265-params"}

# x264's scale of constant rate factors on the other encoders' scales, by published comparisons at equal quality
_QUALITY_SCALE = {"libx264": 1.0, "libx265": 1.0, "libvpx-vp9": 1.4, "libvpx": 1.0, "libsvtav1": 1.5}


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """All parameters of an encoder. ``pix_fmt`` ``None``: that of the first frame."""

    encoder: str
    width: int
    height: int
    pix_fmt: str | None
    time_base: Fraction
    rate: Fraction
    sample_aspect_ratio: Fraction | None
    colour: tuple[int, int, int, int]
    """Range, primaries, transfer, matrix, by libav's numbers."""
    options: Mapping[str, str] = field(default_factory=dict)
    b_frames: int = 0
    exact: bool = True
    """The pixel format must be the source's, because the encoded frames continue a copied stream."""
    interlaced: bool = False

    def with_options(self, more: Mapping[str, str]) -> EncoderSettings:
        return replace(self, options={**self.options, **more})

    @property
    def reorder(self) -> int:
        """The reorder depth of the output; x264 and x265 use B pyramids of one level."""
        return min(self.b_frames, 2)


def settings_matching(stream: VideoStream, encoder: str, *, fast: bool = False) -> EncoderSettings:
    """Return settings that continue ``stream``, visually lossless; ``fast``: mostly so, where that saves much."""
    context = stream.codec_context
    assert stream.time_base is not None
    options = dict((_FAST_OPTIONS if fast else {}).get(encoder) or _EDGE_OPTIONS[encoder])
    if encoder == "libx264" and (profile := _x264_profile(context.profile)):
        options["profile"] = profile
    return EncoderSettings(
        encoder=encoder,
        width=context.width,
        height=context.height,
        pix_fmt=context.pix_fmt,
        time_base=stream.time_base,
        rate=frame_rate(stream) or Fraction(30),
        sample_aspect_ratio=stream.sample_aspect_ratio,
        colour=(context.color_range, context.color_primaries, context.color_trc, context.colorspace),
        options=options,
    )


def settings_for_reencode(
    stream: VideoStream, encoder: str, quality: int | None, *, square: bool = False
) -> EncoderSettings:
    """Return settings for encoding the whole clip.

    Args:
        quality: constant rate factor on x264's scale; ``None``: visually lossless.
        square: scale to square pixels.
    """
    settings = settings_matching(stream, encoder)
    if square and settings.sample_aspect_ratio:
        wide = round(settings.width * settings.sample_aspect_ratio / 2) * 2
        settings = replace(settings, width=wide, sample_aspect_ratio=None)
    options = dict(settings.options)
    for of_edges in ("profile", "threads"):
        options.pop(of_edges, None)
    crf = 18 if quality is None else quality
    options["crf"] = str(min(63 if encoder not in ("libx264", "libx265") else 51, round(crf * _QUALITY_SCALE[encoder])))
    b_frames = 2 if encoder in ("libx264", "libx265") else 0
    # 4:2:0 in H.264 and H.265 has even sides; VP9 and AV1 sources need not.
    width, height = (settings.width & ~1, settings.height & ~1) if b_frames else (settings.width, settings.height)
    return replace(settings, width=width, height=height, pix_fmt=None, options=options, b_frames=b_frames, exact=False)


def _x264_profile(source: str | None) -> str | None:
    name = (source or "").lower()
    if "baseline" in name:
        return "baseline"
    known = {"main": "main", "high": "high", "high 10": "high10", "high 4:2:2": "high422"}
    return known.get(name) or ("high444" if "4:4:4" in name else None)


class EdgeEncoder:
    """Encodes one run of frames: the first becomes a keyframe, and no packet is left in the encoder at the end."""

    def __init__(
        self,
        settings: EncoderSettings,
        context: VideoCodecContext | None = None,
        on_first: Callable[[VideoFrame], None] | None = lambda _: None,
    ) -> None:
        """Args:
        context: the encoder of an output stream; ``None``: create one.
        on_first: called with the first frame before it is encoded; ``None``: ``settings`` have its properties already.
        """
        self._settings = settings
        self._context = context
        self._on_first = on_first

    @classmethod
    def opened(cls, settings: EncoderSettings) -> EdgeEncoder:
        """Return an encoder that is open, for its headers; ``settings.pix_fmt`` must be set."""
        assert settings.pix_fmt is not None
        made = cls(settings)
        made._open(settings.pix_fmt)
        return made

    def _open(self, pix_fmt: str) -> VideoCodecContext:
        s = self._settings
        # From inside the library SVT-AV1 writes its settings to stderr, and complains there when it is stopped in the middle.
        os.environ.setdefault("SVT_LOG", "0")
        context = self._context
        if context is None:
            context = cast("VideoCodecContext", CodecContext.create(s.encoder, "w"))
        if context.is_open:
            return context
        supported = _PIXEL_FORMATS[s.encoder]
        if s.exact and pix_fmt not in supported:
            raise CannotSplice("clipferry cannot encode this kind of picture, so every frame was encoded as another.")
        context.width, context.height = s.width, s.height
        context.pix_fmt = pix_fmt if pix_fmt in supported else _nearest_pix_fmt(pix_fmt, supported)
        context.time_base, context.framerate = s.time_base, s.rate
        if s.sample_aspect_ratio:
            context.sample_aspect_ratio = s.sample_aspect_ratio
        context.color_range, context.color_primaries, context.color_trc, context.colorspace = s.colour
        context.flags |= Flags.global_header
        if s.interlaced:
            context.flags |= Flags.interlaced_dct | Flags.interlaced_me
        context.max_b_frames = s.b_frames
        context.gop_size = max(1, round(s.rate * 10))
        context.options = {**context.options, **s.options}
        if s.encoder == "libvpx":
            context.thread_count = 1  # its threads wait for each other in busy loops
        try:
            context.open()
        except av.FFmpegError as error:
            raise CutFailed(detail=f"opening {s.encoder}: {error}") from error
        if s.encoder == "libsvtav1":
            _reset_thread_priority()
        self._context = context
        return context

    @property
    def extradata(self) -> bytes:
        """The encoder's parameter sets, once it is open."""
        return (self._context.extradata if self._context else None) or b""

    def encode(self, frame: VideoFrame, pts: int) -> list[Packet[Stream]]:
        """Encode a frame; ``pts`` in the settings' time base."""
        if self._on_first is not None:
            self._on_first(frame)
            self._on_first = None
            self._settings = with_frame_properties(self._settings, frame)
        context = self._open(self._settings.pix_fmt or frame.format.name)
        frame.pict_type = 0
        frame.pts, frame.time_base = pts, self._settings.time_base
        try:
            return cast("list[Packet[Stream]]", context.encode(frame))
        except av.FFmpegError as error:
            raise CutFailed(detail=f"{self._settings.encoder}: {error}") from error

    def flush(self, on_wait: Callable[[], None] = lambda: None) -> list[Packet[Stream]]:
        """Return the packets that the encoder still holds.

        Args:
            on_wait: called while an encoder with a thread of its own finishes.
        """
        if self._context is None or not self._context.is_open:
            return []
        return cast("list[Packet[Stream]]", self._context.encode(None))


def _reset_thread_priority() -> None:
    """Reset the priority of all threads of the process.

    SVT-AV1 (``svt_threads.c``), opened by root, makes every thread, and those started later, a real-time one of the highest priority.
    """
    if sys.platform != "linux":
        return
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))


def with_frame_properties(settings: EncoderSettings, frame: VideoFrame) -> EncoderSettings:
    """Add what only a decoded frame has: colour description, mastering display metadata, interlacing (of these encoders, x264's only)."""
    settings = replace(settings, interlaced=frame.interlaced_frame and settings.encoder == "libx264")
    metadata = mastering_display.options(frame, settings.encoder)
    if metadata:
        name = _PARAMS_OPTION[settings.encoder]
        both = [settings.options.get(name), *(f"{key}={value}" for key, value in metadata.items())]
        settings = settings.with_options({name: ":".join(one for one in both if one)})
    return _with_frame_colour(settings, frame)


def _with_frame_colour(settings: EncoderSettings, frame: VideoFrame) -> EncoderSettings:
    own = (frame.color_range, frame.color_primaries, frame.color_trc, frame.colorspace)
    nothing = (0, _UNSPECIFIED, _UNSPECIFIED, _UNSPECIFIED)
    colour = tuple(t if h == n else h for h, t, n in zip(settings.colour, own, nothing, strict=True))
    return replace(settings, colour=cast("tuple[int, int, int, int]", colour))


def _nearest_pix_fmt(pix_fmt: str, supported: frozenset[str]) -> str:
    wants_ten = "10" in pix_fmt or "12" in pix_fmt
    return "yuv420p10le" if wants_ten and "yuv420p10le" in supported else "yuv420p"
