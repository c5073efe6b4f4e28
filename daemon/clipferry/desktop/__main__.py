"""The desktop process: ``python -m clipferry.desktop``, started and watched by the daemon (:mod:`.supervisor`).

Two threads: the icon has the main one (Windows and macOS want that), everything else an event loop of its own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import sys
import threading
from pathlib import Path

from ..client.async_client import AsyncClient, CallFailed, ConnectionClosed, connect
from ..system.parent import die_with
from .backends import NoBackend
from .desktop import Desktop
from .notifications.notifier import Show
from .notifications.policy import Notification
from .supervisor import CACHE_ENV, ICON_ENV, NOTHING_TO_SHOW, PARENT_ENV, SINCE_ENV
from .tray import SessionConditions, Tray

if sys.platform == "linux":
    from .linux_session import LinuxSession, NoBus, open_session

log = logging.getLogger(__name__)


class DesktopProcess:
    """The two threads of the process and their communication."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._tray = Tray(self._loop)
        self._situations: queue.Queue[SessionConditions | None] = queue.Queue()
        """The sessions that the main thread has to show; ``None``: end."""

    def run(self) -> int:
        """Run until the daemon or the session goes away; return the exit code."""
        threading.Thread(target=self._run_loop, name="desktop", daemon=True).start()
        while (situation := self._situations.get()) is not None:
            try:
                self._tray.run_icon(situation)
            except NoBackend as error:
                log.info("no icon: %s", error)
                self._tray.report_none(str(error))
                return NOTHING_TO_SHOW
        return 0

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except (CallFailed, ConnectionClosed, TimeoutError) as error:
            log.warning("the daemon does not answer: %s", error)
        finally:
            self._end()

    def _end(self) -> None:
        self._situations.put(None)
        self._tray.stop_icon()

    async def _serve(self) -> None:
        async with await connect() as client:
            if sys.platform == "linux":
                await self._serve_linux(client)
            else:
                self._show_icon(SessionConditions(bus=False, watcher=False))
                await self._follow(client, self._show_by_icon)

    def _show_icon(self, situation: SessionConditions) -> None:
        if os.environ.get(ICON_ENV) != "0":
            self._situations.put(situation)
        else:
            self._tray.report("", "It is switched off in the settings.")

    async def _show_by_icon(self, note: Notification, picture: Path | None, replaces: int) -> int:
        return self._tray.notify(note, picture, replaces)

    if sys.platform == "linux":

        async def _serve_linux(self, client: AsyncClient) -> None:
            try:
                session = await open_session(self._tray.act, self._watcher_changed)
                watcher = await session.start()
            except NoBus as error:
                log.info("no session bus: %s", error)
                self._show_icon(SessionConditions(bus=False, watcher=False))
                await self._follow(client, self._show_by_icon)
                return
            self._show_icon(SessionConditions(bus=True, watcher=watcher))
            closed = asyncio.ensure_future(self._until_closed(session))
            try:
                await self._follow(client, session.show)
            finally:
                closed.cancel()
                session.close()

        async def _until_closed(self, session: LinuxSession) -> None:
            """End the process when the bus is gone: the supervisor starts a new one."""
            await session.wait_closed()
            log.info("the session bus has gone")
            self._end()

        def _watcher_changed(self, there: bool) -> None:
            """Replace an X11 icon when a panel for StatusNotifierItems appears."""
            if there and self._tray.backend not in ("", "status_notifier"):
                self._situations.put(SessionConditions(bus=True, watcher=True))
                self._tray.stop_icon()

    async def _follow(self, client: AsyncClient, show: Show) -> None:
        desktop = Desktop(
            client,
            show,
            self._tray.changed,
            since=float(os.environ.get(SINCE_ENV) or 0),
            cache=Path(os.environ[CACHE_ENV]),
        )
        self._tray.desktop = desktop
        await desktop.run()


def main() -> int:
    """Run the desktop process."""
    if daemon_pid := os.environ.pop(PARENT_ENV, ""):
        die_with(int(daemon_pid))
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    return DesktopProcess().run()


if __name__ == "__main__":
    sys.exit(main())
