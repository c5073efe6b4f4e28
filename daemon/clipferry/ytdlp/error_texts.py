"""English texts of the errors of updates of yt-dlp. See ``clip.error_texts``."""

from __future__ import annotations

from typing import Final

from ..clip.error_texts import Text, Texts

TEXTS: Final[Texts] = {
    "update_failed": {
        "": Text(
            "The new yt-dlp could not be fetched, so nothing was changed.",
            "Try again later. `clipferry doctor` says whether something is wrong here.",
        ),
        "checksum": Text("The new yt-dlp did not match its checksum and was thrown away; nothing was changed."),
        "no_release": Text(
            "The package index has no yt-dlp that fits this computer's Python.",
            "If you set an index of your own for pip, look whether it carries yt-dlp and yt-dlp-ejs.",
        ),
        "no_pip": Text(
            "The new yt-dlp could not be fetched, so nothing was changed.",
            "Run the install line again: `python3 daemon/install.py`.",
        ),
        "not_stored": Text("The new yt-dlp could not be put on the disk."),
    },
    "update_refused": {
        "": Text(
            "The new yt-dlp does not fit this installation, so nothing was changed.",
            "Run the install line again, which brings everything up to date: `python3 daemon/install.py`.",
        ),
        "needs": Text("The new yt-dlp needs {names}, so nothing was changed."),
    },
    "update_unsound": {
        "": Text(
            "The new yt-dlp did not pass its test, so the one in use stays.",
            "There is nothing to do: a later version will be tried by itself.",
        ),
        "no_javascript": Text("The new yt-dlp finds no JavaScript runtime, so the one in use stays."),
    },
    "update_under_way": {
        "": Text("yt-dlp is being updated right now.", "Wait a minute."),
    },
    "no_way_back": {
        "": Text(
            "The yt-dlp that came with clipferry is in use; there is none to go back to.",
            "If a site does not work, run `clipferry update`.",
        ),
    },
}
