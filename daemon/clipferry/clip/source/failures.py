"""urllib3's failures in our words."""

from __future__ import annotations

from urllib3.exceptions import NameResolutionError, ProxyError, SSLError

from ..errors import NetworkError, TlsError


def explained(error: Exception) -> NetworkError:
    """What went wrong, by the exception itself or by what it came from."""
    detail = f"{type(error).__name__}: {error}"
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, SSLError) and "CERTIFICATE" in str(seen).upper():
            return TlsError(detail=detail)
        if isinstance(seen, ProxyError) or type(seen).__module__ == "socks":
            return NetworkError(
                "The proxy could not be reached.", hint="Check the proxy in the settings.", detail=detail
            )
        if isinstance(seen, NameResolutionError):
            return NetworkError("The site's name could not be found.", hint="Check that you are online.", detail=detail)
        seen = seen.__cause__ or seen.__context__
    return NetworkError(detail=detail)
