"""What comes with a clip beside pictures and sound: subtitles and the video's picture, fetched while the rest is, and tags."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .covers import MAX_COVER_BYTES, usable_cover
from .errors import Cancelled, ClipError
from .facts import facts
from .folder_errors import os_errors
from .model import OutputKind, Subtitle, Video
from .network import Network
from .plan import Plan, chapters_within

if TYPE_CHECKING:
    from .subtitles import TextTrack

log = logging.getLogger(__name__)

T = TypeVar("T")

_COVER_WAIT_S = 2.0
_ASK_S = 0.1
_COVERED = (OutputKind.MP4, OutputKind.MKV)
"""Beside sound alone. WebM allows no attachments (webmproject.org/docs/container, "Attachments: unsupported")."""
_TAGGED_LATER = (OutputKind.MP3, OutputKind.FLAC)
"""Everything else gets its tags while it is written."""
_COVERED_AT_ONCE = (OutputKind.MKV,)
_MOST_BYTES_TO_MOVE = 256 * 1024 * 1024
"""A cover goes in front of the pictures, so that they have to be moved: not worth it for a large file."""


class Extras:
    """Fetches as soon as it is made. Nobody has to wait for what does not come: not the clip, and not the end of the process."""

    def __init__(self, plan: Plan, video: Video, network: Network, cancelled: Callable[[], bool]) -> None:
        self._plan = plan
        self._video = video
        self._cancelled = cancelled
        self._kind = plan.output.kind
        tracks = () if self._kind.audio_only or self._kind.animation else plan.subtitles
        url = video.thumbnail_url if self._kind.audio_only or self._kind in _COVERED else None
        self._cover = None if url is None else _beside(lambda: _fetch_cover(url, network, self._kind))
        self._texts = [_beside(partial(_fetch_text, track, network)) for track in tracks]

    def cover(self) -> bytes | None:
        """The video's picture, if it comes soon; without it the clip has none."""
        try:
            return self._cover.result(_COVER_WAIT_S) if self._cover is not None else None
        except TimeoutError:
            return None

    def texts(self) -> list[TextTrack]:
        """The subtitles that were asked for, on the video's clock; one that cannot be had is left out.

        Raises:
            Cancelled
        """
        found = []
        for future in self._texts:
            while True:
                if self._cancelled():
                    raise Cancelled
                try:
                    track = future.result(_ASK_S)
                except TimeoutError:
                    continue
                break
            if track is not None:
                found.append(track)
        return found

    def facts(self) -> dict[str, str]:
        """Tags, by libav's names."""
        return facts(self._video, None if self._plan.whole else self._plan.start_s)

    def label(self, target: Path) -> None:
        """Write into the finished file what did not go in while it was written. The proof comes after this."""
        image = self.cover() if self._kind not in _COVERED_AT_ONCE else None
        later = self._kind in _TAGGED_LATER
        with os_errors(target.parent):
            if later or (image is not None and target.stat().st_size < _MOST_BYTES_TO_MOVE):
                from .tags import write_tags  # noqa: PLC0415

                end_s = self._plan.end_s if self._plan.end_s is not None else self._video.duration_s
                chapters = (
                    chapters_within(self._video.chapters, self._plan.start_s, end_s)
                    if later and end_s is not None
                    else ()
                )
                write_tags(target, self._kind, self.facts(), image, chapters)


def _beside(work: Callable[[], T]) -> Future[T]:
    """``work`` in a thread that the process does not wait for when it ends, as it would for an executor's."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
            future.set_exception(error)

    threading.Thread(target=run, name="clip-extras", daemon=True).start()
    return future


def _fetch_cover(url: str, network: Network, kind: OutputKind) -> bytes | None:
    from .source import fetch_small  # noqa: PLC0415
    from .tags import writer  # noqa: PLC0415

    try:
        cover = usable_cover(fetch_small(url, network=network, max_bytes=MAX_COVER_BYTES))
    except ClipError as exc:
        log.info("cover: %s %s", exc.code, exc.detail)
        return None
    writer(kind)  # loaded now, while others work
    return cover


def _fetch_text(track: Subtitle, network: Network) -> TextTrack | None:
    from .source import fetch_small  # noqa: PLC0415
    from .subtitles import TextTrack, read_cues  # noqa: PLC0415

    try:
        cues = read_cues(fetch_small(track.url, network=network), track.extension)
    except ClipError as exc:
        log.warning("subtitles in %s: %s %s", track.language, exc.code, exc.detail)
        return None
    return TextTrack(track.language, tuple(cues))
