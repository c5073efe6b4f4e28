"""The plainest HTTP client there is, through the proxy and with verified TLS."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request

from .internet import LocalInternet


def get(internet: LocalInternet, url: str, **headers: str) -> http.client.HTTPResponse:
    """The answer, whatever its status, with its body not read yet. ``Accept_Language=…`` is the header Accept-Language."""
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    context = ssl.create_default_context(cafile=str(internet.ca_file))
    proxies = urllib.request.ProxyHandler({"http": internet.proxy_url, "https": internet.proxy_url})
    opener = urllib.request.build_opener(proxies, urllib.request.HTTPSHandler(context=context))
    try:
        answer: http.client.HTTPResponse = opener.open(request, timeout=20)
    except urllib.error.HTTPError as error:
        return error  # type: ignore[return-value]  # it answers to all that is asked of an HTTPResponse here
    return answer
