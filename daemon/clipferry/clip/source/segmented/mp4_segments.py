"""Segments of fragmented MP4 (CMAF and similar): place their fragments on one timeline."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import cast

from ...container import time_zero
from ...container.mp4 import boxes
from ...download.remote_file import CancellationScope
from ...download.spliced_file import Piece
from ...errors import BadMedia
from ...model import Window
from .. import movie_fragments, mp4_fragmented
from . import init_segments
from .segment_clock import SegmentClock


def pieces(source: SegmentClock, window: Window, first: int, end_s: float, scope: CancellationScope) -> Iterator[Piece]:
    """Return the segments from ``first`` on, cut to ``window``, presentation time 0 at ``movie_fragments.LEAD_S``."""
    init = _init(source, first)
    return mp4_fragmented.splice(init, _fragments(source, first, end_s, scope, init), window)


def _init(source: SegmentClock, place: int) -> bytes:
    return source.init_at(place) or _own_init(source, place)


def _fragments(
    source: SegmentClock, first: int, end_s: float, scope: CancellationScope, init: bytes
) -> Iterator[tuple[movie_fragments.Moof, movie_fragments.Timeline]]:
    before = init
    for place in source.walk(first, end_s, scope):
        own = source.init_at(place) or before
        moofs = _timed_moofs(source, place)
        yield from moofs if own == before == init else _changed(moofs, before, own, init)
        before = own
        if (after := source.spill(place, end_s)) is not None:
            yield from _timed_moofs(source, after)


def _changed(
    moofs: Iterator[tuple[movie_fragments.Moof, movie_fragments.Timeline]], before: bytes, own: bytes, first: bytes
) -> Iterator[tuple[movie_fragments.Moof, movie_fragments.Timeline]]:
    """Yield the fragments of a segment whose initialisation segment is ``own``, for a reader that was given ``first``. Where the frames
    are coded otherwise than in the segment ``before``, the first one brings its parameter sets: who copies frames meets them
    and knows that they do not fit, who decodes them all continues.

    Raises:
        BadMedia: another codec, or audio that is coded otherwise.
    """
    last, now, told = init_segments.codings(before), init_segments.codings(own), init_segments.codings(first)
    if any(now[kind].tag != told[kind].tag for kind in now.keys() & told.keys()):
        raise BadMedia("video_changes")
    if "soun" in now.keys() & told.keys() and now["soun"] != told["soun"]:
        raise BadMedia("audio_changes")
    sets = now["vide"].sets() if "vide" in now and now["vide"] != last.get("vide") else b""
    tracks = movie_fragments.parse_init(first)
    for moof, timeline in moofs:
        alike = init_segments.told_alike(moof, tracks)
        yield (init_segments.with_sets(alike, sets) if sets else alike), timeline
        sets = b""


def _timed_moofs(source: SegmentClock, place: int) -> Iterator[tuple[movie_fragments.Moof, movie_fragments.Timeline]]:
    timeline = movie_fragments.Timeline(source.zero_at(place))
    return ((moof, timeline) for moof in _moofs(source, place))


def _moofs(source: SegmentClock, place: int) -> Iterator[movie_fragments.Moof]:
    tracks = movie_fragments.parse_init(_init(source, place))
    return movie_fragments.moofs(movie_fragments.Part(source.bytes_at(place), 0, None), tracks)


def _own_init(source: SegmentClock, place: int) -> bytes:
    """Of a segment that brings its ``moov`` with it."""
    remote, at, init = source.bytes_at(place), 0, b""
    while remote.read(at, 1):
        head = boxes.header(remote.read_exactly(at, 8))
        if head.size is None or head.kind == b"moof" or head.size > movie_fragments.MAX_MOOF_BYTES:
            break
        if head.kind in (b"ftyp", b"moov"):
            init += remote.read_exactly(at, head.size)
        at += head.size
    return init


def first_time_s(source: SegmentClock, place: int) -> float:
    """Return when the first frame (or audio) of a segment is shown, on its own clock."""
    picture_s, sound_s = _first_times_s(source, place)
    return cast("float", sound_s if picture_s is None else picture_s)


def begins_s(source: SegmentClock, place: int) -> float:
    """Return when the earliest track of a segment begins, on its own clock."""
    return cast("float", time_zero.earliest(*_first_times_s(source, place)))


def _first_times_s(source: SegmentClock, place: int) -> tuple[float | None, float | None]:
    """Return when the first frame and the first audio sample of a segment are shown, one of which there is.

    Raises:
        BadMedia: neither is.
    """
    kinds = {track.kind for track in movie_fragments.parse_init(_init(source, place))} & {"vide", "soun"}
    starts: dict[str, float] = {}
    for moof in islice(_moofs(source, place), 2 * len(kinds)):  # one may be one track's alone
        for run in moof.runs:
            if (start_s := moof.first_pts_s(run.track.kind)) is not None:
                starts.setdefault(run.track.kind, start_s)
        if kinds <= starts.keys():
            break
    if not starts:
        raise BadMedia(detail="a segment without samples")
    return starts.get("vide"), starts.get("soun", min(starts.values()) if "vide" not in starts else None)
