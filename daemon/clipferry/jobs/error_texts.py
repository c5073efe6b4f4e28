"""English texts of the errors of jobs and of the service. See ``clip.error_texts``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..clip.error_texts import Text, Texts

_ROUTES = "The routes and their fields are described in /openapi.json."

TEXTS: Final[Texts] = {
    "bad_request": {
        "": Text(
            "clipferry did not understand that request.",
            "Update clipferry and its browser extension to the same version.",
        ),
        "missing_field": Text("“{field}” is missing.", _ROUTES),
        "unknown_field": Text("There is no field “{field}”.", _ROUTES),
        "wrong_field": Text("“{field}” is not right: {said}.", _ROUTES),
    },
    "invalid_setting": {
        "": Text("That setting cannot be used.", "Nothing was changed. Correct it and save again."),
        "said": Text("The setting “{setting}” cannot be used: {said}"),
        "said_with_hint": Text("The setting “{setting}” cannot be used: {said}", "{advice}"),
    },
    "unknown_method": {
        "": Text(
            "clipferry did not understand that request.",
            "Update clipferry and its browser extension to the same version.",
        ),
    },
    "client_outdated": {
        "": Text(
            "This program is too old for clipferry's companion.",
            "Update it. Browsers update the extension by themselves within some hours.",
        ),
    },
    "not_allowed": {
        "": Text("A web page may not ask for that.", "Do it in the dashboard instead."),
        "undo": Text("This clip can no longer be undone here.", "Remove it in the dashboard."),
    },
    "job_not_found": {
        "": Text("There is no such clip.", "It may have been removed from the history."),
        "not_running": Text(
            "There is no such clip.", "`clipferry status` shows the clips that are being taken, with their ids."
        ),
    },
    "wrong_state": {
        "": Text("That cannot be done with the clip as it is now.", "Look at the clip's state and try again."),
        "file_changed": Text("The file has been changed since, so it was kept.", "Delete it in your folder yourself."),
    },
    "not_recording": {
        "": Text(
            "There is no recording to stop here.",
            "Only a clip of a running broadcast can be stopped and kept, once its recording has begun. Cancel it instead.",
        ),
    },
    "not_ready": {
        "": Text("The clip is not finished yet.", "Wait until it is done."),
    },
    "session_needed": {
        "": Text(
            "This clip needs your session on its site.",
            "Take it again from the video's page, and allow clipferry to use your session there for this clip.",
        ),
        "not_used": Text(
            "The session that you lent could not be used: it is for another site, or it went when the computer was restarted."
        ),
    },
    "session_expired": {
        "": Text(
            "The session that you lent is no longer valid.",
            "Sign in on the site again, see that the video plays, then take the clip with your session once more.",
        ),
        "age_restricted": Text("The session that you lent is no longer valid, or its account has no confirmed age."),
        "private_video": Text(
            "The session that you lent is no longer valid, or its account may not watch this private video."
        ),
        "members_only": Text("The session that you lent is no longer valid, or its account is no member there."),
    },
    "file_gone": {
        "": Text(
            "The clip's file is no longer where it was put.",
            "It was moved or deleted. Take the clip again if you need it.",
        ),
    },
    "newer_version": {
        "": Text(
            "A newer clipferry ordered this clip, in a way that this version cannot follow.",
            "Update clipferry; the clip is kept as it is until then. Or remove it and take it again.",
        ),
    },
    "queue_full": {
        "": Text("Too many clips are waiting already.", "Wait until some are done, or cancel some."),
    },
    "cannot_open": {
        "": Text(
            "No program on this computer could open the clip.",
            "Open your Downloads folder and choose a program for it there.",
        ),
        "on_server": Text("The clip lies on the server, not on this computer.", "Download it there."),
        "no_dashboard": Text("The dashboard is not running.", "Run `clipferry doctor`: it says why."),
        "no_browser": Text("No browser could be opened for the dashboard.", "Run `clipferry dashboard`."),
    },
    "no_clipboard": {
        "": Text(
            "The clip could not be put into the clipboard.",
            "Open its folder and copy it there. On Wayland, the package wl-clipboard is needed.",
        ),
    },
    "worker_crashed": {
        "": Text(
            "Taking the clip broke off twice.",
            "Try another quality. If it happens again, run `clipferry doctor` and send us its report.",
        ),
    },
    "worker_hung": {
        "": Text("Taking the clip came to a standstill twice.", "Try again later or with another quality."),
    },
    "too_much_memory": {
        "": Text("Taking the clip needed more memory than it may have.", "Try a lower quality or a shorter clip."),
    },
}

ADVICE: Final[Mapping[str, str]] = {
    "continues": "The clip goes on by itself.",
    "wait_network": "Check that you are online. The clip goes on by itself, where it stopped.",
    "wait_disk_full": "Free some space; the clip goes on by itself.",
    "wait_rate_limited": "clipferry tries again by itself; there is nothing to do.",
    "wait_retry": "clipferry tries again by itself in a moment.",
}
"""What is said of an error whose job waits: ``continues`` after the error's own hint, the others instead of it."""
