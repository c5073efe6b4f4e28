"""Which audio the source has between the marks, worked out from its packets alone, and whether a copied track is just that."""

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
"""What of a packet lies inside the clip by less than this may be left out: edit lists count in milliseconds."""
_PREROLL_S = 0.09
"""Packets before the start that a decoder needs, where the container hides them (Opus, RFC 7845 4.6)."""
_VARYING = ("vorbis", "pcm")
"""Codecs whose packets differ in length."""
_JITTERING, _JITTER_S = frozenset({"vorbis", "opus"}), 0.025
"""Codecs of which some muxers count short blocks as long ones, and by how much their timestamps may be off then."""
_EARLIER_S = 2.0
_SAME_BYTES = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "vorbis", "flac", "alac", "mp2"})
"""Codecs whose packets no muxer changes, but for the header of AAC."""


class FileAudio(NamedTuple):
    """The audio packets of the finished file, in file order."""

    begin_s: list[float]
    """On the clip's clock."""
    checksum: array[int]


class SourceAudio(NamedTuple):
    """The source's packets on the clip's clock, in seconds: when each begins and how long it plays."""

    begin_s: list[float]
    length_s: list[float]
    told: list[bool]
    """Whether the container tells the time of the packet."""
    known: list[bool]
    """Whether its time is known at all."""
    usual_s: float
    """Length of most packets."""

    def end_s(self, row: int) -> float:
        return self.begin_s[row] + self.length_s[row]

    def jitter_s(self, log: AudioLog) -> float:
        """How far the time of a packet may be off what the container tells; 0 where timestamps are as regular as its clock."""
        if log.codec not in _JITTERING:
            return 0.0
        steps_s = (begin_s - self.end_s(row) for row, begin_s in enumerate(self.begin_s[1:]))
        return _JITTER_S if any(_LOOSE_S < abs(step_s) <= 2 * _JITTER_S for step_s in steps_s) else 0.0


