"""When the heavy parts are imported: the reader, libav and the cutter take a quarter of a second, in which the site can answer."""

from __future__ import annotations

import contextlib
import importlib
import threading
from types import TracebackType

from .errors import ClipError
from .http.network import Network
from .memory import few_arenas

_FIRST = ("clipferry.clip.source", "av")
_THEN = ("clipferry.clip.cut", "clipferry.clip.verify")


def warm_up() -> None:
    """Import everything that a clip needs, so that the first one does not wait for it."""
    from .extract import ytdlp_adapter  # noqa: PLC0415 - not where another process asks the sites

    few_arenas()
    ytdlp_adapter.warm_up()
    for name in (*_FIRST, *_THEN):
        importlib.import_module(name)


class Loading:
    """What is needed once the video is known, loaded in a thread of its own: some while the site answers, the rest while its
    servers do. A context manager; leaving it waits for the reader, which is needed next. Whoever needs the rest imports it, and
    waits for the thread by that."""

    def __init__(self, network: Network, *, at_once: bool = False) -> None:
        """``at_once``: this process does nothing else meanwhile, so that nothing has to wait for anything."""
        self._network = network
        self._reader = threading.Event()
        self._known = threading.Event()
        if at_once:
            self._known.set()
        self._thread = threading.Thread(target=self._load, name="clip-load")

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
        self._known.set()
        self._reader.wait()

    def _load(self) -> None:
        """Also a TLS context with all its authorities. What fails here is said where it is needed."""
        try:
            with contextlib.suppress(ImportError, ClipError):
                importlib.import_module(_FIRST[0])
                from .http.pools import pool_for  # noqa: PLC0415 - urllib3 is among what is heavy

                pool_for(self._network, "https://www.youtube.com/")
        finally:
            self._reader.set()
        with contextlib.suppress(ImportError):
            importlib.import_module(_FIRST[1])
            self._known.wait()
            for name in _THEN:
                importlib.import_module(name)
