"""Decide which notification is shown for finished and failed clips. Pure.

One bubble for clips that are ready and one for those that failed: what ends while a bubble is fresh is added to it, and the
bubble replaced in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .. import texts
from ..job_list import TrayJob
from ..texts import display_text

SEEN_WITHIN_S = 1.0
"""How long a page, popup or dashboard in front has to report that it shows the result."""
FOLD_S = 10.0
"""A job that ends so soon after a bubble was shown is added to it."""

_RETRY = frozenset(
    ("network", "site_error", "url_expired", "bad_media", "cut_failed", "worker_crashed", "worker_hung", "rate_limited")
)
_SESSION = frozenset(
    ("login_required", "age_restricted", "members_only", "private_video", "session_needed", "session_expired")
)
_SETTINGS = frozenset(("folder_missing", "folder_not_writable", "disk_full", "outdated_extractor", "engine_broken"))
_PREFIX = "clipferry"


@dataclass(frozen=True, slots=True)
class Action:
    """A button: the command that :class:`.tray.Tray` runs for ``file_id``."""

    command: str
    label: str
    file_id: str = ""

    @property
    def key(self) -> str:
        """The action key on the bus. It is complete, so that buttons of an earlier process's bubbles work too."""
        return f"{_PREFIX}:{self.command}:{self.file_id}"


@dataclass(frozen=True, slots=True)
class Notification:
    """What is shown. Plain text: whoever sends it escapes for servers that read markup."""

    summary: str
    body: str
    actions: tuple[Action, ...]
    """The first is also what a click on the bubble does."""
    picture_of: str | None = None
    """The job whose clip is shown beside it."""
    failed: bool = False


def parse_key(key: str) -> Action | None:
    """The action of a key that :attr:`Action.key` made; ``None`` for another program's."""
    prefix, _, rest = key.partition(":")
    command, _, file_id = rest.partition(":")
    if prefix != _PREFIX or not command.isidentifier() or not (file_id == "" or file_id.isalnum()):
        return None
    return Action(command, "", file_id)


def compose(jobs: Iterable[TrayJob], *, failed: bool) -> Notification:
    """The bubble for ``jobs``, oldest first; at least one."""
    listed = list(jobs)
    names = [display_text(job.name, texts.MAX_TITLE) for job in listed]
    last = listed[-1]
    if len(listed) > 1:
        summary = texts.clips_failed(len(listed)) if failed else texts.clips_ready(len(listed))
        many = Action("history", texts.HISTORY) if failed else Action("folder", texts.SHOW_FOLDER)
        picture = None if failed else last.file_id
        return Notification(summary, texts.and_more(names[::-1]), (many,), picture, failed)
    if failed:
        said = " ".join(part for part in (last.error_message, last.error_hint) if part)
        body = f"{names[0]}\n{display_text(said, texts.MAX_BODY)}"
        return Notification(texts.clips_failed(1), body, (_remedy(last),), failed=True)
    buttons = (
        Action("open", texts.OPEN, last.file_id),
        Action("reveal", texts.SHOW_IN_FOLDER, last.file_id),
    )
    return Notification(texts.CLIP_READY, names[0], buttons, last.file_id)


def _remedy(job: TrayJob) -> Action:
    """Return the button for this error."""
    if job.error_code in _RETRY:
        return Action("retry", texts.TRY_AGAIN, job.file_id)
    if job.error_code in _SESSION:
        return Action("page", texts.OPEN_PAGE, job.file_id)
    if job.error_code in _SETTINGS:
        return Action("settings", texts.OPEN_SETTINGS)
    return Action("history", texts.HISTORY)
