"""Numbers that a file or a playlist only declares: nothing is made of them before bytes stand for them."""

from __future__ import annotations

import itertools
import struct
import tracemalloc
from collections.abc import Callable

import pytest

from clipferry.clip.container.hls import media_playlist
from clipferry.clip.container.mp4 import movie_boxes
from clipferry.clip.container.mp4.sample_table import SampleTable, Unsupported
from clipferry.clip.download.download_queue import MOST_BYTES, pieces
from clipferry.clip.download.remote_file import OPEN
from clipferry.clip.errors import BadMedia

MIB = 1 << 20


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def memory_of(work: Callable[[], object]) -> int:
    """The most bytes that ``work`` held, whatever it ended with."""
    tracemalloc.start()
    try:
        work()
    except (BadMedia, Unsupported):
        pass
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most


@pytest.mark.parametrize("size", [1, MOST_BYTES, 10 * MOST_BYTES + 1, 1 << 40, 1 << 53, OPEN - 1])
def test_a_stretch_is_cut_into_few_requests_however_long_it_says_it_is(size: int) -> None:
    assert memory_of(lambda: pieces(5, 5 + size)) < MIB
    found = pieces(5, 5 + size)
    assert (found[0][0], found[-1][1]) == (5, 5 + size)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(found))


@pytest.mark.parametrize("piece", ["9007199254740992@0", "1@9007199254740991", "1099511627777@0"])
def test_a_byte_range_beyond_any_file_is_refused(piece: str) -> None:
    text = f"#EXTM3U\n#EXTINF:4,\n#EXT-X-BYTERANGE:{piece}\na.ts\n#EXT-X-ENDLIST\n"
    with pytest.raises(BadMedia):
        media_playlist.parse(text.encode(), "https://a.example/a.m3u8")


def test_a_fragment_of_many_tracks_of_defaults_is_refused() -> None:
    """Each 56 bytes declare 100,000 samples that are all alike."""
    trun = box(b"trun", struct.pack(">II", 0, movie_boxes.MAX_SAMPLES))
    traf = box(b"traf", box(b"tfhd", struct.pack(">II", 0x020000, 1)) + trun)
    moof = box(b"moof", box(b"mfhd", bytes(8)) + traf * 2_000)
    track = movie_boxes.Track(1, "vide", 1000, 0, 0.0, duration=1, size=1)
    assert memory_of(lambda: movie_boxes.fragment(moof, (track,))) < 64 * MIB
    with pytest.raises(BadMedia):
        movie_boxes.fragment(moof, (track,))


@pytest.mark.parametrize("count", [0xFFFFFFFF, 20_000_001, 20_000_000])
@pytest.mark.parametrize(("kind", "step"), [("vide", 1), ("soun", 2), ("vide", 0), ("soun", 0)])
def test_samples_that_are_all_alike_are_not_believed(count: int, kind: str, step: int) -> None:
    tables = box(b"stsz", struct.pack(">III", 0, 1, count)) + box(b"stts", struct.pack(">IIII", 0, 1, count, step))
    tables += box(b"stsc", struct.pack(">IIIII", 0, 1, 1, count, 1)) + box(b"stco", struct.pack(">III", 0, 1, 0))
    track = movie_boxes.Track(1, kind, 90_000_000, 0, 0.0)
    assert memory_of(lambda: SampleTable(tables, 0, len(tables), track)) < MIB
    with pytest.raises(BadMedia):
        SampleTable(tables, 0, len(tables), track)


def test_raw_sound_is_left_to_libav() -> None:
    count = 30_000_000
    tables = box(b"stsz", struct.pack(">III", 0, 4, count)) + box(b"stts", struct.pack(">IIII", 0, 1, count, 1))
    tables += box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 4096, 1)) + box(b"stco", struct.pack(">III", 0, 1, 0))
    with pytest.raises(Unsupported):
        SampleTable(tables, 0, len(tables), movie_boxes.Track(1, "soun", 48_000, 0, 0.0))
