"""Whatever a site sends, parsing it ends soon, in little memory, with an answer or with a ClipError."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipferry.clip.container import mpegts, packed_audio
from clipferry.clip.container.hls import media_playlist, multivariant_playlist
from clipferry.clip.container.matroska import ebml
from clipferry.clip.container.mp4 import boxes, movie_boxes
from clipferry.clip.container.mp4.sample_table import Unsupported
from clipferry.clip.download.interval_set import IntervalSet
from clipferry.clip.errors import BadMedia, ClipError
from clipferry.clip.model import Window
from clipferry.clip.source import movie_fragments, mp4_fragmented, mp4_progressive, webm
from clipferry.clip.source.segmented import init_segments as inits
from origin import media
from origin.media import Pack


class Memory:
    """Bytes in memory with the face of a remote file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size: int | None = len(data)
        self.wanted = IntervalSet()

    def want(self, start: int, end: int | None, scope: object = None, *, urgent: bool = False) -> None:
        self.wanted.add(start, len(self._data) if end is None else end)

    def missing(self, start: int, end: int) -> int:
        return max(0, end - start)

    def coming(self, position: int) -> bool:
        return position < len(self._data)

    def read(self, position: int, count: int) -> bytes:
        return self._data[position : position + count]

    def read_exactly(self, position: int, count: int) -> bytes:
        data = self.read(position, count)
        if len(data) < count:
            raise BadMedia(detail="too short")
        return data


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def harmless(parse: Callable[[], object]) -> None:
    """Runs ``parse``; lets only our own errors pass and no more than a few megabytes."""
    tracemalloc.start()
    try:
        with contextlib.suppress(ClipError, Unsupported):
            parse()
        assert tracemalloc.get_traced_memory()[1] < 48 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def real() -> dict[str, bytes]:
    """Real files, to damage."""
    found = {}
    for pack in (Pack.FMP4, Pack.MP4_FRONT):
        found[pack.value] = media.make(media.recipe("h264", pack, seconds=4, sound="aac")).read_bytes()
    found["webm"] = media.make(media.recipe("vp9", Pack.WEBM_FRONT, seconds=4, sound="opus")).read_bytes()
    return found


def damaged(data: bytes, changes: list[tuple[int, int]], cut: int) -> bytes:
    changed = bytearray(data)
    for place, value in changes:
        changed[place % len(changed)] = value
    return bytes(changed[: max(1, cut % (2 * len(changed)))])


changes = st.lists(st.tuples(st.integers(0, 8191), st.integers(0, 255)), max_size=8)
cuts = st.integers(0, 1 << 24)


@given(st.binary(max_size=400), st.integers(0, 1 << 40))
def test_any_sidx(data: bytes, anchor: int) -> None:
    harmless(lambda: boxes.sidx(data, anchor))


@given(st.binary(max_size=600))
def test_any_movie_box(data: bytes) -> None:
    harmless(lambda: movie_fragments.parse_init(box(b"moov", data)))
    harmless(lambda: movie_boxes.fragment(box(b"moof", data), ()))


@settings(max_examples=200, deadline=None)
@given(changes, cuts)
def test_damaged_movie_boxes(real: dict[str, bytes], places: list[tuple[int, int]], cut: int) -> None:
    def parse() -> None:
        data = damaged(real["mp4-front"][:200_000], places, cut)
        index = mp4_progressive.ProgressiveIndex(Memory(data), data)  # type: ignore[arg-type]  # stands in for a Resource
        window, timeline = Window(1.0, 2.0), movie_fragments.Timeline(index.zero_s())
        for moof in index._fragments(window, timeline):
            for piece in mp4_fragmented.splice(b"", [(moof, timeline)], window):
                assert piece is not None

    harmless(parse)


@settings(max_examples=200, deadline=None)
@given(changes, cuts)
def test_damaged_fragments(real: dict[str, bytes], places: list[tuple[int, int]], cut: int) -> None:
    whole = real["fmp4"]
    start = whole.index(b"moof") - 4
    init = whole[: whole.index(b"sidx") - 4]

    def parse() -> None:
        data = damaged(whole[start:], places, cut)
        tracks = movie_fragments.parse_init(init)
        part = movie_fragments.Part(Memory(data), 0, None)
        timeline = movie_fragments.Timeline(0.0)
        moofs = ((moof, timeline) for moof in movie_fragments.moofs(part, tracks))
        for piece in mp4_fragmented.splice(init, moofs, Window(1.0, 2.0)):
            assert piece

    harmless(parse)


@settings(max_examples=200, deadline=None)
@given(changes, cuts)
def test_damaged_webm(real: dict[str, bytes], places: list[tuple[int, int]], cut: int) -> None:
    def parse() -> None:
        data = damaged(real["webm"], places, cut)
        index = webm.WebmIndex(Memory(data))  # type: ignore[arg-type]  # stands in for a Resource
        index.estimate_bytes(Window(1.0, 2.0))
        for piece in index._pieces(index._bytes(Window(1.0, 2.0))[0], Window(1.0, 2.0), index.zero_s()):
            assert piece

    harmless(parse)


