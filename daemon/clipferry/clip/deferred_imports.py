"""Import the heavy modules (sources, libav, cutter: 0.25 s) while the site and its servers answer."""

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
    """Import everything that a clip needs, ahead of the first one."""
    from .extract import ytdlp_adapter  # noqa: PLC0415 - not where another process asks the sites

    few_arenas()
    ytdlp_adapter.warm_up()
    for name in (*_FIRST, *_THEN):
        importlib.import_module(name)


class Loading:
    """Thread that imports what is needed once the video is resolved: ``source`` while the site answers, the rest while its servers do.

    A context manager; leaving it waits for ``source``, which is needed next. The import lock makes users of the rest wait.
    """

    def __init__(self, network: Network, *, at_once: bool = False) -> None:
        """``at_once``: import all without a pause, since this process has nothing else to do."""
        self._network = network
        self._reader = threading.Event()
        self._known = threading.Event()
        if at_once:
            self._known.set()
        self._thread = threading.Thread(target=self._load, name="clip-load")

    def begin(self) -> None:
        """Start the thread. To be called after the request to the site was sent: two importing threads slow each other down."""
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
        """Import, and make a TLS context with all its authorities. Errors are raised where the modules are used."""
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
