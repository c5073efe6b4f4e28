"""The tray's menu: what it offers in a given state of the jobs. Actions are given by :mod:`.tray`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from . import texts
from .job_list import JobList, TrayJob
from .pystray_base import Menu, MenuItem
from .texts import display_text

MAX_UNFINISHED = 10
"""Unfinished jobs shown; the dashboard has them all."""


class Actions(Protocol):
    """What the menu's items do. Called on the icon's thread; must not block."""

    def open_clip(self, job: TrayJob) -> None: ...
    def show_in_folder(self, job: TrayJob) -> None: ...
    def copy_file(self, job: TrayJob) -> None: ...
    def cut_again(self, job: TrayJob) -> None: ...
    def pause(self, job: TrayJob) -> None: ...
    def resume(self, job: TrayJob) -> None: ...
    def cancel(self, job: TrayJob) -> None: ...
    def finish(self, job: TrayJob) -> None: ...
    def show_folder(self) -> None: ...
    def show_history(self) -> None: ...
    def download_from_clipboard(self) -> None: ...
    def pause_all(self, paused: bool) -> None: ...
    def quit(self) -> None: ...


def make_menu(jobs: JobList, actions: Actions) -> Menu:
    """The menu for ``jobs`` as they are now."""
    return Menu(*_items(jobs, actions))


def status_line(jobs: JobList) -> str:
    """What the companion is doing, in a few words."""
    if jobs.paused:
        return texts.PAUSED
    return texts.running(len(jobs.unfinished)) if jobs.unfinished else texts.NOTHING_RUNS


def _items(jobs: JobList, actions: Actions) -> Iterator[MenuItem]:
    yield MenuItem(status_line(jobs), None, enabled=False)
    for job in jobs.unfinished[:MAX_UNFINISHED]:
        yield MenuItem(_progress_label(job), _job_menu(job, actions))
    yield Menu.SEPARATOR
    recent = jobs.recent
    for job in recent:
        yield MenuItem(display_text(job.name), _on(actions.open_clip, job), enabled=not job.file_missing)
    if recent:
        below = [MenuItem(display_text(job.name), _clip_menu(job, actions)) for job in recent]
        yield MenuItem(texts.MORE_FOR_CLIPS, Menu(*below))
    yield Menu.SEPARATOR
    yield MenuItem(texts.SHOW_FOLDER, _plain(actions.show_folder))
    yield MenuItem(texts.HISTORY, _plain(actions.show_history), default=True)
    yield MenuItem(texts.FROM_CLIPBOARD, _plain(actions.download_from_clipboard))
    yield Menu.SEPARATOR
    paused = jobs.paused
    yield MenuItem(texts.PAUSE_ALL, _plain(lambda: actions.pause_all(not paused)), checked=lambda _: paused)
    yield MenuItem(texts.QUIT, _plain(actions.quit))


def _job_menu(job: TrayJob, actions: Actions) -> Menu:
    paused = job.state == "paused"
    return Menu(
        MenuItem(texts.STOP_AND_KEEP, _on(actions.finish, job), visible=job.live),
        MenuItem(texts.RESUME, _on(actions.resume, job), visible=paused),
        MenuItem(texts.PAUSE, _on(actions.pause, job), visible=not paused and not job.live),
        MenuItem(texts.CANCEL, _on(actions.cancel, job)),
    )


def _clip_menu(job: TrayJob, actions: Actions) -> Menu:
    there = not job.file_missing
    return Menu(
        MenuItem(texts.OPEN, _on(actions.open_clip, job), enabled=there),
        MenuItem(texts.SHOW_IN_FOLDER, _on(actions.show_in_folder, job), enabled=there),
        MenuItem(texts.COPY_FILE, _on(actions.copy_file, job), enabled=there),
        MenuItem(texts.CUT_AGAIN, _on(actions.cut_again, job)),
    )


def _progress_label(job: TrayJob) -> str:
    name = display_text(job.name, 48)
    if job.state in ("queued", "paused", "waiting"):
        return f"{name} ({job.state})"
    return f"{name} ({job.fraction:.0%})"


def _on(action: Callable[[TrayJob], None], job: TrayJob) -> Callable[[Any, Any], None]:
    return lambda _icon, _item: action(job)


def _plain(action: Callable[[], None]) -> Callable[[Any, Any], None]:
    return lambda _icon, _item: action()
