"""When the heavy parts are imported: libav, the reader and the cutter take a quarter of a second, in which the site can answer."""

from __future__ import annotations

import contextlib
import importlib
import threading
from types import TracebackType

from . import resolve
from .errors import ClipError
from .memory import few_arenas
from .network import Network

_HEAVY = ("av", "clipferry.clip.source", "clipferry.clip.cut", "clipferry.clip.proof")


def warm_up() -> None:
    """Import everything that a clip needs, so that the first one does not wait for it."""
    few_arenas()
    resolve.warm_up()
    _load(None)


class Loading:
    """What is needed once the video is known, loaded in a thread of its own. A context manager; leaving it waits for the thread."""

    def __init__(self, network: Network) -> None:
        self._thread = threading.Thread(target=_load, args=(network,), name="clip-load")

    def begin(self) -> None:
        """Now nothing else has to be done. Not before the site was asked: two threads that import hinder each other."""
        if self._thread.ident is None:
            self._thread.start()

    def __enter__(self) -> Loading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.begin()
        self._thread.join()


def _load(network: Network | None) -> None:
    """Also a TLS context with all its authorities."""
    for name in _HEAVY:
        importlib.import_module(name)
    if network is not None:
        from .pools import pool_for  # noqa: PLC0415

        with contextlib.suppress(ClipError):  # said when it is needed
            pool_for(network, "https://www.youtube.com/")
