"""Methods on the desktop: the clipboard, the downloads folder, seen jobs, and the desktop process."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from ..jobs.errors import CannotOpen, NoClipboard
from ..permissions import Principal
from ..protocol.base import Empty
from ..protocol.desktop import DesktopInfo, DesktopReport, FilePath
from ..protocol.jobs import JobRef
from ..system.open_file import show
from .components import Components, Handler

COPY_WITHIN_S = 10.0


class DesktopMethods:
    """``job.path``, ``job.copy``, ``job.seen``, ``downloads.open``, ``desktop.get``, ``desktop.report``."""

    def __init__(self, components: Components) -> None:
        self._components = components
        self._supervisor = components.desktop
        self.handlers: dict[str, Handler] = {
            "job.path": self._path,
            "job.copy": self._copy,
            "job.seen": self._seen,
            "downloads.open": self._open_downloads,
            "desktop.get": self._get,
            "desktop.report": self._report,
        }

    async def _path(self, params: JobRef, caller: Principal) -> FilePath:
        return FilePath(path=str(await self._components.clip_file(params.file_id, caller)))

    async def _copy(self, params: JobRef, caller: Principal) -> Empty:
        """Put the file itself into the clipboard.

        Raises:
            NoClipboard: this session has none that can be reached.
        """
        await copy_file(await self._components.clip_file(params.file_id, caller))
        return Empty()

    async def _seen(self, params: JobRef, caller: Principal) -> Empty:
        job = await self._components.changeable(
            params.file_id, caller
        )  # a page silences what pages ordered, and no more
        self._components.events.publish("job.seen", params, owner=job.owner)
        return Empty()

    async def _open_downloads(self, params: Empty, caller: Principal) -> Empty:
        del params, caller
        folder = self._components.downloads()
        if not await asyncio.to_thread(folder.is_dir) or not await show(folder, reveal=False):
            raise CannotOpen
        return Empty()

    async def _get(self, params: Empty, caller: Principal) -> DesktopInfo:
        del params, caller
        backend, reason = self._supervisor.report
        return DesktopInfo(pid=self._supervisor.pid, backend=backend, reason=reason)

    async def _report(self, params: DesktopReport, caller: Principal) -> Empty:
        del caller
        self._supervisor.report = (params.backend, params.reason)
        return Empty()


async def copy_file(path: Path) -> None:
    """Put ``path`` into the clipboard by a process of its own (:mod:`.desktop.clipboard`).

    Raises:
        NoClipboard
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "clipferry.desktop.clipboard", str(path)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ.copy(),
            start_new_session=sys.platform != "win32",
        )
    except OSError as error:
        raise NoClipboard(detail=str(error)) from error
    try:
        code = await asyncio.wait_for(process.wait(), COPY_WITHIN_S)
    except TimeoutError:
        process.kill()
        raise NoClipboard(detail="no answer of the display") from None
    if code:
        raise NoClipboard(detail=f"ended with {code}")
