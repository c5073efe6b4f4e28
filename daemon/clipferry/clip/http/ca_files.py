"""Load the file of further certificate authorities (``SSL_CERT_FILE``, the settings), or raise an error with a sentence."""

from __future__ import annotations

import ssl
from pathlib import Path

from ..errors import TlsError

_HINT = "SSL_CERT_FILE, or the certificate file in the settings, has to name a PEM file of certificates."


def check_ca_file(path: str) -> None:
    """Check that ``path`` holds certificates.

    Raises:
        TlsError: it cannot be read, or holds none.
    """
    load_ca_file(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), path)


def load_ca_file(context: ssl.SSLContext, path: str) -> None:
    """Make ``context`` trust the authorities in ``path`` as well.

    Raises:
        TlsError: it cannot be read, or holds no certificates.
    """
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise TlsError("There are no certificates in the certificate file.", hint=_HINT, detail=str(error)) from error
    except FileNotFoundError as error:
        raise TlsError("There is no certificate file at that place.", hint=_HINT, detail=path) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        what = "is a folder" if "\0" not in path and Path(path).is_dir() else "cannot be read"
        raise TlsError(f"The certificate file {what}.", hint=_HINT, detail=str(error)) from error
