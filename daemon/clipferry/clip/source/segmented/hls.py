"""HLS: a media playlist, read once or, while the broadcast continues, again and again (RFC 8216, section 6.3.4)."""

from __future__ import annotations

import time
from dataclasses import replace

from ...container.hls import media_playlist, multivariant_playlist
from ...download.remote_file import CancellationScope
from ...errors import NetworkError, UrlExpired
from ...http.small_files import fetch_with
from ...model import Format
from ..base import Source, SourceContext
from .segment_reader import Timed
from .segmented_source import SegmentedSource

_PATIENT_S = 90.0
"""A live playlist that does not grow for this long has ended without saying so."""


class Gap(NetworkError):
    """Segments between the last one known and the first one offered are no longer to be had."""

    usual_reason = "gap"


class HlsSource(SegmentedSource):
    """``Delivery.HLS``. A master playlist is taken too: the stream in it that the format describes."""

    _playlist: media_playlist.Playlist
    _read_at = 0.0

    def __init__(self, format_: Format, context: SourceContext, beside: Source | None) -> None:
        super().__init__(format_, context, beside)
        self._sound_only = format_.video_codec is None and format_.audio_codec is not None
        self._chosen: str | None = None
        """The media playlist's address, where the format's is a master playlist's."""
        self._sound_apart = False

    def _index(self) -> None:
        self._playlist = self._read()
        self._append(self._playlist)

    def _read(self) -> media_playlist.Playlist:
        link = self.link()
        try:
            data, url = self._fetch_playlist()
        except UrlExpired:
            if not self.renew(link):
                raise
            data, url = self._fetch_playlist()
        self._read_at = time.monotonic()
        return media_playlist.parse(data, url)

    def _fetch_playlist(self) -> tuple[bytes, str]:
        """Return the media playlist and where it came from."""
        data, url = fetch_with(self.client, self._linked(self._chosen) if self._chosen else self.link())
        if self._chosen is None and multivariant_playlist.is_master(data):
            found = multivariant_playlist.parse(data, url)
            variant = multivariant_playlist.variant_of(found, self.format)
            sound = multivariant_playlist.sound_of(found, variant, self.format)
            self._sound_apart = sound is not None and not self._sound_only
            self._chosen = sound.url if sound is not None and self._sound_only else variant.url
            data, url = fetch_with(self.client, self._linked(self._chosen))
        return data, url

    def separate_audio(self) -> Format | None:
        self.prepare()
        return replace(self.format, video_codec=None, audio_codec="unknown") if self._sound_apart else None

    def _append(self, playlist: media_playlist.Playlist) -> int:
        """Segments that were not known; gives how many."""
        known = self.timed[-1].segment.sequence if self.timed else -1
        at = self.timed[-1].end_s if self.timed else 0.0
        added, shift = 0, self._section_shift(playlist)
        for segment in playlist.segments:
            if segment.sequence > known:
                if known >= 0 and segment.sequence > known + 1 + added:
                    raise Gap
                self.timed.append(Timed(segment._replace(section=segment.section + shift), at))
                at, added = at + segment.duration_s, added + 1
        return added

    def _section_shift(self, playlist: media_playlist.Playlist) -> int:
        """Return how much later the sections of ``playlist`` are counted by us: each playlist begins again, at whatever it still names."""
        if not self.timed or playlist.sections_count:
            return 0
        last = self.timed[-1].segment
        listed = (one.section for one in playlist.segments if one.sequence == last.sequence)
        return last.section - next(listed, 0)

    def growing(self) -> bool:
        return not self._playlist.ended

    def more(self, scope: CancellationScope) -> bool:
        until = time.monotonic() + max(_PATIENT_S, 3 * self._playlist.target_s)
        pause = self._playlist.target_s
        while not self._playlist.ended and time.monotonic() < until and not scope.over.is_set():
            self.client.sleep(max(0.0, self._read_at + pause - time.monotonic()))
            self._playlist = self._read()
            if self._append(self._playlist):
                return True
            pause = self._playlist.target_s / 2
        return False

    def _renewed(self) -> None:
        self._chosen = None
        if self.timed:
            super()._renewed()

    def fresh_segments(self) -> dict[int, media_playlist.Segment]:
        fresh = {segment.sequence: segment for segment in media_playlist.parse(*self._fetch_playlist()).segments}
        known = {place: one.segment.sequence for place, one in enumerate(self.timed)}
        return {place: fresh[sequence] for place, sequence in known.items() if sequence in fresh}
