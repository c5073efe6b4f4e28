"""The Cues of a WebM or Matroska file (RFC 9559, section 5.1.5): which cluster to begin at for which time. Pure."""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise
from typing import NamedTuple

from ...errors import BadMedia
from . import ebml


class Cue(NamedTuple):
    """A cluster, and the earliest time in it that may be entered at. ``position``: its first byte in the file."""

    seconds: float
    position: int


class Cues:
    """Clusters in the order of time, which is that of the file. May name none, and need not name all."""

    def __init__(self, clusters: tuple[Cue, ...] = ()) -> None:
        self.clusters = clusters

    def index_of(self, position: int) -> int:
        """Return the place in ``clusters`` of the first at ``position`` or behind it; their number where there is none."""
        return bisect_left(self.clusters, position, key=lambda one: one.position)

    def over_by_s(self, position: int) -> float:
        """Return the earliest time of what lies at ``position``; infinite behind the last cluster."""
        index = self.index_of(position)
        return self.clusters[index].seconds if index < len(self.clusters) else math.inf

    def rate_bps(self, position: int) -> float:
        """Return bytes a second of the cluster at ``position``; 0: it is the last one, whose end they do not give."""
        index = self.index_of(position)
        if index + 1 >= len(self.clusters):
            return 0.0
        one, after = self.clusters[index : index + 2]
        return (after.position - one.position) / max(after.seconds - one.seconds, 0.1)


def parse(payload: bytes, origin: int, scale_ns: int, track: int | None) -> Cues:
    """Return the cues for ``track`` (``None``: for any).

    Args:
        origin: where the Segment's payload begins in the file; positions are told from there (section 16).
        scale_ns: the TimestampScale.

    Raises:
        BadMedia: broken, or its clusters do not lie in the order of their times.
    """
    found: dict[int, float] = {}
    for point, data in ebml.children(payload):
        if point.id != ebml.CUE_POINT:
            continue
        time = None
        for part, value in ebml.children(data):
            if part.id == ebml.CUE_TIME:
                time = ebml.number(value)
            elif part.id == ebml.CUE_TRACK_POSITIONS and time is not None:
                place = {p.id: ebml.number(v) for p, v in ebml.children(value) if p.size is not None and p.size <= 8}
                if ebml.CUE_CLUSTER_POSITION in place and (track is None or place.get(ebml.CUE_TRACK) == track):
                    at = origin + place[ebml.CUE_CLUSTER_POSITION]
                    seconds = time * scale_ns / 1e9
                    found[at] = min(found.get(at, seconds), seconds)
    clusters = sorted((seconds, at) for at, seconds in found.items())
    if any(a[1] >= b[1] for a, b in pairwise(clusters)):
        raise BadMedia(detail="Cues out of order")
    return Cues(tuple(Cue(seconds, at) for seconds, at in clusters))
