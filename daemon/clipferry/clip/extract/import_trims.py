"""What yt-dlp imports and a clip does not need: left out, or put off until it is used. That is half of its own import."""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType

_BROADCASTS = "yt_dlp.networking._websockets"
_LEFT_OUT = frozenset({"mutagen", "sqlite3", "charset_normalizer", "chardet", _BROADCASTS})
"""Can be done without: ``mutagen`` is for labelling, which we do ourselves, ``sqlite3`` for browsers' cookies, the next two guess an
answer's character set, which yt-dlp does itself; the last is for some sites that tell of their broadcasts in web sockets, see
``broadcasts``."""
_PUT_OFF = frozenset(
    {
        "Cryptodome.Cipher.AES", "Cryptodome.Cipher.Blowfish", "Cryptodome.Cipher.PKCS1_OAEP", "Cryptodome.Cipher.PKCS1_v1_5",
        "Cryptodome.Hash.CMAC", "Cryptodome.Hash.SHA1", "Cryptodome.PublicKey.RSA", "asyncio", "websockets", "yt_dlp.webvtt",
    }
)  # fmt: skip
"""A handful of sites need them; ``asyncio`` and ``webvtt`` are for downloaders, and we use none."""


@contextlib.contextmanager
def sparing() -> Iterator[None]:
    """Import yt-dlp inside of this. Imports of other threads are as ever."""
    finder = _Sparing()
    sys.meta_path.insert(0, finder)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Unable to find acceptable character detection")  # by requests
            yield
    finally:
        sys.meta_path.remove(finder)


def broadcasts() -> None:
    """Let yt-dlp talk in web sockets, from its next connection on; nothing happens where it cannot."""
    with contextlib.suppress(ImportError):
        importlib.import_module(_BROADCASTS)


def only(package: str, part: str) -> ModuleType:
    """Import ``part`` of ``package`` without running the package's own code, which would import all of its parts. That happens
    when something is asked of the package that it has not got yet.

    Raises:
        ImportError: there is no such part.
    """
    if package not in sys.modules:
        spec = find_spec(package)
        if spec is None:
            raise ModuleNotFoundError(name=package)
        unread = module_from_spec(spec)
        unread.__class__ = _Unread
        sys.modules[package] = unread
    return importlib.import_module(f"{package}.{part}")


class _Unread(ModuleType):
    """A package whose own code has still to run."""

    def __getattr__(self, name: str) -> object:
        self.__class__ = ModuleType  # type: ignore[assignment]  # what it is from now on
        if self.__spec__ is not None and self.__spec__.loader is not None:
            self.__spec__.loader.exec_module(self)
        return getattr(self, name)


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
