"""The connection to the daemon: a Unix socket, or on Windows its named pipe, with the four operations that both have."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Mapping
from typing import Protocol

from . import private_dir, rendezvous


class Channel(Protocol):
    """A duplex byte stream; one thread may read while another writes."""

    def recv(self, size: int, /) -> bytes:
        """Read 1 … ``size`` bytes; none once either side has closed."""

    def sendall(self, data: bytes, /) -> object: ...

    def close(self) -> None: ...


if sys.platform == "win32":
    from multiprocessing.connection import Client, PipeConnection

    class PipeChannel:
        """asyncio's pipe servers use message mode, as :mod:`multiprocessing.connection` does: overlapped, so that reading and
        writing do not wait for each other, which a pipe opened as a file would do."""

        def __init__(self, pipe: PipeConnection) -> None:
            self._pipe = pipe
            self._kept = b""

        def recv(self, size: int, /) -> bytes:
            if not self._kept:
                try:
                    self._kept = self._pipe.recv_bytes()
                except (EOFError, OSError):
                    return b""
            given, self._kept = self._kept[:size], self._kept[size:]
            return given

        def sendall(self, data: bytes, /) -> None:
            self._pipe.send_bytes(data)

        def close(self) -> None:
            self._pipe.close()

    def open_channel(env: Mapping[str, str]) -> Channel | None:
        """Connect to the running daemon; ``None``: it does not run."""
        try:
            pipe = Client(rendezvous.pipe_name(env), family="AF_PIPE")  # waits while all instances are taken
        except OSError:
            return None
        assert isinstance(pipe, PipeConnection)
        return PipeChannel(pipe)

else:

    class SocketChannel:
        """A connected socket."""

        def __init__(self, connected: socket.socket) -> None:
            self._socket = connected
            self.recv = connected.recv
            self.sendall = connected.sendall

        def close(self) -> None:
            """Interrupts a blocking ``recv`` of another thread, which closing alone would not."""
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def open_channel(env: Mapping[str, str]) -> Channel | None:
        """Connect to the running daemon; ``None``: it does not run.

        Raises:
            private_dir.UnsafeDirectory: the folder that stands in for a long path is somebody else's.
        """
        path = rendezvous.socket_path(env)
        if path.parent != rendezvous.runtime_dir(env):
            private_dir.make_private(path.parent)
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            channel.connect(str(path))
        except OSError:
            channel.close()
            return None
        return SocketChannel(channel)
