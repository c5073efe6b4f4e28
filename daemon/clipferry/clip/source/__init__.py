"""Read one format of a video by time: only the bytes that a clip needs, by parallel range requests, resumed after failures.

``open_source`` is the entry point. Its result implements ``clip.model.MediaSource``; every failure is a ``ClipError``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..download.sparse_store import disk_error
from ..http.network import Network
from ..http.retry_policy import RetryPolicy
from ..http.small_files import fetch_small
from ..model import Delivery, Format, MediaSource
from ..recording import Recording
from .base import Source, SourceContext
from .single_file import FileSource

__all__ = ["RetryPolicy", "download_whole", "fetch_small", "open_source"]


def open_source(
    format: Format,  # noqa: A002 (the field's term)
    *,
    network: Network,
    store_dir: Path,
    duration_s: float | None = None,
    on_bytes: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    refresh: Callable[[Format], Format] | None = None,
    beside: MediaSource | None = None,
    retry_policy: RetryPolicy | None = None,
    recording: Recording | None = None,
) -> MediaSource:
    """Return a source for ``format``. Fetches nothing yet.

    Args:
        store_dir: keeps the bytes of this job across processes, by the identity of the file, not by its URL.
        duration_s: the video's length by the site; helps to request the right amount at first.
        on_bytes: told how many bytes came from the network, each time some do, from any thread.
        cancelled: polled often, from any thread; once true, every call ends within a second with ``Cancelled``.
        refresh: gives the format again with addresses that work, after 401, 403, 404 or 410.
        beside: the video that this audio belongs to: both keep one timeline.
        recording: what a playlist that still grows is followed for, and what ends it; ``None``: it is read to its end.

    Raises:
        NetworkError, DiskFull, …: see ``clip.errors``; here only for a store folder that cannot be used.
    """
    terms = SourceContext(
        network=network,
        store_dir=store_dir,
        duration_s=duration_s,
        on_bytes=on_bytes or (lambda _: None),
        cancelled=cancelled,
        refresh=refresh,
        retry_policy=retry_policy or RetryPolicy(),
    )
    video = beside if isinstance(beside, Source) else None
    if format.delivery is Delivery.FILE:
        return FileSource(format, terms, video)
    # A third of the reader is for what comes in pieces, which most clips do not.
    if format.delivery is Delivery.FRAGMENTS:
        from .segmented.dash import FragmentsSource  # noqa: PLC0415

        return FragmentsSource(format, terms, video)
    if recording is None:
        from .segmented.hls import HlsSource  # noqa: PLC0415

        return HlsSource(format, terms, video)
    from .segmented.live import LiveSource  # noqa: PLC0415

    return LiveSource(format, terms, video, recording)


def download_whole(source: MediaSource, target: Path) -> None:
    """All bytes of the format as the site keeps them, into ``target``, over the same ranges and connections; memory stays flat.

    Raises:
        ClipError: as reading; ``DiskFull`` and ``FolderNotWritable`` for ``target`` too.
    """
    assert isinstance(source, Source)
    with source.raw() as media:
        try:
            with target.open("wb") as file:
                while data := media.file.read(1 << 20):
                    file.write(data)
        except OSError as error:
            raise disk_error(error) from error
