"""Every kind of file that can be asked for, from one command to a measured result."""

# mypy: disable-error-code="no-untyped-call"
# (mutagen carries nearly no types)

import json
import subprocess
from pathlib import Path

import av
import pytest
from mutagen import File
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.mp4 import MP4

from cli.conftest import CLIP, CommandLine
from clipferry.clip.container.webp import frame_times_ms
from clipferry.clip.subtitles.cues import read_cues
from origin import LocalInternet, media, verify

MARKS = ("--start", "3.3", "--end", "9.7")
FIRST, LAST = 99, 290
"""Pictures on screen at 3.3 s, and the last before 9.7 s, at 30 a second."""


@pytest.mark.parametrize(
    ("options", "codecs"),
    [
        (("--format", "mp4"), ("h264", "aac")),
        (("--format", "mp4", "--codec", "av1"), ("av1", "aac")),
        (("--format", "webm"), ("vp9", "opus")),
        (("--format", "mkv"), ("h264", "aac")),
        (("--format", "mkv", "--codec", "vp9"), ("vp9", "aac")),
        (("--mode", "reencode", "--quality", "30"), ("h264", "aac")),
    ],
)
def test_pictures_and_sound(cli: CommandLine, options: tuple[str, ...], codecs: tuple[str, str]) -> None:
    answer = cli.clip(CLIP, *MARKS, "--height", "360", *options)
    assert answer.code == 0, answer.out
    assert verify.pictures(answer.path).faults(FIRST, LAST) == []
    assert tuple(answer.said["proof"]["streams"]) == codecs
    offsets = verify.av_offsets(answer.path, verify.constant(30, 1800), points=3)
    assert all(abs(one.offset_s) < 0.024 for one in offsets), offsets


def test_the_fast_way_says_where_it_begins(cli: CommandLine) -> None:
    answer = cli.clip(CLIP, "--start", "8", "--end", "9.7", "--height", "360", "--mode", "fast")
    proof = answer.said["proof"]
    assert proof["start_s"] == 5.0
    assert proof["note"] == "Fast mode begins at a keyframe: 3.0 s before your start."
    assert verify.pictures(answer.path).faults(150, LAST) == []


@pytest.mark.parametrize("kind", ["mp3", "m4a", "opus", "flac"])
def test_sound_alone_to_the_sample(cli: CommandLine, kind: str) -> None:
    """6.4 s at 48 kHz; MP3 by players that honour its tag."""
    answer = cli.clip(CLIP, *MARKS, "--audio-only", "--format", kind)
    assert answer.code == 0, answer.out
    assert answer.path.suffix == f".{kind}"
    with av.open(str(answer.path)) as media:
        kinds = [stream.type for stream in media.streams]
        assert kinds.count("audio") == 1, "beside it at most a cover and the chapters"
        stream = media.streams.audio[0]
        heard = sum(frame.samples for frame in media.decode(stream)) / stream.codec_context.sample_rate
    assert heard == pytest.approx(6.4, abs=0.03)
    spelled = verify.sound_seconds(answer.path)
    assert spelled, "the sound spells the seconds"
    assert all(abs(source_s - (at_s + 3.3)) < 0.03 for at_s, source_s in spelled), spelled


@pytest.mark.parametrize("kind", ["mp3", "flac", "m4a"])
def test_sound_that_ends_before_its_pictures(cli: CommandLine, site: LocalInternet, tmp_path: Path, kind: str) -> None:
    whole = media.make(media.recipe("h264", media.Pack.MP4_FRONT, seconds=14.0))
    short = tmp_path / "short.mp4"
    sound = ["-t", "8", "-i", str(whole), "-map", "0:v", "-map", "1:a", "-c", "copy"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(whole), *sound, str(short)], check=True)
    answer = cli.clip(site.publish(short), "--start", "6", "--end", "10", "--audio-only", "--format", kind)
    assert answer.code == 0, answer.out
    assert verify.track(answer.path).end_s == pytest.approx(2.0, abs=0.03)
    spelled = verify.sound_seconds(answer.path)
    assert spelled and all(abs(source_s - (at_s + 6)) < 0.03 for at_s, source_s in spelled), spelled


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_single_picture_moves_as_well(cli: CommandLine, kind: str) -> None:
    answer = cli.clip(CLIP, "--start", "3.3", "--end", "3.33", "--format", kind, "--height", "360")
    assert answer.code == 0, answer.out
    proof = answer.said["proof"]
    assert (proof["frames"], proof["height"]) == (1, 360)
    assert proof["end_s"] - proof["start_s"] == pytest.approx(1 / 30, abs=0.001)


def test_sound_alone_is_mp3_unless_said(cli: CommandLine) -> None:
    assert cli.clip(CLIP, *MARKS, "--audio-only").path.suffix == ".mp3"


@pytest.mark.parametrize(("kind", "a_second"), [("gif", 20), ("webp", 30)])
def test_moving_pictures(cli: CommandLine, kind: str, a_second: int) -> None:
    answer = cli.clip(CLIP, "--start", "3.3", "--end", "4.3", "--format", kind, "--height", "360")
    proof = answer.said["proof"]
    assert (proof["path"], proof["frames"], proof["height"]) == ("animation", a_second, 360)
    assert proof["end_s"] - proof["start_s"] == pytest.approx(1.0, abs=0.06)
    if kind == "gif":
        assert answer.path.read_bytes()[:6] == b"GIF89a"
    else:
        assert len(frame_times_ms(answer.path.read_bytes())[2]) == a_second


