"""Write subtitle tracks: cues as packets, in the same pass as video and audio."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from av.container import OutputContainer
from av.packet import Packet
from av.stream import Disposition

from ..subtitles.cues import Cue, TextTrack, one_at_a_time
from .record.report import SubtitleReport

if TYPE_CHECKING:
    from av.stream import Stream

    from .packets import AnyPacket

_TICK = Fraction(1, 1000)
_CODECS = {"mp4": "mov_text", "webm": "webvtt", "matroska": "subrip"}
_STYLE = (
    b"[Script Info]\r\nScriptType: v4.00+\r\n\r\n[V4+ Styles]\r\n"
    b"Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, "
    b"StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\r\n"
    b"Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1\r\n\r\n[Events]\r\n"
)
"""libav builds the sample description of an MP4 text track from this (3GPP TS 26.245 5.16): plain white text at the bottom."""
_BYTES_PER_CUE = 48
"""Upper bound for a cue and the gap after it in ``moov``: twice size 4, time step 8, chunk offset and place 12."""
_BYTES_PER_TRACK = 1024


def max_index_bytes(tracks: Sequence[TextTrack]) -> int:
    """Return an upper bound for the size of the tracks in the index; overlapping cues may become twice as many."""
    return sum(_BYTES_PER_TRACK + 2 * len(track.cues) * _BYTES_PER_CUE for track in tracks)


class SubtitleTracks:
    """All subtitle tracks of one file. A cue is written once video or audio has reached its start."""

    def __init__(self, file: OutputContainer, muxer: str, tracks: Sequence[TextTrack]) -> None:
        """``tracks`` are on the clip's clock; the first is the default track."""
        self._file = file
        self._reports: list[SubtitleReport] = []
        due: list[tuple[Cue, Stream]] = []
        for number, track in enumerate(tracks):
            cues = one_at_a_time(track.cues) if muxer == "mp4" else track.cues
            stream = _stream(file, _CODECS[muxer])
            stream.time_base = _TICK
            stream.metadata["language"] = iso_639_2(track.language)
            if number == 0:
                stream.disposition = Disposition.default
            due += [(cue, stream) for cue in cues]
            last_s = max((cue.end_s for cue in cues), default=0.0)
            self._reports.append(SubtitleReport(len(cues), min((c.start_s for c in cues), default=0.0), last_s))
        self._written = _PAYLOAD[muxer]
        self._due = deque(sorted(due, key=lambda one: one[0].start_s))

    def report(self) -> tuple[SubtitleReport, ...]:
        return tuple(self._reports)

    def write(self, until_s: float | None = None) -> None:
        """Write the cues that begin at or before ``until_s``; ``None``: all that are left."""
        while self._due and (until_s is None or self._due[0][0].start_s <= until_s):
            cue, stream = self._due.popleft()
            payload = self._written(cue.text)
            packet: AnyPacket = Packet(payload)
            packet.stream = stream
            start = round(cue.start_s / _TICK)
            packet.pts = packet.dts = start
            packet.duration, packet.time_base = max(round(cue.end_s / _TICK) - start, 1), _TICK
            packet.is_keyframe = True
            self._file.mux_one(packet)


def _plain(text: str) -> bytes:
    return text.encode()


def _escaped(text: str) -> bytes:
    """Escape what begins a tag or a character reference (WebVTT 4.2.2)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()


def _with_length(text: str) -> bytes:
    """Prefix the text with its length (3GPP TS 26.245 5.17)."""
    payload = text.encode()[:0xFFFF]
    return len(payload).to_bytes(2, "big") + payload


_PAYLOAD = {"mp4": _with_length, "webm": _escaped, "matroska": _plain}


def _stream(file: OutputContainer, codec: str) -> Stream:
    if codec != "mov_text":
        return file.add_mux_stream(codec)
    made = file.add_stream("mov_text")
    made.codec_context.subtitle_header = _STYLE
    made.codec_context.time_base = _TICK
    return cast("Stream", made)


def iso_639_2(language: str) -> str:
    """Return the three-letter code of a BCP 47 language tag that MP4 and Matroska store (ISO 639-2/T); ``und`` for an invalid tag."""
    from langcodes import Language  # noqa: PLC0415  (40 ms and 5 MB, for clips with subtitles alone)

    try:
        return Language.get(language).to_alpha3()
    except (ValueError, LookupError):
        return "und"
