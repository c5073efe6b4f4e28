"""The service's methods about the desktop: the clipboard, the folder, what the person has seen, and the desktop process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ..desktop.supervisor import DesktopSupervisor
from ..event_bus import Events
from ..jobs.errors import CannotOpen, NoClipboard
from ..jobs.sqlite.store import Store
from ..permissions import Caller, check_change
from ..protocol.base import Empty, Message
from ..protocol.desktop import DesktopInfo, DesktopReport, FilePath
from ..protocol.jobs import JobRef
from ..system.open_file import show

COPY_WITHIN_S = 10.0

Method = Callable[[Any, Caller], Awaitable[Message]]


class DesktopMethods:
    """Methods of ``protocol.METHODS``; :attr:`table` registers them with the service.

    Args:
        clip_file: gives the file of a finished job.
    """

    def __init__(
        self,
        supervisor: DesktopSupervisor,
        events: Events,
        downloads: Callable[[], Path],
        store: Store,
        clip_file: Callable[[str], Awaitable[Path]],
    ) -> None:
        self._supervisor, self._events, self._downloads = supervisor, events, downloads
        self._store, self._clip_file = store, clip_file
        self.table: dict[str, Method] = {
            "job.path": self._path,
            "job.copy": self._copy,
            "job.seen": self._seen,
            "downloads.open": self._open_downloads,
            "desktop.get": self._get,
            "desktop.report": self._report,
        }

    async def _path(self, params: JobRef, caller: Caller) -> FilePath:
        del caller
        return FilePath(path=str(await self._clip_file(params.file_id)))

    async def _copy(self, params: JobRef, caller: Caller) -> Empty:
        """Put the file itself into the clipboard.

        Raises:
            NoClipboard: this session has none that can be reached.
        """
        del caller
        await copy_file(await self._clip_file(params.file_id))
        return Empty()

    async def _seen(self, params: JobRef, caller: Caller) -> Empty:
        check_change(await self._store.get(params.file_id), caller)  # a page silences what pages asked for, and no more
        self._events.tell("job.seen", params)
        return Empty()

    async def _open_downloads(self, params: Empty, caller: Caller) -> Empty:
        del params, caller
        folder = self._downloads()
        if not await asyncio.to_thread(folder.is_dir) or not await show(folder, reveal=False):
            raise CannotOpen
        return Empty()

    async def _get(self, params: Empty, caller: Caller) -> DesktopInfo:
        del params, caller
        backend, reason = self._supervisor.report
        return DesktopInfo(pid=self._supervisor.pid, backend=backend, reason=reason)

    async def _report(self, params: DesktopReport, caller: Caller) -> Empty:
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
