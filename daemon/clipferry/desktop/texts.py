"""All texts of the tray and its notifications, and the sanitising of a site's text for them."""

from __future__ import annotations

import unicodedata

MAX_LABEL = 60
MAX_TITLE = 80
MAX_BODY = 240

NOTHING_RUNS = "No clip is being taken"
PAUSED = "Paused"
OPEN = "Open"
SHOW_IN_FOLDER = "Show in folder"
COPY_FILE = "Copy file"
CUT_AGAIN = "Cut again…"
PAUSE = "Pause"
RESUME = "Resume"
CANCEL = "Cancel"
STOP_AND_KEEP = "Stop and keep"
MORE_FOR_CLIPS = "More for these clips"
SHOW_FOLDER = "Show downloads folder"
HISTORY = "History…"
FROM_CLIPBOARD = "Download the link in the clipboard"
PAUSE_ALL = "Pause all"
QUIT = "Quit"
TRY_AGAIN = "Try again"
OPEN_PAGE = "Open the page"
OPEN_SETTINGS = "Open settings"
NO_LINK = "There is no link in the clipboard"
NO_LINK_HINT = "Copy the address of a video's page first, beginning with https://."
FILE_GONE = "The file is no longer there"
FILE_GONE_HINT = "It was moved or deleted. The history can cut it again."
BEGUN = "The video is being downloaded"
CLIP_READY = "Your clip is ready"
NOT_POSSIBLE = "That did not work"


def running(count: int) -> str:
    """Return the status line for ``count`` unfinished clips."""
    return "1 clip is being taken" if count == 1 else f"{count} clips are being taken"


def clips_ready(count: int) -> str:
    return CLIP_READY if count == 1 else f"{count} clips are ready"


def clips_failed(count: int) -> str:
    return "A clip could not be taken" if count == 1 else f"{count} clips could not be taken"


def and_more(names: list[str], shown: int = 3) -> str:
    """The first names, and how many there are beside them."""
    rest = len(names) - shown
    return "\n".join([*names[:shown], *([f"and {rest} more"] if rest > 0 else [])])


def display_text(text: str, limit: int = MAX_LABEL) -> str:
    """``text`` of a site as one short line: no control, format (direction marks) or unassigned characters, no line breaks.

    Joiners (U+200C, U+200D) stay: several scripts and emoji are spelled with them.
    """
    kept = "".join(
        letter
        if letter in "\u200c\u200d" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
        else " "
        for letter in text[: limit * 8]
    )
    line = " ".join(kept.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
