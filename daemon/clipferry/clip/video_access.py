"""The way to one video: resolved once, opened for reading, and asked for again when its addresses expire."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .errors import Cancelled
from .extract import resolve
from .format_selection import ClipPlan
from .http.network import Network
from .model import ClipRequest, Format, MediaSource, Video
from .recording import Recording


@dataclass(slots=True)
class VideoAccess:
    """Holds what the site said last; safe to use from the threads that read."""

    request: ClipRequest
    network: Network
    cache: resolve.ResolveCache | None
    cancelled: Callable[[], bool]
    extract: resolve.Extract | None = None
    """Asks the site the first time, where that is not done in this process."""
    _newest: Video | None = None
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def known(self) -> bool:
        """Whether the site need not be asked."""
        return (
            self.cache is not None
            and self.request.cookie_file is None
            and self.cache.get(self.request.url, self.request.item) is not None
        )

    def resolve(self, meanwhile: Callable[[], None]) -> Video:
        """What can be had; ``meanwhile`` and errors: see ``resolve.resolve``."""
        self._newest = resolve.resolve(
            self.request.url,
            item=self.request.item,
            network=self.network,
            cache=self.cache,
            cookie_file=self.request.cookie_file,
            meanwhile=meanwhile,
            extract=self.extract,
        )
        return self._newest

    def resume(self, video: Video) -> Video:
        """Go on with what the site said earlier; it is asked again when an address does not work any more."""
        self._newest = video
        return video

    def fresh(self, stale: Format) -> Format:
        """``stale`` with an address that works; picture and sound that expire together ask the site once.

        Raises:
            SiteError: it is offered no more. Cancelled. And what ``resolve.resolve`` raises.
        """
        with self._asking:
            assert self._newest is not None
            for entry in self._newest.formats:
                if (entry.id, entry.delivery) == (stale.id, stale.delivery) and entry.url != stale.url:
                    return entry
            if self.cancelled():
                raise Cancelled
            self._newest = resolve.again(
                self._newest,
                self.request.url,
                item=self.request.item,
                network=self.network,
                cache=self.cache,
                cookie_file=self.request.cookie_file,
            )
            return resolve.same_format(self._newest, stale)

    @contextmanager
    def sources(
        self,
        plan: ClipPlan,
        video: Video,
        store_dir: Path,
        on_bytes: Callable[[int], None],
        recording: Recording | None = None,
    ) -> Iterator[tuple[MediaSource | None, MediaSource | None]]:
        """Picture and sound, their indexes read at the same time.

        Args:
            store_dir: keeps what was fetched.
            on_bytes: told of every byte from the network, from any thread.
            recording: of a broadcast that is running: what it is read for.
        """
        from .source import open_source  # noqa: PLC0415 - the reader is loaded while the site answers

        with ExitStack() as stack:

            def opened(entry: Format | None, beside: MediaSource | None) -> MediaSource | None:
                if entry is None:
                    return None
                source = open_source(
                    entry,
                    network=self.network,
                    store_dir=store_dir,
                    duration_s=video.duration_s,
                    on_bytes=on_bytes,
                    cancelled=self.cancelled,
                    refresh=self.fresh,
                    beside=beside,
                    recording=recording,
                )
                stack.callback(source.close)
                return source

            picture = opened(plan.video, None)
            sound = opened(plan.audio, picture)
            with ThreadPoolExecutor(2, "clip-index") as pool:
                for waiting in [pool.submit(source.prepare) for source in (picture, sound) if source is not None]:
                    waiting.result()
            if sound is None and picture is not None:
                sound = opened(picture.sound_apart(), picture)
            yield picture, sound
