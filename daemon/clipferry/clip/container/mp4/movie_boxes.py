"""Read tracks from movie boxes, and samples from movie fragments (ISO/IEC 14496-12, 8.2 to 8.8). Pure."""

from __future__ import annotations

from typing import NamedTuple

from ...errors import BadMedia
from .boxes import Fields, find

MAX_SAMPLES = 100_000
"""Of one fragment: half an hour of audio."""


class Track(NamedTuple):
    """What a fragment of this track needs to be read."""

    id: int
    kind: str
    """Handler: ``vide``, ``soun``, …"""
    timescale: int
    media_start: int
    """Media time that the edit list shows first (its delay for priming or B-frames), in ``timescale`` units."""
    empty_s: float
    """Empty time that the edit list puts in front."""
    duration: int = 0
    size: int = 0
    flags: int = 0
    """Defaults of every sample (``trex``)."""
    edits: int = 0
    """How many ranges of media the edit list shows."""
    length_s: float | None = None
    """How long it shows the first of them; ``None``: to its end."""


def tracks(moov: bytes) -> tuple[Track, ...]:
    """Return the tracks of a movie box, given whole with its header.

    Raises:
        BadMedia: none, or broken.
    """
    head = find(moov, "moov")
    if not head:
        raise BadMedia(detail="no moov")
    movie_scale = 1
    for a, b in find(moov, "moov/mvhd"):
        movie_scale = _timescale(moov, a, b)
    defaults: dict[int, tuple[int, int, int]] = {}
    for a, b in find(moov, "moov/mvex/trex"):
        fields = Fields(moov, a + 4, b)
        track_id = fields.take(32)
        fields.skip(4)
        defaults[track_id] = (fields.take(32), fields.take(32), fields.take(32))
    found: list[Track] = []
    for a, b in find(moov, "moov/trak"):
        track = _track(moov, a, b, movie_scale, defaults)
        if track is not None:
            found.append(track)
    if not found:
        raise BadMedia(detail="no tracks")
    return tuple(found)


def holds_samples(moov: bytes) -> bool:
    """Return whether the movie box itself describes samples: those in front of the first fragment (8.8.1)."""
    return any(
        int.from_bytes(moov[a + 8 : min(a + 12, b)], "big") for a, b in find(moov, "moov/trak/mdia/minf/stbl/stsz")
    )


def _timescale(data: bytes, start: int, end: int) -> int:
    """Return the timescale of ``mvhd`` or ``mdhd``, which begin alike."""
    fields = Fields(data, start, end)
    version = fields.take(8)
    fields.skip(3 + (16 if version else 8))
    value = fields.take(32)
    if value == 0:
        raise BadMedia(detail="timescale 0")
    return value


def _track(
    data: bytes, start: int, end: int, movie_scale: int, defaults: dict[int, tuple[int, int, int]]
) -> Track | None:
    heads, media, handlers = (find(data, path, start, end) for path in ("tkhd", "mdia/mdhd", "mdia/hdlr"))
    if not heads or not media or not handlers:
        return None
    fields = Fields(data, *heads[0])
    fields.skip(3 + (16 if fields.take(8) else 8))
    track_id = fields.take(32)
    kind = data[handlers[0][0] + 8 : handlers[0][0] + 12].decode("latin-1")
    timescale = _timescale(data, *media[0])
    media_start, empty = 0, 0
    edits = length = 0
    for a, b in find(data, "edts/elst", start, end):
        media_start, empty, edits, length = _edits(data, a, b)
    duration, size, flags = defaults.get(track_id, (0, 0, 0))
    return Track(
        track_id,
        kind,
        timescale,
        media_start,
        empty / movie_scale,
        duration,
        size,
        flags,
        edits,
        length / movie_scale or None,
    )


def _edits(data: bytes, start: int, end: int) -> tuple[int, int, int, int]:
    """Of an edit list (8.6.6): the first media time shown, the empty time before it in movie units, how many ranges there are,
    and the length of the first in movie units (0: to the end)."""
    fields = Fields(data, start, end)
    wide = 64 if fields.take(8) else 32
    fields.skip(3)
    count, empty, first, shown, length = fields.take(32), 0, 0, 0, 0
    for _ in range(min(count, 16)):
        duration, media_time = fields.take(wide), fields.signed(wide)
        fields.skip(4)
        if media_time >= 0:
            first, length = (media_time, duration) if shown == 0 else (first, length)
            shown += 1
        elif shown == 0:
            empty += duration
    return first, empty, shown, length


