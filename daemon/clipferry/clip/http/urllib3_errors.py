"""Map urllib3's exceptions to the errors of the engine."""

from __future__ import annotations

from urllib3.exceptions import NameResolutionError, ProxyError, SSLError

from ..errors import NetworkError, TlsError
from .proxies import proxy_trouble


def explained(error: Exception) -> NetworkError:
    """Return what went wrong, by the exception itself or by what it came from."""
    detail = f"{type(error).__name__}: {error}"
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, SSLError) and "CERTIFICATE" in str(seen).upper():
            return TlsError(detail=detail)
        if isinstance(seen, ProxyError) or type(seen).__module__ == "socks":
            return proxy_trouble(_all_said(error), detail)
        if isinstance(seen, NameResolutionError):
            return NetworkError("The site's name could not be found.", hint="Check that you are online.", detail=detail)
        seen = seen.__cause__ or seen.__context__
    return NetworkError(detail=detail)


def _all_said(error: BaseException | None) -> str:
    """Return the words of ``error`` and of all that led to it."""
    words = []
    while error is not None:
        words.append(str(error))
        error = error.__cause__ or error.__context__
    return " ".join(words)
