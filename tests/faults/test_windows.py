"""Every packaging, any window: each picture lies where its number says, and only the window's bytes were sent for."""

from __future__ import annotations

import itertools
from pathlib import Path

import av
import pytest

from clipferry.clip.cut import CutRequest, cut
from clipferry.clip.http.retry_policy import RetryPolicy
from clipferry.clip.model import Delivery, Fragment, MediaSource, OutputKind, Window
from faults.reading import Bench, Seen, watch
from origin import media, verify
from origin.media import Pack

FILES = ["fmp4", "mp4-front", "mp4-end", "webm-front", "webm-end", "mkv"]
PLAYLISTS = ["hls-ts", "hls-fmp4", "hls-ranges-ts", "hls-ranges-fmp4", "hls-aes", "hls-jump"]
WINDOWS = [(0.0, 3.0), (7.3, 11.9), (7.5, 9.99), (9.9, 10.1), (13.0, None), (0.0, None)]


def picture_of(pack: str) -> tuple[str, str]:
    return ("vp9", "opus") if "webm" in pack else ("h264", "aac")


def assert_right(seen: Seen, start_s: float, end_s: float | None, seconds: float = 20.0) -> None:
    assert seen.wrong() == []
    first, last = int(start_s * 30 + 1e-6), int(min(end_s or seconds, seconds) * 30 - 1e-6)
    assert seen.covers(first, min(last, int(seconds * 30) - 1))
    assert seen.sound[0] <= max(start_s, 0.03)
    assert seen.sound[-1] >= (end_s or seconds) - 0.03


@pytest.mark.parametrize("start_s", [0.0, 10.0])
@pytest.mark.parametrize("pack", FILES)
def test_files(bench: Bench, pack: str, start_s: float) -> None:
    picture, sound = picture_of(pack)
    url = bench.media(picture, pack, sound=sound, start_s=start_s)
    source = bench.source(url, container="webm" if "web" in pack else "mp4", duration_s=20.0)
    try:
        for window in WINDOWS:
            assert_right(watch(source, *window), *window)
        assert source.duration_s() == pytest.approx(20.0, abs=0.1)
    finally:
        source.close()


@pytest.mark.parametrize("pack", PLAYLISTS)
def test_playlists(bench: Bench, pack: str) -> None:
    url = bench.media("h264", pack, sound="aac")
    source = bench.source(url, Delivery.HLS, "mpegts", duration_s=20.0)
    try:
        for window in WINDOWS:
            assert_right(watch(source, *window), *window)
        assert source.duration_s() == pytest.approx(20.0, abs=0.1)
    finally:
        source.close()


@pytest.mark.parametrize("picture", ["h264-pyramid", "h264-bframes8", "h264-vfr", "hevc", "av1", "vp9"])
@pytest.mark.parametrize("pack", ["fmp4", "mp4-end"])
def test_codecs(bench: Bench, picture: str, pack: str) -> None:
    source = bench.source(bench.media(picture, pack, sound="aac"), duration_s=20.0)
    try:
        seen = watch(source, 6.2, 8.4)
        assert [n for _, n in seen.pictures] == sorted(n for _, n in seen.pictures if n is not None)
        if picture != "h264-vfr":
            assert_right(seen, 6.2, 8.4)
    finally:
        source.close()


def test_fragments_as_yt_dlp_gives_them(bench: Bench) -> None:
    folder = media.make(media.recipe("h264", Pack.DASH_NUMBER, seconds=20, sound=None)).parent
    names = sorted(path for path in folder.rglob("*") if path.suffix not in (".mpd", ".m3u8") and path.is_file())
    init = next(path for path in names if "init" in path.name)
    pieces = [path for path in names if path != init]
    fragments = [Fragment(bench.site.publish(init))]
    fragments += [Fragment(bench.site.publish(path), duration_s=20.0 / len(pieces)) for path in pieces]
    source = bench.source(fragments[0].url, Delivery.FRAGMENTS, "mp4", fragments=tuple(fragments))
    try:
        for start_s, end_s in [(0.0, 2.0), (9.3, 12.2), (17.0, None)]:
            seen = watch(source, start_s, end_s)
            assert seen.wrong() == []
            assert seen.covers(int(start_s * 30), int((end_s or 19.96) * 30 - 1))
    finally:
        source.close()


