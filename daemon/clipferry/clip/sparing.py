"""What yt-dlp imports and a clip does not need: left out, or put off until it is used. That is a third of its own import."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

_LEFT_OUT = frozenset({"mutagen"})
"""yt-dlp can do without: it is for labelling, which we do ourselves. Not ``websockets``, in which some sites tell of their
broadcasts."""
_PUT_OFF = frozenset(
    {
        "Cryptodome.Cipher.AES", "Cryptodome.Cipher.Blowfish", "Cryptodome.Cipher.PKCS1_OAEP", "Cryptodome.Cipher.PKCS1_v1_5",
        "Cryptodome.Hash.CMAC", "Cryptodome.Hash.SHA1", "Cryptodome.PublicKey.RSA",
    }
)  # fmt: skip
"""A handful of sites need them."""


@contextlib.contextmanager
def sparing() -> Iterator[None]:
    """Import yt-dlp inside of this. Imports of other threads are as ever."""
    finder = _Sparing()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Sparing:
    """A finder on the meta path."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if threading.get_ident() != self._thread:
            return None
        if fullname in _LEFT_OUT:
            raise ModuleNotFoundError(f"{fullname} is left out", name=fullname)
        if fullname not in _PUT_OFF:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec
