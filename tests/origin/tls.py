"""One certificate authority and one certificate for every host name that the local internet plays."""

from __future__ import annotations

import base64
import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from . import hosts

NAMES = (
    *("youtube.com", "*.youtube.com", "youtu.be", "www.youtube-nocookie.com", "youtubei.googleapis.com"),
    *("*.googlevideo.com", "i.ytimg.com", "*.ytimg.com", "*.ggpht.com"),
    *("instagram.com", "*.instagram.com", "*.cdninstagram.com", "*.fbcdn.net"),
    *("localhost", "127.0.0.1"),
    *("video.example", "*.video.example", "hostile.example", "*.hostile.example", "packages.test"),
)


@dataclass(frozen=True)
class Identity:
    ca_file: Path
    leaf_spki: str
    """SHA-256 of the certificate's public key, base 64: what Chromium's ``--ignore-certificate-errors-spki-list`` takes."""


def create(folder: Path) -> tuple[Identity, ssl.SSLContext]:
    """Make the authority and the certificate; write the authority's certificate to ``folder/ca.pem``."""
    authority = trustme.CA()
    leaf = authority.issue_cert(*NAMES)
    context, newer = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    leaf.configure_cert(newer)
    context.set_alpn_protocols(["http/1.1"])
    newer.set_alpn_protocols(["h2", "http/1.1"])

    def choose(handshake: ssl.SSLObject | ssl.SSLSocket, host: str | None, _: ssl.SSLContext) -> None:
        if host and hosts.speaks_http2(host):
            handshake.context = newer

    context.sni_callback = choose
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    certificate = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Identity(ca_file, base64.b64encode(hashlib.sha256(public).digest()).decode()), context