@pytest.mark.parametrize("pack", ["fmp4", "mp4-front", "mp4-end", "webm-front", "webm-end"])
def test_only_the_bytes_of_the_window(bench: Bench, pack: str) -> None:
    """Against the sizes of the packets themselves: what a demuxer hands out is what has to be paid for."""
    picture, sound = picture_of(pack)
    url = bench.media(picture, pack, sound=sound, seconds=120)
    bench.site.clear_log()
    source = bench.source(
        url, container="webm" if "web" in pack else "mp4", duration_s=120.0, retry_policy=RetryPolicy()
    )
    try:
        assert watch(source, 61.3, 81.3).wrong() == []
        sent = bench.site.counters("video.example")
        whole = media.make(media.recipe(picture, Pack(pack), seconds=120, sound=sound)).stat().st_size
        assert sent.bytes < whole * (25.0 / 120.0) * 1.25
        assert sent.requests <= 5  # front, index at the end, body, what the guess at the last cluster left
    finally:
        source.close()


def packets(source: MediaSource, start_s: float, end_s: float) -> list[tuple[float, int, bool]]:
    """Presentation time, size and whether it is a key, of every packet of the window."""
    with source.open(Window(start_s, end_s)) as opened, av.open(opened.file, "r", format=opened.demuxer) as container:
        return [
            (float(packet.pts * packet.time_base) - opened.origin_s, packet.size, packet.is_keyframe)
            for packet in container.demux(container.streams[0])
            if packet.pts is not None and packet.time_base is not None
        ]


@pytest.mark.parametrize(
    ("start_s", "end_s"), [(33.457, 53.457), (61.3, 81.3), (89.9, 109.9), (33.457, 39.157), (67.3, 73.0), (59.9, 65.6)]
)
def test_a_pair_costs_little_more_than_its_samples(bench: Bench, start_s: float, end_s: float) -> None:
    """The least there is to fetch: from the key before the start to the last picture, and the sound between and one frame before.
    A clip of six seconds has less to hide an index and a guess in; this one has 0.4 Mbit/s."""
    usual = RetryPolicy()
    picture = bench.source(bench.media("h264", "fmp4", None, seconds=120), duration_s=120.0, retry_policy=usual)
    bench.store = bench.store / "sound"
    url = bench.media(None, "fmp4", "aac-bare", seconds=120)
    sound = bench.source(url, duration_s=120.0, beside=picture, retry_policy=usual)
    bench.site.clear_log()
    try:
        picture.begin()
        sound.begin()
        seen, heard = packets(picture, start_s, end_s), packets(sound, start_s, end_s)
    finally:
        picture.close()
        sound.close()
    key = max(index for index, (time, _, is_key) in enumerate(seen) if is_key and time <= start_s + 0.0005)
    last = max(index for index, (time, _, _) in enumerate(seen) if time < end_s - 0.0005)
    least = sum(size for _, size, _ in seen[key : last + 1])
    least += sum(size for time, size, _ in heard if start_s - 0.0427 < time < end_s)
    sent = bench.site.counters("video.example")
    assert sent.bytes <= 1.10 * least
    assert sent.requests <= 6


@pytest.mark.parametrize(("start_s", "end_s"), [(33.457, 39.157), (64.2, 69.9), (4.4, 5.0), (119.0, 120.0), (0.0, 5.0)])
def test_webm_sound_is_entered_in_the_middle_of_a_cluster(
    bench: Bench, tmp_path: Path, start_s: float, end_s: float
) -> None:
    """Clusters of sound are long; what lies in front of the clip in the first one is not fetched."""
    sound = bench.source(bench.media(None, "webm-front", "opus", seconds=120), container="webm", duration_s=120.0)
    clip = tmp_path / "clip.opus"
    try:
        cut(CutRequest(None, sound, start_s=start_s, end_s=end_s, target=clip, kind=OutputKind.OPUS))
    finally:
        sound.close()
    heard = verify.sound_seconds(clip)
    assert heard
    assert all(abs(at + start_s - of) < 0.003 for at, of in heard), heard
    sent = bench.site.counters("video.example")
    assert sent.bytes < (end_s - start_s + 0.8) * 16_500 + 8_000 + 20_000 * (start_s < 6)
    assert sent.requests <= 4


