"""Trims ``optional_modules``, ``lazy_ciphers`` and ``lazy_impersonation``: skip or defer what yt-dlp imports and a clip does not need.

``optional_modules``: ``yt_dlp.dependencies`` imports them in ``try … except ImportError``. ``mutagen`` writes tags, which
``output.tags`` does; ``sqlite3`` reads the cookies of browsers, which is not used; the others, imported by requests, guess a
response's character set, which yt-dlp does itself.

``lazy_impersonation``: ``curl_cffi``, which ``impersonation`` loads where a site needs it.

``lazy_ciphers``: ``yt_dlp.dependencies.Cryptodome`` imports them for a handful of sites. They are loaded at their first use.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

from . import trims

OPTIONAL = frozenset({"mutagen", "sqlite3", "charset_normalizer", "chardet"})
LAZY = frozenset(
    {
        "Cryptodome.Cipher.AES", "Cryptodome.Cipher.Blowfish", "Cryptodome.Cipher.PKCS1_OAEP", "Cryptodome.Cipher.PKCS1_v1_5",
        "Cryptodome.Hash.CMAC", "Cryptodome.Hash.SHA1", "Cryptodome.PublicKey.RSA",
    }
)  # fmt: skip


@contextlib.contextmanager
def trimmed() -> Iterator[None]:
    """Apply these trims to the imports of this thread inside the body."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Unable to find acceptable character detection")  # by requests
            yield
    finally:
        sys.meta_path.remove(finder)


def unload() -> None:
    """Remove yt-dlp and our subclass from ``sys.modules``, and what it changed in urllib3, so that the next import starts again."""
    sys.modules.pop(f"{__package__}.guarded", None)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "yt_dlp":
            del sys.modules[name]
        elif name in LAZY and type(module).__name__ == "_LazyModule":  # not loaded yet
            del sys.modules[name]
            package, _, child = name.rpartition(".")
            vars(sys.modules[package]).pop(child, None)
    address = sys.modules.get("urllib3.util.url")
    # yt_dlp.networking._requests wraps urllib3's pattern for percent-encoding, and its wrapper does not work on another wrapper.
    pattern = getattr(address, "_PERCENT_RE", None)
    if type(pattern).__module__.startswith("yt_dlp"):
        address._PERCENT_RE = pattern.re  # type: ignore[union-attr]  # a pattern was found, so it is a module


class _Finder:
    """Finder for ``sys.meta_path``."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._skipped = OPTIONAL if trims.enabled("optional_modules") else frozenset()
        if trims.enabled("lazy_impersonation"):
            self._skipped |= {"curl_cffi"}
        self._lazy = LAZY if trims.enabled("lazy_ciphers") else frozenset()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if threading.get_ident() != self._thread:
            return None
        if fullname in self._skipped:
            raise ModuleNotFoundError(f"{fullname} is skipped", name=fullname)
        if fullname not in self._lazy:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec
