"""Access one video: resolve it once, open its formats for reading, resolve it again when addresses expire."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from .extract import resolve
from .extract.fallback import client_of
from .extract.resolve import Query
from .format_selection import ClipPlan
from .http.network import Network
from .model import ClipRequest, Format, MediaSource, Video
from .run_context import RunContext


@dataclass(slots=True)
class VideoAccess:
    """Holds the video as resolved last; thread-safe."""

    request: ClipRequest
    network: Network
    run: RunContext
    resolving: resolve.Resolving
    _newest: Video | None = None
    _unproven: bool = False
    """The addresses of ``_newest`` are from a query of this run, and no byte had come by them when ``_had_bytes`` was noted."""
    _had_bytes: int = 0
    _resolving: threading.Lock = field(default_factory=threading.Lock)

    def known(self) -> bool:
        """Return whether the video is in the cache, so that the site need not be queried."""
        return self.resolving.known(self._query()) is not None

    def resolve(self, before_request: Callable[[], None]) -> Video:
        """Resolve the video; ``before_request``: see ``Query``, errors: see ``resolve.resolve``."""
        query = replace(self._query(), before_request=before_request)
        self._unproven = self.resolving.known(query) is None
        self._newest = resolve.resolve(query, self.resolving)
        return self._newest

    def _query(self) -> Query:
        request = self.request
        return Query(request.url, self.network, request.item, request.cookie_file, on_step=self.run.meter.step)

    def changed(self, plan: ClipPlan) -> Video | None:
        """Return the video as the site offers it now, if a format of ``plan`` is gone; ``None``: they are all there."""
        if self._newest is None:
            return None
        offered = {(one.id, one.delivery) for one in self._newest.formats}
        wanted = {(one.id, one.delivery) for one in (plan.video, plan.audio) if one is not None}
        return None if wanted <= offered else self._newest

    def resume(self, video: Video) -> Video:
        """Use a video that was resolved earlier; it is resolved again when an address has expired."""
        self._newest = video
        return video

    def fresh(self, stale: Format) -> Format:
        """Return ``stale`` with a valid address. Two tracks that expire together query the site once. Where the addresses of a player
        client of YouTube never worked, that client is left out.

        Raises:
            SiteError: the site no longer offers it. Cancelled. All that ``resolve.resolve`` raises.
        """
        with self._resolving:
            assert self._newest is not None
            for entry in self._newest.formats:
                if (entry.id, entry.delivery) == (stale.id, stale.delivery) and entry.url != stale.url:
                    return entry
            self.run.check()
            refused = self._unproven and self.run.meter.done_bytes == self._had_bytes
            query = replace(self._query(), avoid=client_of(stale.url) if refused else None)
            self._had_bytes, self._unproven = self.run.meter.done_bytes, True
            self._newest = resolve.again(self._newest, query, self.resolving.cache)
            return resolve.same_format(self._newest, stale)

    @contextmanager
    def sources(
        self, plan: ClipPlan, video: Video, store_dir: Path
    ) -> Iterator[tuple[MediaSource | None, MediaSource | None]]:
        """Open the sources of video and audio, their indexes read at the same time.

        Args:
            store_dir: where fetched bytes are kept.
        """
        from .source import SourceContext, open_source  # noqa: PLC0415 - loaded while the site answers

        run = self.run
        context = SourceContext(
            self.network, store_dir, video.duration_s, run.meter.bytes, run.cancelled, refresh=self.fresh
        )
        recording = run.recording if run.recording.running else None
        with ExitStack() as stack:

            def opened(entry: Format | None, beside: MediaSource | None) -> MediaSource | None:
                if entry is None:
                    return None
                source = open_source(entry, context, beside=beside, recording=recording)
                stack.callback(source.close)
                return source

            video_source = opened(plan.video, None)
            audio_source = opened(plan.audio, video_source)
            with ThreadPoolExecutor(2, "clip-index") as pool:
                for prepared in [
                    pool.submit(source.prepare) for source in (video_source, audio_source) if source is not None
                ]:
                    prepared.result()
            if audio_source is None and video_source is not None:
                audio_source = opened(video_source.separate_audio(), video_source)
            yield video_source, audio_source
