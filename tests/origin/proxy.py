"""HTTP proxies that lead every known host to this process and refuse all others."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

from . import hosts
from .way_in import WayIn


class HttpProxy(WayIn):
    """``CONNECT host:443`` becomes TLS in place, without a second connection; ``CONNECT host:80`` and absolute-form requests
    (RFC 9112, 3.2.2) become plain HTTP. Anything else is answered 403 and noted as refused: it never leaves the machine.
    """

    credentials: str | None = None
    """``user:password`` that has to come with every request, else 407."""

    def head_grew(self) -> None:
        head, end, _ = bytes(self._head).partition(b"\r\n\r\n")
        if not end:
            return
        line, *fields = head.decode("latin-1").split("\r\n")
        method, _, rest = line.partition(" ")
        target = rest.rsplit(" ", 1)[0]
        if self.credentials and not _authorised(fields, self.credentials):
            self._answer(407, "who are you?", 'Proxy-Authenticate: Basic realm="origin"\r\n')
        elif method == "CONNECT":
            self._connect(target)
        else:
            self._absolute(method, target)

    def _connect(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        if hosts.site_of(host) is None or port not in ("443", "80"):
            self._refuse("CONNECT", host, port)
            return
        self.transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.lead(port)

    def _absolute(self, method: str, target: str) -> None:
        parts = urlsplit(target)
        if parts.scheme != "http" or hosts.site_of(parts.hostname or "") is None or parts.port not in (None, 80):
            self._refuse(method, parts.hostname or target, str(parts.port or ""))
            return
        self.hand_over(bytes(self._head))

    def _refuse(self, method: str, host: str, port: str) -> None:
        self._log.refuse(method, host, port)
        self._answer(403, "the local internet has no such host")

    def _answer(self, status: int, body: str, fields: str = "") -> None:
        head = f"HTTP/1.1 {status} Refused\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n{fields}Connection: close\r\n\r\n"
        self.transport.write((head + body).encode())
        self.transport.close()


class AuthenticatedHttpProxy(HttpProxy):
    credentials = "somebody:secret"


def _authorised(fields: list[str], credentials: str) -> bool:
    expected = "basic " + base64.b64encode(credentials.encode()).decode()
    for line in fields:
        name, _, value = line.partition(":")
        if name.lower() == "proxy-authorization":
            scheme, _, rest = value.strip().partition(" ")
            return f"{scheme.lower()} {rest}" == expected
    return False
