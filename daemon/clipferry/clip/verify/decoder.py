"""A decoder with a player's configuration."""

from __future__ import annotations

from typing import cast

from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream


def decoder_of(stream: VideoStream) -> VideoCodecContext:
    """Return a new decoder for the packets of ``stream``."""
    context = cast("VideoCodecContext", CodecContext.create(stream.codec_context.codec.name, "r"))
    context.extradata = stream.codec_context.extradata
    if stream.codec_context.name == "h264":
        # Without bitstream_restriction libav infers too small a reorder depth, and drops frames; strict, it waits.
        context.options = {"strict": "1"}
    return context
