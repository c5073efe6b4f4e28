"""Subtitles of an HLS video, and what is said of those that cannot be had."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import pytest

from cli.conftest import CLIP, CommandLine
from origin import LocalInternet, media, verify
from origin.media import Pack

SEGMENT_S = 4
CUES = tuple((start + 0.5, start + 1.5, f"second {start}") for start in range(20))


def published(site: LocalInternet, *, mapped: bool) -> str:
    """A master playlist of our numbered film with subtitles in segments; the film's clock begins at 1.4 s or so. Gives its URL."""
    film = site.media_url("h264", Pack.HLS_TS.value, seconds=20.0)
    index = media.make(media.recipe("h264", Pack.HLS_TS, seconds=20.0))
    listed = [f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{SEGMENT_S}\n#EXT-X-PLAYLIST-TYPE:VOD\n"]
    zero = _first_pts(index)
    for number in range(5):
        begin = number * SEGMENT_S
        head = "WEBVTT\n" + (f"X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:{zero + begin * 90_000}\n" if mapped else "")
        shift = begin if mapped else 0
        words = [
            f"\n{_clock(start - shift)} --> {_clock(end - shift)}\n{text}\n"
            for start, end, text in CUES
            if begin <= start < begin + SEGMENT_S
        ]
        site.put(f"https://video.example/subs/{number}.vtt", head + "".join(words), content_type="text/vtt")
        listed.append(f"#EXTINF:{SEGMENT_S},\n{number}.vtt\n")
    apple = "application/vnd.apple.mpegurl"
    site.put("https://video.example/subs/en.m3u8", "".join(listed) + "#EXT-X-ENDLIST\n", content_type=apple)
    master = (
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",LANGUAGE="en",URI="/subs/en.m3u8"\n'
        f'#EXT-X-STREAM-INF:BANDWIDTH=700000,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=320x180,SUBTITLES="s"\n{film}\n'
    )
    return site.put("https://video.example/master.m3u8", master, content_type=apple)


def _first_pts(index: Path) -> int:
    with av.open(str(next(iter(sorted(index.parent.glob("*.ts")))))) as container:
        stream = container.streams.video[0]
        return min(packet.pts for packet in container.demux(stream) if packet.pts is not None)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}:{seconds % 60:06.3f}"


def read(path: Path) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", "0:s:0", "-f", "webvtt", "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("mapped", [True, False], ids=["X-TIMESTAMP-MAP", "without a map"])
def test_subtitles_of_a_playlist_are_cut_with_the_clip(cli: CommandLine, site: LocalInternet, mapped: bool) -> None:
    url = published(site, mapped=mapped)
    site.clear_log()
    answer = cli.clip(url, "--start", "9", "--end", "12", "--subtitles", "en")
    assert answer.code == 0, answer
    assert answer.said["proof"]["note"] is None
    assert verify.pictures(answer.path).faults(270, 359) == []
    assert read(answer.path).split("\n\n")[1:] == [
        "00:00.000 --> 00:00.500\nsecond 8",
        "00:00.500 --> 00:01.500\nsecond 9",
        "00:01.500 --> 00:02.500\nsecond 10",
        "00:02.500 --> 00:03.000\nsecond 11\n",
    ]


def test_a_language_that_is_not_there_is_said_and_the_clip_is_made(cli: CommandLine) -> None:
    answer = cli.clip(CLIP, "--start", "1", "--end", "3", "--height", "360", "--subtitles", "fr", "--subtitles", "en")
    assert answer.code == 0
    assert "no subtitles in “fr”" in answer.said["proof"]["note"]
    person = cli.run("clip", CLIP, "--start", "1", "--end", "3", "--height", "360", "--subtitles", "fr")
    assert "no subtitles in “fr”" in person.err


def test_subtitles_that_are_none_are_said_and_the_clip_is_made(cli: CommandLine, site: LocalInternet) -> None:
    url = published(site, mapped=True)
    for number in range(5):
        site.put(f"https://video.example/subs/{number}.vtt", "<a" * 10_000, content_type="text/vtt")
    answer = cli.clip(url, "--start", "9", "--end", "12", "--subtitles", "en")
    assert answer.code == 0, answer
    assert "subtitles in “en” are missing" in answer.said["proof"]["note"]
