"""Choosing how a stream's pictures get into a file: copied with encoded edges, copied whole, or encoded from first to last."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from av.video.stream import VideoStream

from ..codec import vp9
from ..codec.errors import CannotSplice
from ..container.codec_support import Container
from ..model import CutMode
from .demuxer import Reader, frame_rate, stream_codec
from .encoding.encoder import ENCODER_FOR_CODEC, EncoderSettings, settings_for_reencode, settings_matching
from .record.packet_fingerprints import Framing
from .record.report import CutPath
from .splicing.av1 import Av1
from .splicing.codec_rules import CodecRules, CopyOnly, EncodeAll, SelfContained
from .splicing.h264 import H264
from .splicing.h265 import H265
from .strategy_errors import StartsTooLate

_MIN_PSNR_DB = 30.0
"""What is encoded without a wish comes out at more than 40 dB; another picture of the same video is rarely above 20."""


class Strategy(NamedTuple):
    """How the pictures get into the file: which family's rules, and what encodes them where all are encoded."""

    rules: CodecRules
    codec: str
    rate: Fraction
    encode_with: EncoderSettings | None = None
    from_keyframe: bool = False
    note: str | None = None
    pix_fmt: str | None = None
    tag: str | None = None
    """The sample entry in MP4 where libav's choice is not the one that plays everywhere."""
    min_psnr_db: float = _MIN_PSNR_DB
    """How near encoded pictures have to come to their source; 0 where the two cannot be compared."""
    framing: Framing | None = Framing.NONE
    """What can be compared of packets that stand in the file; ``None``: nothing, since nobody knows what libav makes of them."""

    @property
    def encode_all(self) -> EncodeAll:
        assert isinstance(self.rules, EncodeAll)
        return self.rules

    def path(self, copied: int, frames: int) -> CutPath:
        if copied == frames:
            return CutPath.COPY
        return CutPath.SMART if copied else CutPath.REENCODE


def choose_strategy(
    reader: Reader,
    stream: VideoStream,
    container: Container,
    *,
    mode: CutMode,
    quality: int | None,
    whole: bool,
    encode_all: str | None,
    careful: bool,
) -> Strategy:
    """The way for one stream into one container.

    Args:
        whole: the whole video is wanted as it is.
        encode_all: why every frame has to be encoded, where another way was tried and is not sound.
        careful: edges were encoded in haste and did not look good enough.

    Raises:
        CannotSplice: copied and encoded packets of this stream cannot be joined.
        StartsTooLate: the stream was entered where it cannot be begun.
    """
    codec = stream_codec(stream)
    pix_fmt = stream.codec_context.pix_fmt or _pix_fmt(reader, stream, codec)
    rate = frame_rate(stream) or Fraction(30)
    uneven = (stream.sample_aspect_ratio or 1) != 1 and not container.has_pixel_shapes
    if mode is CutMode.REENCODE or encode_all is not None or uneven or not container.takes_video(codec):
        note = encode_all
        if note is None and mode is not CutMode.REENCODE:
            what = "A picture whose points are not square" if container.takes_video(codec) else codec
            note = f"{what} does not go into this kind of file, so every frame was encoded again."
        encoder = _encoder_for_whole(container, codec, pix_fmt)
        settings = settings_for_reencode(stream, encoder, quality, square=uneven)
        made = next(name for name, used in ENCODER_FOR_CODEC.items() if used == encoder)
        min_psnr_db = _min_psnr_db(stream, settings, pix_fmt, quality)
        framing = _framing(made, start_codes=True)
        return Strategy(
            EncodeAll(), made, rate, encode_with=settings, note=note, min_psnr_db=min_psnr_db, framing=framing
        )
    if whole or mode is CutMode.FAST:
        tag = "hvc1" if codec == "hevc" else None
        framing = _framing(codec, start_codes=reader.media.demuxer == "mpegts")
        return Strategy(
            CopyOnly(stream), codec, rate, from_keyframe=not whole, pix_fmt=pix_fmt, tag=tag, framing=framing
        )
    if codec not in ENCODER_FOR_CODEC:
        raise CannotSplice(f"clipferry cannot encode {codec}, so every frame was encoded as another codec.")
    settings = replace(settings_matching(stream, ENCODER_FOR_CODEC[codec], fast=not careful), pix_fmt=pix_fmt)
    if codec in ("h264", "hevc") and not stream.codec_context.extradata and reader.window.start_s > 0:
        raise StartsTooLate  # a transport stream entered where its headers are not repeated
    if codec == "h264":
        return Strategy(H264(stream, settings), codec, rate)
    if codec == "hevc":
        return Strategy(H265(stream, settings), codec, rate, tag="hvc1")
    rules = Av1(stream, settings, fast=not careful) if codec == "av1" else SelfContained(stream, settings)
    return Strategy(rules, codec, rate, pix_fmt=pix_fmt)


def _framing(codec: str, *, start_codes: bool) -> Framing | None:
    """``start_codes``: the packets come from an encoder or a broadcast."""
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
    """What only the first packet tells."""
    first = reader.first(stream) if codec == "vp9" else None
    if first is None:
        return "yuv420p" if codec == "vp8" else None
    return vp9.pix_fmt(bytes(first))


def _encoder_for_whole(container: Container, codec: str, pix_fmt: str | None) -> str:
    """The container's usual encoder; ten bits stay ten bits, in AV1, which plays where HEVC and H.264 of that depth do not."""
    deep = pix_fmt is not None and pix_fmt.endswith(("10le", "12le"))
    if deep and container.takes_video("av1"):
        return "libsvtav1"
    return container.video_encoder or ENCODER_FOR_CODEC[codec]
