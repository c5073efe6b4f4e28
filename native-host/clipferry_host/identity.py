"""Which browser extensions are ours. ``identity.json`` holds the ids; the extension's build and the host manifests use it too."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Identity:
    """``chromium``: origins as Chromium gives them to a host, ``chrome-extension://ID/``. ``firefox``: the add-on's id."""

    chromium: tuple[str, ...]
    firefox: str

    def caller(self, argv: Sequence[str]) -> str | None:
        """Which of our extensions started a host with ``argv``, as the browser vouches for it; ``None``: none of them.

        Chromium gives ``[program, "chrome-extension://ID/", …]``, Firefox ``[program, manifest path, add-on id]``
        (developer.chrome.com, Native messaging; MDN, Native messaging).
        """
        if len(argv) > 1 and argv[1] in self.chromium:
            return argv[1]
        if len(argv) == 3 and argv[2] == self.firefox:
            return self.firefox
        return None

    def knows(self, origin: str) -> bool:
        """True for what ``caller`` can give."""
        return origin in (*self.chromium, self.firefox)


IDS_FILE = "extension-ids.json"
"""Beside the launcher, written by ``clipferry setup``: a JSON list with the id of the copy that this installation signed."""
_ID = re.compile(r"[a-p]{32}")


def ours(ids: Path | None = None) -> Identity:
    """The identity that this clipferry was built with, and the ids that the file ``ids`` adds."""
    facts = json.loads(Path(__file__).with_name("identity.json").read_text())
    known = [facts["chrome_id"], *facts["store_ids"], *(_own_ids(ids) if ids is not None else ())]
    return Identity(tuple(f"chrome-extension://{one}/" for one in known), facts["firefox_id"])


def _own_ids(path: Path) -> list[str]:
    """None where the file is missing, somebody else's, or no list of ids."""
    try:
        if os.name == "posix" and path.lstat().st_uid not in (os.getuid(), 0):
            return []
        said = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return []
    return [one for one in said if isinstance(one, str) and _ID.fullmatch(one)] if isinstance(said, list) else []
