"""Answer with a finished clip: a file of this computer by aiohttp's own means, any other by reading it from its storage."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from ...jobs.clip_storage import OpenClip
from ...service import FinishedClip

# By our own extensions only: the content type never depends on what a site sent.
_MEDIA_TYPES = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_CHUNK_BYTES = 1 << 20


async def clip_response(request: web.Request, clip: FinishedClip, disposition: str) -> web.StreamResponse:
    """Return the answer, whole or the range that was asked for (RFC 9110, 14). Raises ``FileGone``."""
    path = await asyncio.to_thread(clip.local_path)
    if path is not None:
        response = _ThatFile(path)
        _describe(response, clip, disposition)
        return response
    with contextlib.ExitStack() as stack:
        opened = await asyncio.to_thread(stack.enter_context, clip.open())
        return await _stream(request, clip, opened, disposition)


class _ThatFile(web.FileResponse):
    """The file and no other: aiohttp's own sends ``clip.mp4.gz`` in its place where such a file lies beside it."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        headers = request.headers.copy()
        headers.popall(hdrs.ACCEPT_ENCODING, None)
        return await super().prepare(request.clone(headers=headers))


async def _stream(request: web.Request, clip: FinishedClip, opened: OpenClip, disposition: str) -> web.StreamResponse:
    asked = _range(request, opened.size_bytes)
    response = web.StreamResponse()
    _describe(response, clip, disposition)
    response.headers[hdrs.ACCEPT_RANGES] = "bytes"
    if asked is None:
        response.set_status(416)
        response.headers[hdrs.CONTENT_RANGE] = f"bytes */{opened.size_bytes}"
        response.content_length = 0
        asked = range(0)
    else:
        response.content_length = len(asked)
        if hdrs.RANGE in request.headers and hdrs.IF_RANGE not in request.headers:
            response.set_status(206)
            response.headers[hdrs.CONTENT_RANGE] = f"bytes {asked.start}-{asked.stop - 1}/{opened.size_bytes}"
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        for start in range(asked.start, asked.stop, _CHUNK_BYTES):
            count = min(_CHUNK_BYTES, asked.stop - start)
            await response.write(await asyncio.to_thread(opened.read, start, count))
    await response.write_eof()
    return response


def _range(request: web.Request, size_bytes: int) -> range | None:
    """Return the bytes to send: the range that was asked for, else all; ``None``: there are none of that range.

    With ``If-Range`` all of them: no validator was ever sent that it could name.
    """
    everything = range(size_bytes)
    if hdrs.RANGE not in request.headers or hdrs.IF_RANGE in request.headers:
        return everything
    try:
        return everything[request.http_range] or None
    except ValueError:  # several ranges, or none at all
        return None


def _describe(response: web.StreamResponse, clip: FinishedClip, disposition: str) -> None:
    response.content_type = _MEDIA_TYPES.get(clip.suffix, "application/octet-stream")
    response.headers[hdrs.CONTENT_DISPOSITION] = content_disposition(disposition, clip.name)


def content_disposition(disposition: str, name: str) -> str:
    """RFC 6266: an ASCII name for old readers, and the name itself in RFC 8187's coding."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
