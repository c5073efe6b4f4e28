"""A Unix socket that only its owner reaches, made without a gap, each caller's user asked of the kernel; on Windows the named
pipe that stands for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import struct
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from clipferry_host.private_dir import make_private
from clipferry_host.rendezvous import pipe_name

from ..acceptor import Acceptor

_BACKLOG = 128

Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listening(Protocol):
    """A listening socket or pipe."""

    def close(self) -> None:
        """Take no more connections; those that are stay."""


if sys.platform == "win32":

    async def serve(path: Path, connected: Connected, *, most: int, make_room: Callable[[], None]) -> Listening:
        """Listen on the named pipe of this user and ``CLIPFERRY_HOME``. Windows' own rule for a pipe without an access list holds:
        its maker and administrators write to it, nobody else (learn.microsoft.com, "Named Pipe Security and Access Rights").

        Raises:
            OSError: somebody else has a pipe by that name.
        """
        del most, make_room  # handles are plenty there
        make_private(path.parent)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, asyncio.ProactorEventLoop)

        def protocol() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(asyncio.StreamReader(), connected)

        [server] = await loop.start_serving_pipe(protocol, pipe_name(os.environ))
        return server

    def is_own_user(writer: asyncio.StreamWriter) -> bool:
        """The pipe's access rule has decided."""
        del writer
        return True

else:

    class _UnixListener:
        def __init__(self, acceptor: Acceptor, path: Path) -> None:
            self._acceptor, self._path, self._inode = acceptor, path, path.lstat().st_ino

        def close(self) -> None:
            self._acceptor.close()
            with contextlib.suppress(OSError):
                if self._path.lstat().st_ino == self._inode:  # not the socket of a daemon that came after us
                    self._path.unlink()

    class _Counted(asyncio.StreamReaderProtocol):
        def __init__(self, connected: Connected, closed: Callable[[], None]) -> None:
            super().__init__(asyncio.StreamReader(), connected)
            self._when_closed = closed

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self._when_closed()

    async def serve(path: Path, connected: Connected, *, most: int, make_room: Callable[[], None]) -> Listening:
        """Listen at ``path``, mode 0600 in a folder of mode 0700. Call with the daemon's lock held: a socket or a link that lies
        there is then left over from a daemon that was killed, and is replaced. ``most`` and ``make_room``: as for ``Acceptor``.

        Raises:
            UnsafeDirectory: the folder is not this user's alone.
            OSError: something lies at ``path`` that no daemon has put there, or the path is too long for a socket.
        """
        loop = asyncio.get_running_loop()

        async def connect(accepted: socket.socket) -> None:
            await loop.connect_accepted_socket(lambda: _Counted(connected, acceptor.closed), accepted)

        acceptor = Acceptor(listen(path), connect, most=most, make_room=make_room)
        return _UnixListener(acceptor, path)

    def is_own_user(writer: asyncio.StreamWriter) -> bool:
        """Return false where the kernel reports another user as the peer. Root may connect: it can read the token as well."""
        uid = _peer_uid(writer.get_extra_info("socket"))
        return uid is None or uid in (os.getuid(), 0)

    def listen(path: Path) -> socket.socket:
        """The listening socket of ``serve``."""
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

    def _peer_uid(connection: socket.socket) -> int | None:
        """Return the peer's user id; ``None`` where the system has no way to read it (there the folder's mode protects alone)."""
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
