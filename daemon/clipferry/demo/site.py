"""Serve the demo's video site on 127.0.0.1: one page with one film and the first-run steps."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from types import TracebackType

from aiohttp import web
from aiohttp.typedefs import Handler

from ..setup.first_run import Step, Visitor, visitor

VIDEO_ID = "first-film"
MAX_STREAMS = 16
"""Maximum number of pages that receive the steps at the same time."""
_TELL_AGAIN_S = 15.0
"""Interval at which the steps are read again without an event: files that they check may have changed."""
_PAGE = "/clipferry-demo/watch"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Steps = Callable[[Visitor], Sequence[Step]]


class Site:
    """Serves in a thread of its own. A context manager; ``origin`` is known inside."""

    def __init__(self, film: Path) -> None:
        self._film = film
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._port = 0
        self._steps: Steps | None = None
        self._streams: set[asyncio.Event] = set()

    def show(self, steps: Steps) -> None:
        """Show these steps above the film. ``steps`` is called in a thread, once for each page that receives them."""
        self._steps = steps

    def changed(self) -> None:
        """Publish changed steps; from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for stream in self._streams:
            stream.set()

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
            nonce = secrets.token_urlsafe(16)
            text = page.replace("ORIGIN", self.origin).replace("NONCE", nonce)
            policy = (
                f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; media-src 'self'; "
                "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            )
            headers = {**_HEADERS, "Content-Security-Policy": policy}
            return web.Response(text=text, content_type="text/html", headers=headers)

        async def film(_: web.Request) -> web.FileResponse:
            return web.FileResponse(self._film, headers={**_HEADERS, "Content-Type": "video/mp4"})

        async def front(_: web.Request) -> web.Response:
            raise web.HTTPFound(f"{_PAGE}?v={VIDEO_ID}")

        app = web.Application(middlewares=[self._own_pages_only])
        app.router.add_get("/", front)
        app.router.add_get(_PAGE, watch)
        app.router.add_get("/clipferry-demo/steps", self._stream)
        app.router.add_get(f"/clipferry-demo/media/{VIDEO_ID}.mp4", film)
        return app

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """The steps as server-sent events (html.spec.whatwg.org/multipage/server-sent-events.html), whole each time."""
        if self._steps is None:
            raise web.HTTPNotFound
        if len(self._streams) >= MAX_STREAMS:
            raise web.HTTPServiceUnavailable
        stream = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        changed = asyncio.Event()
        self._streams.add(changed)
        try:
            await stream.prepare(request)
            while True:
                changed.clear()
                now = await asyncio.to_thread(self._steps, visitor(request.headers))
                said = json.dumps([asdict(step) for step in now])
                await stream.write(f"data: {said}\n\n".encode())
                try:
                    await asyncio.wait_for(changed.wait(), _TELL_AGAIN_S)
                except TimeoutError:
                    continue
        except ConnectionError:
            return stream
        finally:
            self._streams.discard(changed)

    @web.middleware
    async def _own_pages_only(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A name that some page made to point here is sent away (DNS rebinding), and so is what another page asks for in its
        own name (``Sec-Fetch-Site``, w3.org/TR/fetch-metadata); whoever wants to may link to the page."""
        if request.host != f"127.0.0.1:{self._port}":
            raise web.HTTPMisdirectedRequest
        own = request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
        link = request.path in (_PAGE, "/") and request.headers.get("Sec-Fetch-Mode") == "navigate"
        if not (own or link):
            raise web.HTTPForbidden
        return await handler(request)
