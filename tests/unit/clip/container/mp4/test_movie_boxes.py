"""What a movie fragment says of its samples (ISO/IEC 14496-12, 8.8.7 and 8.8.8), written by hand."""

from __future__ import annotations

import struct

import pytest

from clipferry.clip.container.mp4 import movie_boxes
from clipferry.clip.container.mp4.boxes import box

PICTURE = movie_boxes.Track(1, "vide", 1000, 0, 0.0, duration=40, size=7, flags=0x10000)
SOUND = movie_boxes.Track(2, "soun", 48000, 0, 0.0, duration=1024, size=5)
BASE_IS_MOOF = 0x020000


def traf(track: int, flags: int, *truns: bytes, more: bytes = b"", time: int = 0) -> bytes:
    tfhd = box(b"tfhd", struct.pack(">II", flags, track) + more)
    return box(b"traf", tfhd + box(b"tfdt", struct.pack(">II", 0, time)) + b"".join(truns))


def trun(count: int, *words: int, flags: int) -> bytes:
    return box(b"trun", struct.pack(f">II{len(words)}I", flags, count, *words))


def read(
    *trafs: bytes, known: tuple[movie_boxes.Track, ...] = (PICTURE, SOUND), at: int = 0
) -> list[list[movie_boxes.Sample]]:
    return [list(run.samples) for run in movie_boxes.fragment(box(b"moof", b"".join(trafs)), known, at)]


def test_the_first_sample_may_have_flags_of_its_own() -> None:
    (samples,) = read(traf(1, BASE_IS_MOOF, trun(3, 100, 0x02000000, flags=0x5)))
    assert [one.sync for one in samples] == [True, False, False]
    assert [(one.offset, one.size, one.dts) for one in samples] == [(100, 7, 0), (107, 7, 40), (114, 7, 80)]


def test_what_a_sample_says_counts_more_than_what_the_fragment_and_the_movie_say() -> None:
    (samples,) = read(
        traf(1, BASE_IS_MOOF | 0x18, trun(2, 100, 20, 9, 5, 30, 8, 5, flags=0xB01), more=struct.pack(">II", 11, 12))
    )
    assert [(one.offset, one.size, one.dts, one.pts) for one in samples] == [(100, 9, 0, 5), (109, 8, 20, 25)]
    (samples,) = read(traf(1, BASE_IS_MOOF | 0x18, trun(2, 100, flags=0x1), more=struct.pack(">II", 11, 12)))
    assert [(one.offset, one.size, one.dts) for one in samples] == [(100, 12, 0), (112, 12, 11)]


@pytest.mark.parametrize(("flags", "place"), [(BASE_IS_MOOF, 3), (0, 100 + 2 * 7 + 3)])
def test_offsets_count_from_the_moof_or_from_the_data_before(flags: int, place: int) -> None:
    pictures, sound = read(traf(1, flags, trun(2, 100, flags=0x1)), traf(2, flags, trun(1, 3, flags=0x1)))
    assert [one.offset for one in pictures] == [100, 107]
    assert [one.offset for one in sound] == [place]


def test_the_data_of_a_track_that_nobody_knows_is_counted_too() -> None:
    other = traf(9, 0x10, trun(4, 100, flags=0x1), more=struct.pack(">I", 10))
    (sound,) = read(other, traf(2, 0, trun(1, 0, flags=0x1)))
    assert [one.offset for one in sound] == [140]


def test_offsets_may_count_from_the_beginning_of_the_file() -> None:
    (samples,) = read(traf(2, 0x1, trun(1, 8, flags=0x1), more=struct.pack(">Q", 5000)), at=4000)
    assert [one.offset for one in samples] == [1008]


def test_a_second_run_goes_on_where_the_first_ended() -> None:
    (samples,) = read(traf(2, BASE_IS_MOOF, trun(2, 50, flags=0x1), trun(1, flags=0), time=96))
    assert [(one.offset, one.dts) for one in samples] == [(50, 96), (55, 1120), (60, 2144)]
