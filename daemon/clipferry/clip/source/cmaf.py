"""Segments that are fragmented MP4 (CMAF and its like): their fragments on one timeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import BadMedia
from ..model import Window
from . import boxes, fmp4
from .resource import Interest
from .splice import Piece

if TYPE_CHECKING:
    from .segmented import SegmentedSource


def pieces(source: SegmentedSource, window: Window, first: int, end_s: float, interest: Interest) -> Iterator[Piece]:
    """The segments from ``first`` on, cut to ``window``, presentation time 0 at ``fmp4.LEAD_S``."""
    init = source.init_at(first) or _own_init(source, first)
    return fmp4.splice(init, _fragments(source, first, end_s, interest, init), window)


def _fragments(
    source: SegmentedSource, first: int, end_s: float, interest: Interest, init: bytes
) -> Iterator[tuple[fmp4.Moof, fmp4.Timeline]]:
    for place in source.walk(first, end_s, interest):
        if (source.init_at(place) or init) != init:
            raise BadMedia("The video changes its format in the middle of the clip.")
        yield from _timed_moofs(source, place)
        if (after := source.spill(place, end_s)) is not None:
            yield from _timed_moofs(source, after)


def _timed_moofs(source: SegmentedSource, place: int) -> Iterator[tuple[fmp4.Moof, fmp4.Timeline]]:
    timeline = fmp4.Timeline(source.zero_at(place))
    return ((moof, timeline) for moof in _moofs(source, place))


def _moofs(source: SegmentedSource, place: int) -> Iterator[fmp4.Moof]:
    tracks = fmp4.parse_init(source.init_at(place) or _own_init(source, place))
    return fmp4.moofs(fmp4.Part(source.bytes_at(place), 0, None), tracks)


def _own_init(source: SegmentedSource, place: int) -> bytes:
    """Of a segment that brings its ``moov`` with it."""
    remote, at, init = source.bytes_at(place), 0, b""
    while remote.read(at, 1):
        head = boxes.header(remote.read_exactly(at, 8))
        if head.size is None or head.kind == b"moof" or head.size > fmp4.MAX_MOOF_BYTES:
            break
        if head.kind in (b"ftyp", b"moov"):
            init += remote.read_exactly(at, head.size)
        at += head.size
    return init


def first_time_s(source: SegmentedSource, place: int) -> float:
    """When the first picture (or sound) of a segment is shown, on its own clock."""
    moof = next(_moofs(source, place), None)
    kinds = {run.track.kind for run in moof.runs} if moof is not None else set()
    found = moof.first_pts_s("vide" if "vide" in kinds else None) if moof is not None else None
    if found is None:
        raise BadMedia(detail="a segment without samples")
    return found
