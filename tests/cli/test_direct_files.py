"""Links that are the media themselves, of every kind that is read: exactly the stretch, verified, and no more bytes than needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from cli.conftest import WATCH, CommandLine
from clipferry.clip.container.media_files import AUDIO_FILES, VIDEO_FILES
from origin import LocalInternet, media, verify
from origin.media import Pack
from origin.media.encode import run as ffmpeg

NOISE = ("-f", "lavfi", "-i", "anoisesrc=d={}:a=0.3:seed=4")
PICTURES = ("-f", "lavfi", "-i", "testsrc2=r=25:d=12:s=320x180")
SOUNDS: dict[str, tuple[str, ...]] = {
    "cbr.mp3": ("-b:a", "128k"),
    "vbr.mp3": ("-q:a", "3"),
    "plain.mp3": ("-b:a", "96k", "-write_xing", "0", "-id3v2_version", "0"),
    "low.mp3": ("-b:a", "32k"),
    "mono.mp3": ("-b:a", "64k", "-ar", "22050", "-ac", "1"),
    "adts.aac": ("-c:a", "aac", "-aac_pns", "0"),
    "vorbis.ogg": ("-c:a", "libvorbis"),
    "flac.oga": ("-c:a", "flac", "-f", "ogg"),
    "opus.opus": ("-c:a", "libopus"),
    "flac.flac": (),
    "wave.wav": (),
    "aiff.aiff": (),
    "aac.m4a": ("-c:a", "aac", "-aac_pns", "0"),
}
STRETCHES = ((0.0, 1.5), (5.3, 8.1), (10.2, 11.7))
READS = {"opus.opus": 0.02}
"""How far the samples of what is decoded from the middle may be from those of the whole, where a decoder settles; parts of the loudness."""


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a file of 12 s (or ``seconds``) once."""
    folder = tmp_path_factory.mktemp("direct")

    def made(name: str, *how: str, pictures: bool = False, seconds: int = 12) -> Path:
        path = folder / name
        if not path.exists():
            noise = [part.format(seconds) for part in NOISE]
            ffmpeg(*(PICTURES if pictures else ()), *noise, *how, str(path))
        return path

    return made


def heard(path: Path) -> tuple[np.ndarray[tuple[int], np.dtype[np.float32]], int]:
    """All samples of a file, mixed to one channel, and their rate."""
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        mono = av.AudioResampler(format="fltp", layout="mono")
        parts = [part.to_ndarray()[0] for frame in container.decode(audio=0) for part in mono.resample(frame)]
    return np.concatenate(parts), rate


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_is_cut_to_the_sample(
    cli: CommandLine, site: LocalInternet, make: Callable[..., Path], name: str
) -> None:
    source = make(name, *SOUNDS[name])
    whole, rate = heard(source)
    for start, end in STRETCHES:
        answer = cli.clip(site.publish(source), "--start", str(start), "--end", str(end), "--format", "flac")
        assert answer.code == 0, answer
        got, _ = heard(answer.path)
        want = whole[round(start * rate) :][: len(got)]
        assert len(got) == round((end - start) * rate)
        assert np.sqrt(np.mean((got - want) ** 2)) < READS.get(name, 0.001) * np.sqrt(np.mean(want**2)), (start, end)


@pytest.mark.parametrize("kind", ["mp3", "m4a", "opus"])
@pytest.mark.parametrize("name", ["cbr.mp3", "vorbis.ogg", "flac.flac", "adts.aac", "wave.wav"])
def test_sound_goes_into_every_kind_of_file(
    cli: CommandLine, site: LocalInternet, make: Callable[..., Path], name: str, kind: str
) -> None:
    answer = cli.clip(site.publish(make(name, *SOUNDS[name])), "--start", "5", "--end", "6.5", "--format", kind)
    assert answer.code == 0, answer
    assert answer.said["proof"]["end_s"] == pytest.approx(6.5, abs=0.03)


@pytest.mark.parametrize("name", ["cbr.mp3", "vorbis.ogg", "flac.flac", "wave.wav"])
def test_of_a_long_file_only_the_stretch_is_read(
    cli: CommandLine, site: LocalInternet, make: Callable[..., Path], name: str
) -> None:
    source = make(f"long-{name}", *SOUNDS[name], seconds=400)
    answer = cli.clip(site.publish(source), "--start", "300", "--end", "304", "--format", "flac")
    assert answer.code == 0, answer
    whole, rate = heard(source)
    got, _ = heard(answer.path)
    want = whole[300 * rate :][: len(got)]
    assert np.sqrt(np.mean((got - want) ** 2)) < 0.001 * np.sqrt(np.mean(want**2))
    assert answer.said["fetched_bytes"] < source.stat().st_size * 5 / 400 + 700_000


