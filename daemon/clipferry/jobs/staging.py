"""Staging: one private folder per job, where its clip is made before it is published; kept over a restart, swept when unused."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from ..clip.disk.folder import HIDDEN_DIR, SCRATCH_PREFIX, SCRATCH_SUFFIX
from ..clip.errors import ClipError
from ..clip.output.destination import cache_staging, staging_root, staging_roots

MAX_AGE_S = 7 * 86400.0
"""Staging of a failed job is kept so long, in case the person retries; then its bytes go."""


class Staging:
    """Staging folders of all jobs. Blocking: for a thread."""

    def __init__(self, cache_dir: Path) -> None:
        self._cache_dir = cache_dir

    def folder(self, job_id: str, downloads: Path) -> Path:
        """Return the staging folder of a job, created if it has none: on the file system of ``downloads`` if that is there, else in the cache.

        Raises:
            DiskFull
            FolderNotWritable: the cache cannot be written to.
        """
        for root in self._roots(downloads):
            if (root / job_id).is_dir():
                return root / job_id
        try:
            root = staging_root(downloads, self._cache_dir)
        except ClipError as error:
            if error.code == "disk_full":
                raise
            # Unplugged or read-only for now: make the clip all the same; the last step waits for the folder.
            root = cache_staging(self._cache_dir)
        folder = root / job_id
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def remove(self, job_id: str, downloads: Path) -> None:
        """Remove the staging of a job, and our hidden folder in Downloads once it is empty."""
        for root in self._roots(downloads):
            shutil.rmtree(root / job_id, ignore_errors=True)
        _drop_if_empty(downloads / HIDDEN_DIR)

    def sweep(self, downloads: Path, unfinished: Iterable[str], resumable: Iterable[str]) -> list[Path]:
        """Remove at start what no job needs and return it. Failed jobs (``resumable``) keep theirs until ``MAX_AGE_S``."""
        keep, by_age = set(unfinished), set(resumable)
        gone = []
        for root in self._roots(downloads):
            with contextlib.suppress(OSError):
                for entry in list(os.scandir(root)):
                    fresh = entry.stat(follow_symlinks=False).st_mtime > time.time() - MAX_AGE_S
                    if entry.name in keep or (entry.name in by_age and fresh):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path, ignore_errors=True)
                    else:
                        Path(entry.path).unlink(missing_ok=True)
                    gone.append(Path(entry.path))
        gone += _remove_scratch(downloads)
        _drop_if_empty(downloads / HIDDEN_DIR)
        return gone

    def _roots(self, downloads: Path) -> list[Path]:
        """Return the folders that are ours; one that somebody else has put there is neither used nor cleaned."""
        return staging_roots(downloads, self._cache_dir)


def _remove_scratch(downloads: Path) -> list[Path]:
    """Remove unfinished copies that a killed daemon left in the downloads folder itself."""
    gone = []
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(downloads)):
            if entry.name.startswith(SCRATCH_PREFIX) and entry.name.endswith(SCRATCH_SUFFIX):
                path = Path(entry.path)
                with contextlib.suppress(OSError):
                    path.unlink()
                    gone.append(path)
    return gone


def _drop_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
