"""Which step beyond the usual approach got an answer from a site: kept beside the resolved videos of one yt-dlp version."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from ...system.files import write_atomically
from ..model import Step

_FILE = "steps"


class StepMemory:
    """One small file in ``folder``, which belongs to one yt-dlp version: another version begins without it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def preferred(self, site: str) -> Step | None:
        """Return what worked last with ``site``, if the usual approach did not."""
        try:
            return Step(self._read()[site])
        except (KeyError, ValueError):
            return None

    def remember(self, site: str, step: Step | None) -> None:
        """Keep that ``step`` worked; ``None``: the usual approach did. A folder that cannot be written costs a detour later."""
        steps = self._read()
        if steps.get(site) == step:
            return
        kept = {name: value for name, value in steps.items() if name != site} | ({site: step} if step else {})
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self._path, json.dumps(kept).encode(), sync=False)

    def _read(self) -> dict[str, str]:
        try:
            kept = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}
