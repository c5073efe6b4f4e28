"""Build the tray's menu for a state of the jobs. :mod:`.tray` implements the actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from . import texts
from .job_list import JobList, TrayJob
from .pystray_base import KeyedItem, Menu, MenuItem
from .texts import display_text

MAX_UNFINISHED = 10
"""Unfinished jobs shown; the dashboard has them all."""


class Actions(Protocol):
    """The actions of the menu's items. Called on the icon's thread; must not block."""

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
    """Build the menu for ``jobs`` as they are now."""
    return Menu(*_items(jobs, actions))


def status_line(jobs: JobList) -> str:
    """Summarise what the companion is doing."""
    if jobs.paused:
        return texts.PAUSED
    return texts.running(len(jobs.unfinished)) if jobs.unfinished else texts.NOTHING_RUNS


def _items(jobs: JobList, actions: Actions) -> Iterator[MenuItem]:
    yield KeyedItem("status", status_line(jobs), None, enabled=False)
    for job in jobs.unfinished[:MAX_UNFINISHED]:
        yield KeyedItem(f"job {job.file_id}", _progress_label(job), _job_menu(job, actions))
    yield Menu.SEPARATOR
    recent = jobs.recent
    for job in recent:
        there = not job.file_missing
        yield KeyedItem(f"clip {job.file_id}", display_text(job.name), _on(actions.open_clip, job), enabled=there)
    if recent:
        below = [KeyedItem(f"clip {job.file_id}", display_text(job.name), _clip_menu(job, actions)) for job in recent]
        yield KeyedItem("more", texts.MORE_FOR_CLIPS, Menu(*below))
    yield Menu.SEPARATOR
    yield KeyedItem("folder", texts.SHOW_FOLDER, _plain(actions.show_folder))
    yield KeyedItem("history", texts.HISTORY, _plain(actions.show_history), default=True)
    yield KeyedItem("clipboard", texts.FROM_CLIPBOARD, _plain(actions.download_from_clipboard))
    yield Menu.SEPARATOR
    paused = jobs.paused
    # A key for each of the two actions: a click on a menu that is out of date must not do the opposite.
    key = "resume all" if paused else "pause all"
    yield KeyedItem(key, texts.PAUSE_ALL, _plain(lambda: actions.pause_all(not paused)), checked=lambda _: paused)
    yield KeyedItem("quit", texts.QUIT, _plain(actions.quit))


def _job_menu(job: TrayJob, actions: Actions) -> Menu:
    paused = job.state == "paused"
    return Menu(
        KeyedItem("finish", texts.STOP_AND_KEEP, _on(actions.finish, job), visible=job.live),
        KeyedItem("resume", texts.RESUME, _on(actions.resume, job), visible=paused),
        KeyedItem("pause", texts.PAUSE, _on(actions.pause, job), visible=not paused and not job.live),
        KeyedItem("cancel", texts.CANCEL, _on(actions.cancel, job)),
    )


def _clip_menu(job: TrayJob, actions: Actions) -> Menu:
    there = not job.file_missing
    return Menu(
        KeyedItem("open", texts.OPEN, _on(actions.open_clip, job), enabled=there),
        KeyedItem("reveal", texts.SHOW_IN_FOLDER, _on(actions.show_in_folder, job), enabled=there),
        KeyedItem("copy", texts.COPY_FILE, _on(actions.copy_file, job), enabled=there),
        KeyedItem("cut again", texts.CUT_AGAIN, _on(actions.cut_again, job)),
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
