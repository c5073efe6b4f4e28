"""Extras of a clip: subtitles and the cover, fetched at the same time, and tags."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..disk.folder_errors import os_errors
from ..errors import Cancelled, ClipError
from ..format_selection import ClipPlan, chapters_within
from ..http.network import Network
from ..model import Live, OutputKind, Subtitle, Video
from .cover import MAX_COVER_BYTES, usable_cover
from .file_metadata import facts

if TYPE_CHECKING:
    from ..subtitles.cues import Cue, TextTrack

log = logging.getLogger(__name__)

T = TypeVar("T")

_COVER_WAIT_S = 2.0
_COVER_BUDGET_S = 60.0
_TEXT_WAIT_S = 20.0
"""For all subtitles, from when the sources are open: a clip does not wait longer for words."""
_ASK_S = 0.1
_COVERED = (OutputKind.MP4, OutputKind.MKV)
"""Beside audio only. WebM allows no attachments (webmproject.org/docs/container, "Attachments: unsupported")."""
_TAGGED_LATER = (OutputKind.MP3, OutputKind.FLAC)
"""Everything else gets its tags while it is written."""
_COVERED_AT_ONCE = (OutputKind.MKV,)
_MOST_BYTES_TO_MOVE = 256 * 1024 * 1024
"""A cover goes in front of the frames, so that they have to be moved: not worth it for a large file."""


class Extras:
    """Fetches as soon as it is made. Nobody has to wait for what does not come: not the clip, and not the end of the process."""

    def __init__(
        self,
        plan: ClipPlan,
        video: Video,
        network: Network,
        cancelled: Callable[[], bool],
        zero_s: Callable[[], float | None] = lambda: None,
    ) -> None:
        """``zero_s``: where presentation time 0 lies on the clock of the video's HLS segments, if it has such."""
        self._plan = plan
        self._video = video
        self._cancelled = cancelled
        self._kind = plan.output.kind
        self._until = time.monotonic() + _TEXT_WAIT_S
        self._failed: dict[str, str] = {}
        none = self._kind.audio_only or self._kind.animation or video.live is Live.NOW
        tracks = () if none else plan.subtitles
        url = video.thumbnail_url if self._kind.audio_only or self._kind in _COVERED else None
        self._cover = None if url is None else _beside(lambda: _fetch_cover(url, network, self._kind))
        reading = _TextReader(network, plan, zero_s, lambda: cancelled() or time.monotonic() > self._until)
        self._texts = [(track, _beside(partial(reading.read, track))) for track in tracks]

    def cover(self) -> bytes | None:
        """Return the cover, if it arrives soon; otherwise the clip has none."""
        try:
            return self._cover.result(_COVER_WAIT_S) if self._cover is not None else None
        except TimeoutError:
            return None
        except Exception:  # it is an extra: whatever is wrong with it, the clip continues
            log.exception("cover")
            return None

    def texts(self) -> list[TextTrack]:
        """Return the subtitles that were requested, on the video's clock; what cannot be had in time is left out, and is listed in ``problems``.

        Raises:
            Cancelled
        """
        found = []
        for track, future in self._texts:
            text = self._text(track, future)
            if text is not None:
                found.append(text)
        return found

    def _text(self, track: Subtitle, future: Future[TextTrack]) -> TextTrack | None:
        while True:
            if self._cancelled():
                raise Cancelled
            try:
                return future.result(_ASK_S)
            except TimeoutError:
                if future.done() or time.monotonic() > self._until:
                    self._failed[track.language] = "they did not come in time."
                    return None
            except Exception as exc:
                if self._cancelled():
                    raise Cancelled from None
                if not isinstance(exc, ClipError):
                    log.exception("subtitles in %s", track.language)
                late = isinstance(exc, Cancelled)
                why = "they did not come in time." if late else getattr(exc, "sentence", "they cannot be read.")
                self._failed[track.language] = why
                log.warning("subtitles in %s: %s %s", track.language, why, getattr(exc, "detail", ""))
                return None

    def problems(self) -> list[str]:
        """Return a sentence for each language that was requested and could not be had."""
        return [f"The subtitles in “{language}” are missing: {why}" for language, why in self._failed.items()]

    def facts(self) -> dict[str, str]:
        """Tags, by libav's names."""
        return facts(self._video, None if self._plan.whole else self._plan.start_s)

    def label(self, target: Path) -> None:
        """Write into the finished file what did not go in while it was written. Verification comes after this."""
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
        except BaseException as error:  # noqa: BLE001 - raised again where the result is taken
            future.set_exception(error)

    threading.Thread(target=run, name="clip-extras", daemon=True).start()
    return future


def _fetch_cover(url: str, network: Network, kind: OutputKind) -> bytes | None:
    from ..http.media_url import Link  # noqa: PLC0415
    from ..http.small_files import fetch_small  # noqa: PLC0415
    from .tags import writer  # noqa: PLC0415

    try:
        until = time.monotonic() + _COVER_BUDGET_S
        image = fetch_small(
            Link(url), network=network, max_bytes=MAX_COVER_BYTES, cancelled=lambda: time.monotonic() > until
        )
        cover = usable_cover(image)
    except ClipError as exc:
        log.info("cover: %s %s", exc.code, exc.detail)
        return None
    writer(kind)  # loaded now, while others work
    return cover


class _TextReader:
    """Fetch and parse subtitles, one thread for each language, until they are no longer waited for."""

    def __init__(
        self, network: Network, plan: ClipPlan, zero_s: Callable[[], float | None], given_up: Callable[[], bool]
    ) -> None:
        self._network, self._plan, self._zero_s, self._given_up = network, plan, zero_s, given_up

    def read(self, track: Subtitle) -> TextTrack:
        """Return all cues of a file, or of a playlist those near the clip.

        Raises:
            ClipError: they cannot be had, or are none. ``Cancelled``: nobody waits any more.
        """
        from ..http.media_url import Link  # noqa: PLC0415
        from ..http.small_files import fetch_small  # noqa: PLC0415
        from ..subtitles.cues import TextTrack, check_overlap, read_cues  # noqa: PLC0415

        if track.extension == "hls":
            cues = self._of_playlist(track.url)
        else:
            data = fetch_small(Link(track.url), network=self._network, cancelled=self._given_up)
            cues = read_cues(data, track.extension)
        check_overlap(cues)
        return TextTrack(track.language, tuple(cues))

    def _of_playlist(self, url: str) -> list[Cue]:
        from ..http.media_url import Link  # noqa: PLC0415
        from ..http.range_client import Client  # noqa: PLC0415
        from ..http.retry_policy import RetryPolicy  # noqa: PLC0415
        from ..http.small_files import fetch_with  # noqa: PLC0415
        from ..subtitles.hls_subtitles import read_playlist  # noqa: PLC0415

        client = Client(self._network, RetryPolicy(tries=4), self._given_up)
        try:
            return read_playlist(
                url,
                lambda address, part: fetch_with(client, Link(address), part=part),
                self._plan.start_s,
                self._plan.end_s,
                self._zero_s(),
            )
        finally:
            client.close()
