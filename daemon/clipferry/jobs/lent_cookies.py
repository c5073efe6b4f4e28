"""A person's session on a site, lent to one job: in memory-backed storage, for this user alone, gone when the job ends.

yt-dlp reads Netscape cookie files (curl.se/docs/http-cookies.html), so a file it has to be. It survives the daemon's
death where memory does, so that the job can go on; what no job needs any more is removed at start.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

from clipferry_host.private_dir import UnsafeDirectory, make_private

from ..clip.extract.sites import host_of, shares_session
from ..protocol.videos import Cookie
from ..system.files import write_atomically

log = logging.getLogger(__name__)

_HEADER = "# Netscape HTTP Cookie File\n"
_IN_MEMORY = ("tmpfs", "ramfs")


class CookieJars:
    """Cookie files of unfinished jobs, one each."""

    def __init__(self, runtime_dir: Path) -> None:
        """Use memory-backed storage, or ``runtime_dir`` where another user has made our folder there before us."""
        place = _memory_backed(runtime_dir)
        try:
            make_private(place)
        except (OSError, UnsafeDirectory):
            place = runtime_dir
        self._folder = place / "cookies"

    def lend(self, job_id: str, url: str, cookies: Sequence[Cookie]) -> None:
        """Keep those of ``cookies`` that belong to the site of ``url`` for the job; none, no file.

        Raises:
            OSError: no space.
        """
        own = [cookie for cookie in cookies if shares_session(cookie.domain, host_of(url))]
        if own:
            make_private(self._folder)
            write_atomically(self._path(job_id), (_HEADER + "".join(map(_line, own))).encode())

    def hand_over(self, from_id: str, to_id: str) -> bool:
        """Give the session that was lent for one job to another; return whether there was one."""
        try:
            self._path(from_id).replace(self._path(to_id))
        except FileNotFoundError:
            return False
        return True

    def mark(self, job_id: str) -> str | None:
        """Return a value that identifies the lent session of a job; ``None``: none is lent."""
        with contextlib.suppress(OSError):
            found = self._path(job_id).stat()
            return f"{found.st_ino}:{found.st_mtime_ns}"
        return None

    def file(self, job_id: str) -> Path | None:
        """Return the cookie file of a job, if it has one."""
        path = self._path(job_id)
        return path if path.exists() else None

    def take_back(self, job_id: str) -> None:
        """Remove what was lent for the job. Never raises: what stays is swept at the next start."""
        try:
            self._path(job_id).unlink(missing_ok=True)
        except OSError as error:
            log.warning("the session of job %s could not be removed: %s", job_id, error)

    def sweep(self, unfinished: Iterable[str]) -> None:
        """Remove what belongs to no unfinished job."""
        keep = {f"{job_id}.txt" for job_id in unfinished}
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(self._folder):
                if entry.name not in keep:
                    Path(entry.path).unlink(missing_ok=True)

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.txt"


def _line(cookie: Cookie) -> str:
    domain = cookie.domain.lstrip(".")
    fields = (
        domain if cookie.host_only else f".{domain}",
        "FALSE" if cookie.host_only else "TRUE",
        cookie.path,
        "TRUE" if cookie.secure else "FALSE",
        str(int(cookie.expires or 0)),
        cookie.name,
        cookie.value,
    )
    return "\t".join(fields) + "\n"


def _memory_backed(runtime_dir: Path) -> Path:
    """Return the runtime directory if it is in memory (Linux desktops), else a folder of ours in ``/dev/shm``, else one on disk."""
    if sys.platform == "win32":
        return runtime_dir  # In the user's profile, whose access list is for that user.
    mounts = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    for folder in (runtime_dir, *runtime_dir.parents):
        if folder in mounts:
            if mounts[folder] in _IN_MEMORY:
                return runtime_dir
            break
    shared = Path("/dev/shm")  # noqa: S108 - made 0700 and checked to be ours
    if mounts.get(shared) in _IN_MEMORY and os.access(shared, os.W_OK):
        whose = hashlib.sha256(os.fsencode(runtime_dir)).hexdigest()[:16]
        return shared / f"clipferry-{os.getuid()}-{whose}"
    return runtime_dir
