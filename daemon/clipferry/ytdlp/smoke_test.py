"""The trial run of a yt-dlp before it is taken into use: in a worker like those that take clips, under the same guard and limits.

It has to be the stated version, fit its JavaScript part, find a JavaScript runtime that computes, and read the video out of
a page that this computer serves for the occasion. No request goes to the internet.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from pathlib import Path

from aiohttp import web
from packaging.utils import canonicalize_name

from ..clip.http.network import Network
from ..jobs.worker.messages import InspectYtdlp, ResolveSpec, YtdlpReport
from ..jobs.worker.pool import TaskFailed, Worker, WorkerSpec
from .errors import UpdateUnsound
from .requirements import beside, installed
from .state import same
from .versions import PACKAGE

log = logging.getLogger(__name__)

STANDSTILL_S = 60.0
_TITLE = "A page to try yt-dlp on"
_PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_TITLE}</title></head>
<body><video controls width="640" height="360" src="/film.mp4"></video></body></html>"""


async def try_out(folder: Path, version: str, cache: Path, mark: str) -> None:
    """Test the yt-dlp version in ``folder``.

    Args:
        version: what it should be.
        cache: a folder of its own for what it resolves.
        mark: what children of this daemon carry.

    Raises:
        UpdateUnsound: it failed; ``detail`` has the reason.
        UpdateRefused: a requirement is missing.
    """
    async with _page() as url:
        origin = url.rpartition("/")[0]
        # Straight to this computer and nowhere else: no proxy, and no other private address.
        worker = await Worker.start(WorkerSpec(Network(private_origins=frozenset((origin,))), cache, folder), mark)
        try:
            about = await worker.run(InspectYtdlp(), standstill_s=STANDSTILL_S)
            log.info("the new yt-dlp reports: %s", about)
            _examine(about, folder, version)
            video = await worker.run(ResolveSpec(url, fresh=True), standstill_s=STANDSTILL_S)
        except TaskFailed as failed:
            raise UpdateUnsound(detail=f"{failed.failure.code}: {failed.failure.detail}") from failed
        finally:
            await worker.kill()
    if not video.title.startswith(_TITLE):  # it may number the videos of a page
        raise UpdateUnsound(detail=f"it read {video.title!r} out of a plain page")


def _examine(about: YtdlpReport, folder: Path, version: str) -> None:
    """Check what the version reports about itself (``clip.extractor.about``)."""
    if not same(about.version, version):
        raise UpdateUnsound(detail=f"it is {about.version}, not {version}")
    if about.javascript is None:
        raise UpdateUnsound("no_javascript")

    def have(name: str) -> str | None:
        if canonicalize_name(name) == "yt-dlp-ejs":
            return str(about.ejs)
        return _version_in(folder, name) or installed(name)

    itself = next(iter(metadata.distributions(name=PACKAGE, path=[str(folder)])), None)
    if itself is None or (missing := beside(itself.requires or (), have)):
        raise UpdateUnsound(detail=f"there is no {missing if itself else PACKAGE} in {folder}")


def _version_in(folder: Path, name: str) -> str | None:
    return next((one.version for one in metadata.distributions(name=name, path=[str(folder)])), None)


@asynccontextmanager
async def _page() -> AsyncIterator[str]:
    """Serve the page under a name that nobody can guess, on this computer's own address; gives where."""
    path = f"/{secrets.token_urlsafe(16)}"

    async def show(_: web.Request) -> web.Response:
        return web.Response(text=_PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_get(path, show)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
    finally:
        await runner.cleanup()
