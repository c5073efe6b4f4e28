"""A SOCKS5 proxy that leads to the same place."""

from __future__ import annotations

from . import hosts
from .way_in import WayIn


class SocksProxy(WayIn):
    """SOCKS5 without authentication (RFC 1928): CONNECT to a known name, port 443 or 80. Addresses are refused: whoever resolves
    names outside of the proxy has left this internet."""

    _greeted = False

    def head_grew(self) -> None:
        head = self._head
        if not self._greeted:
            if len(head) < 2 or len(head) < 2 + head[1]:
                return
            self.transport.write(b"\x05\x00")
            del head[: 2 + head[1]]
            self._greeted = True
        if len(head) < 5:
            return
        _, command, _, kind, size = head[:5]
        length = {1: 10, 3: 7 + size, 4: 22}.get(kind, 5)
        if len(head) < length:
            return
        host = head[5 : 5 + size].decode("latin-1") if kind == 3 else head[4 : length - 2].hex()
        port = str(int.from_bytes(head[length - 2 : length], "big"))
        if command != 1 or hosts.site_of(host) is None or port not in ("443", "80"):
            self._log.refuse("SOCKS", host, port)
            self.transport.write(b"\x05\x02\x00\x01" + bytes(6))
            self.transport.close()
            return
        self.transport.write(b"\x05\x00\x00\x01" + bytes(6))
        self.lead(port)
