"""The audio that the source has between the marks, computed from its packets alone, and whether a copied track is exactly that."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from typing import NamedTuple

from ..cut.record.report import SourceRecord
from ..cut.record.source_log import BROKEN, NO_PTS, AudioLog, SourceLog
from ..errors import Cancelled, ClipError
from ..model import Window
from .check import check

_LOOSE_S = 0.005
"""Matroska's milliseconds, rounded three times."""
_NEGLIGIBLE_S = 0.0025
"""A packet that overlaps the clip by less may be left out: edit lists have milliseconds."""
_PREROLL_S = 0.09
"""Decoder preroll before the start, where the container hides it (Opus, RFC 7845 4.6)."""
_VARYING = ("vorbis", "pcm")
"""Codecs whose packets differ in length."""
_JITTERING, _JITTER_S = frozenset({"vorbis", "opus"}), 0.025
"""Codecs with short blocks that some muxers count as long ones, and the resulting deviation of timestamps."""
_EARLIER_S = 2.0
_SAME_BYTES = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "vorbis", "flac", "alac", "mp2"})
"""Codecs whose packets no muxer rewrites, except for the ADTS header of AAC."""


class FileAudio(NamedTuple):
    """The audio packets of the finished file, in file order."""

    begin_s: list[float]
    """On the clip's clock."""
    checksum: array[int]


class SourceAudio(NamedTuple):
    """The source's audio packets on the clip's clock, in seconds."""

    begin_s: list[float]
    length_s: list[float]
    declared: list[bool]
    """Whether the container declares the packet's time."""
    known: list[bool]
    """Whether the packet's time is known at all."""
    usual_s: float
    """Duration of most packets."""

    def end_s(self, row: int) -> float:
        return self.begin_s[row] + self.length_s[row]

    def jitter_s(self, log: AudioLog) -> float:
        """Return how far packet times may deviate from the declared ones; 0 where timestamps are regular."""
        if log.codec not in _JITTERING:
            return 0.0
        steps_s = (begin_s - self.end_s(row) for row, begin_s in enumerate(self.begin_s[1:]))
        return _JITTER_S if any(_LOOSE_S < abs(step_s) <= 2 * _JITTER_S for step_s in steps_s) else 0.0


