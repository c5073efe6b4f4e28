"""What is measured: which video, how it reaches the network, and what it has to be at the least."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av

from origin import LocalInternet, media
from origin.media.recipes import Pack, Recipe, Sound
from origin.sites.youtube.films import Catalogue, recipe_of
from origin.sites.youtube.ytimg import cover

START_S, END_S = 303.457, 323.457
"""20 s at arbitrary marks of 10 minutes: 3.46 s into a GOP of 5 s."""
TEN_MINUTES, THREE_MINUTES, TWO_HOURS, FULL_HD = "BENCH10MINx", "BENCH3MINxx", "BENCH2Hxxxx", "BENCH1080Px"


@dataclass(frozen=True, slots=True)
class Work:
    """One source: how each program is told to take it, and its media on this machine."""

    name: str
    url: str
    ours: tuple[str, ...]
    """Options of ``clipferry clip``."""
    theirs: tuple[str, ...]
    """Options of yt-dlp."""
    extension: str
    files: tuple[Path, ...]
    """Picture and sound, or both in one; for ``least_bytes``."""
    besides_bytes: int = 0
    """What has to be read besides samples: the whole segments that the clip touches, where a server gives nothing smaller; the
    movie box of a progressive file, without which nobody knows where a sample lies."""
    least: str = "the samples alone"
    """What the least consists of, and what is known to come on top, for the table."""


def watch(video_id: str) -> str:
    return f"https://www.youtube.com/watch?v={video_id}"


def prepare(video_id: str) -> None:
    """Make all media of a video now: the site tells their sizes on its page, and a client waits only so long for that."""
    film = Catalogue().get(video_id)
    assert film is not None
    for itag in film.itags:
        print(f"  media of {video_id}, format {itag}", flush=True)
        media_of(video_id, itag)
    cover(film)


def media_of(video_id: str, itag: int) -> Path:
    film = Catalogue().get(video_id)
    assert film is not None
    return media.make(recipe_of(film, itag))


def packaged(name: str, site: LocalInternet, folder: Path) -> Work:
    """One packaging of the video of ten minutes in 720p; makes its media if that has not been done."""
    return _PACKAGINGS[name](site, folder)


def _dash(
    name: str, picture: int, sound: int, ours: tuple[str, ...], extension: str
) -> Callable[[LocalInternet, Path], Work]:
    def make(site: LocalInternet, folder: Path) -> Work:
        files = (media_of(TEN_MINUTES, picture), media_of(TEN_MINUTES, sound))
        theirs = ("-f", f"{picture}+{sound}", "--merge-output-format", extension)
        return Work(name, watch(TEN_MINUTES), ours, theirs, extension, files)

    return make


def _progressive(site: LocalInternet, folder: Path) -> Work:
    whole = _muxed(Pack.MP4_FRONT)
    index = _movie_box(whole)
    least = f"the samples and the movie box of {index / 1e6:.3f} MB"
    return Work("progressive", f"{site.publish(whole)}?throttle=1", (), (), "mp4", (whole,), index, least)


def _hls(site: LocalInternet, folder: Path) -> Work:
    """Its least are whole segments: there is no way to ask for less."""
    playlist = _muxed(Pack.HLS_TS)
    address, segments = _published_playlist(site, playlist, folder), _segment_bytes(playlist)
    return Work("hls", address, (), (), "mp4", (), segments, "whole segments: they come no smaller")


def _segment_bytes(playlist: Path) -> int:
    """The segments that the clip touches; each begins with a keyframe."""
    at, total = 0.0, 0
    lengths = iter(re.findall(r"#EXTINF:([\d.]+),\s*\n(?:#.*\n)*([^#\n]+)", playlist.read_text()))
    for length, name in lengths:
        if at < END_S and at + float(length) > START_S:
            total += (playlist.parent / name).stat().st_size
        at += float(length)
    return total


def _movie_box(path: Path) -> int:
    """The size of ``moov``."""
    with path.open("rb") as file:
        while header := file.read(8):
            size, kind = int.from_bytes(header[:4], "big"), header[4:]
            if kind == b"moov":
                return size
            file.seek(size - 8, 1)
    raise AssertionError("no moov")


def _muxed(pack: Pack) -> Path:
    film = Catalogue().get(TEN_MINUTES)
    assert film is not None
    return media.make(Recipe(film.seconds, pack, recipe_of(film, 136).picture, Sound("aac", bare=True)))


_PACKAGINGS: dict[str, Callable[[LocalInternet, Path], Work]] = {
    "h264": _dash("h264", 136, 140, ("--codec", "h264"), "mp4"),
    "vp9": _dash("vp9", 247, 251, ("--format", "webm", "--codec", "vp9"), "webm"),
    "av1": _dash("av1", 398, 140, ("--codec", "av1"), "mp4"),
    "progressive": _progressive,
    "hls": _hls,
}
PACKAGINGS = tuple(_PACKAGINGS)


def _published_playlist(site: LocalInternet, playlist: Path, folder: Path) -> str:
    """The playlist with its segments' own addresses: a published file has no neighbours."""
    lines = [
        line if line.startswith("#") or not line else site.publish(playlist.parent / line)
        for line in playlist.read_text().splitlines()
    ]
    copy = folder / "index.m3u8"
    copy.write_text("\n".join(lines) + "\n")
    return site.publish(copy)


def least_bytes(taken: Work, start_s: float, end_s: float) -> int:
    """The sample-level minimum: the sizes of the pictures from the keyframe at or before the start to the last one shown before
    the end (in decode order), and of the sounds from one frame before the start to the end; and ``Work.besides_bytes``."""
    total = taken.besides_bytes
    for path in taken.files:
        with av.open(str(path)) as container:
            for stream in container.streams:
                total += _needed(path, stream.index, start_s, end_s)
    return total


def _needed(path: Path, index: int, start_s: float, end_s: float) -> int:
    with av.open(str(path)) as container:
        stream = container.streams[index]
        assert stream.time_base is not None
        base = stream.time_base
        container.seek(round(start_s / base), stream=stream)
        packets = [
            _Packet(float(p.pts * base), float((p.duration or 0) * base), p.size, p.is_keyframe)
            for p in _until(container.demux(stream), float(end_s / base), 200)
            if p.pts is not None
        ]
        shown = [n for n, p in enumerate(packets) if p.at_s < end_s - 0.0005]
        if stream.type == "audio":
            first = max(0, next(n for n in shown if packets[n].at_s + packets[n].lasts_s > start_s) - 1)
        else:
            first = max(n for n in shown if packets[n].is_keyframe and packets[n].at_s <= start_s + 0.0005)
        return sum(packet.size for packet in packets[first : shown[-1] + 1])


@dataclass(frozen=True, slots=True)
class _Packet:
    at_s: float
    lasts_s: float
    size: int
    is_keyframe: bool


def _until(
    packets: Iterator[av.Packet[av.stream.Stream]], end: float, more: int
) -> Iterator[av.Packet[av.stream.Stream]]:
    for packet in packets:
        yield packet
        if packet.pts is not None and packet.pts > end:
            more -= 1
            if more == 0:
                return


def fresh(folder: Path) -> Path:
    """``folder``, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
