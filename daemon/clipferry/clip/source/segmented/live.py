"""A broadcast that is running, as a source: followed while it grows, kept as it comes, and ended at any moment.

A segment is handed on only when all of it is here, so that a recording which is stopped ends with a whole frame, at once, and
whatever the site is doing meanwhile. What the playlist said is kept too (``playlist_log``): a later process continues, or finishes,
with what this one had.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable

from ...container.hls import media_playlist
from ...container.hls.media_playlist import Init, Segment
from ...disk.space import room_bytes
from ...download.remote_file import CancellationScope
from ...errors import (
    BadMedia,
    Cancelled,
    ClipError,
    NetworkError,
    NothingRecorded,
    NotStarted,
    RateLimited,
    SiteError,
    UrlExpired,
)
from ...model import Ended, Format, OpenMedia, Window
from ...recording import Recording, Track
from ..base import Source, SourceContext
from . import mpegts_times
from .hls import Gap, HlsSource
from .playlist_log import PlaylistLog
from .segment_reader import Timed

PATIENT_S = (60.0, 80.0)
"""A playlist that has not grown for this long (three target durations, within these bounds) has ended without saying so. Below the
time after which a worker without progress counts as hung."""
_LOOK_S = 0.2
"""How often a wait checks for a stop or a cancellation."""
_NO_MORE = (UrlExpired, SiteError, Gap)
"""The site does not offer what comes next, and trying again will not help."""


class LiveSource(HlsSource):
    """``Delivery.HLS`` of a running broadcast, on behalf of ``recording``."""

    def __init__(self, format_: Format, context: SourceContext, beside: Source | None, recording: Recording) -> None:
        super().__init__(format_, context, beside)
        self._recording = recording
        self._keep = f"{format_.id} {'sound' if beside is not None else ''}"
        self._log = PlaylistLog(context.store_dir, self._keep)
        self._track = Track(self._whole_until_s, follows=beside is not None)
        recording.join(self._track)

    # The playlist ----------------------------------------------------------------------------------------------------

    def _index(self) -> None:
        known = self._log.segments() if self._log.sizes else []  # else nothing was recorded: begin again
        self.timed = []
        self._extend(known)
        if self._recording.stopped:
            if not known:
                raise NothingRecorded
            self._stand_still(known)
            return
        try:
            super()._index()
        except _NO_MORE as error:
            if not known or isinstance(error, RateLimited):
                raise
            self._recording.stop(Ended.LOST)
            self._stand_still(known)
        if self._sound_apart:
            self._log.says_sound_apart()

    def _stand_still(self, known: list[Segment]) -> None:
        """Work with what an earlier process saw."""
        self._playlist = media_playlist.Playlist(tuple(known), known[-1].duration_s, ended=True)
        self._sound_apart = self._log.separate_audio

    def _extend(self, segments: list[Segment]) -> None:
        at = self.timed[-1].end_s if self.timed else 0.0
        for segment in segments:
            self.timed.append(Timed(segment, at))
            at += segment.duration_s

    def _append(self, playlist: media_playlist.Playlist) -> int:
        before = len(self.timed)
        try:
            return super()._append(playlist)
        finally:
            self._log.named(one.segment for one in self.timed[before:])

    def growing(self) -> bool:
        return True

    def more(self, scope: CancellationScope) -> bool:
        """Wait for segments behind the last one known. ``False``: there are none, or the recording was stopped.

        Raises:
            NetworkError, BadMedia: the site could not be reached for a long time, or sent something else.
        """
        recording, target_s = self._recording, self._playlist.target_s
        least, most = PATIENT_S
        until = time.monotonic() + min(max(least, 3 * target_s), most)
        trouble: ClipError | None = None
        pause_s = target_s
        while not (self._playlist.ended or recording.stopped or scope.over.is_set()):
            recording.on_alive()
            if time.monotonic() >= until:
                if trouble is not None:
                    raise trouble
                recording.stop(Ended.SILENT)
                break
            self._pause_until(min(self._read_at + pause_s, until))
            try:
                playlist = self._read_unless_stopped(until)
                if playlist is not None:
                    self._playlist, trouble = playlist, None
                    if self._append(playlist):
                        return True
            except NotStarted:
                self._read_at = time.monotonic()  # for the moment it names nothing
            except _NO_MORE as error:
                if isinstance(error, RateLimited):
                    raise
                recording.stop(Ended.LOST)
            except (NetworkError, BadMedia) as error:
                trouble, self._read_at = error, time.monotonic()
            pause_s = target_s / 2
        if self._playlist.ended:
            recording.over(Ended.BROADCAST)
        return False

    def _pause_until(self, moment: float) -> None:
        while not self._recording.stopped and (left := moment - time.monotonic()) > 0:
            self.client.sleep(min(left, _LOOK_S))
            self._recording.tell()

    def _read_unless_stopped(self, until: float) -> media_playlist.Playlist | None:
        """Return the playlist as it is now; ``None``: the recording was stopped before it came, or it did not come in time. Read in a
        thread that may be left alone with a site that does not answer."""
        answers: queue.SimpleQueue[media_playlist.Playlist | BaseException] = queue.SimpleQueue()

        def read() -> None:
            try:
                answers.put(self._read())
            except BaseException as error:  # noqa: BLE001 (handed to who waits)
                answers.put(error)

        threading.Thread(target=read, name="clipferry-playlist", daemon=True).start()
        while True:
            with contextlib.suppress(queue.Empty):
                found = answers.get(timeout=_LOOK_S)
                if isinstance(found, BaseException):
                    raise found
                return found
            self.client.check()
            if self._recording.stopped:
                return None
            if time.monotonic() >= until:
                raise NetworkError("stopped_answering")

    # Segments --------------------------------------------------------------------------------------------------------

    def _media(self, window: Window, scope: CancellationScope) -> OpenMedia:
        first, _ = self._span(window)
        if not self._track.taken_s:
            self._track.taken_s = self.timed[first].start_s
        # Where time begins is told by the very first segment, and where this window does by its own first one.
        for place, end in ((self._present(0), mpegts_times.HEAD), (first, None)):
            if not self._arrives(place, end, scope):
                raise NothingRecorded
        return super()._media(window, scope)

    def fetch_ahead(self, place: int, end_s: float, scope: CancellationScope) -> None:
        if not self._recording.stopped:
            super().fetch_ahead(place, end_s, scope)

    def ready(self, place: int, scope: CancellationScope) -> bool:
        recording, one = self._recording, self.timed[place]
        if recording.size_bytes and room_bytes(self.context.store_dir) < 0:
            recording.stop(Ended.DISK)
        try:
            if not self._arrives(place, None, scope):
                return False
        except UrlExpired:
            if not recording.size_bytes:
                raise
            recording.stop(Ended.LOST)
            return False
        size = self.remote_at(place).size or 0
        if not recording.may_take(self._track, one.start_s, one.end_s, size):
            return False
        self._log.taken(one.segment.sequence, size)
        return True

    def spill(self, place: int, end_s: float) -> int | None:
        after = super().spill(place, end_s)
        return after if after is None or self._arrives(after, None, CancellationScope()) else None

    def _arrives(self, place: int, end: int | None, scope: CancellationScope) -> bool:
        """Wait until the segment is here, up to ``end``. ``False``: it is not, and the recording ends before it.

        Raises:
            ClipError: it cannot be had.
        """
        remote, one = self.remote_at(place), self.timed[place]
        while not remote.here(end):
            self.client.check()
            if scope.over.is_set():
                raise Cancelled
            if not self._recording.worth_waiting(self._track, one.start_s, one.end_s):
                return False
            remote.arrive(end, scope, _LOOK_S)
        return True

    def _whole_until_s(self) -> float:
        """Return up to which time all segments after the last one taken are available."""
        at = self._track.taken_s
        for place, one in enumerate(self.timed):
            if one.end_s > at:
                kept = one.segment.gap or one.segment.sequence in self._log.sizes
                if not kept and not self.remote_at(place).here():
                    break
                at = one.end_s
        return at

    def _release(self, place: int) -> None:
        """Of hours nothing is kept in memory."""
        self._open.pop(place, None)
        with self._keeping:
            remote = self._kept.pop(place, None)
        if remote is not None:
            self.forget(remote)

    def _name_of(self, segment: Segment) -> str:
        # Not by its address: that is signed again when the site is queried again.
        return f"{self._keep} segment {segment.sequence}"

    def _known_size(self, segment: Segment) -> int | None:
        return self._log.sizes.get(segment.sequence)

    def _fetch(self, place: int, of: Callable[[Segment], Init | None]) -> bytes:
        wanted = of(self.timed[place].segment)
        if wanted is not None and wanted not in self._small:
            kept = self._log.small(wanted)
            if kept is not None:
                self._small[wanted] = kept
            else:
                self._log.keep_small(wanted, super()._fetch(place, of))
        return super()._fetch(place, of)

    # The contract ----------------------------------------------------------------------------------------------------

    def duration_s(self) -> float | None:
        known_s = super().duration_s()
        end_s = self._recording.end_s()
        return known_s if known_s is None or end_s is None else min(known_s, end_s)

    def estimate_bytes(self, window: Window) -> int:
        """Estimate for what is there now; how much will follow is unknown."""
        self.prepare()
        known_s = self.timed[-1].end_s
        end_s = known_s if window.end_s is None else min(window.end_s, known_s)
        return super().estimate_bytes(Window(window.start_s, max(window.start_s, end_s)))