def source_audio(log: AudioLog, zero_s: float) -> SourceAudio:
    """Return the packets; ``zero_s``: the presentation time that is 0 in the clip."""
    own = round(log.frame_samples / log.sample_rate / log.time_base) if log.frame_samples else 0
    lengths = sorted(duration for duration in log.duration if duration)
    usual = lengths[len(lengths) // 2] if lengths else own or round(Fraction(1, 50) / log.time_base)
    tick_s = float(log.time_base)
    longest = max(lengths, default=usual) if log.codec.startswith(_VARYING) else usual * 5 // 4
    times = log.times
    for row in range(1, len(times)):  # jitter does not reorder packets
        if times[row] != NO_PTS:
            times[row] = max(times[row], times[row - 1] + 1)
    return SourceAudio(
        [log.seconds(time) - zero_s for time in times],
        # Some containers extend the duration of a packet before a gap to the next packet.
        [(usual if not duration or duration > longest else duration) * tick_s for duration in log.duration],
        [pts != NO_PTS for pts in log.pts],
        [time != NO_PTS for time in times],
        usual * tick_s,
    )


def wanted_rows(audio: SourceAudio, log: AudioLog, length_s: float | None, *, begin_s: float = 0.0) -> list[int]:
    """Return the packets that overlap the clip.

    Args:
        length_s: of the clip; ``None``: to the end of the source.
        begin_s: on the clip's clock; before 0 where the whole source is wanted, whose audio may begin before its video.
    """
    return [
        row
        for row, at_s in enumerate(audio.begin_s)
        if not log.flags[row] & BROKEN
        and audio.known[row]
        and audio.end_s(row) > begin_s + _NEGLIGIBLE_S
        and (length_s is None or at_s < length_s - _NEGLIGIBLE_S)
    ]


def check_copied(
    found: FileAudio, source_record: SourceRecord, log: AudioLog, zero_s: float, length_s: float | None
) -> None:
    """Check that each packet of the file is the source's at its time, from the first audible one to the last, with none left out.

    Args:
        zero_s: the presentation time that is 0 in the clip.
        length_s: of the clip; ``None``: to the end of the source.

    Raises:
        VerificationFailed: the audio is not the source's.
    """
    audio, times_s = source_audio(log, zero_s), found.begin_s
    wanted = wanted_rows(audio, log, length_s, begin_s=-zero_s if source_record.whole else 0.0)
    check(bool(wanted) or not times_s, "sound where the source has none")
    rows = _matched(found, log, audio)
    if not rows or not wanted:
        return
    early_s = audio.usual_s + _LOOSE_S + (0.0 if source_record.log.video is not None else _PREROLL_S + audio.usual_s)
    check(source_record.whole or times_s[0] > -early_s, f"sound begins {-times_s[0]:.3f} s before the pictures")
    first, last = wanted[0], wanted[-1]
    # Of two packets that overlap, where segments or parts of an edit list meet, one is enough.
    late = rows[0] > first and audio.begin_s[rows[0]] - audio.begin_s[first] > audio.length_s[first] / 2
    check(not late, f"sound begins at {times_s[0]:.3f} s, the source's at {audio.begin_s[first]:.3f} s")
    if (source_record.audio_log or source_record.log).failed:
        return
    over_s = audio.end_s(rows[-1]) + (audio.usual_s if source_record.open_end else 0.0)
    short = rows[-1] < last and audio.begin_s[last] > over_s - audio.length_s[last] / 2
    check(not short, f"the last of the sound at {times_s[-1]:.3f} s, the source's at {audio.begin_s[last]:.3f} s")


def _matched(found: FileAudio, log: AudioLog, audio: SourceAudio) -> list[int]:
    """Return for each packet of the file the row of the source's."""
    same_bytes = log.codec in _SAME_BYTES
    rows: list[int] = []
    row, jitter_s = 0, audio.jitter_s(log)
    for at_s, checksum in zip(*found, strict=True):
        begin, before = row, row
        while row < len(audio.begin_s):
            loose_s = _LOOSE_S + jitter_s if audio.declared[row] else audio.usual_s
            near = abs(audio.begin_s[row] - at_s) < loose_s
            if near and (not same_bytes or log.checksum[row] == checksum):
                break
            row += 1
        if row == len(audio.begin_s) and _is_silent(audio, at_s):
            row = begin  # an empty packet, which marks a gap in a container without timestamps (RFC 7845 4.1)
            continue
        check(row < len(audio.begin_s), f"the sound at {at_s:.3f} s is not the source's")
        if rows:
            before = rows[-1]
            gone = [r for r in range(begin, row) if _is_audible(r, before, row, log, audio)]
            check(not gone, f"{len(gone)} packets of sound before {at_s:.3f} s are missing")
        rows.append(row)
        row += 1
    return rows


def _is_silent(audio: SourceAudio, at_s: float) -> bool:
    """Return whether a packet at that time is in a gap of the source, or before its first packet."""
    middle_s, half_s = at_s + audio.usual_s / 2, audio.usual_s / 2
    gaps = ((audio.end_s(row), begin_s) for row, begin_s in enumerate(audio.begin_s[1:]))
    wide = ((from_s, to_s) for from_s, to_s in gaps if to_s - from_s > half_s)
    if middle_s < min(audio.begin_s, default=math.inf):
        return True
    return any(from_s - half_s <= middle_s <= to_s + half_s for from_s, to_s in wide)


def _is_audible(row: int, before: int, after: int, log: AudioLog, audio: SourceAudio) -> bool:
    """Return whether a packet that the file lacks would be audible: valid, and not overlapping the packets around it."""
    if log.flags[row] & BROKEN:
        return False
    half_s = max(audio.length_s[row] / 2, audio.jitter_s(log)) + _NEGLIGIBLE_S
    return audio.end_s(before) - audio.begin_s[row] < half_s and audio.begin_s[after] - audio.begin_s[row] > half_s


def check_nothing_before(source_record: SourceRecord, log: AudioLog, zero_s: float) -> None:
    """Read the source from earlier on where the log has no audio at the start: it may have been opened too late.

    Raises:
        VerificationFailed: there is audio.
    """
    audio = source_audio(log, zero_s)
    source = source_record.audio_log or source_record.log
    first_s = min(audio.begin_s, default=0.0)
    if (
        source_record.open_end
        or source.window_start_s <= 0
        or first_s < audio.usual_s + _LOOSE_S
        or source_record.reopen_audio is None
    ):
        return
    earlier = SourceLog(zero_s, zero_s + first_s)
    window = Window(max(0.0, zero_s - _EARLIER_S), zero_s + first_s)
    try:
        with source_record.reopen_audio(window, earlier) as reader:
            reader.read_past_end()
    except Cancelled:
        raise
    except (ClipError, OSError):
        return
    if earlier.audio is None:
        return
    again = source_audio(earlier.audio, zero_s)
    missed = [row for row in wanted_rows(again, earlier.audio, first_s) if again.end_s(row) < first_s - _NEGLIGIBLE_S]
    check(not missed, f"sound begins at {first_s:.3f} s, though the source has some before")