@given(st.binary(max_size=64))
def test_any_ebml(data: bytes) -> None:
    harmless(lambda: list(ebml.children(data)))
    harmless(lambda: ebml.element(data))


LINES = st.sampled_from(
    [
        "#EXTINF:4,",
        "#EXTINF:1e308,",
        "#EXTINF:nan,",
        "#EXT-X-BYTERANGE:10@0",
        "#EXT-X-BYTERANGE:99999999999999999999",
        "#EXT-X-MEDIA-SEQUENCE:18446744073709551616",
        '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0xzz',
        '#EXT-X-KEY:METHOD=AES-128,URI="k"',
        "#EXT-X-KEY:METHOD=NONE",
        '#EXT-X-MAP:URI=""',
        '#EXT-X-MAP:URI="i",BYTERANGE="1@2"',
        "#EXT-X-DISCONTINUITY",
        "#EXT-X-ENDLIST",
        "a.ts",
        "//[",
        "http://[::1",
        "file:///etc/passwd",
    ]
)


@given(st.lists(st.one_of(LINES, st.text(max_size=40)), max_size=40), st.binary(max_size=20))
def test_any_playlist(lines: list[str], tail: bytes) -> None:
    data = "\n".join(["#EXTM3U", *lines]).encode("utf-8", "surrogatepass") + tail
    harmless(lambda: media_playlist.parse(data, "https://site.example/a/b.m3u8"))


def test_a_million_segments_are_refused() -> None:
    data = b"#EXTM3U\n" + b"#EXTINF:1,\na.ts\n" * 1_000_000
    with pytest.raises(BadMedia):
        media_playlist.parse(data, "https://site.example/")


def test_a_fragment_of_a_billion_samples_is_refused() -> None:
    track = movie_boxes.Track(1, "vide", 1000, 0, 0.0)
    trun = box(b"trun", struct.pack(">II", 0, 1_000_000_000))
    tfhd = box(b"tfhd", struct.pack(">II", 0x20000, 1))
    moof = box(b"moof", box(b"traf", tfhd + trun))
    with pytest.raises(BadMedia):
        movie_boxes.fragment(moof, (track,))


@given(st.binary(max_size=1000), st.integers(-(1 << 40), 1 << 40))
def test_any_transport_stream(data: bytes, shift: int) -> None:
    assert len(mpegts.shifted(data, shift)) == len(data)
    mpegts.first_times(data)


@given(st.integers(-(1 << 33), 1 << 33))
def test_timestamps_move_by_exactly_that(shift: int) -> None:
    stream = media.make(media.recipe("h264", Pack.TS, seconds=4, sound="aac")).read_bytes()[: 188 * 200]
    before, after = list(mpegts.timestamps(stream)), list(mpegts.timestamps(mpegts.shifted(stream, shift)))
    assert len(before) > 5
    assert [(kind, (time + shift) % (1 << 33)) for kind, time in before] == after
    assert mpegts.shifted(mpegts.shifted(stream, shift), -shift) == stream


ADTS = bytes.fromhex("fff14c800a5ffc") + bytes(range(75))
TAG = b"ID3\4\0\0\0\0\0\x3fPRIV\0\0\0\x35\0\0com.apple.streaming.transportStreamTimestamp\0" + bytes(7) + b"\7"


@settings(max_examples=200, deadline=None)
@given(changes, cuts, st.binary(max_size=40))
def test_packed_sound(places: list[tuple[int, int]], cut: int, front: bytes) -> None:
    data = damaged(TAG + ADTS * 20, places, cut)
    harmless(lambda: packed_audio.segment(data))
    harmless(lambda: packed_audio.segment(front + data))
    harmless(lambda: packed_audio.tag_time(TAG[:10] + front))


def test_whole_packed_sound_is_read() -> None:
    read = packed_audio.segment(TAG + ADTS * 20 + ADTS[:50])
    assert (read.time, len(read.sizes), read.data) == (7, 20, ADTS[7:] * 20)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(["#EXT-X-STREAM-INF:", "#EXT-X-MEDIA:", "BANDWIDTH=", "9" * 30, ",", "\n", "[", '"']),
        max_size=30,
    ),
)
def test_master_playlists(tail: str, words: list[str]) -> None:
    data = f"#EXTM3U\n{''.join(words)}{tail}".encode("utf-8", "replace")
    harmless(lambda: multivariant_playlist.parse(data, "https://example.org/a/"))


@settings(max_examples=100, deadline=None)
@given(changes, cuts)
def test_headers_that_change(real: dict[str, bytes], places: list[tuple[int, int]], cut: int) -> None:
    def read() -> None:
        for coding in inits.codings(damaged(real["fmp4"][:3000], places, cut)).values():
            coding.sets()

    harmless(read)
