"""The video's picture, as a file can carry it."""

from __future__ import annotations

import io
import logging

log = logging.getLogger(__name__)

MAX_COVER_BYTES = 2 * 1024 * 1024
_MAX_PIXELS = 16 * 1024 * 1024
"""Of a picture that has to be decoded: 2 MB can hold a thousand times as much."""
_JPEG, _PNG, _RIFF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF"


def usable_cover(image: bytes) -> bytes | None:
    """``image`` as JPEG or PNG, which every container holds; WebP is turned into JPEG. ``None`` for anything else."""
    if len(image) > MAX_COVER_BYTES:
        return None
    if image.startswith((_JPEG, _PNG)):
        return image
    if image.startswith(_RIFF) and image[8:12] == b"WEBP":
        return _to_jpeg(image)
    return None


def mime(cover: bytes) -> str:
    """Of a usable one."""
    return "image/png" if cover.startswith(_PNG) else "image/jpeg"


# Inside ---------------------------------------------------------------------------------------------------------------


def _to_jpeg(image: bytes) -> bytes | None:
    import av  # noqa: PLC0415 - only for a cover of this kind

    try:
        with av.open(io.BytesIO(image), mode="r", format="webp_pipe") as source:
            source.streams.video[0].codec_context.options = {"max_pixels": str(_MAX_PIXELS)}
            frame = next(source.decode(video=0))
        target = io.BytesIO()
        with av.open(target, "w", format="mjpeg") as output:
            stream = output.add_stream("mjpeg", rate=1, options={"qmin": "2", "qmax": "4"})
            stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuvj420p"
            for encoded in (frame.reformat(format="yuvj420p"), None):
                output.mux(stream.encode(encoded))
        return target.getvalue()
    except (av.FFmpegError, StopIteration, ValueError) as exc:
        log.info("cover: %s", exc)
        return None
