"""What HLS playlists may hold besides one plain stream: packed sound, master playlists, initialisation segments that change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from Cryptodome.Cipher import AES
from Cryptodome.Util.Padding import pad

from clipferry.clip.cut import CutPath, CutRequest, cut
from clipferry.clip.errors import BadMedia
from clipferry.clip.model import Delivery, MediaSource, OutputKind, Window
from clipferry.clip.verify import verify_clip
from faults.reading import Bench, watch
from origin import media, verify
from origin.media import Pack, Recipe
from origin.media.encode import run

MP4 = OutputKind.MP4


def playlist(bench: Bench, body: str, name: str = "index.m3u8") -> str:
    return bench.site.put(f"https://video.example/{name}", body, content_type="application/vnd.apple.mpegurl")


def published(bench: Bench, recipe: Recipe, name: str = "index.m3u8") -> str:
    """The playlist of ``recipe``, its segments by their own addresses."""
    entry = media.make(recipe)
    lines = entry.read_text().splitlines()
    whole = [line if not line or line.startswith("#") else bench.site.publish(entry.parent / line) for line in lines]
    return playlist(bench, "\n".join(whole) + "\n", name)


# Packed sound ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def picture(bench: Bench) -> Iterator[MediaSource]:
    source = bench.source(bench.media("h264", "hls-ts", None), Delivery.HLS, "mpegts")
    yield source
    source.close()


def packed_sound(bench: Bench, kind: str, beside: MediaSource) -> MediaSource:
    """Sound on the clock of the pictures."""
    with beside.open(Window(0, 1)) as opened:
        zero_s = opened.origin_s
    url = published(bench, media.recipe(None, Pack.HLS_PACKED, sound=kind, start_s=round(zero_s, 5)))
    return bench.source(url, Delivery.HLS, "mpegts", audio_codec="unknown", beside=beside)


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 4.0), (7.3, 11.9), (13.05, 20.0)])
@pytest.mark.parametrize("kind", ["aac-bare", "aac", "mp3"])
def test_packed_sound_is_in_step_with_its_pictures(
    bench: Bench, picture: MediaSource, tmp_path: Path, kind: str, start_s: float, end_s: float
) -> None:
    sound = packed_sound(bench, kind, picture)
    clip = tmp_path / "clip.mp4"
    try:
        report = cut(CutRequest(picture, sound, start_s=start_s, end_s=end_s, target=clip, kind=MP4))
        verify_clip(clip, report)
    finally:
        sound.close()
    assert report.audio is not None
    assert report.audio.copied
    seen = verify.pictures(clip)
    assert seen.faults(int(start_s * 30 + 1e-6), int(end_s * 30 + 1e-6) - 1) == []
    offsets = verify.av_offsets(clip, verify.constant(30, 600), points=3)
    assert all(one.sure and abs(one.offset_s) < 0.003 for one in offsets), offsets


def test_packed_sound_alone(bench: Bench, tmp_path: Path) -> None:
    url = published(bench, media.recipe(None, Pack.HLS_PACKED, sound="aac-bare", start_s=93.5))
    sound = bench.source(url, Delivery.HLS, "mpegts", audio_codec="mp4a.40.2")
    clip = tmp_path / "clip.m4a"
    try:
        cut(CutRequest(None, sound, start_s=5.0, end_s=9.0, target=clip, kind=OutputKind.M4A))
    finally:
        sound.close()
    heard = verify.sound_seconds(clip)
    assert heard
    assert all(abs(at + 5.0 - of) < 0.003 for at, of in heard), heard


def test_packed_sound_whose_clock_turns_over(bench: Bench, tmp_path: Path) -> None:
    """33 bits of 1/90000 s last 26.5 hours (ISO/IEC 13818-1, 2.4.3.7)."""
    url = published(bench, media.recipe(None, Pack.HLS_PACKED, sound="aac-bare", start_s=2**33 / 90000 - 6.0))
    sound = bench.source(url, Delivery.HLS, "mpegts", audio_codec="mp4a.40.2")
    clip = tmp_path / "clip.m4a"
    try:
        cut(CutRequest(None, sound, start_s=4.0, end_s=9.0, target=clip, kind=OutputKind.M4A))
    finally:
        sound.close()
    assert all(abs(at + 4.0 - of) < 0.003 for at, of in verify.sound_seconds(clip))


# Master playlists -----------------------------------------------------------------------------------------------------


def master(*streams: str) -> str:
    return "\n".join(["#EXTM3U", "#EXT-X-INDEPENDENT-SEGMENTS", *streams]) + "\n"


def variant(url: str, height: int, rate: int, more: str = "") -> str:
    attributes = f"BANDWIDTH={rate},RESOLUTION={height * 16 // 9}x{height}{more}"
    return f'#EXT-X-STREAM-INF:{attributes},CODECS="avc1.64000d,mp4a.40.2"\n{url}'


@pytest.mark.parametrize(
    ("wish", "taken"),
    [
        ({"height": 180}, "mid-rich"),
        ({"height": 360}, "high"),
        ({"height": 179, "bit_rate": 310_000}, "mid"),
        ({"height": 180, "bit_rate": 900_000}, "mid-rich"),
        ({"bit_rate": 120_000}, "low"),
        ({}, "high"),
    ],
)
def test_the_variant_that_is_meant_is_taken_from_a_master_playlist(
    bench: Bench, wish: dict[str, int], taken: str
) -> None:
    qualities = [("low", 90, 100_000), ("mid", 180, 300_000), ("mid-rich", 180, 800_000), ("high", 360, 2_000_000)]
    for name, _, _ in qualities:
        published(bench, media.recipe("h264", Pack.HLS_TS), f"{name}.m3u8")
    streams = [variant(f"{name}.m3u8", height, rate) for name, height, rate in qualities]
    streams.append('#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,RESOLUTION=640x360,URI="keys.m3u8"')
    source = bench.source(playlist(bench, master(*streams), "master.m3u8"), Delivery.HLS, "mpegts", **wish)
    try:
        seen = watch(source, 7.3, 11.9)
        assert seen.wrong() == []
        assert seen.covers(219, 356)
        assert source.separate_audio() is None
    finally:
        source.close()
    assert {name for name, _, _ in qualities if bench.site.log("video.example", f"/{name}.m3u8")} == {taken}


def test_the_sound_that_a_master_playlist_keeps_apart_is_found(bench: Bench, tmp_path: Path) -> None:
    pictures = bench.media("h264", "hls-fmp4", None)
    others = [bench.media(None, "hls-fmp4", name) for name in ("aac", "aac-bare")]
    line = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="{0}",LANGUAGE="{0}",DEFAULT={1},URI="{2}"'
    told = [
        line.format("de", "NO", others[0]),
        line.format("en", "YES", others[1]),
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="en",URI="subtitles.m3u8"',
        variant(pictures, 180, 300_000, ',AUDIO="a"'),
    ]
    picture = bench.source(playlist(bench, master(*told), "master.m3u8"), Delivery.HLS, "mpegts", height=180)
    apart = picture.separate_audio()
    assert apart is not None
    assert apart.video_codec is None
    sound = bench.open(apart, beside=picture)
    clip = tmp_path / "clip.mp4"
    try:
        report = cut(CutRequest(picture, sound, start_s=5.4, end_s=9.0, target=clip, kind=MP4))
        verify_clip(clip, report)
    finally:
        picture.close()
        sound.close()
    assert verify.pictures(clip).faults(162, 269) == []
    assert bench.site.log("video.example", "*/aac-bare/*")
    assert not bench.site.log("video.example", "*/aac/*")


def test_a_master_playlist_of_nothing_is_bad_media(bench: Bench) -> None:
    source = bench.source(playlist(bench, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n"), Delivery.HLS, "mpegts")
    try:
        with pytest.raises(BadMedia):
            source.prepare()
    finally:
        source.close()


# Initialisation segments that change ----------------------------------------------------------------------------------


def spliced(bench: Bench, *recipes: tuple[Recipe, slice]) -> str:
    """A playlist of stretches of several streams, each behind its own EXT-X-MAP and a discontinuity."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:6", "#EXT-X-PLAYLIST-TYPE:VOD"]
    for number, (recipe, part) in enumerate(recipes):
        entry = media.make(recipe)
        known = entry.read_text().splitlines()
        lines += ["#EXT-X-DISCONTINUITY"] * (number > 0)
        lines.append(f'#EXT-X-MAP:URI="{bench.site.publish(entry.parent / "init.mp4")}"')
        spans = [line for line in known if line.startswith("#EXTINF")]
        names = [line for line in known if line and not line.startswith("#")]
        for span, name in list(zip(spans, names, strict=True))[part]:
            lines += [span, bench.site.publish(entry.parent / name)]
    return playlist(bench, "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n")


