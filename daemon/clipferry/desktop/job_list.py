"""The jobs as the tray shows them: a bounded copy of the daemon's messages, read tolerantly. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

RECENT = 10
"""Finished clips that the menu shows."""
FINAL = frozenset(("done", "failed", "cancelled"))
_NEEDS_A_PERSON = frozenset(("disk_full", "folder"))


@dataclass(frozen=True, slots=True)
class TrayJob:
    """A job as far as tray and notifications need it; see ``protocol.Job``."""

    file_id: str
    state: str
    name: str
    """The file's name, else the video's title, else its address."""
    url: str = ""
    fraction: float = 0.0
    start_s: float | None = None
    end_s: float | None = None
    live: bool = False
    file_missing: bool = False
    wait_reason: str | None = None
    error_code: str | None = None
    error_message: str = ""
    error_hint: str = ""
    finished_at: float = 0.0
    """Unix time, seconds; 0 where it has not ended."""

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> TrayJob | None:
        """The job of ``message``, whatever version of the daemon sent it; ``None`` where it is none."""
        file_id, state = message.get("file_id"), message.get("state")
        if not isinstance(file_id, str) or not isinstance(state, str):
            return None
        progress = message.get("progress")
        error = message.get("error")
        progress = progress if isinstance(progress, Mapping) else {}
        error = error if isinstance(error, Mapping) else {}
        named = (message.get(key) for key in ("file_name", "title", "url"))
        return cls(
            file_id=file_id,
            state=state,
            name=next((name for name in named if isinstance(name, str) and name), "?"),
            url=_text(message, "url"),
            fraction=_number(progress, "fraction") or 0.0,
            start_s=_number(message, "start_s"),
            end_s=_number(message, "end_s"),
            live=message.get("live") is True,
            file_missing=message.get("file_missing") is True,
            wait_reason=_text(message, "wait_reason") or None,
            error_code=_text(error, "code") or None,
            error_message=_text(error, "message"),
            error_hint=_text(error, "hint"),
            finished_at=_number(message, "finished_at") or 0.0,
        )

    @property
    def final(self) -> bool:
        return self.state in FINAL

    @property
    def needs_attention(self) -> bool:
        """Whether the job waits for the user: for disk space, or for the folder."""
        return self.state == "waiting" and self.wait_reason in _NEEDS_A_PERSON


class JobList:
    """The unfinished jobs and the last ten clips. Changed by messages; read by the menu."""

    def __init__(self) -> None:
        self._open: dict[str, TrayJob] = {}
        self._done: dict[str, TrayJob] = {}
        self.paused = False
        self.unseen_failures: set[str] = set()
        """Jobs that failed since the user last opened the history (:meth:`mark_seen`)."""

    def put(self, job: TrayJob) -> TrayJob | None:
        """Take a change of ``job``; return its previous state."""
        before = self._open.pop(job.file_id, None) or self._done.pop(job.file_id, None)
        self.unseen_failures.discard(job.file_id)
        if job.state == "done":
            self._done[job.file_id] = job
            for old in sorted(self._done.values(), key=age)[:-RECENT]:
                del self._done[old.file_id]
        elif not job.final:
            self._open[job.file_id] = job
        elif job.state == "failed" and before is not None:
            self.unseen_failures.add(job.file_id)
        return before

    def remove(self, file_id: str) -> None:
        self._open.pop(file_id, None)
        self._done.pop(file_id, None)
        self.unseen_failures.discard(file_id)

    def fill(self, jobs: Iterable[TrayJob]) -> None:
        """Replace everything by ``jobs``."""
        self._open, self._done = {}, {}
        for job in jobs:
            self.put(job)

    def mark_seen(self) -> None:
        """Mark all failed jobs as seen."""
        self.unseen_failures.clear()

    @property
    def unfinished(self) -> list[TrayJob]:
        """Oldest first: ids are ULIDs."""
        return [self._open[key] for key in sorted(self._open)]

    @property
    def recent(self) -> list[TrayJob]:
        """Newest first."""
        return sorted(self._done.values(), key=age, reverse=True)

    @property
    def active(self) -> list[TrayJob]:
        """The unfinished jobs that a worker runs."""
        return [job for job in self.unfinished if job.state not in ("queued", "paused", "waiting")]

    @property
    def fraction(self) -> float:
        """The mean progress of the active jobs, 0 … 1."""
        active = self.active
        return sum(job.fraction for job in active) / len(active) if active else 0.0

    @property
    def needs_attention(self) -> bool:
        return bool(self.unseen_failures) or any(job.needs_attention for job in self._open.values())


def age(job: TrayJob) -> tuple[float, str]:
    """Sort key: what ended first comes first."""
    return job.finished_at, job.file_id


def _text(message: Mapping[str, Any], key: str) -> str:
    value = message.get(key)
    return value if isinstance(value, str) else ""


def _number(message: Mapping[str, Any], key: str) -> float | None:
    value = message.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
