"""A decoder as a player would have one, for what verification looks at."""

from __future__ import annotations

from typing import cast

from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream


def decoder_of(stream: VideoStream) -> VideoCodecContext:
    """A new decoder for the packets of ``stream``."""
    context = cast("VideoCodecContext", CodecContext.create(stream.codec_context.codec.name, "r"))
    context.extradata = stream.codec_context.extradata
    if stream.codec_context.name == "h264":
        # Without bitstream_restriction libav guesses how far frames are reordered, and loses some: strict, it waits.
        context.options = {"strict": "1"}
    return context
