"""Users with tokens in memory: the second implementation of ``api.authentication.Authenticator``, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clipferry.api.authentication import BearerToken, Credential, ExtensionOrigin, SocketPeer
from clipferry.permissions import Principal


@dataclass
class MemoryAuthenticator:
    """As on a server: many users, each by a token; no socket. An extension belongs to the user who paired it."""

    tokens: Mapping[str, str]
    """Owner by token."""
    paired: Mapping[str, str] = field(default_factory=dict)
    """Owner by the extension's id."""

    def authenticate(self, credential: Credential) -> Principal | None:
        match credential:
            case BearerToken(token) if token in self.tokens:
                return Principal(self.tokens[token], "person", "token")
            case ExtensionOrigin(origin) if origin in self.paired:
                return Principal(self.paired[origin], "page", origin)
            case BearerToken() | ExtensionOrigin() | SocketPeer():
                return None
