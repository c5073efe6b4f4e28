"""Tokens of HTTP clients: that of this run, dashboard sessions, one-time codes and tickets for one file; and whose each is.

All are random and kept in memory only: a new start of the daemon makes every old one worthless. Clock injected, monotonic.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable

from ..jobs.job import LOCAL_OWNER

_BYTES = 32
CODE_LIVES_S = 60.0
SESSION_LIVES_S = 12 * 3600.0
TICKET_LIVES_S = 6 * 3600.0


class Sessions:
    """The keys of one run of the daemon."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.token = secrets.token_urlsafe(_BYTES)
        """For scripts and for our own programs; they read it from ``daemon.json``, mode 0600."""
        self._codes = _Keys(clock, CODE_LIVES_S, most=16)
        self._sessions = _Keys(clock, SESSION_LIVES_S, most=32)
        self._tickets = _Keys(clock, TICKET_LIVES_S, most=256)

    def new_code(self, owner: str) -> str:
        """Return a code for the link that opens the dashboard: valid once, for 60 s, since all processes can read a browser's arguments."""
        return self._codes.add(owner)

    def redeem(self, code: str) -> str | None:
        """Spend ``code`` and return a session token for its owner; ``None`` for a code that is unknown, spent or too old."""
        owner = self._codes.take(code)
        return None if owner is None else self._sessions.add(owner)

    def owner_of(self, token: str) -> str | None:
        """Return whose ``token`` is: the token of this run, or that of a session that has not ended; ``None``: it is neither."""
        session = self._sessions.find(token)
        return LOCAL_OWNER if _same(token, self.token) else session

    def new_ticket(self, owner: str, file_id: str) -> str:
        """Return a key to one finished file, for ``<video src>``, which cannot send a header."""
        return self._tickets.add(f"{owner} {file_id}")

    def ticket_file(self, ticket: str) -> tuple[str, str] | None:
        """Return the owner and the id of the job whose file ``ticket`` opens."""
        found = self._tickets.find(ticket)
        if found is None:
            return None
        owner, _, file_id = found.rpartition(" ")
        return owner, file_id


class _Keys:
    """Random keys with an end; when there are too many, the oldest goes."""

    def __init__(self, clock: Callable[[], float], lives_s: float, *, most: int) -> None:
        self._clock, self._lives_s, self._most = clock, lives_s, most
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def add(self, meaning: str) -> str:
        key = secrets.token_urlsafe(_BYTES)
        self._known[key] = (self._clock() + self._lives_s, meaning)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return key

    def find(self, asked: str) -> str | None:
        """The meaning of ``asked``. Every key is compared, in constant time, so that the time taken reveals nothing."""
        now, found = self._clock(), None
        for key, (end, meaning) in self._known.items():
            if _same(asked, key) and now < end:
                found = meaning
        return found

    def take(self, asked: str) -> str | None:
        meaning = self.find(asked)
        if meaning is not None:
            self._known.pop(asked, None)
        return meaning


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))