def source_audio(log: AudioLog, zero_s: float) -> SourceAudio:
    """``zero_s``: the presentation time that is 0 in the clip."""
    own = round(log.frame_samples / log.sample_rate / log.time_base) if log.frame_samples else 0
    lengths = sorted(duration for duration in log.duration if duration)
    usual = lengths[len(lengths) // 2] if lengths else own or round(Fraction(1, 50) / log.time_base)
    tick_s = float(log.time_base)
    longest = max(lengths, default=usual) if log.codec.startswith(_VARYING) else usual * 5 // 4
    times = log.times
    for row in range(1, len(times)):  # jitter does not turn packets round
        if times[row] != NO_PTS:
            times[row] = max(times[row], times[row - 1] + 1)
    return SourceAudio(
        [log.seconds(time) - zero_s for time in times],
        # Of a packet before a hole some containers say that it lasts to the next.
        [(usual if not duration or duration > longest else duration) * tick_s for duration in log.duration],
        [pts != NO_PTS for pts in log.pts],
        [time != NO_PTS for time in times],
        usual * tick_s,
    )


def wanted_rows(sound: SourceAudio, log: AudioLog, length_s: float | None, *, begin_s: float = 0.0) -> list[int]:
    """The packets that audio in the clip.

    Args:
        length_s: of the clip; ``None``: to the end of the source.
        begin_s: on the clip's clock; before 0 where the whole source is wanted, whose audio may begin before its frames.
    """
    return [
        row
        for row, at_s in enumerate(sound.begin_s)
        if not log.flags[row] & BROKEN
        and sound.known[row]
        and sound.end_s(row) > begin_s + _NEGLIGIBLE_S
        and (length_s is None or at_s < length_s - _NEGLIGIBLE_S)
    ]


def check_copied(
    found: FileAudio, source_record: SourceRecord, log: AudioLog, zero_s: float, length_s: float | None
) -> None:
    """Each packet of the file is the source's at its time, from the first that plays to the last, with none left out.

    Args:
        zero_s: the presentation time that is 0 in the clip.
        length_s: the clip's; ``None``: to the end of the source.

    Raises:
        VerificationFailed: the audio is not the source's.
    """
    sound, times_s = source_audio(log, zero_s), found.begin_s
    wanted = wanted_rows(sound, log, length_s, begin_s=-zero_s if source_record.whole else 0.0)
    check(bool(wanted) or not times_s, "sound where the source has none")
    rows = _matched(found, log, sound)
    if not rows or not wanted:
        return
    early_s = sound.usual_s + _LOOSE_S + (0.0 if source_record.log.video is not None else _PREROLL_S + sound.usual_s)
    check(source_record.whole or times_s[0] > -early_s, f"sound begins {-times_s[0]:.3f} s before the pictures")
    first, last = wanted[0], wanted[-1]
    # Of two that overlap, where pieces of a broadcast or of an edit list meet, one is enough.
    late = rows[0] > first and sound.begin_s[rows[0]] - sound.begin_s[first] > sound.length_s[first] / 2
    check(not late, f"sound begins at {times_s[0]:.3f} s, the source's at {sound.begin_s[first]:.3f} s")
    if (source_record.audio_log or source_record.log).failed:
        return
    over_s = sound.end_s(rows[-1]) + (sound.usual_s if source_record.open_end else 0.0)
    short = rows[-1] < last and sound.begin_s[last] > over_s - sound.length_s[last] / 2
    check(not short, f"the last of the sound at {times_s[-1]:.3f} s, the source's at {sound.begin_s[last]:.3f} s")


def _matched(found: FileAudio, log: AudioLog, sound: SourceAudio) -> list[int]:
    """For each packet of the file the source's."""
    same_bytes = log.codec in _SAME_BYTES
    rows: list[int] = []
    row, jitter_s = 0, sound.jitter_s(log)
    for at_s, checksum in zip(*found, strict=True):
        begin, before = row, row
        while row < len(sound.begin_s):
            loose_s = _LOOSE_S + jitter_s if sound.told[row] else sound.usual_s
            near = abs(sound.begin_s[row] - at_s) < loose_s
            if near and (not same_bytes or log.checksum[row] == checksum):
                break
            row += 1
        if row == len(sound.begin_s) and _is_silent(sound, at_s):
            row = begin  # an empty packet, where a container without timestamps has to be told of a hole (RFC 7845 4.1)
            continue
        check(row < len(sound.begin_s), f"the sound at {at_s:.3f} s is not the source's")
        if rows:
            before = rows[-1]
            gone = [r for r in range(begin, row) if _is_audible(r, before, row, log, sound)]
            check(not gone, f"{len(gone)} packets of sound before {at_s:.3f} s are missing")
        rows.append(row)
        row += 1
    return rows


def _is_silent(sound: SourceAudio, at_s: float) -> bool:
    """Whether a packet at that time lies in a hole of the source, or in front of its first packet."""
    middle_s, half_s = at_s + sound.usual_s / 2, sound.usual_s / 2
    holes = ((sound.end_s(row), begin_s) for row, begin_s in enumerate(sound.begin_s[1:]))
    wide = ((from_s, to_s) for from_s, to_s in holes if to_s - from_s > half_s)
    if middle_s < min(sound.begin_s, default=math.inf):
        return True
    return any(from_s - half_s <= middle_s <= to_s + half_s for from_s, to_s in wide)


def _is_audible(row: int, before: int, after: int, log: AudioLog, sound: SourceAudio) -> bool:
    """Whether a packet that the file has not would be heard: it is audio, and does not overlap what is there."""
    if log.flags[row] & BROKEN:
        return False
    half_s = max(sound.length_s[row] / 2, sound.jitter_s(log)) + _NEGLIGIBLE_S
    return sound.end_s(before) - sound.begin_s[row] < half_s and sound.begin_s[after] - sound.begin_s[row] > half_s


def check_nothing_before(source_record: SourceRecord, log: AudioLog, zero_s: float) -> None:
    """Where what was read of the source has no audio at the start, read from earlier on: it may have been entered after it.

    Raises:
        VerificationFailed: there is audio.
    """
    sound = source_audio(log, zero_s)
    source = source_record.audio_log or source_record.log
    first_s = min(sound.begin_s, default=0.0)
    if (
        source_record.open_end
        or source.window_start_s <= 0
        or first_s < sound.usual_s + _LOOSE_S
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
    heard = [row for row in wanted_rows(again, earlier.audio, first_s) if again.end_s(row) < first_s - _NEGLIGIBLE_S]
    check(not heard, f"sound begins at {first_s:.3f} s, though the source has some before")
