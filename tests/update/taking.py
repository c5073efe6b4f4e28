"""What the tests of updates do with a companion."""

from __future__ import annotations

from typing import Any

from crash.companion import Companion

FILM = "https://www.youtube.com/watch?v=AAAAAAAAAA1"


def engines(companion: Companion) -> list[str]:
    """What lies in the engines' folder, hidden or not, the lock left out."""
    folder = companion.home / "data" / "engines"
    return sorted(path.name for path in folder.iterdir() if path.name != "lock") if folder.is_dir() else []


def take(companion: Companion, url: str = FILM, *, start_time: float = 1.0, end_time: float = 2.0) -> dict[str, Any]:
    """Take a clip; the job when it is done or has failed."""
    job = companion.ask(
        "clip.create", url=url, start_time=start_time, end_time=end_time, output={"max_height": 360}, again=True
    )
    return companion.wait_for(job["file_id"], ("done", "failed"))
