"""Subtitles: read (WebVTT, SubRip, YouTube's json3, TTML), cut and shifted to the clip. Pure.

Formats: w3.org/TR/webvtt1 sections 4 and 5; SubRip as every player reads it; TTML in a file of its own. Positions, styles and
karaoke marks are left out: what stays is the words and when they are said, which is what every container's text track holds.
"""

from __future__ import annotations

import html
import json
import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from ..errors import BadMedia
from .ttml import read_ttml

MAX_CUES = 50_000
_CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMING = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?", re.ASCII)
_WORD_TIME = re.compile(r"<[\d:.]+>", re.ASCII)
_TAG = re.compile(rf"</?[a-zA-Z.][^<>]*>|{_WORD_TIME.pattern}|\{{\\[^{{}}]*\}}", re.ASCII)
"""Each alternative ends at what begins another one, so that a line is read once however it is made."""
_TIMESTAMP_MAP = re.compile(r"X-TIMESTAMP-MAP=(.{1,200})", re.ASCII)
_MAX_JOINED = 16 * 1024 * 1024
"""Characters, and 16 for each cue, of a track in which cues that overlap stand together; hours of captions have a tenth of that."""
_FLASH_S = 0.05
"""YouTube's automatic captions repeat a line for 10 ms between two rolled positions."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Words and when they are shown, in seconds."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class TextTrack:
    """The cues of one language (BCP 47, as the site calls it), in order of their start."""

    language: str
    cues: tuple[Cue, ...]


def read_cues(data: bytes, extension: str) -> list[Cue]:
    """Return the cues of a subtitle file, in order of their start.

    Raises:
        BadMedia: it is none.
    """
    try:
        cues, text = _read(data, extension)
    except (ValueError, OverflowError) as exc:  # numbers beyond all measure
        raise BadMedia("no_subtitle", detail=type(exc).__name__) from exc
    return _in_order(cues, text)


def read_segments(segments: Iterable[tuple[bytes, Callable[[TimestampMap | None], float]]]) -> list[Cue]:
    """Return the cues of WebVTT in segments (RFC 8216, section 3.5), each once, in order of their start.

    Args:
        segments: each with what gives, for its timestamp map, the seconds by which its cues are moved.

    Raises:
        BadMedia: one is no WebVTT.
    """
    cues: dict[Cue, None] = {}
    texts = []
    for data, moved_s in segments:
        try:
            found, text = _read(data, "vtt")
            by = moved_s(timestamp_map(text))
        except (ValueError, OverflowError) as exc:
            raise BadMedia("no_subtitle", detail=type(exc).__name__) from exc
        texts.append(text)
        cues |= dict.fromkeys(Cue(cue.start_s + by, cue.end_s + by, cue.text) for cue in found)
        if len(cues) > MAX_CUES:
            break
    return _in_order(list(cues), "\n".join(texts))


@dataclass(frozen=True, slots=True)
class TimestampMap:
    """Which time of the media's clock (1/90000 s, 33 bits) a time of the cues is."""

    mpegts: int
    local_s: float


def timestamp_map(text: str) -> TimestampMap | None:
    """Return the ``X-TIMESTAMP-MAP`` in the head of WebVTT; ``None``: there is none, or it is none."""
    found = _TIMESTAMP_MAP.search(text[: text.find("\n\n")] if "\n\n" in text else text[:1000])
    if found is None:
        return None
    parts = dict(part.strip().partition(":")[::2] for part in found[1].split(","))
    clock = re.fullmatch(_CLOCK, parts.get("LOCAL", ""), re.ASCII)
    ticks = parts.get("MPEGTS", "")
    if clock is None or not (ticks.isascii() and ticks.isdigit() and len(ticks) <= 20):
        return None
    return TimestampMap(int(ticks) % (1 << 33), _seconds(clock.groups()))


def check_overlap(cues: Sequence[Cue]) -> None:
    """See that ``one_at_a_time`` has an end.

    Raises:
        BadMedia: so many cues are shown at the same time that nobody could have meant it.
    """
    edges = sorted({edge for cue in cues for edge in (cue.start_s, cue.end_s)})
    joined = sum(
        (bisect_left(edges, cue.end_s) - bisect_left(edges, cue.start_s)) * (len(cue.text) + 16) for cue in cues
    )
    if joined > _MAX_JOINED:
        raise BadMedia("subtitle_overlap")


def _in_order(cues: list[Cue], text: str) -> list[Cue]:
    cues.sort(key=lambda cue: (cue.start_s, cue.end_s))
    cues = cues[:MAX_CUES]
    return list(_unrolled(cues)) if _rolls(text, cues) else cues


