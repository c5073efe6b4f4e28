"""Make one ranged GET and validate it: redirects one by one, headers only for their own host, contradictory responses rejected."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from ..errors import BadMedia, Cancelled, ClipError, InvalidUrl, NetworkError, RateLimited, TlsError, UrlExpired
from .file_identity import FileIdentity, signed_mark
from .media_url import Link, headers_for
from .network import Network
from .pools import pool_for
from .proxies import proxy_trouble
from .rate_limit import close_gate, gate_wait_s, quota_for
from .retry_policy import RetryPolicy, retry_after_s
from .urllib3_errors import explained

MAX_REDIRECTS = 8
MAX_MEDIA_BYTES = 1 << 40
MAX_UNSIZED_BYTES = 8 << 30
"""For a body of unknown length."""
_CONTENT_RANGE = re.compile(r"bytes\s+(\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII | re.IGNORECASE)
_UNSATISFIED = re.compile(r"bytes\s+\*/(\d{1,18})", re.ASCII | re.IGNORECASE)
_PIECE = 128 * 1024
_GONE = (401, 403, 404, 410)
"""A fresh address may help."""


class Retry(NetworkError):
    """A failure of one request that a retry may cure. ``wait_s``: the least wait that the site requested."""

    def __init__(self, cause: ClipError, *, wait_s: float | None = None, crowded: bool = False) -> None:
        super().__init__(cause.reason, detail=cause.detail, **cause.params)
        self.sentence, self.hint = cause.sentence, cause.hint
        self.cause = cause
        self.wait_s = wait_s
        self.crowded = crowded
        """The site limits connections: use fewer at once."""


class PastEnd(BadMedia):
    """416: the file ends before the first byte that was requested. ``size``: its bytes in all, if the site gives it."""

    def __init__(self, size: int | None) -> None:
        super().__init__("status", detail="HTTP 416", status=416)
        self.size = size


class RangeResponse:
    """A validated response: ``start`` is the position of its first byte; ``whole``: the server ignored the range."""

    def __init__(self, response: urllib3.BaseHTTPResponse, link: Link, start: int, url: str) -> None:
        self._response = response
        self.url = url
        self.generation = 0
        """Of the store that takes it: which file's bytes they are."""
        self.whole = response.status == 200
        self.start = 0 if self.whole else start
        self.end: int | None = None
        total: int | None = None
        if self.whole:
            length = response.headers.get("Content-Length", "")
            total = self.end = int(length) if length.isascii() and length.isdigit() and len(length) < 19 else None
        else:
            match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
            if match is None or int(match[1]) != start or int(match[2]) < start:
                raise Retry(BadMedia("other_range"), crowded=False, wait_s=None)
            self.end = int(match[2]) + 1
            total = None if match[3] == "*" else int(match[3])
        if total is not None and total > MAX_MEDIA_BYTES:
            raise Retry(BadMedia("impossible_size"))
        self.identity = FileIdentity(
            size=total,
            etag=_strong(response.headers.get("ETag")),
            modified=response.headers.get("Last-Modified"),
            signed=signed_mark(link.url),
        )

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes.

        Raises:
            Retry: it broke off, or stood still for too long.
        """
        try:
            while data := self._response.read1(_PIECE):
                yield data
        except (HTTPError, OSError) as error:
            raise Retry(explained(error)) from error

    @property
    def content_type(self) -> str:
        return self._response.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        return self._response.headers.get("Content-Encoding", "").strip().lower()

    def hang_up(self) -> None:
        """From another thread: make a read that is under way end at once."""
        try:
            self._response.shutdown()
        except (OSError, ValueError, AttributeError, RuntimeError):
            self._response.close()


class Client:
    """Makes requests for one source."""

    def __init__(self, network: Network, retry_policy: RetryPolicy, cancelled: Callable[[], bool]) -> None:
        self.network = network
        self.retry_policy = retry_policy
        self.cancelled = cancelled
        self.quota = quota_for(network.speed_limit_bps)
        self.crowded: Callable[[], None] = lambda: None
        """Called when the site limits our connections."""
        self._open: dict[RangeResponse, object] = {}
        self._landed: dict[str, str] = {}
        """Where redirects led: the next piece is requested there at once."""
        self._judged: set[str] = set()
        """Hosts whose names have been resolved already; what they connect to later is the guard's to judge."""
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def check(self) -> None:
        """Raises ``Cancelled`` if that is so."""
        if self._closed.is_set() or self.cancelled():
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        """Wait, but not longer than until the job is cancelled."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            self._closed.wait(min(0.2, left))
        self.check()

    def meter(self, count: int) -> None:
        """``count`` bytes came: stop if the job is cancelled, wait if they came faster than is allowed."""
        self.check()
        if self.quota is not None:
            self.sleep(self.quota.wait_s(count))

    def close(self) -> None:
        """Abort what is under way; every wait ends with ``Cancelled``."""
        self._closed.set()
        self.hang_up()

    def hang_up(self, scope: object = None) -> None:
        """Make reads that are under way, for ``scope`` or for all, end at once."""
        with self._lock:
            answers = [answer for answer, whose in self._open.items() if scope is None or whose is scope]
        for answer in answers:
            answer.hang_up()

    @contextmanager
    def get(self, link: Link, start: int, end: int | None, scope: object = None) -> Iterator[RangeResponse]:
        """Request ``[start, end)`` on behalf of ``scope``; ``end`` ``None``: all the rest.

        Raises:
            Retry: worth another try, at the earliest after ``wait_s``.
            UrlExpired: 401, 403, 404, 410: a fresh address may help.
            RateLimited: 429 with a wait beyond the retry policy.
            TlsError, InvalidUrl, BlockedAddress: trying again will not help.
        """
        part = {} if start == 0 and end is None else {"Range": f"bytes={start}-{'' if end is None else end - 1}"}
        there = self._landed.get(link.url, link.url)
        response, url = self._follow(link, there, part)
        if response.status in _GONE and there != link.url:
            _let_go(response)
            response, url = self._follow(link, link.url, part)
        if response.status < 300 and url != link.url:
            self._landed[link.url] = url
        try:
            if response.status == 416:
                raise Retry(BadMedia("empty_file")) if start == 0 else _past_end(response)
            if response.status not in (200, 206):
                raise self._refused(response, urlsplit(url).hostname or "")
            answer = RangeResponse(response, link, start, url)
            _refuse_page(answer)
            with self._lock:
                self._open[answer] = scope
            try:
                yield answer
            finally:
                with self._lock:
                    self._open.pop(answer, None)
        finally:
            _let_go(response)

    def _follow(self, link: Link, url: str, extra: Mapping[str, str]) -> tuple[urllib3.BaseHTTPResponse, str]:
        """Return the answer to a request for ``url``, at which ``link`` stands or to which it led, and where it came from."""
        home = urlsplit(link.scope or link.url)
        for _ in range(MAX_REDIRECTS):
            self.check()
            parts = urlsplit(url)
            self.network.check(url, resolve=parts.netloc not in self._judged)
            self._judged.add(parts.netloc)
            _read_alike(url, parts.hostname or "")
            self._pass_gate(parts.hostname or "")
            at_home = parts.hostname == home.hostname and (parts.scheme == "https" or home.scheme == "http")
            response = self._request(url, {**headers_for(link, at_home=at_home), **extra})
            if response.status not in (301, 302, 303, 307, 308):
                return response, url
            location = response.headers.get("Location")
            _let_go(response)
            if not location:
                raise Retry(NetworkError("redirect_nowhere"))
            url = urljoin(url, location)
        raise NetworkError("redirect_circle")

    def _pass_gate(self, host: str) -> None:
        while (left := gate_wait_s(host)) > 0:
            self.sleep(left)

    def _request(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        try:
            return pool_for(self.network, url).request(
                "GET",
                url,
                headers=dict(headers),
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(connect=self.retry_policy.connect_s, read=self.retry_policy.stall_s),
            )
        except LocationParseError as error:
            raise InvalidUrl(detail=str(error)) from error
        except (HTTPError, OSError, ValueError) as error:
            why = explained(error)
            raise (why if isinstance(why, TlsError) else Retry(why)) from error

    def _refused(self, response: urllib3.BaseHTTPResponse, host: str) -> ClipError:
        status = response.status
        wait = retry_after_s(response.headers.get("Retry-After"), time.time())
        detail = f"HTTP {status}"
        if wait is not None and status in (429, 503) and wait <= self.retry_policy.longest_retry_after_s:
            close_gate(host, wait)
        if status in _GONE:
            return UrlExpired(detail=detail)
        if status == 429:
            limited = RateLimited(detail=detail, retry_after_s=wait)
            if wait is not None and wait > self.retry_policy.longest_retry_after_s:
                return limited
            return Retry(limited, wait_s=wait, crowded=True)
        failed = NetworkError("status", detail=detail, status=status)
        if status >= 500 or status in (408, 425):
            if wait is not None and wait > self.retry_policy.longest_retry_after_s:
                return RateLimited("overloaded", detail=detail, retry_after_s=wait)
            return Retry(failed, wait_s=wait, crowded=status == 503)
        refused = BadMedia("status", detail=detail, status=status)
        return proxy_trouble("HTTP error 407", detail) if status == 407 else refused


def _past_end(response: urllib3.BaseHTTPResponse) -> PastEnd:
    match = _UNSATISFIED.fullmatch(response.headers.get("Content-Range", "").strip())
    return PastEnd(int(match[1]) if match else None)


def _read_alike(url: str, host: str) -> None:
    """Refuse a URL that urllib3 would read as another host than the one that was judged."""
    try:
        found = (parse_url(url).host or "").strip("[]").lower()
    except LocationParseError as error:
        raise InvalidUrl(detail=str(error)) from error
    if host.isascii() and found != host:
        raise InvalidUrl(detail=f"{host} or {found}")


def _refuse_page(answer: RangeResponse) -> None:
    if answer.content_type in ("text/html", "application/xhtml+xml"):
        raise Retry(BadMedia("web_page"))


def _strong(etag: str | None) -> str | None:
    return etag if etag and not etag.startswith("W/") else None


def _let_go(response: urllib3.BaseHTTPResponse) -> None:
    """Back into the pool if little is left of it; otherwise closed, since the rest would have to be downloaded."""
    length = getattr(response, "length_remaining", None)
    if length is not None and length <= _PIECE:
        response.drain_conn()
        response.release_conn()
    else:
        response.close()
