"""What a clip says of itself, and how little a hostile title or picture can do to it."""

# mypy: disable-error-code="no-untyped-call"
# (mutagen carries nearly no types)

import io
import subprocess
from pathlib import Path

import av
import pytest
from mutagen import File
from mutagen.id3 import ID3

from clipferry.clip.model import Chapter, OutputKind, Video
from clipferry.clip.output.cover import MAX_COVER_BYTES, usable_cover
from clipferry.clip.output.file_metadata import facts, source_link
from clipferry.clip.output.tags import write_tags


def video(site: str = "youtube", url: str = "https://www.youtube.com/watch?v=1&t=5", **more: str) -> Video:
    return Video(site, "1", more.pop("title", "A title"), url, (), **more)  # type: ignore[arg-type]


def image(codec: str) -> bytes:
    target = io.BytesIO()
    names = {"webp": ("libwebp", "webp"), "mjpeg": ("mjpeg", "mjpeg"), "png": ("png", "image2pipe")}
    encoder, muxer = names[codec]
    done = subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=64x36",
            "-frames:v",
            "1",
            "-c:v",
            encoder,
            "-f",
            muxer,
            "-",
        ],
        capture_output=True,
        check=True,
    )
    target.write(done.stdout)
    return target.getvalue()


@pytest.fixture
def sound(tmp_path: Path) -> dict[OutputKind, Path]:
    made = {}
    for kind, codec in {
        OutputKind.MP3: "libmp3lame",
        OutputKind.FLAC: "flac",
        OutputKind.OPUS: "libopus",
        OutputKind.M4A: "aac",
    }.items():
        made[kind] = tmp_path / f"x.{kind}"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=440:duration=1", "-c:a", codec, made[kind]], check=True
        )
    return made


@pytest.mark.parametrize(
    ("site", "url", "start", "link"),
    [
        ("youtube", "https://www.youtube.com/watch?v=1&t=5", 62.9, "https://www.youtube.com/watch?v=1&t=62"),
        ("youtube", "https://www.youtube.com/watch?v=1", None, "https://www.youtube.com/watch?v=1"),
        ("instagram", "https://www.instagram.com/reel/C1/", 62, "https://www.instagram.com/reel/C1/#t=62"),
        ("generic", "https://example.org/v.mp4?x=1#old", 3.2, "https://example.org/v.mp4?x=1#t=3"),
    ],
)
def test_the_source_leads_back_to_the_moment(site: str, url: str, start: float | None, link: str) -> None:
    assert source_link(video(site, url), start) == link


def test_only_what_is_known_is_said() -> None:
    assert facts(video(title="One\nline  only"), None) == {
        "title": "One line only",
        "comment": "https://www.youtube.com/watch?v=1&t=5",
    }
    assert facts(video(uploader="Ann", upload_date="20260102"), 1)["date"] == "2026-01-02"


@pytest.mark.parametrize("kind", [OutputKind.MP3, OutputKind.FLAC, OutputKind.OPUS, OutputKind.M4A])
def test_no_sample_changes(sound: dict[OutputKind, Path], kind: OutputKind) -> None:
    def samples() -> bytes:
        with av.open(str(sound[kind])) as media:
            return b"".join(bytes(frame.planes[0]) for frame in media.decode(audio=0))

    before = samples()
    assert write_tags(sound[kind], kind, facts(video(title="T" * 5000 + "🎬\x00"), 1), image("mjpeg"))
    assert samples() == before
    assert File(sound[kind]) is not None


def test_mp3_players_of_every_age_read_it(sound: dict[OutputKind, Path]) -> None:
    write_tags(sound[OutputKind.MP3], OutputKind.MP3, facts(video(title="Tïtel 🎬"), 1), image("png"))
    tags = ID3(sound[OutputKind.MP3])
    assert tags.version == (2, 3, 0)
    assert str(tags["TIT2"]) == "Tïtel 🎬"
    assert tags.getall("APIC")[0].mime == "image/png"


@pytest.mark.parametrize("kind", [OutputKind.MP3, OutputKind.FLAC])
def test_chapters_that_programs_read(sound: dict[OutputKind, Path], kind: OutputKind) -> None:
    chapters = [Chapter(f"{n} ✂ Kapitel", n / 300, (n + 1) / 300) for n in range(300)]
    assert write_tags(sound[kind], kind, {"title": "T"}, None, chapters)
    with av.open(str(sound[kind])) as media:
        found = media.chapters()
    most = 255 if kind is OutputKind.MP3 else 300
    assert [one["metadata"]["title"] for one in found] == [chapter.title for chapter in chapters[:most]]
    starts = [float(one["start"] * (one["time_base"] or 1)) for one in found]
    assert starts == pytest.approx([chapter.start_s for chapter in chapters[:most]], abs=0.0006)


def test_a_file_that_cannot_be_tagged_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"no mp4 at all")
    assert write_tags(path, OutputKind.MP4, {"title": "T"}, None) is False
    assert path.read_bytes() == b"no mp4 at all"


def test_kinds_without_tags_of_ours(tmp_path: Path) -> None:
    assert write_tags(tmp_path / "x.gif", OutputKind.GIF, {"title": "T"}, None) is False


def test_covers_that_every_player_shows() -> None:
    for codec in ("mjpeg", "png"):
        made = image(codec)
        assert usable_cover(made) is made
    converted = usable_cover(image("webp"))
    assert converted is not None and converted.startswith(b"\xff\xd8\xff")
    with av.open(io.BytesIO(converted), mode="r", format="mjpeg") as media:
        frame = next(media.decode(video=0))
    assert (frame.width, frame.height) == (64, 36)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"RIFF\x10\x00\x00\x00WEBPVP8 rubbish",
        b"GIF89a",
        b"\xff\xd8\xff" + bytes(MAX_COVER_BYTES),
    ],
)
def test_what_is_no_cover_is_left_out(data: bytes) -> None:
    assert usable_cover(data) is None
