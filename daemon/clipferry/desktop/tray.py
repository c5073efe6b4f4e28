"""The tray icon: shows the jobs, and runs the commands of its menu."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple

from .backends import choose
from .desktop import Desktop
from .icon_image import IconState, icon_image, progress_step
from .job_list import JobList, TrayJob
from .menu import make_menu, status_line
from .notifications.policy import Action, Notification

log = logging.getLogger(__name__)

REPORT_WITHIN_S = 5.0


class SessionConditions(NamedTuple):
    """The conditions for the kind of icon."""

    bus: bool
    watcher: bool


class TrayState(NamedTuple):
    """What the icon and its menu show; the panel is updated only when it changes."""

    state: IconState
    step: int
    title: str
    menu: tuple[object, ...]


class Tray:
    """The icon and its menu. Implements :class:`.menu.Actions`: called on the icon's thread, done on the loop's."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._icon: Any = None
        self._shown: TrayState | None = None
        self.backend = ""
        """The name of the backend whose icon is shown; empty: none is."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self.desktop: Desktop | None = None

    # From the loop's thread ------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """Update the icon and the menu where they differ from the jobs."""
        icon, desktop = self._icon, self.desktop
        if icon is None or desktop is None:
            return
        state = tray_state(desktop.jobs)
        if state == self._shown:
            return
        before, self._shown = self._shown, state
        if before is None or state.title != before.title:
            icon.title = state.title
        if before is None or state[:2] != before[:2]:
            icon.attention = state.state is IconState.ATTENTION
            icon.icon = icon_image(state.state, state.step)
        if before is None or state.menu != before.menu:
            icon.menu = make_menu(desktop.jobs, self)

    # From the main thread --------------------------------------------------------------------------------------------

    def run_icon(self, situation: SessionConditions) -> None:
        """Show the icon until :meth:`stop_icon`, or until its desktop ends it.

        Raises:
            NoBackend
        """
        backend = choose(bus=situation.bus, watcher=situation.watcher)
        self.report(backend.name, backend.reason)
        try:
            icon = backend.make("clipferry", icon_image(IconState.IDLE), "clipferry")
            self._icon, self._shown, self.backend = icon, None, backend.name
            self._loop.call_soon_threadsafe(self.changed)
            icon.run()
        except Exception as error:  # noqa: BLE001 - a desktop's fault: the rest of the process goes on without an icon
            log.warning("the icon of %s ended: %s", backend.name, error)
            self.report("", f"{backend.name} ended: {error or type(error).__name__}")
        finally:
            self._icon, self.backend = None, ""

    def notify(self, note: Notification, picture: Path | None, replaces: int) -> int:
        """Show ``note`` by the icon itself, without buttons: Windows and macOS. Returns 0."""
        del picture, replaces
        if (icon := self._icon) is not None and icon.HAS_NOTIFICATION:
            icon.notify(note.body, note.summary)
        return 0

    def stop_icon(self) -> None:
        """End :meth:`run_icon`; from any thread."""
        if (icon := self._icon) is not None:
            threading.Thread(target=icon.stop, daemon=True).start()  # pystray's stop waits for its own thread

    def report(self, backend: str, reason: str) -> None:
        """Report to the daemon, for ``clipferry doctor``, which icon is shown and why; empty ``backend``: none."""
        self._do(lambda desktop: desktop.call("desktop.report", {"backend": backend, "reason": reason[:200]}))

    def report_none(self, reason: str) -> None:
        """:meth:`report` that no icon can be shown, and wait for the response: the process ends next."""
        told = threading.Event()

        async def work(desktop: Desktop) -> None:
            await desktop.call("desktop.report", {"backend": "", "reason": f"{reason[:1].upper()}{reason[1:198]}."})
            told.set()

        self._do(work)
        told.wait(REPORT_WITHIN_S)

    def _do(self, work: Callable[[Desktop], Coroutine[Any, Any, object]]) -> None:
        def begin() -> None:
            if self.desktop is not None:
                task: asyncio.Task[Any] = self._loop.create_task(work(self.desktop))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

        self._loop.call_soon_threadsafe(begin)

    # menu.Actions ----------------------------------------------------------------------------------------------------

    def act(self, action: Action) -> None:
        """Run the action of a notification's button."""
        self._do(lambda desktop: desktop.do(action))

    def open_clip(self, job: TrayJob) -> None:
        self.act(Action("open", "", job.file_id))

    def show_in_folder(self, job: TrayJob) -> None:
        self.act(Action("reveal", "", job.file_id))

    def copy_file(self, job: TrayJob) -> None:
        self._call("job.copy", job)

    def cut_again(self, job: TrayJob) -> None:
        marks = {"link": job.url, "start_s": job.start_s, "end_s": job.end_s}
        self._do(lambda desktop: desktop.call("dashboard.open", marks))

    def pause(self, job: TrayJob) -> None:
        self._call("job.pause", job)

    def resume(self, job: TrayJob) -> None:
        self._call("job.resume", job)

    def cancel(self, job: TrayJob) -> None:
        self._call("job.cancel", job)

    def finish(self, job: TrayJob) -> None:
        self._call("job.finish", job)

    def show_folder(self) -> None:
        self.act(Action("folder", ""))

    def show_history(self) -> None:
        self.act(Action("history", ""))

    def download_from_clipboard(self) -> None:
        self._do(lambda desktop: desktop.download_from_clipboard())

    def pause_all(self, paused: bool) -> None:
        self._do(lambda desktop: desktop.call("queue.pause", {"paused": paused}))

    def quit(self) -> None:
        self._do(lambda desktop: desktop.call("daemon.stop"))

    def _call(self, method: str, job: TrayJob) -> None:
        self._do(lambda desktop: desktop.call(method, {"file_id": job.file_id}))


def tray_state(jobs: JobList) -> TrayState:
    """What is shown for ``jobs``."""
    step = progress_step(jobs.fraction)
    state = IconState.ATTENTION if jobs.needs_attention else IconState.BUSY if jobs.active else IconState.IDLE
    unfinished = tuple(
        (job.file_id, job.name, job.state, job.live, progress_step(job.fraction)) for job in jobs.unfinished
    )
    recent = tuple((job.file_id, job.name, job.file_missing) for job in jobs.recent)
    title = f"clipferry: {status_line(jobs)}"
    return TrayState(state, step if state is IconState.BUSY else 0, title, (unfinished, recent, jobs.paused))