# Fragments ------------------------------------------------------------------------------------------------------------


class Sample(NamedTuple):
    """One coded frame in a fragment. Times in the track's units; ``pts`` before any edit list."""

    offset: int
    """Of its first byte, from the beginning of the moof."""
    size: int
    dts: int
    pts: int
    duration: int
    flags: int

    @property
    def sync(self) -> bool:
        """A random access point (``sample_is_non_sync_sample`` not set, 8.8.3.1)."""
        return not self.flags & 0x10000


class Run(NamedTuple):
    """The samples of one track in one fragment, in decoding order."""

    track: Track
    description: int
    """Index of the sample description; 0: the default."""
    samples: tuple[Sample, ...]


def fragment(moof: bytes, known: tuple[Track, ...], moof_start: int = 0) -> tuple[Run, ...]:
    """Return the samples that a movie fragment (8.8.4), given whole with its header, describes.

    Args:
        moof_start: where the moof lies in the file, for fragments whose offsets count from the file's beginning.

    Raises:
        BadMedia: broken.
    """
    by_id = {track.id: track for track in known}
    runs: list[Run] = []
    behind = counted = 0
    for a, b in find(moof, "moof/traf"):
        heads = find(moof, "tfhd", a, b)
        if not heads:
            raise BadMedia(detail="traf without tfhd")
        fields = Fields(moof, *heads[0])
        flags = fields.take(32) & 0xFFFFFF
        track_id = fields.take(32)
        track = by_id.get(track_id, Track(track_id, "", 1, 0, 0.0))
        # Offsets count from where this states, or from the moof, or else from where the data of the traf before ended (8.8.7.1).
        base = fields.take(64) - moof_start if flags & 0x1 else 0 if flags & 0x020000 else behind
        description = fields.take(32) if flags & 0x2 else 0
        duration = fields.take(32) if flags & 0x8 else track.duration
        size = fields.take(32) if flags & 0x10 else track.size
        sample_flags = fields.take(32) if flags & 0x20 else track.flags
        time = 0
        for c, d in find(moof, "tfdt", a, b):
            clock = Fields(moof, c, d)
            wide = 64 if clock.take(8) else 32
            clock.skip(3)
            time = clock.take(wide)
        samples: list[Sample] = []
        at = base
        for c, d in find(moof, "trun", a, b):
            at, time = _run(Fields(moof, c, d), samples, at, time, (base, duration, size, sample_flags, counted))
        behind = at
        counted += len(samples)
        if track_id in by_id:
            runs.append(Run(track, description, tuple(samples)))
    return tuple(runs)


def _run(
    fields: Fields, samples: list[Sample], at: int, time: int, defaults: tuple[int, int, int, int, int]
) -> tuple[int, int]:
    """Add what one ``trun`` (8.8.8) describes; return where the next one continues, in bytes and in time. ``defaults``: base of offsets,
    duration, size, flags, and how many samples other trafs of the fragment have: where all are alike, no byte stands for one."""
    base, default_duration, default_size, default_flags, counted = defaults
    version = fields.take(8)
    flags = fields.take(24)
    count = fields.take(32)
    per_sample = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    if count + len(samples) + counted > MAX_SAMPLES or (per_sample and fields.left < count * per_sample):
        raise BadMedia(detail=f"trun of {count} samples")
    if flags & 0x1:
        at = base + fields.signed(32)
    first_flags = fields.take(32) if flags & 0x4 else None
    for index in range(count):
        duration = fields.take(32) if flags & 0x100 else default_duration
        size = fields.take(32) if flags & 0x200 else default_size
        own = fields.take(32) if flags & 0x400 else default_flags
        if index == 0 and first_flags is not None:
            own = first_flags
        shift = (fields.signed(32) if version else fields.take(32)) if flags & 0x800 else 0
        samples.append(Sample(at, size, time, time + shift, duration, own))
        at, time = at + size, time + duration
    return at, time