def _read(data: bytes, extension: str) -> tuple[list[Cue], str]:
    """Return the cues in the file's order, and its text."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if extension == "json3":
        cues = list(islice(_json3(text), MAX_CUES))
    elif extension in ("vtt", "srt"):
        if extension == "vtt" and not text.startswith("WEBVTT"):
            raise BadMedia("no_subtitle")
        cues = list(islice(_blocks(text), MAX_CUES))
    elif extension == "ttml":
        cues = [Cue(*told) for told in islice(read_ttml(data), MAX_CUES)]
    else:
        raise BadMedia("subtitle_kind", extension=extension)
    return cues, text


def cut_cues(cues: Iterable[Cue], start_s: float, end_s: float) -> list[Cue]:
    """Return the cues that are shown during the clip, on the clip's own clock."""
    return [
        Cue(max(cue.start_s, start_s) - start_s, min(cue.end_s, end_s) - start_s, cue.text)
        for cue in cues
        if cue.start_s < end_s - 0.001 and cue.end_s > start_s + 0.001
    ]


def cut_track(track: TextTrack, start_s: float, end_s: float) -> TextTrack:
    """:func:`cut_cues` of a whole track."""
    return TextTrack(track.language, tuple(cut_cues(track.cues, start_s, end_s)))


def one_at_a_time(cues: Iterable[Cue]) -> list[Cue]:
    """Return the same words where only one cue can be shown at a time (an MP4 text track): what overlaps stands together, in the
    order in which it began."""
    shown = [cue for cue in cues if cue.end_s > cue.start_s]
    edges = sorted({edge for cue in shown for edge in (cue.start_s, cue.end_s)})
    apart: list[Cue] = []
    live: list[Cue] = []
    waiting = iter(sorted(shown, key=lambda cue: cue.start_s))
    following = next(waiting, None)
    for start_s, end_s in pairwise(edges):
        live = [cue for cue in live if cue.end_s > start_s]
        while following is not None and following.start_s <= start_s:
            live.append(following)
            following = next(waiting, None)
        text = "\n".join(dict.fromkeys(cue.text for cue in live))
        if text and apart and apart[-1].text == text and apart[-1].end_s == start_s:
            apart[-1] = Cue(apart[-1].start_s, end_s, text)
        elif text:
            apart.append(Cue(start_s, end_s, text))
    return apart


# Inside ---------------------------------------------------------------------------------------------------------------


def _blocks(text: str) -> Iterator[Cue]:
    """Both formats: a line of times, then lines of words up to an empty one."""
    lines = iter(text.split("\n"))
    for line in lines:
        timing = _TIMING.fullmatch(line)
        if timing is None:
            continue
        words = []
        for said in lines:
            if not said.strip():
                break
            words.append(_plain(said))
        times = timing.groups()
        start, end = _seconds(times[:4]), _seconds(times[4:])
        kept = "\n".join(word for word in words if word)
        if kept and end > start:
            yield Cue(start, end, kept)


def _json3(text: str) -> Iterator[Cue]:
    try:
        events = json.loads(text)["events"]
        for event in events:
            said = "".join(piece.get("utf8", "") for piece in event.get("segs", ())).strip()
            length = event.get("dDurationMs", 0)
            if said and length > 0:
                start = event["tStartMs"] / 1000
                if not (math.isfinite(start) and math.isfinite(length)):
                    continue
                yield Cue(start, start + length / 1000, "\n".join(filter(None, map(str.strip, said.split("\n")))))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise BadMedia("no_subtitle") from exc


def _rolls(text: str, cues: Iterable[Cue]) -> bool:
    """Return whether these are captions that a machine rolls: it times each word, or repeats a line for a moment. A person who writes a
    line twice means it."""
    return _WORD_TIME.search(text) is not None or any(_flashes(before, cue) for before, cue in pairwise(cues))


def _flashes(before: Cue, cue: Cue) -> bool:
    return cue.end_s - cue.start_s <= _FLASH_S and cue.text in before.text


def _unrolled(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Automatic captions roll: each cue repeats the line before. Every line is kept once, from when it is first said."""
    before: Cue | None = None
    for cue in cues:
        if before is not None and _flashes(before, cue):
            continue
        lines = cue.text.split("\n")
        if before is not None and len(lines) > 1 and lines[0] == before.text.split("\n")[-1] and _touch(before, cue):
            cue = Cue(cue.start_s, cue.end_s, "\n".join(lines[1:]))  # noqa: PLW2901
        if before is not None:
            yield before
        before = cue
    if before is not None:
        yield before


def _touch(before: Cue, cue: Cue) -> bool:
    return cue.start_s <= before.end_s + 2 * _FLASH_S


def _plain(line: str) -> str:
    """Words without tags; an angle that a browser would not read as a tag stays."""
    return " ".join(html.unescape(_TAG.sub("", line)).replace("\u200b", "").split())


def _seconds(parts: tuple[str | None, ...]) -> float:
    h, m, s, fraction = parts
    return int(h or 0) * 3600 + int(m or 0) * 60 + int(s or 0) + int((fraction or "0").ljust(3, "0")) / 1000
