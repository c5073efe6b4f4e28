"""The tail of a smart cut: encode the last frames, whose packets refer to one after the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import cast

from ..demuxer import Reader
from ..packets import AnyPacket, OutputPacket
from ..strategy_errors import CannotSplice
from .context import CutContext
from .decoder import FrameDecoder, GopBuffer


def encode_tail(
    context: CutContext, missing: set[int], gop: GopBuffer, reopen: Callable[[float], Reader]
) -> Iterator[OutputPacket]:
    """Encode the frames whose timestamps are ``missing``.

    Args:
        gop: the packets that they decode from.
        reopen: returns a reader from before a presentation time on; used where ``gop`` is incomplete.

    Raises:
        CannotSplice: they do not all decode.
    """
    encoder = context.rules.encoder()
    decoder = FrameDecoder(context.stream, log=context.decoder_log())
    left = set(missing)
    first = min(missing)
    layout, sampler = context.layout, context.sampler
    with ExitStack() as stack:
        packets: Iterator[AnyPacket]
        if gop.complete:
            packets = gop.packets()
        else:
            again = stack.enter_context(reopen(context.reader.seconds(context.stream, first)))
            assert again.video is not None
            packets = again.packets(again.video)
        for count, frame in enumerate(decoder.all(packets, wanted=lambda pts: pts >= first)):
            pts = cast("int", frame.pts)
            if count == 0 and gop.first is not None:
                # The GOP's keyframe is in the file as well: unless both decode alike, the tail cannot be right.
                if pts != gop.first:
                    break
                if pts not in missing:
                    sampler.copied(frame, layout.place(pts))
            if pts in left:
                left.remove(pts)
                sampler.encoded(frame, layout.place(pts))
                yield from layout.encoded(encoder.encode(frame, layout.place(pts)))
            if not left:
                break
        sampler.run_ends()
        yield from layout.encoded(encoder.flush())
    if left:
        raise CannotSplice("The last pictures could not be joined, so every frame was encoded again.")
