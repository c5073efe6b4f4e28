"""The ids of clipferry's browser extensions, read from ``identity.json`` (also by the extension's build and the manifests)."""

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
        """Return the extension that started the host, as attested by the browser in ``argv``; ``None``: an unknown one.

        Chromium gives ``[program, "chrome-extension://ID/", …]``, Firefox ``[program, manifest path, add-on id]``
        (developer.chrome.com, Native messaging; MDN, Native messaging).
        """
        if len(argv) > 1 and argv[1] in self.chromium:
            return argv[1]
        if len(argv) == 3 and argv[2] == self.firefox:
            return self.firefox
        return None

    def knows(self, origin: str) -> bool:
        """Return whether ``caller`` is a possible result of :func:`caller`."""
        return origin in (*self.chromium, self.firefox)


IDS_FILE = "extension-ids.json"
"""Beside the launcher, written by ``clipferry setup``: a JSON list with the id of the copy that this installation signed."""
_ID = re.compile(r"[a-p]{32}")


def ours(ids: Path | None = None) -> Identity:
    """Return the identity of this build, extended by the ids in the file ``ids``."""
    facts = json.loads(Path(__file__).with_name("identity.json").read_text())
    known = [facts["chrome_id"], *facts["store_ids"], *(_own_ids(ids) if ids is not None else ())]
    return Identity(tuple(f"chrome-extension://{one}/" for one in known), facts["firefox_id"])


def _own_ids(path: Path) -> list[str]:
    """Read the ids; none where the file is missing, not this user's, or no list of ids."""
    try:
        if os.name == "posix" and path.lstat().st_uid not in (os.getuid(), 0):
            return []
        said = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return []
    return [one for one in said if isinstance(one, str) and _ID.fullmatch(one)] if isinstance(said, list) else []
