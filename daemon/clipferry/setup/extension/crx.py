"""A Chromium extension as a CRX3 file, signed with a key of this installation.

Format: chromium ``components/crx_file/crx3.proto`` and ``crx_creator.cc``: magic, version, a protobuf header with one
RSA proof and the signed data, then the zip. The extension's id is the first half of the SHA-256 of the public key.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

from Cryptodome.Hash import SHA256
from Cryptodome.PublicKey import RSA
from Cryptodome.Signature import pkcs1_15

from ..files import replace_bytes

KEY_BITS = 2048
_SIGNATURE_CONTEXT = b"CRX3 SignedData\x00"
_LENGTH_DELIMITED = 2
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of every file in the zip: the same extension gives the same bytes."""


class NoKey(Exception):
    """The file of the key holds none."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The RSA key that names and signs this installation's copy of the extension."""

    key: RSA.RsaKey

    @classmethod
    def load_or_make(cls, path: Path) -> SigningKey:
        """The key at ``path``, made at first (mode 0600).

        Raises:
            OSError: it cannot be read or written.
            NoKey: what lies there is no RSA key.
        """
        try:
            key = RSA.import_key(path.read_bytes())
        except FileNotFoundError:
            key = RSA.generate(KEY_BITS)
            replace_bytes(path, key.export_key("PEM", pkcs=8), mode=0o600)
        except (ValueError, IndexError, TypeError) as error:
            raise NoKey from error
        if not key.has_private():
            raise NoKey
        return cls(key)

    @property
    def public_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self.key.public_key().export_key("DER")

    @property
    def crx_id(self) -> bytes:
        """16 bytes."""
        return hashlib.sha256(self.public_der).digest()[:16]

    @property
    def extension_id(self) -> str:
        """32 letters, each a hexadecimal digit as ``a`` … ``p``."""
        return "".join(chr(ord("a") + int(digit, 16)) for digit in self.crx_id.hex())


def pack(folder: Path, key: SigningKey, version: str) -> bytes:
    """The unpacked extension ``folder`` as a CRX3 file with ``version`` in its manifest."""
    content = _zip(folder, version)
    signed_data = _field(1, key.crx_id)
    to_sign = SHA256.new(_SIGNATURE_CONTEXT + struct.pack("<I", len(signed_data)) + signed_data)
    to_sign.update(content)
    proof = _field(1, key.public_der) + _field(2, pkcs1_15.new(key.key).sign(to_sign))
    header = _field(2, proof) + _field(10000, signed_data)
    return b"Cr24" + struct.pack("<II", 3, len(header)) + header + content


def _zip(folder: Path, version: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            content = path.read_bytes()
            if path == folder / "manifest.json":
                manifest = json.loads(content)
                manifest["version"] = version
                manifest.pop("key", None)  # names another id than the signature does
                content = json.dumps(manifest).encode()
            archive.writestr(
                zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH), content, zipfile.ZIP_DEFLATED
            )
    return packed.getvalue()


def _field(number: int, value: bytes) -> bytes:
    """A length-delimited protobuf field (protobuf.dev/programming-guides/encoding)."""
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)
