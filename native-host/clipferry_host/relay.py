"""Frames from the browser to the daemon and back, byte for byte, until one of the two goes."""

from __future__ import annotations

import os
import threading

from .channel import Channel
from .frames import BadFrame, read_frame


def relay(stdin: int, stdout: int, daemon: Channel) -> None:
    """Carry frames both ways; returns when the browser closed its end or the daemon closed the connection.

    Raises:
        BadFrame: either side sent what cannot be a frame; nothing of it was passed on.
    """
    upward = _Upward(stdin, daemon)
    upward.start()
    try:
        while (answer := read_frame(daemon.recv)) is not None:
            _write(stdout, answer)
    except OSError:
        pass  # the other end is gone: that is how a conversation ends here
    except BadFrame:
        if not upward.ended:  # an answer cut off by our own hanging up is no fault of the daemon's
            raise
    if upward.fault is not None:
        raise upward.fault


class _Upward(threading.Thread):
    """Browser → daemon. A thread, because on Windows a pipe cannot be waited for together with a socket."""

    def __init__(self, stdin: int, daemon: Channel) -> None:
        super().__init__(daemon=True)
        self._stdin, self._daemon = stdin, daemon
        self.ended = False
        self.fault: BadFrame | None = None

    def run(self) -> None:
        try:
            while (request := read_frame(lambda size: os.read(self._stdin, size))) is not None:
                self._daemon.sendall(request)
        except BadFrame as fault:
            self.fault = fault
        except OSError:
            pass  # the daemon hung up; the other direction sees it as well and ends the relay
        self.ended = True
        self._daemon.close()  # wakes the reader in relay()


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
