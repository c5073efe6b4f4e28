"""Who a caller is: the port between the transports and whatever knows the users, and its implementation for one local user.

A transport has a credential, and gets a ``Principal`` for it or nothing. Contract: ``tests/unit/service/test_authenticator_contract.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from clipferry_host.identity import ours

from ..jobs.job import LOCAL_OWNER
from ..permissions import Principal
from .tokens import Sessions


@dataclass(frozen=True, slots=True)
class SocketPeer:
    """A connection to the daemon's socket, which only processes of its own user can open (``socket.peer``)."""


@dataclass(frozen=True, slots=True)
class ExtensionOrigin:
    """The id of the extension that a browser started the native host for."""

    origin: str


@dataclass(frozen=True, slots=True)
class BearerToken:
    """What an HTTP client sends: the token of a run, or of a session in the dashboard."""

    token: str


Credential = SocketPeer | ExtensionOrigin | BearerToken


class Authenticator(Protocol):
    """Finds out who sends a credential."""

    def authenticate(self, credential: Credential) -> Principal | None:
        """Return who that is; ``None``: the credential is not valid (any more). Takes as long for any invalid token."""
        ...


class LocalAuthenticator:
    """One owner: whoever runs the daemon. The extension has a page's rights, everybody else who gets here a person's.

    Args:
        sessions: the tokens of this run.
        ids: the file with further ids of our extension (``clipferry_host.identity``).
    """

    def __init__(self, sessions: Sessions, ids: Path | None = None) -> None:
        self._sessions, self._ids = sessions, ids

    def authenticate(self, credential: Credential) -> Principal | None:
        match credential:
            case SocketPeer():
                return Principal(LOCAL_OWNER, "person", "local")
            case ExtensionOrigin(origin):
                return Principal(LOCAL_OWNER, "page", origin) if ours(self._ids).knows(origin) else None
            case BearerToken(token):
                owner = self._sessions.owner_of(token)
                return None if owner is None else Principal(owner, "person", "http")
