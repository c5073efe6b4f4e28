"""Map urllib3's exceptions to the errors of the engine."""

from __future__ import annotations

from urllib3.exceptions import NameResolutionError, ProxyError, SSLError

from ..error_chain import error_chain
from ..errors import NetworkError, TlsError
from .proxies import proxy_trouble


def explained(error: Exception) -> NetworkError:
    """Return what went wrong, by the exception itself or by what it came from."""
    detail = f"{type(error).__name__}: {error}"
    for seen in error_chain(error):
        if isinstance(seen, SSLError) and "CERTIFICATE" in str(seen).upper():
            return TlsError(detail=detail)
        if isinstance(seen, ProxyError) or type(seen).__module__ == "socks":
            return proxy_trouble(_all_said(error), detail)
        if isinstance(seen, NameResolutionError):
            return NetworkError("name_not_found", detail=detail)
    return NetworkError(detail=detail)


def _all_said(error: BaseException) -> str:
    """Return the words of ``error`` and of all that led to it."""
    return " ".join(str(one) for one in error_chain(error))
