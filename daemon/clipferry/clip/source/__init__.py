"""Read one format of a video by time: only the bytes that a clip needs, by parallel range requests, resumed after failures.

``open_source`` is the entry point. Its result implements ``clip.model.MediaSource``; every failure is a ``ClipError``.
"""

from __future__ import annotations

from ..model import Delivery, Format, MediaSource
from ..recording import Recording
from .base import Source, SourceContext
from .single_file import FileSource

__all__ = ["SourceContext", "open_source"]


def open_source(
    format: Format,  # noqa: A002 (the field's term)
    context: SourceContext,
    *,
    beside: MediaSource | None = None,
    recording: Recording | None = None,
) -> MediaSource:
    """Return a source for ``format``. Fetches nothing yet.

    Args:
        beside: the video that this audio belongs to: both keep one timeline.
        recording: limits of a playlist that still grows, and the means to stop it; ``None``: it is read to its end.

    Raises:
        NetworkError, DiskFull, …: see ``clip.errors``; here only for a store folder that cannot be used.
    """
    video = beside if isinstance(beside, Source) else None
    if format.delivery is Delivery.FILE:
        return FileSource(format, context, video)
    # A third of the reader is for what comes in pieces, which most clips do not.
    if format.delivery is Delivery.FRAGMENTS:
        from .segmented.dash import FragmentsSource  # noqa: PLC0415

        return FragmentsSource(format, context, video)
    if recording is None:
        from .segmented.hls import HlsSource  # noqa: PLC0415

        return HlsSource(format, context, video)
    from .segmented.live import LiveSource  # noqa: PLC0415

    return LiveSource(format, context, video, recording)
