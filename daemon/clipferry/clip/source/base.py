"""Base of the sources: stores, addresses and their renewal, and the opened window."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, RLock
from typing import IO

from ..container.time_zero import earliest
from ..download.download_queue import DownloadQueue
from ..download.remote_file import Address, CancellationScope, RemoteFile
from ..download.sparse_store import SparseStore, free_bytes
from ..errors import Cancelled, DiskFull
from ..http.media_url import Link
from ..http.network import Network
from ..http.range_client import Client
from ..http.retry_policy import RetryPolicy
from ..model import Format, OpenMedia, Window


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What the sources of one video need to fetch and to store bytes; the same for all kinds."""

    network: Network
    store_dir: Path
    """Keeps the bytes of this job across processes, by the identity of the file, not by its URL."""
    duration_s: float | None = None
    """The video's length by the site; helps to request the right amount at first."""
    on_bytes: Callable[[int], None] = lambda _: None
    """Called with how many bytes came from the network, each time some do, from any thread."""
    cancelled: Callable[[], bool] = lambda: False
    """Polled often, from any thread; once true, every call ends within a second with ``Cancelled``."""
    refresh: Callable[[Format], Format] | None = None
    """Returns the format with addresses that work, after 401, 403, 404 or 410."""
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)


class Opened:
    """``OpenMedia``: a file to demux and what is known of it."""

    def __init__(
        self,
        file: IO[bytes],
        demuxer: str,
        origin_s: float,
        *,
        seekable: bool,
        shown: Window | None = None,
        leave: Callable[[], None],
    ) -> None:
        self.file = file
        self.demuxer = demuxer
        self.seekable = seekable
        self.origin_s = origin_s
        self.shown = shown
        self._leave = leave

    def __enter__(self) -> OpenMedia:
        return self

    def __exit__(self, *exc: object) -> None:
        self._leave()


class Source(ABC):
    """Base of all kinds of delivery. Subclasses read an index in ``_index`` and make a file in ``_media``."""

    def __init__(self, format_: Format, context: SourceContext, beside: Source | None) -> None:
        self.format = format_
        self.context = context
        self.beside = beside
        self.companion: Source | None = None
        """The separate audio of this video."""
        if beside is not None:
            beside.companion = self
        self.client = Client(context.network, context.retry_policy, context.cancelled)
        self.fetcher = DownloadQueue(self.client, not_before=format_.available_at)
        self._begun = Lock()
        self._renewing = RLock()
        self._stores: dict[RemoteFile, SparseStore] = {}
        self._prepared = False
        self._link = self._link_of(format_)

    # The contract ----------------------------------------------------------------------------------------------------

    def begin(self) -> None:  # noqa: B027 (where nothing can be requested early, nothing is)
        """Request the index without waiting for it, so that two tracks' indexes come at the same time."""

    def prepare(self) -> None:
        with self._begun:
            if not self._prepared:
                self.begin()
                self._index()
                self._prepared = True

    @abstractmethod
    def duration_s(self) -> float | None: ...

    def nominal_s(self) -> float | None:
        return self.duration_s()

    def separate_audio(self) -> Format | None:
        return None

    @abstractmethod
    def estimate_bytes(self, window: Window) -> int: ...

    def open(self, window: Window) -> OpenMedia:
        if self.context.cancelled():
            raise Cancelled
        self.prepare()
        if self.estimate_bytes(window) > free_bytes(self.context.store_dir):
            raise DiskFull
        scope = CancellationScope()
        try:
            return self._media(window, scope)
        except BaseException:
            self.fetcher.forget(scope)
            raise

    def zero_s(self) -> float:
        """Presentation time 0 on the container's own timeline."""
        return 0.0

    def late_s(self) -> float:
        """Return how late the format's own timeline begins; 0: at most with a delay."""
        return 0.0

    def early_s(self) -> float:
        """Return how much earlier the presentation begins than this format, which begins late: by its separate audio."""
        late_s = self.late_s() if self.companion is not None else 0.0
        if self.companion is None or not late_s:
            return 0.0
        return late_s - (earliest(late_s, self.companion.late_s()) or 0.0)

    def close(self) -> None:
        self.fetcher.close()
        for store in list(self._stores.values()):
            store.close()

    # For subclasses --------------------------------------------------------------------------------------------------

    @abstractmethod
    def _index(self) -> None: ...

    @abstractmethod
    def _media(self, window: Window, scope: CancellationScope) -> OpenMedia: ...

    def opened(
        self,
        file: IO[bytes],
        demuxer: str,
        origin_s: float,
        scope: CancellationScope,
        *,
        seekable: bool,
        shown: Window | None = None,
    ) -> Opened:
        def leave() -> None:
            self.fetcher.forget(scope)

        return Opened(file, demuxer, origin_s, seekable=seekable, shown=shown, leave=leave)

    def resource(self, name: str, address: Address) -> RemoteFile:
        """Return a remote file kept under ``name`` in the store folder."""
        key = hashlib.sha256(f"{self.format.id}\0{name}\0".encode()).hexdigest()[:24]
        store = SparseStore(self.context.store_dir / key)
        made = RemoteFile(address, store, self.client, self.fetcher.schedule, self._count)
        self._stores[made] = store
        return made

    def forget(self, resource: RemoteFile) -> None:
        """Close a file that is no longer read; its bytes are kept."""
        resource.release()
        self._stores.pop(resource, None)

    def _count(self, count: int) -> None:
        self.fetcher.moved(count)
        self.context.on_bytes(count)

    # Addresses -------------------------------------------------------------------------------------------------------

    def _link_of(self, format_: Format) -> Link:
        return Link(format_.url, headers_of(format_.http_headers), format_.cookies)

    def link(self) -> Link:
        return self._link

    def renew(self, stale: Link) -> bool:
        """Request the format again, once for all threads that found ``stale`` expired."""
        if self.context.refresh is None:
            return False
        with self._renewing:
            if self._link is stale:
                self.client.check()
                self.format = self.context.refresh(self.format)
                self._link = self._link_of(self.format)
                self._renewed()
        return True

    def _renewed(self) -> None:  # noqa: B027 (most keep nothing of the old ones)
        """Apply the new addresses of the format."""

    def own_address(self) -> Address:
        return Address(self.link, self.renew)


def headers_of(headers: Mapping[str, str]) -> dict[str, str]:
    return {str(name): str(value) for name, value in headers.items()}