def test_a_title_and_garbage_around_the_frames_are_passed_over(
    cli: CommandLine, site: LocalInternet, make: Callable[..., Path], tmp_path: Path
) -> None:
    source = make("cbr.mp3", *SOUNDS["cbr.mp3"])
    tag = b"ID3\x04\0\0\0\0\x10\0" + bytes(2048)
    odd = tmp_path / "odd.mp3"
    odd.write_bytes(tag + b"\0" * 700 + source.read_bytes() + b"TAG" + bytes(125))
    answer = cli.clip(site.publish(odd), "--start", "5.3", "--end", "8.1", "--format", "flac")
    whole, rate = heard(source)
    got, _ = heard(answer.path)
    assert np.sqrt(np.mean((got - whole[round(5.3 * rate) :][: len(got)]) ** 2)) < 0.001


@pytest.mark.parametrize("pack", [Pack.MP4_FRONT, Pack.MP4_END, Pack.MKV, Pack.TS])
@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_pictures_are_cut_to_the_frame(cli: CommandLine, site: LocalInternet, pack: Pack, kind: str) -> None:
    source = media.make(media.recipe("h264", pack, seconds=60))
    answer = cli.clip(site.publish(source), "--start", "41.5", "--end", "44", "--format", kind)
    assert answer.code == 0, answer
    assert verify.pictures(answer.path).faults(1245, 1319) == []
    offsets = verify.av_offsets(answer.path, verify.constant(30, 1800), points=3)
    assert all(abs(one.offset_s) < 0.024 for one in offsets), offsets
    assert answer.said["fetched_bytes"] < source.stat().st_size / 2


@pytest.mark.parametrize("kind", ["webm", "mp4"])
def test_a_webm_goes_into_webm_and_mp4(cli: CommandLine, site: LocalInternet, kind: str) -> None:
    source = media.make(media.recipe("vp9", Pack.WEBM_FRONT, seconds=20, sound="opus"))
    answer = cli.clip(site.publish(source), "--start", "5", "--end", "8", "--format", kind)
    assert answer.code == 0, answer
    assert verify.pictures(answer.path).faults(150, 239) == []
    assert answer.said["proof"]["copied_frames"] > 0


@pytest.mark.parametrize("name", ["x.avi", "x.flv", "x.mpg", "x.wma"])
def test_what_is_not_read_is_named(cli: CommandLine, site: LocalInternet, make: Callable[..., Path], name: str) -> None:
    pictures = not name.endswith("wma")
    answer = cli.clip(site.publish(make(name, pictures=pictures)), "--start", "1", "--end", "2")
    error = answer.said["error"]
    assert error["code"] in ("no_formats", "unsupported_site")
    assert "update" not in json.dumps(error).lower()
    if name != "x.mpg":
        assert "file, which clipferry does not read" in error["message"]


def test_sound_alone_is_called_that(cli: CommandLine, site: LocalInternet, make: Callable[..., Path]) -> None:
    for name in ("cbr.mp3", "vorbis.ogg", "flac.flac"):
        error = cli.clip(site.publish(make(name, *SOUNDS[name])), "--start", "1", "--end", "2").said["error"]
        assert (error["code"], error["message"]) == ("no_formats", "This is a sound without a picture.")
        assert "MP3" in error["hint"]


def test_every_kind_in_the_table_is_known_by_its_name_alone() -> None:
    assert not VIDEO_FILES.keys() & AUDIO_FILES.keys()
    assert {
        "mp3",
        "ogg",
        "opus",
        "flac",
        "wav",
        "aac",
        "ts",
        "webm",
        "mov",
        "m4a",
        "mkv",
    } <= VIDEO_FILES.keys() | AUDIO_FILES


def test_a_broadcast_that_has_just_ended_is_taken_in_its_pieces(cli: CommandLine, site: LocalInternet) -> None:
    answer = cli.clip(f"{WATCH}LLLLLLLLLL2", "--start", "12.5", "--end", "21")
    assert answer.code == 0, answer
    assert verify.pictures(answer.path).faults(375, 629) == []
    assert site.counters("*.googlevideo.com").requests < 12
