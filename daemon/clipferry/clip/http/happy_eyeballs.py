"""Connect to a host of several addresses: the next attempt begins before the first has timed out (Happy Eyeballs, RFC 8305).

A host whose IPv6 address swallows packets would otherwise cost a whole time-out for each connection. Which address answered is
remembered for the life of the process and tried first from then on.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import time
from collections.abc import Iterable, Sequence
from typing import Any

from .address_guard import IpAddress

ATTEMPT_DELAY_S = 0.25
"""Until the next address is tried as well (section 5: 250 ms recommended)."""
_MAX_REMEMBERED = 512
_UNDER_WAY = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, getattr(errno, "WSAEWOULDBLOCK", 0)}

Target = tuple[int, int, int, Any]
"""Family, type, protocol and address, as ``socket.getaddrinfo`` gives them."""
_answered: dict[tuple[str, int], Any] = {}


def create_connection(
    address: tuple[str, int],
    timeout: Any = socket.getdefaulttimeout(),  # noqa: B008 - or a mark of the caller's own for "the default"
    source_address: tuple[str, int] | None = None,
    socket_options: Iterable[tuple[int, int, int | bytes]] | None = None,
) -> socket.socket:
    """Connect to the first address of a host that answers; takes what ``socket.create_connection`` does.

    Args:
        timeout: seconds for all addresses together, and then for reads and writes; no number: the system's.
        socket_options: set on each socket before it connects, as urllib3 gives them.

    Raises:
        OSError: no address answered; the error of the first one that failed. ``TimeoutError`` where time ran out.
        ClipError: the guard refuses an address (``network.guard_connections``).
    """
    host, port = address
    targets = _ordered(host.strip("[]"), port, source_address)
    seconds = float(timeout) if isinstance(timeout, int | float) else socket.getdefaulttimeout()
    race = _Race(targets, seconds, source_address, socket_options)
    try:
        connected = race.run()
    finally:
        race.close()
    if len(targets) > 1:
        if len(_answered) >= _MAX_REMEMBERED:
            _answered.clear()
        with contextlib.suppress(OSError):
            _answered[host, port] = connected.getpeername()
    connected.settimeout(seconds)
    return connected


def connect_to(addresses: Sequence[IpAddress], port: int, timeout: float) -> socket.socket:
    """Connect to the first of these addresses that answers, without resolving a name.

    Raises: as ``create_connection``.
    """
    targets: list[Target] = [
        (
            socket.AF_INET6 if one.version == 6 else socket.AF_INET,
            socket.SOCK_STREAM,
            socket.IPPROTO_TCP,
            (str(one), port),
        )
        for one in addresses
    ]
    race = _Race(_in_turns(targets), timeout, None, None)
    try:
        connected = race.run()
    finally:
        race.close()
    connected.settimeout(timeout)
    return connected


def responsive_address(
    address: tuple[str, int], timeout: Any = None, source_address: tuple[str, int] | None = None
) -> str:
    """Return the host's address that answers first, for a library that connects by itself to one after the other (SOCKS).

    Costs a connection where the host has several addresses; where it has one, that is not tried and the host itself is returned.

    Raises:
        OSError | ClipError: as ``create_connection``.
    """
    host, port = address
    if len({found[4] for found in socket.getaddrinfo(host.strip("[]"), port, 0, socket.SOCK_STREAM)}) < 2:
        return host
    with create_connection(address, timeout, source_address) as connected:
        return str(connected.getpeername()[0])


def _ordered(host: str, port: int, source_address: tuple[str, int] | None) -> Sequence[Target]:
    """Return the host's addresses: that which answered before in front, else in the system's order, the families in turn (section 4)."""
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    targets = [(family, kind, protocol, where) for family, kind, protocol, _, where in found]
    if source_address is not None:
        own = socket.AF_INET6 if ":" in source_address[0] else socket.AF_INET
        targets = [one for one in targets if one[0] == own]
    if not targets:
        raise OSError(errno.EADDRNOTAVAIL, "the host has no address that can be connected to")
    answered = _answered.get((host, port))
    return sorted(_in_turns(targets), key=lambda one: one[3] != answered)


def _in_turns(targets: Sequence[Target]) -> list[Target]:
    """Alternate the address families (section 4)."""
    first = [one for one in targets if one[0] == targets[0][0]]
    others = [one for one in targets if one[0] != targets[0][0]]
    turns = [one for pair in zip(first, others, strict=False) for one in pair]
    return turns + first[len(others) :] + others[len(first) :]


class _Race:
    """The attempts that are under way; the first that is connected wins."""

    def __init__(
        self,
        targets: Sequence[Target],
        seconds: float | None,
        source_address: tuple[str, int] | None,
        options: Iterable[tuple[int, int, int | bytes]] | None,
    ) -> None:
        self._waiting = list(targets)
        self._until = None if seconds is None else time.monotonic() + seconds
        self._source = source_address
        self._options = list(options or ())
        self._selector = selectors.DefaultSelector()
        self._error: OSError | None = None

    def run(self) -> socket.socket:
        while self._waiting or self._selector.get_map():
            if self._waiting and (won := self._attempt(self._waiting.pop(0))) is not None:
                return won
            if (won := self._first_answer()) is not None:
                return won
        raise self._error or TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))

    def _attempt(self, target: Target) -> socket.socket | None:
        """Begin to connect; returns the socket where that is done at once, as it may be on this computer."""
        family, kind, protocol, where = target
        try:
            made = socket.socket(family, kind, protocol)
        except OSError as error:  # IPv6 is switched off
            self._failed(error)
            return None
        try:
            for option in self._options:
                made.setsockopt(*option)
            if self._source is not None:
                made.bind(self._source)
            made.setblocking(False)
            code = made.connect_ex(where)
        except OSError as error:
            made.close()
            self._failed(error)
            return None
        except BaseException:
            made.close()
            raise
        if code == 0:
            return made
        if code not in _UNDER_WAY:
            made.close()
            self._failed(OSError(code, os.strerror(code)))
            return None
        self._selector.register(made, selectors.EVENT_WRITE)
        return None

    def _first_answer(self) -> socket.socket | None:
        """Wait for an attempt to end: not longer than until the next address is due, or time is up."""
        next_at = time.monotonic() + ATTEMPT_DELAY_S if self._waiting else None
        while self._selector.get_map():
            ends = [at for at in (next_at, self._until) if at is not None]
            left = min(ends) - time.monotonic() if ends else None
            if left is not None and left <= 0:
                if self._until is not None and time.monotonic() >= self._until:
                    raise TimeoutError(errno.ETIMEDOUT, "timed out")
                return None
            for key, _ in self._selector.select(left):
                connecting = key.fileobj
                assert isinstance(connecting, socket.socket)
                self._selector.unregister(connecting)
                if not (code := connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
                    return connecting
                connecting.close()
                self._failed(OSError(code, os.strerror(code)))
                if self._waiting:
                    return None  # the next is due at once (section 5)
        return None

    def _failed(self, error: OSError) -> None:
        self._error = self._error or error

    def close(self) -> None:
        """Abort the attempts that did not win."""
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()