SMALL = media.recipe("h264", Pack.HLS_FMP4)
LARGE = replace(SMALL, picture=replace(media.PICTURES["h264"], width=640, height=360))


def test_a_change_of_the_coding_in_mid_clip_means_that_every_frame_is_encoded(bench: Bench, tmp_path: Path) -> None:
    """0-10 s of one, then 10-20 s of the other; both count frames from their own beginning."""
    source = bench.source(spliced(bench, (SMALL, slice(0, 2)), (LARGE, slice(2, 4))), Delivery.HLS, "mpegts")
    clip = tmp_path / "clip.mp4"
    try:
        report = cut(CutRequest(source, None, start_s=7.3, end_s=12.6, target=clip, kind=MP4))
        verify_clip(clip, report)
    finally:
        source.close()
    assert report.path is CutPath.REENCODE
    assert "changes its format" in (report.note or "")
    assert verify.pictures(clip).faults(219, 377) == []
    offsets = verify.av_offsets(clip, verify.constant(30, 600), points=3)
    assert all(one.sure and abs(one.offset_s) < 0.003 for one in offsets), offsets


@pytest.mark.parametrize("way", ["there", "there and back"])
def test_a_change_before_or_behind_the_clip_does_not_matter(bench: Bench, tmp_path: Path, way: str) -> None:
    parts = [(SMALL, slice(0, 1)), (LARGE, slice(1, 3))]
    source = bench.source(
        spliced(bench, *parts, *([(SMALL, slice(3, 4))] if way == "there and back" else [])), Delivery.HLS, "mpegts"
    )
    clip = tmp_path / "clip.mp4"
    try:
        report = cut(CutRequest(source, None, start_s=6.2, end_s=13.7, target=clip, kind=MP4))
        verify_clip(clip, report)
    finally:
        source.close()
    assert report.path is CutPath.SMART
    assert verify.pictures(clip).faults(186, 410) == []


