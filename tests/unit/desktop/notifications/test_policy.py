"""What a person is told about clips that ended."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from clipferry.desktop.job_list import TrayJob
from clipferry.desktop.notifications.notifier import Notifier
from clipferry.desktop.notifications.policy import Action, Notification, compose, parse_key
from clipferry.jobs.errors import SessionExpired, SessionNeeded
from clipferry.jobs.policy.lent_sessions import _REASONS


def done(number: int) -> TrayJob:
    return TrayJob(f"{number:026d}", "done", f"clip {number}.mp4")


def failed(code: str) -> TrayJob:
    return TrayJob("0" * 26, "failed", "A film", error_code=code, error_message="It broke.", error_hint="Mend it.")


def test_one_clip_can_be_opened_and_shown() -> None:
    note = compose([done(1)], failed=False)
    assert (note.summary, note.body) == ("Your clip is ready", "clip 1.mp4")
    assert [action.label for action in note.actions] == ["Open", "Show in folder"]
    assert note.picture_of == done(1).file_id


def test_a_burst_is_one_notification_with_the_newest_first() -> None:
    note = compose([done(number) for number in range(1, 7)], failed=False)
    assert note.summary == "6 clips are ready"
    assert note.body == "clip 6.mp4\nclip 5.mp4\nclip 4.mp4\nand 3 more"
    assert [action.label for action in note.actions] == ["Show downloads folder"]


async def test_a_job_that_ends_again_is_the_newest_one() -> None:
    shown: asyncio.Queue[Notification] = asyncio.Queue()

    async def show(note: Notification, picture: Path | None, replaces: int) -> int:
        shown.put_nowait(note)
        return 1

    async def no_picture(file_id: str) -> None:
        return None

    notifier = Notifier(show, no_picture, lambda: True, failed=False)
    bodies = []
    for number, finished_at in ((1, 1.0), (2, 2.0), (1, 3.0)):
        notifier.ended(replace(done(number), finished_at=finished_at))
        bodies.append((await shown.get()).body)
    assert bodies == ["clip 1.mp4", "clip 2.mp4\nclip 1.mp4", "clip 1.mp4\nclip 2.mp4"]


@pytest.mark.parametrize(
    ("code", "button"),
    [
        ("network", "Try again"),
        ("site_error", "Try again"),
        *((code, "Open the page") for code in (*_REASONS, SessionNeeded.code, SessionExpired.code)),
        ("folder_missing", "Open settings"),
        ("drm_protected", "History…"),
        ("of_a_later_version", "History…"),
    ],
)
def test_a_failure_has_the_one_button_that_helps(code: str, button: str) -> None:
    note = compose([failed(code)], failed=True)
    assert note.body == "A film\nIt broke. Mend it."
    assert [action.label for action in note.actions] == [button]


def test_a_key_says_what_to_do_even_after_a_restart() -> None:
    assert parse_key(Action("retry", "Try again", "01abc").key) == Action("retry", "", "01abc")


@pytest.mark.parametrize("key", ["default", "", "other:open:1", "clipferry:", "clipferry:open:../x", "clipferry:a b:1"])
def test_a_key_of_another_program_does_nothing(key: str) -> None:
    assert parse_key(key) is None
