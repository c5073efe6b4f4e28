"""Choice of a cut strategy: what is known of a video track before cutting → how its frames get into the file."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple, cast

from av.video.stream import VideoStream

from ..codec import vp9
from ..container.codec_support import Container
from ..model import CutMode
from .attempts import Attempt
from .demuxer import Reader, frame_rate, stream_codec
from .encoding.encoder import ENCODER_FOR_CODEC, EncoderSettings, settings_for_reencode, settings_matching
from .record.packet_fingerprints import Framing
from .record.report import CutPath
from .splicing.av1 import Av1
from .splicing.codec_rules import CodecRules, CopyOnly, EncodeAll, SelfContained
from .splicing.h264 import H264
from .splicing.h265 import H265
from .strategy_errors import CannotSplice, StartsTooLate

_MIN_PSNR_DB = 30.0
"""Frames encoded at the default quality reach more than 40 dB; other frames of the same video are rarely above 20 dB."""


class Strategy(NamedTuple):
    """How the frames of a video track get into the file."""

    rules: CodecRules
    codec: str
    rate: Fraction
    encode_with: EncoderSettings | None = None
    from_keyframe: bool = False
    note: str | None = None
    pix_fmt: str | None = None
    tag: str | None = None
    """Sample entry in MP4 where libav's default is not playable everywhere."""
    min_psnr_db: float = _MIN_PSNR_DB
    """How near encoded frames have to come to their source; 0: they cannot be compared."""
    framing: Framing | None = Framing.NONE
    """What verification compares of each packet in the file; ``None``: nothing, as libav rewrites them."""

    @property
    def encode_all(self) -> EncodeAll:
        assert isinstance(self.rules, EncodeAll)
        return self.rules

    def path(self, copied: int, frames: int) -> CutPath:
        if copied == frames:
            return CutPath.COPY
        return CutPath.SMART if copied else CutPath.REENCODE


class Method(enum.Enum):
    """How the frames of a video track get into the file."""

    ENCODE_ALL = enum.auto()
    COPY_ALL = enum.auto()
    COPY_FROM_KEYFRAME = enum.auto()
    SMART_CUT = enum.auto()


class Facts(NamedTuple):
    """What is known of a track before cutting."""

    codec: str
    container: Container
    attempt: Attempt
    square_pixels: bool


class Rule(NamedTuple):
    applies: Callable[[Facts], bool]
    method: Method
    reason: str | None = None
    """For the user; ``{codec}`` and ``{encode_all}`` are filled in."""


RULES = (
    Rule(lambda f: f.attempt.encode_all is not None, Method.ENCODE_ALL, "{encode_all}"),
    Rule(lambda f: f.attempt.mode is CutMode.REENCODE, Method.ENCODE_ALL),
    Rule(
        lambda f: not f.container.takes_video(f.codec),
        Method.ENCODE_ALL,
        "{codec} does not go into this kind of file, so every frame was encoded again.",
    ),
    Rule(
        lambda f: not f.square_pixels and not f.container.has_pixel_shapes,
        Method.ENCODE_ALL,
        "A picture whose points are not square does not go into this kind of file, so every frame was encoded again.",
    ),
    Rule(lambda f: f.attempt.whole, Method.COPY_ALL),
    Rule(lambda f: f.attempt.mode is CutMode.FAST, Method.COPY_FROM_KEYFRAME),
    Rule(
        lambda f: f.codec not in ENCODER_FOR_CODEC,
        Method.ENCODE_ALL,
        "clipferry cannot encode {codec}, so every frame was encoded as another codec.",
    ),
    Rule(lambda f: True, Method.SMART_CUT),
)
"""Container, codec and mode → method and reason: the first rule that applies decides. Where the headers of a track rule out a smart
cut (see :mod:`.splicing`), the method is ``ENCODE_ALL`` with that reason."""


def choose_method(facts: Facts) -> tuple[Method, str | None]:
    """Return the method for a track, and the reason for the user if it is not the usual one."""
    rule = next(rule for rule in RULES if rule.applies(facts))
    reason = rule.reason and rule.reason.format(codec=facts.codec, encode_all=facts.attempt.encode_all)
    return rule.method, reason


