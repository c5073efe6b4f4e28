"""Identity of a remote file whose URL changes: size, validators (RFC 9110, section 8.8), the site's own mark. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Identity of a remote file, independent of its current URL. Unknown parts are ``None``."""

    size: int | None = None
    etag: str | None = None
    modified: str | None = None
    signed: str | None = None
    """``clen`` and ``lmt`` of the URL itself, where a site names them (googlevideo)."""

    def may_be(self, other: FileIdentity) -> bool:
        """Return whether both can be the same file: nothing contradicts, the site's own mark deciding before the server's."""
        if self.size is not None and other.size is not None and self.size != other.size:
            return False
        for mine, theirs in (
            (self.signed, other.signed),
            (self.etag, other.etag),
            (self.modified, other.modified),
        ):
            if mine is not None and theirs is not None:
                return mine == theirs
        return True

    def joined(self, other: FileIdentity) -> FileIdentity:
        """Return all that both know."""
        known = {f.name: getattr(self, f.name) or getattr(other, f.name) for f in fields(self)}
        return FileIdentity(**known)


def signed_mark(url: str) -> str | None:
    query = parse_qs(urlsplit(url).query)
    return f"{query['clen'][0]}/{query['lmt'][0]}" if "clen" in query and "lmt" in query else None