@pytest.mark.parametrize(("kind", "codec"), [("mp4", "mov_text"), ("webm", "webvtt"), ("mkv", "subrip")])
def test_subtitles_are_cut_and_shifted(cli: CommandLine, kind: str, codec: str, tmp_path: Path) -> None:
    options = ("--format", kind, "--subtitles", "en", "--subtitles", "de", "--subtitles", "tlh")
    answer = cli.clip(CLIP, *MARKS, "--height", "360", *options)
    assert answer.code == 0, answer.out
    assert verify.pictures(answer.path).faults(FIRST, LAST) == []
    with av.open(str(answer.path)) as media:
        tracks = media.streams.subtitles
        assert [track.language for track in tracks] == ["eng", "deu"]
    text = tmp_path / "out.srt"
    subprocess.run(["ffmpeg", "-v", "error", "-i", answer.path, "-map", "0:s:0", text], check=True)
    cues = read_cues(text.read_bytes(), "srt")
    assert cues[0].start_s == pytest.approx(0, abs=0.02)
    assert cues[-1].end_s == pytest.approx(6.4, abs=0.02)
    offsets = verify.av_offsets(answer.path, verify.constant(30, 1800), points=3)
    assert all(abs(one.offset_s) < 0.024 for one in offsets), offsets
    assert answer.said["proof"]["av_offset_s"] < 0.001


@pytest.mark.parametrize("kind", ["mp4", "m4a", "mp3", "flac", "opus"])
def test_title_uploader_source_and_cover(cli: CommandLine, kind: str) -> None:
    path = cli.clip(CLIP, *MARKS, "--format", kind, *(["--height", "360"] if kind == "mp4" else ["--audio-only"])).path
    source = f"{CLIP}&t=3"
    if kind in ("mp4", "m4a"):
        mp4 = MP4(path)
        found = (mp4["\xa9nam"][0], mp4["\xa9ART"][0], mp4["\xa9cmt"][0], bytes(mp4["covr"][0]))
    elif kind == "mp3":
        id3 = ID3(path)
        comment = id3.getall("COMM")[0]
        found = (str(id3["TIT2"]), str(id3["TPE1"]), str(comment), id3.getall("APIC")[0].data)
    else:
        file = File(path)
        picture = FLAC(path).pictures[0].data if kind == "flac" else file["metadata_block_picture"][0]
        found = (file["title"][0], file["artist"][0], file["comment"][0], picture)
    assert found[:3] == ("Fixture clip", "Fixture channel", source)
    assert len(found[3]) > 100


@pytest.mark.parametrize("kind", ["mp4", "webm", "mkv", "m4a"])
def test_chapters_and_title_travel_on_the_clips_clock(cli: CommandLine, kind: str) -> None:
    """The video's second chapter begins at 10 s."""
    answer = cli.clip(CLIP, "--start", "8", "--end", "12.5", "--height", "360", "--format", kind)
    assert answer.code == 0, answer.out
    with av.open(str(answer.path)) as media:
        chapters = [
            (float(one["start"] * base), float(one["end"] * base), one["metadata"]["title"])
            for one in media.chapters()
            if (base := one["time_base"]) is not None
        ]
        said = {name.lower(): value for name, value in media.metadata.items()}
    assert chapters == [(0.0, 2.0, "Opening"), (2.0, 4.5, "Middle: the turn")]
    assert (said["title"], said["artist"], said["comment"]) == ("Fixture clip", "Fixture channel", f"{CLIP}&t=8")


CHAPTERS = [(0, "Opening"), (2000, "Middle: the turn")]
"""Of the clip from 8 to 12.5 s, in milliseconds."""


def test_chapters_in_mp3(cli: CommandLine) -> None:
    path = cli.clip(CLIP, "--start", "8", "--end", "12.5", "--audio-only", "--format", "mp3").path
    tags = ID3(path)
    found = sorted(tags.getall("CHAP"), key=lambda one: one.start_time)
    assert [(one.start_time, str(one.sub_frames["TIT2"])) for one in found] == CHAPTERS
    assert found[-1].end_time == 4500
    (contents,) = tags.getall("CTOC")
    assert contents.child_element_ids == [one.element_id for one in found]
    assert read_by_ffprobe(path) == CHAPTERS


@pytest.mark.parametrize("kind", ["flac", "opus"])
def test_chapters_as_comments(cli: CommandLine, kind: str) -> None:
    path = cli.clip(CLIP, "--start", "8", "--end", "12.5", "--audio-only", "--format", kind).path
    said = File(path)
    assert (said["CHAPTER000" if kind == "opus" else "CHAPTER001"], said["TITLE"]) == (
        ["00:00:00.000"],
        ["Fixture clip"],
    )
    assert [value for name, (value,) in sorted(said.tags.as_dict().items()) if name.upper().endswith("NAME")] == [
        title for _, title in CHAPTERS
    ]
    assert read_by_ffprobe(path) == CHAPTERS


def read_by_ffprobe(path: Path) -> list[tuple[int, str]]:
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_chapters", path]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return [(round(float(one["start_time"]) * 1000), one["tags"]["title"]) for one in told["chapters"]]


def test_a_cover_in_matroska_and_none_in_webm(cli: CommandLine) -> None:
    for kind, pictures in (("mkv", 2), ("webm", 1)):
        path = cli.clip(CLIP, "--start", "8", "--end", "9", "--height", "360", "--format", kind).path
        with av.open(str(path)) as media:
            assert len(media.streams.video) == pictures