def test_another_header_for_the_same_coding_changes_nothing(bench: Bench, tmp_path: Path) -> None:
    """The second header is another packager's: other track numbers, another clock, sound in front of the picture."""
    entry = media.make(SMALL)
    swapped = tmp_path / "swapped"
    swapped.mkdir()
    repack(entry, swapped)
    body = entry.read_text().splitlines()
    names = [line for line in body if line and not line.startswith("#")]
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:6", f'#EXT-X-MAP:URI="{bench.site.publish(entry.parent / "init.mp4")}"']
    for folder, part in ((entry.parent, names[:2]), (swapped, names[2:])):
        if folder is swapped:
            lines.append(f'#EXT-X-MAP:URI="{bench.site.publish(folder / "init.mp4")}"')
        for name in part:
            lines += ["#EXTINF:5.0,", bench.site.publish(folder / name)]
    source = bench.source(playlist(bench, "\n".join([*lines, "#EXT-X-ENDLIST"])), Delivery.HLS, "mpegts")
    clip = tmp_path / "clip.mp4"
    try:
        report = cut(CutRequest(source, None, start_s=7.3, end_s=12.6, target=clip, kind=MP4))
        verify_clip(clip, report)
    finally:
        source.close()
    assert report.path is CutPath.SMART
    assert verify.pictures(clip).faults(219, 377) == []
    offsets = verify.av_offsets(clip, verify.constant(30, 600), points=3)
    assert all(one.sure and abs(one.offset_s) < 0.003 for one in offsets), offsets


def repack(entry: Path, folder: Path) -> None:
    """The stream of a playlist once more, tracks the other way round and the pictures on a clock of their own."""
    run(
        *("-i", str(entry), "-map", "0:a", "-map", "0:v", "-c", "copy", "-copyts", "-muxdelay", "0"),
        *("-f", "hls", "-hls_time", "4", "-hls_list_size", "0", "-hls_playlist_type", "vod"),
        *("-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_options"),
        *("video_track_timescale=90000", "-hls_segment_filename", str(folder / "segment-%03d.m4s")),
        str(folder / "index.m3u8"),
    )


# Encrypted fragments --------------------------------------------------------------------------------------------------

KEY, IV = bytes(range(16)), bytes(range(100, 116))


@pytest.mark.parametrize("all_of_it", [True, False], ids=["all of it", "media alone"])
def test_encrypted_fragments(bench: Bench, tmp_path: Path, all_of_it: bool) -> None:
    """An EXT-X-KEY holds for an EXT-X-MAP behind it too (RFC 8216, section 4.3.2.4); many sites encrypt the media alone."""
    entry = media.make(SMALL)

    def published_piece(name: str, *, plain: bool = False) -> str:
        data = (entry.parent / name).read_bytes()
        path = tmp_path / name
        path.write_bytes(data if plain else AES.new(KEY, AES.MODE_CBC, iv=IV).encrypt(pad(data, 16)))
        return bench.site.publish(path)

    (tmp_path / "key").write_bytes(KEY)
    known = entry.read_text().splitlines()
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:6", "#EXT-X-PLAYLIST-TYPE:VOD"]
    lines.append(f'#EXT-X-KEY:METHOD=AES-128,URI="{bench.site.publish(tmp_path / "key")}",IV=0x{IV.hex()}')
    lines.append(f'#EXT-X-MAP:URI="{published_piece("init.mp4", plain=not all_of_it)}"')
    for line in known:
        if line.startswith("#EXTINF"):
            lines.append(line)
        elif line and not line.startswith("#"):
            lines.append(published_piece(line))
    source = bench.source(playlist(bench, "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"), Delivery.HLS, "mpegts")
    try:
        seen = watch(source, 7.3, 8.5)
        assert seen.wrong() == []
        assert seen.covers(219, 254)
    finally:
        source.close()
