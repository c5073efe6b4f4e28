"""The demo's video site: one page with one film, on 127.0.0.1, for as long as the demo runs."""

from __future__ import annotations

import asyncio
import threading
from importlib.resources import files
from pathlib import Path
from types import TracebackType

from aiohttp import web
from aiohttp.typedefs import Handler

VIDEO_ID = "first-film"


class Site:
    """Serves in a thread of its own. A context manager; ``origin`` is known inside."""

    def __init__(self, film: Path) -> None:
        self._film = film
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._port = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def page_url(self) -> str:
        """The page with the film, as the extension recognises it."""
        return f"{self.origin}/clipferry-demo/watch?v={VIDEO_ID}"

    def __enter__(self) -> Site:
        self._thread.start()
        self._ready.wait()
        if self._port == 0:
            raise OSError("no port of this computer could be opened for the demo's site")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5)
        try:
            self._loop.run_until_complete(self._start(runner))
        finally:
            self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _start(self, runner: web.AppRunner) -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port = runner.addresses[0][1]

    def _app(self) -> web.Application:
        page = (files("clipferry.demo") / "pages" / "watch.html").read_text(encoding="utf-8")

        async def watch(request: web.Request) -> web.Response:
            if request.query.get("v") != VIDEO_ID:
                raise web.HTTPNotFound
            return web.Response(text=page.replace("ORIGIN", self.origin), content_type="text/html")

        async def film(_: web.Request) -> web.FileResponse:
            return web.FileResponse(self._film, headers={"Content-Type": "video/mp4"})

        async def front(_: web.Request) -> web.Response:
            raise web.HTTPFound(f"/clipferry-demo/watch?v={VIDEO_ID}")

        app = web.Application(middlewares=[self._own_host_only])
        app.router.add_get("/", front)
        app.router.add_get("/clipferry-demo/watch", watch)
        app.router.add_get(f"/clipferry-demo/media/{VIDEO_ID}.mp4", film)
        return app

    @web.middleware
    async def _own_host_only(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A name that some page made to point here is sent away (DNS rebinding)."""
        if request.host != f"127.0.0.1:{self._port}":
            raise web.HTTPMisdirectedRequest
        return await handler(request)
