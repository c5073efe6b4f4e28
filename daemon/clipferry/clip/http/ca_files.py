"""Load the file of further certificate authorities (``SSL_CERT_FILE``, the settings), or raise an error with a sentence."""

from __future__ import annotations

import ssl
from pathlib import Path

from ..errors import TlsError


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
        raise TlsError("no_certificates", detail=str(error)) from error
    except FileNotFoundError as error:
        raise TlsError("no_certificate_file", detail=path) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        is_folder = "\0" not in path and Path(path).is_dir()
        raise TlsError("certificate_folder" if is_folder else "certificate_unreadable", detail=str(error)) from error
