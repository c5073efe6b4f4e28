"""Which browser extensions are ours. ``identity.json`` holds the ids; the extension's build and the host manifests use it too."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Identity:
    """``chromium``: an origin as Chromium gives it to a host, ``chrome-extension://ID/``. ``firefox``: the add-on's id."""

    chromium: str
    firefox: str

    def caller(self, argv: Sequence[str]) -> str | None:
        """Which of our extensions started a host with ``argv``, as the browser vouches for it; ``None``: none of them.

        Chromium gives ``[program, "chrome-extension://ID/", …]``, Firefox ``[program, manifest path, add-on id]``
        (developer.chrome.com, Native messaging; MDN, Native messaging).
        """
        if len(argv) > 1 and argv[1] == self.chromium:
            return self.chromium
        if len(argv) == 3 and argv[2] == self.firefox:
            return self.firefox
        return None

    def knows(self, origin: str) -> bool:
        """True for what ``caller`` can give."""
        return origin in (self.chromium, self.firefox)


def ours() -> Identity:
    """The identity that this clipferry was built with."""
    facts = json.loads(Path(__file__).with_name("identity.json").read_text())
    return Identity(chromium=f"chrome-extension://{facts['chrome_id']}/", firefox=facts["firefox_id"])
