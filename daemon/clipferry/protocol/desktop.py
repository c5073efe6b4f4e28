"""What concerns the desktop and the dashboard: opening, paths, the tray's state, links that sign in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import (
    FileId,
    Message,
    ShownUrl,
    Time,
    Url,
    at_most,
)


class OpenParams(Message):
    """``reveal``: select the file in its folder; otherwise open it with its program."""

    file_id: FileId
    reveal: bool = False


class DashboardOpenParams(Message):
    """Open the dashboard in the person's browser. The link is not returned to the caller: its holder acts as the person."""

    link: Url | None = None
    """The address of a video to begin with."""
    start_s: Time | None = None
    end_s: Time | None = None
    """The marks to begin with."""
    view: Literal["history", "settings"] = "history"


class FilePath(Message):
    """Where a finished clip lies on this computer. For a person's own clients only."""

    path: Annotated[str, at_most(4096)]


class DesktopReport(Message):
    """What the desktop process shows."""

    backend: Annotated[str, Field(max_length=40)] = ""
    """The kind of tray icon: ``status_notifier``, or one of pystray's backends; empty: none is shown."""
    reason: Annotated[str, Field(max_length=200)] = ""
    """Why this one, or none."""


class DesktopInfo(DesktopReport):
    """The desktop process: tray icon and notifications."""

    pid: int | None = None
    """``None``: it does not run."""


class DashboardLink(Message):
    """Opens the dashboard once, within 60 s."""

    url: ShownUrl


class AllowPrivateParams(Message):
    """Let pages of this loopback origin be clipped for a while (``clipferry demo``). A person's own clients only."""

    origin: Annotated[str, Field(max_length=100)]
    seconds: Annotated[int, Field(ge=1, le=3600)] = 600