def choose_strategy(reader: Reader, container: Container, attempt: Attempt, quality: int | None) -> Strategy:
    """Choose how the video track of ``reader`` gets into ``container``.

    Args:
        quality: constant rate factor on x264's scale for ``CutMode.REENCODE``.

    Raises:
        StartsTooLate: the window of a transport stream begins after its parameter sets.
        BadMedia: libav does not know the codec.
    """
    stream = cast("VideoStream", reader.video)
    codec = stream_codec(stream)
    square_pixels = (stream.sample_aspect_ratio or 1) == 1
    method, reason = choose_method(Facts(codec, container, attempt, square_pixels))
    pix_fmt = stream.codec_context.pix_fmt or _pix_fmt(reader, stream, codec)
    if method is Method.SMART_CUT:
        if codec in ("h264", "hevc") and not stream.codec_context.extradata and reader.window.start_s > 0:
            raise StartsTooLate
        try:
            return _smart_cut(stream, codec, pix_fmt, fast_preset=attempt.fast_preset)
        except CannotSplice as refusal:
            method, reason = Method.ENCODE_ALL, str(refusal)
    if method is Method.ENCODE_ALL:
        encoder = _encoder_for_whole(container, codec, pix_fmt)
        square = not square_pixels and not container.has_pixel_shapes
        settings = settings_for_reencode(stream, encoder, quality, square=square)
        return _encode_all(stream, settings, pix_fmt, quality, reason)
    return Strategy(
        CopyOnly(stream),
        codec,
        _rate(stream),
        from_keyframe=method is Method.COPY_FROM_KEYFRAME,
        pix_fmt=pix_fmt,
        tag="hvc1" if codec == "hevc" else None,
        framing=_framing(codec, start_codes=reader.media.demuxer == "mpegts"),
    )


def _encode_all(
    stream: VideoStream, settings: EncoderSettings, pix_fmt: str | None, quality: int | None, reason: str | None
) -> Strategy:
    codec = next(name for name, encoder in ENCODER_FOR_CODEC.items() if encoder == settings.encoder)
    return Strategy(
        EncodeAll(),
        codec,
        _rate(stream),
        encode_with=settings,
        note=reason,
        min_psnr_db=_min_psnr_db(stream, settings, pix_fmt, quality),
        framing=_framing(codec, start_codes=True),
    )


def _smart_cut(stream: VideoStream, codec: str, pix_fmt: str | None, *, fast_preset: bool) -> Strategy:
    """Raises ``CannotSplice`` where the headers of the track do not allow it."""
    settings = replace(settings_matching(stream, ENCODER_FOR_CODEC[codec], fast=fast_preset), pix_fmt=pix_fmt)
    rate = _rate(stream)
    match codec:
        case "h264":
            return Strategy(H264(stream, settings), codec, rate)
        case "hevc":
            return Strategy(H265(stream, settings), codec, rate, tag="hvc1")
        case "av1":
            return Strategy(Av1(stream, settings, fast=fast_preset), codec, rate, pix_fmt=pix_fmt)
        case _:
            return Strategy(SelfContained(stream, settings), codec, rate, pix_fmt=pix_fmt)


def _rate(stream: VideoStream) -> Fraction:
    return frame_rate(stream) or Fraction(30)


def _framing(codec: str, *, start_codes: bool) -> Framing | None:
    """``start_codes``: the packets come from an encoder or a transport stream."""
    if codec in ("vp8", "vp9"):
        return Framing.NONE
    if codec == "av1":
        return Framing.DELIMITERS
    if not start_codes:
        return Framing.NONE
    return Framing.START_CODES if codec in ("h264", "hevc") else None


def _min_psnr_db(stream: VideoStream, settings: EncoderSettings, pix_fmt: str | None, quality: int | None) -> float:
    context = stream.codec_context
    scaled = (context.width, context.height) != (settings.width, settings.height)
    if scaled or (pix_fmt or "").startswith("yuvj"):
        return 0.0
    coarse = max((quality or 0) - 18, 0)
    return max(_MIN_PSNR_DB - 0.7 * coarse, 6.0)


def _pix_fmt(reader: Reader, stream: VideoStream, codec: str) -> str | None:
    """Return the pixel format from the first packet, where the container has none."""
    first = reader.first(stream) if codec == "vp9" else None
    if first is None:
        return "yuv420p" if codec == "vp8" else None
    return vp9.pix_fmt(bytes(first))


def _encoder_for_whole(container: Container, codec: str, pix_fmt: str | None) -> str:
    """Return the container's default encoder; AV1 for ten bits, which plays where HEVC and H.264 of that depth do not."""
    deep = pix_fmt is not None and pix_fmt.endswith(("10le", "12le"))
    if deep and container.takes_video("av1"):
        return "libsvtav1"
    return container.video_encoder or ENCODER_FOR_CODEC[codec]
