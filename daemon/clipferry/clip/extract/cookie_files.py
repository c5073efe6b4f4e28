"""Convert an exported cookies file to the Netscape format that yt-dlp reads without warnings: its parser writes the lines that it
does not understand, with their values, to the terminal.

Read are cookies.txt (curl.se/docs/http-cookies.html), with or without its header, and the JSON of browser add-ons and of browser
automation: a list of cookies, or an object with one under ``cookies``. No message, and no exception, holds a value of a cookie.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from ..errors import InvalidCookies

MAX_BYTES = 8 * 1024 * 1024
MAX_COOKIES = 20_000
_HEADER = "# Netscape HTTP Cookie File\n"
_HTTP_ONLY = "#HttpOnly_"
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DOMAIN = re.compile(r"\.?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\.?[0-9a-fA-F:]+|\[[0-9a-fA-F:]+\]")
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f]")
_FLAGS = {"TRUE": True, "FALSE": False}
_FIELDS = 7
_NAMES = {
    "domain": ("domain", "host", "Host raw"),
    "name": ("name", "Name raw"),
    "value": ("value", "Content raw"),
    "path": ("path", "Path raw"),
    "secure": ("secure", "isSecure", "Send for raw"),
    "expires": ("expirationDate", "expires", "expiry", "Expires raw"),
    "host_only": ("hostOnly", "This domain only raw"),
}
"""What the exports call each field: EditThisCookie and Cookie-Editor, Playwright and Selenium, Cookie Quick Manager."""


@dataclass(frozen=True, slots=True)
class _Cookie:
    """``value`` holds the bytes to send, each as one character (ISO 8859-1)."""

    domain: str
    path: str
    secure: bool
    expires: int
    name: str
    value: str

    def line(self) -> str:
        dot = self.domain.startswith(".")
        flags = "TRUE" if dot else "FALSE", "TRUE" if self.secure else "FALSE"
        fields = (self.domain, flags[0], self.path, flags[1], str(self.expires), self.name, self.value)
        return "\t".join(fields) + "\n"


def netscape_text(path: Path) -> str:
    """Read the cookies in ``path``, each on a line of its own that yt-dlp takes as it is.

    Raises:
        InvalidCookies: there is no such file, it cannot be read, or it holds no cookies.
    """
    data = _read(path)
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is not None:
        data = data.decode(encoding, "replace").encode()
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data.strip():
        raise InvalidCookies("empty")
    if data.startswith(b"SQLite format 3"):
        raise InvalidCookies("browser_database")
    is_json = data.lstrip()[:1] in (b"[", b"{")
    found: list[_Cookie] = []
    for cookie in _from_json(data) if is_json else _from_lines(data):
        if len(found) >= MAX_COOKIES:
            raise InvalidCookies("too_many")
        found.append(cookie)
    if not found:
        raise InvalidCookies("no_cookies")
    return _HEADER + "".join(cookie.line() for cookie in found)


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InvalidCookies("folder")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InvalidCookies("missing", detail=str(path)) from None
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        raise InvalidCookies("unreadable", detail=f"{type(exc).__name__}: {path}") from exc
    if len(data) > MAX_BYTES:
        raise InvalidCookies("too_large")
    return data


# cookies.txt ----------------------------------------------------------------------------------------------------------


def _from_lines(data: bytes) -> Iterator[_Cookie]:
    for raw in re.split(r"[\r\n]+", data.decode("latin-1")):
        line = raw.removeprefix(_HTTP_ONLY)
        if line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) == _FIELDS - 1 and _FLAGS.keys() >= {fields[1].upper(), fields[3].upper()}:
            fields.append("")  # an editor took the tab behind the name away
        if len(fields) != _FIELDS:
            fields = line.split(None, _FIELDS - 1)  # an editor turned the tabs into blanks
        if len(fields) != _FIELDS or not _FLAGS.keys() >= {fields[1].upper(), fields[3].upper()}:
            continue
        domain, every_host, path, secure, expires, name, value = fields
        listed = _Cookie(
            domain.strip(), path.strip(), _FLAGS[secure.upper()], _seconds(expires), name.strip(), value.strip()
        )
        if (cookie := _sendable(listed, host_only=not _FLAGS[every_host.upper()])) is not None:
            yield cookie


# JSON -----------------------------------------------------------------------------------------------------------------


def _from_json(data: bytes) -> Iterator[_Cookie]:
    try:
        try:
            value = json.loads(data.decode("utf-8"))
        except UnicodeDecodeError:
            value = json.loads(data.decode("latin-1"))
    except (ValueError, RecursionError):
        _refuse_json()
    if isinstance(value, dict):
        value = value.get("cookies", value.get("Cookies"))
    if not isinstance(value, list):
        _refuse_json()
    yield from _of_entries(value)


def _refuse_json() -> NoReturn:
    """Without the parser's exception behind it, which holds the text."""
    raise InvalidCookies("no_json_list") from None


def _of_entries(entries: Iterable[object]) -> Iterator[_Cookie]:
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        domain, name, value = (_field(entry, key) for key in ("domain", "name", "value"))
        if not isinstance(domain, str) or not isinstance(name, str) or not isinstance(value, str):
            continue
        path = _field(entry, "path")
        host_only = _field(entry, "host_only")
        listed = _Cookie(
            re.sub(r"^https?://|/.*$", "", domain.strip()),
            path if isinstance(path, str) else "/",
            str(_field(entry, "secure")).lower() in ("true", "1"),
            _seconds(_field(entry, "expires")),
            _as_sent(name),
            _as_sent(value),
        )
        cookie = _sendable(listed, host_only=None if host_only is None else str(host_only).lower() == "true")
        if cookie is not None:
            yield cookie


def _field(entry: Mapping[object, object], key: str) -> object:
    return next((entry[name] for name in _NAMES[key] if name in entry), None)


def _as_sent(text: str) -> str:
    """Encode a cookie as a browser sends it, in UTF-8 (RFC 6265 leaves it open); each byte is one character in the result."""
    return text.encode("utf-8", "replace").decode("latin-1")


# Both -----------------------------------------------------------------------------------------------------------------


def _sendable(cookie: _Cookie, *, host_only: bool | None) -> _Cookie | None:
    """Return ``cookie`` with a normal domain and path; ``None`` for what no browser sends. ``host_only`` ``None``: decided by the
    domain's leading dot."""
    domain, path, pair = cookie.domain, cookie.path, cookie.name + cookie.value
    if not pair or _UNSENDABLE.search(pair) or ";" in pair or "=" in cookie.name:
        return None
    if len(domain) > 255 or not _DOMAIN.fullmatch(domain):
        return None
    if host_only is False and not domain.startswith("."):
        domain = f".{domain}"
    elif host_only is True:
        domain = domain.removeprefix(".")
    path = path if path.startswith("/") and path.isascii() and not _UNSENDABLE.search(path) else "/"
    return replace(cookie, domain=domain.lower(), path=path)


def _seconds(value: object) -> int:
    """Unix time; 0, which is *until the browser closes*, for what is none."""
    if isinstance(value, str):
        value = float(value) if re.fullmatch(r"\d{1,15}(?:\.\d{1,9})?", value.strip(), re.ASCII) else 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e15:
        return 0
    return int(value / 1000 if value > 1e11 else value)  # some count milliseconds
