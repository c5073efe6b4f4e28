"""``rename`` that fails when the target exists: renameat2(2), renameatx_np(2). Windows' own always does."""

from __future__ import annotations

import ctypes
import errno
import os
import sys

from .folder import Folder


def rename_exclusively(origin: Folder, source: str, folder: Folder, target: str) -> None:
    """Raises ``OSError``; ``ENOTSUP``, ``ENOSYS`` or ``EINVAL`` where system or file system has no such rename."""
    if origin.descriptor is None or folder.descriptor is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    libc = ctypes.CDLL(None, use_errno=True)
    # RENAME_EXCL of sys/stdio.h, RENAME_NOREPLACE of linux/fs.h
    call, flag = ("renameatx_np", 4) if sys.platform == "darwin" else ("renameat2", 1)
    if not hasattr(libc, call):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    before, after = os.fsencode(source), os.fsencode(target)
    places = ctypes.c_int(origin.descriptor), ctypes.c_int(folder.descriptor)
    if getattr(libc, call)(places[0], before, places[1], after, ctypes.c_uint(flag)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), source, None, target)
