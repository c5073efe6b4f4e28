"""Which finished clips the retention settings delete. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ...protocol.settings import RetentionSettings
from ..job import Job

_DAY_S = 86400.0


def expired(clips: Iterable[Job], rules: RetentionSettings, now: float) -> list[Job]:
    """The clips that ``rules`` let go, oldest first.

    Args:
        clips: finished ones whose file is there, oldest first.
        now: Unix time.
    """
    remaining = list(clips)
    gone = []
    if rules.max_age_days is not None:
        oldest = now - rules.max_age_days * _DAY_S
        gone = [clip for clip in remaining if not clip.pinned and (clip.finished_at or now) < oldest]
    if rules.max_total_bytes is not None:
        marked = {clip.id for clip in gone}
        total = sum(clip.size_bytes or 0 for clip in remaining if clip.id not in marked)
        for clip in remaining:
            if total <= rules.max_total_bytes:
                break
            if not clip.pinned and clip.id not in marked:
                marked.add(clip.id)
                total -= clip.size_bytes or 0
        gone = [clip for clip in remaining if clip.id in marked]
    return gone
