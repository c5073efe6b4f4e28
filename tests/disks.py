"""Small file systems of their own, so that full and read-only disks are real ones."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(size: str, *, read_only: bool = False) -> Iterator[Path]:
    """Mount a tmpfs of ``size`` (``64k``, ``96m``) at a new folder. Needs what ``tests/run.py`` needs for its packages, root or
    ``sudo`` without a question; skips where even root may not mount (a container without ``CAP_SYS_ADMIN``).
    """
    asked = [] if os.geteuid() == 0 else ["sudo", "-n"]
    options = f"size={size},mode=0700,uid={os.geteuid()}" + (",ro" if read_only else "")
    with tempfile.TemporaryDirectory(prefix="clipferry-disk-") as folder:
        mounted = subprocess.run(
            [*asked, "mount", "-t", "tmpfs", "-o", options, "tmpfs", folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if mounted.returncode != 0:
            pytest.skip(f"no right to mount a file system here: {mounted.stderr.strip()}")
        try:
            yield Path(folder)
        finally:
            subprocess.run([*asked, "umount", "-l", folder], check=True)
