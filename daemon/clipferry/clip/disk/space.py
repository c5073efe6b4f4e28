"""Check the free space for a clip before it is begun. The arithmetic is pure."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..errors import DiskFull
from .folder_errors import os_errors

_MOST_LEFT_ALONE_BYTES = 512 << 20
_SHARE_LEFT_ALONE = 50
_MARGIN = 1.1


def reserve_bytes(disk_bytes: int) -> int:
    """Return what is left for everybody else on a disk of that size: 512 MiB, or a fiftieth of a disk below 25 GiB, so that a small
    card or stick can be filled all the same."""
    return min(_MOST_LEFT_ALONE_BYTES, disk_bytes // _SHARE_LEFT_ALONE)


def missing_bytes(needed_bytes: int, free_bytes: int, disk_bytes: int) -> int:
    """Return how much more would have to be free before ``needed_bytes`` may be written; 0: it fits, with a tenth to spare."""
    return max(0, int(needed_bytes * _MARGIN) + reserve_bytes(disk_bytes) - free_bytes)


def check_space(folder: Path, needed_bytes: int = 0) -> None:
    """Whether a clip that still has to write ``needed_bytes`` may be made in ``folder``.

    Raises:
        DiskFull: there is less; the sentence states how much.
    """
    with os_errors(folder):
        disk = shutil.disk_usage(folder)
    if missing := missing_bytes(needed_bytes, disk.free, disk.total):
        raise DiskFull(
            "space",
            free_bytes=disk.free,
            needed_bytes=disk.free + missing,
            detail=f"{folder}: {needed_bytes} to write, {disk.free} of {disk.total} free",
        )


def room_bytes(folder: Path) -> int:
    """Return what may be written on the disk of ``folder``; below 0 where it is fuller than it should be."""
    with os_errors(folder):
        disk = shutil.disk_usage(folder)
    return disk.free - reserve_bytes(disk.total)


def allocated_bytes(folder: Path) -> int:
    """Return what the files below ``folder`` take up on the disk: for sparse ones only what was written."""
    found = 0
    for path, _, names in os.walk(folder):
        for name in names:
            facts = os.lstat(os.path.join(path, name))  # noqa: PTH118 - os.walk gives strings
            found += getattr(facts, "st_blocks", 0) * 512 or facts.st_size
    return found
