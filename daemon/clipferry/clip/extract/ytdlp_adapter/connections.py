"""How yt-dlp's HTTP handlers connect: trim ``parallel_connect``, and credentials of a proxy.

``parallel_connect``: the handlers connect to a host's addresses by ``http.happy_eyeballs`` instead of one after the other
(``create_connection`` of ``yt_dlp.networking._urllib`` and ``_requests``), so that an address that does not answer costs
0.25 s instead of the connect time-out of 15 s.
"""

from __future__ import annotations

import sys
from typing import Any

from ...http.proxies import basic_authorization
from . import trims


def connect_in_parallel() -> None:
    """Replace ``create_connection`` in yt-dlp's handlers. To be called after ``yt_dlp`` is imported."""
    if not trims.enabled("parallel_connect"):
        return
    from ...http import happy_eyeballs  # noqa: PLC0415

    with trims.fallback("parallel_connect"):
        from yt_dlp.networking import _urllib  # noqa: PLC0415

        original = _urllib.create_connection

        def connect(address: Any, *args: Any, **options: Any) -> Any:
            if "_create_socket_func" in options:  # by SOCKS: the address is the proxy's
                own = {name: options[name] for name in ("timeout", "source_address") if name in options}
                reachable = happy_eyeballs.responsive_address(address, *args, **own), address[1]
                return original(reachable, *args, **options)
            return happy_eyeballs.create_connection(address, *args, **options)

        _urllib.create_connection = connect
        # The handler on requests, where that is installed, uses it for SOCKS only; otherwise it connects by urllib3.
        if hasattr(requests := sys.modules.get("yt_dlp.networking._requests"), "create_connection"):
            requests.create_connection = connect  # type: ignore[union-attr]  # it has the attribute


def encode_proxy_credentials() -> None:
    """Have requests, which yt-dlp connects by, send a proxy's credentials in UTF-8 as everything else does: it uses Latin-1."""
    try:
        from requests.adapters import HTTPAdapter  # noqa: PLC0415
    except ImportError:  # then yt-dlp connects by urllib
        return
    setattr(HTTPAdapter, "proxy_headers", lambda _, proxy: basic_authorization(proxy))  # noqa: B010 - mypy knows methods only
