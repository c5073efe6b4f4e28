"""A Unix socket that only its owner reaches: made without a gap, and each caller's user asked of the kernel."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import sys
from pathlib import Path

from clipferry_host.rendezvous import make_private

_BACKLOG = 128


def listen(path: Path) -> socket.socket:
    """A listening socket at ``path``, mode 0600 in a folder of mode 0700. Call with the daemon's lock held: a socket or a
    link that lies there is then left over from a daemon that was killed, and is replaced.

    Raises:
        UnsafeDirectory: the folder is not this user's alone.
        OSError: something lies at ``path`` that no daemon has put there, or the path is too long for a socket.
    """
    make_private(path.parent)
    with contextlib.suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        if not (stat.S_ISSOCK(mode) or stat.S_ISLNK(mode)):
            raise FileExistsError(f"{path} is in the way and is no socket")
        path.unlink()  # of a link, the link; never what it points to
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Nobody gets at it between bind and chmod: the folder lets only us in.
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def peer_uid(connection: socket.socket) -> int | None:
    """The user at the other end; ``None`` where the system does not tell (there the folder's mode stands alone)."""
    if sys.platform == "linux":
        # struct ucred of unix(7): pid, uid, gid
        _, uid, _ = struct.unpack(
            "iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("iII"))
        )
        return int(uid)
    if sys.platform == "darwin":
        # struct xucred of sys/ucred.h: version, uid, …; LOCAL_PEERCRED is 1 at level SOL_LOCAL, 0
        version, uid = struct.unpack_from("II", connection.getsockopt(0, 1, 76))
        return int(uid) if version == 0 else None
    return None


def is_own_user(connection: socket.socket) -> bool:
    """True unless the kernel says that another user is calling. Root may: it can read the token as well."""
    uid = peer_uid(connection)
    return uid is None or uid in (os.getuid(), 0)
