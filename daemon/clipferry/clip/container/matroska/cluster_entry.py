"""Enter a cluster of audio in its middle: such clusters are long, and nothing in front of the clip is needed."""

from __future__ import annotations

from typing import NamedTuple

from ...download.remote_file import RemoteFile
from . import blocks, ebml
from .header import Head, element_at, payload_of

AUDIO_BEFORE_S = 0.15
"""Audio kept before the start: a decoder of Opus needs 80 ms to settle (RFC 7845, section 4.6), and times are those before the
codec's delay is taken off."""
_WORTH_A_REQUEST = 12 * 1024
_LOOK_BYTES = 8 * 1024
"""In which a block is searched for, some twenty packets of audio."""
_EDGE_S = 0.0005


class ClusterEntry(NamedTuple):
    """What is enough of a cluster: its front up to ``stamp_end``, and everything from ``block`` on, both bytes of the file."""

    stamp_end: int
    time: int
    """The cluster's Timestamp, in units of the file."""
    block: int


def guess(head: Head, cluster: int, start_s: float) -> int:
    """Return the offset in the cluster at ``cluster`` from which to read for ``start_s``, by its bit rate; 0: from its beginning, always so
    if there is video or several tracks."""
    index = head.cues.index_of(cluster)
    if head.tracks.video is not None or len(head.tracks.numbers) > 1 or index + 1 >= len(head.cues.clusters):
        return 0
    one, after = head.cues.clusters[index : index + 2]
    share = (start_s - AUDIO_BEFORE_S - one.seconds) / max(after.seconds - one.seconds, 1e-9)
    entry = one.position + int(share * (after.position - one.position) * 0.97) - _LOOK_BYTES // 2
    worth = one.position == cluster and entry - one.position > _WORTH_A_REQUEST
    return entry if worth and entry + _LOOK_BYTES < after.position else 0


def entered(file: RemoteFile, head: Head, cluster: int, entry: int, start_s: float) -> ClusterEntry | None:
    """Return the first block behind ``entry`` in the cluster at ``cluster``; ``None``: that is too late already, or cannot be determined."""
    (track,) = head.tracks.numbers
    stamp = element_at(file, element_at(file, cluster).payload)
    found = blocks.first_block(file.read_exactly(entry, _LOOK_BYTES), track)
    if stamp.id != ebml.TIMESTAMP or stamp.end is None or found is None:
        return None
    time = ebml.number(payload_of(file, stamp))
    soon = head.seconds(time + found[1]) <= start_s - AUDIO_BEFORE_S + _EDGE_S
    return ClusterEntry(stamp.end, time, entry + found[0]) if soon else None