def test_two_formats_of_one_name_keep_their_bytes_apart(bench: Bench) -> None:
    """Names of formats are a site's; what is kept in a job's folder goes by what the files are, also for a later process."""
    urls = [bench.media("h264", "fmp4", None), bench.media("h264-60", "fmp4", None)]
    for attempt in range(2):
        bench.fetched.clear()
        both = [bench.source(url, duration_s=20.0) for url in urls]
        try:
            opened = [source.open(Window(0.0, 20.0)) for source in both]
            for media_ in opened:  # both on their way at once
                media_.__exit__(None, None, None)
            for source, fps in zip(both, (30.0, 60.0), strict=True):
                seen = watch(source, 0.0, 20.0)
                assert seen.wrong(fps) == []
                assert seen.covers(0, int(20 * fps) - 1)
        finally:
            for source in both:
                source.close()
        assert attempt == 0 or sum(bench.fetched) == 0


def test_a_second_window_costs_only_what_is_new(bench: Bench) -> None:
    source = bench.source(bench.media("h264", "fmp4", seconds=120), duration_s=120.0)
    try:
        watch(source, 61.3, 81.3)
        first = sum(bench.fetched)
        watch(source, 62.0, 80.0)
        assert sum(bench.fetched) == first
        watch(source, 56.0, 80.0)
        assert first < sum(bench.fetched) < 2 * first
    finally:
        source.close()


def test_the_beginning_is_read_while_the_end_is_still_on_its_way(bench: Bench) -> None:
    """The cutter encodes the head of a clip meanwhile."""
    url = bench.media("h264", "fmp4", seconds=120)
    size = media.make(media.recipe("h264", Pack.FMP4, seconds=120)).stat().st_size
    source = bench.source(url, duration_s=120.0)
    came: list[int] = []

    def each(number: int) -> None:
        came.append(number)
        if len(came) == 30:
            bench.site.release()

    try:
        source.prepare()
        bench.site.fault("hold", path="/media/*", at_byte=size // 2)
        seen = watch(source, 40.0, 80.0, each)
        assert seen.wrong() == []
        assert seen.covers(1200, 2399)
        assert [fault.hits for fault in bench.site.faults()] == [1]
    finally:
        source.close()


@pytest.mark.parametrize("pack", ["fmp4", "webm-front"])
def test_what_the_guess_at_the_end_left_out_is_sent_for_before_anybody_reads(bench: Bench, pack: str) -> None:
    """The cutter comes there when it has encoded the head."""
    picture, _ = picture_of(pack)
    url = bench.media(picture, pack, None, seconds=120)
    source = bench.source(url, container="webm" if "web" in pack else "mp4", duration_s=120.0)
    try:
        source.prepare()
        with source.open(Window(61.3, 81.1)):
            bench.site.wait_for("video.example", "/media/*", requests=3)
            watch(source, 61.3, 81.1)  # while it is open: closing a window breaks off what is on its way
        assert bench.site.counters("video.example").requests == 3, "the index, the guess and the rest"
    finally:
        source.close()


def test_reading_ahead_stops_when_the_reader_leaves(bench: Bench) -> None:
    url = bench.media("h264", "fmp4", seconds=120)
    size = media.make(media.recipe("h264", Pack.FMP4, seconds=120)).stat().st_size
    source = bench.source(url, duration_s=120.0)
    try:
        source.prepare()
        bench.site.fault("hold", path="/media/*", at_byte=size // 4)
        with source.open(Window(0.0, None)) as opened:
            assert opened.file.read(1000)
            bench.site.wait_for("video.example", "/media/*", requests=2)
        bench.site.release()
        source.close()
        assert sum(bench.fetched) < size * 0.5
    finally:
        source.close()


def test_a_pair_keeps_one_clock(bench: Bench) -> None:
    picture = bench.source(bench.media("h264", "fmp4", sound=None, start_s=10.0), duration_s=20.0)
    bench.store = bench.store / "sound"
    sound = bench.source(bench.media(None, "fmp4", sound="aac-bare", start_s=10.0), duration_s=20.0, beside=picture)
    try:
        picture.begin()
        sound.begin()
        with picture.open(Window(7.0, 9.0)) as one, sound.open(Window(7.0, 9.0)) as other:
            assert one.origin_s == other.origin_s
        assert bench.site.counters("video.example").requests <= 6
    finally:
        picture.close()
        sound.close()


def test_windows_do_not_depend_on_their_order(bench: Bench) -> None:
    source = bench.source(bench.media("h264", "mp4-end", seconds=20), duration_s=20.0)
    try:
        for window in itertools.permutations([(0.0, 2.0), (15.5, 17.0), (8.0, 9.0)]):
            for start_s, end_s in window:
                assert_right(watch(source, start_s, end_s), start_s, end_s)
    finally:
        source.close()
