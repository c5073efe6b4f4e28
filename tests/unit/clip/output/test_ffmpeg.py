"""The ffmpeg program: which one, told what, and stopped when told."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clipferry.clip.container.webp import frame_times_ms
from clipferry.clip.errors import Cancelled, CutFailed, FfmpegMissing
from clipferry.clip.model import OutputKind
from clipferry.clip.output.ffmpeg import FfmpegInvocation, encode_animation, encode_sound, ffmpeg_version, find_ffmpeg


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    path = tmp_path / "-rf dash & 'quote'.wav"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=440:duration=2:r=48000", f"file:{path}"], check=True
    )
    return path


def program(folder: Path, body: str) -> Path:
    path = folder / "ffmpeg"
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(0o755)
    return path


def test_the_systems_ffmpeg_is_taken_if_it_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    new = program(tmp_path, "print('ffmpeg version 7.1-static Copyright')")
    assert find_ffmpeg() == new
    assert ffmpeg_version(new) == (7, 1)


def test_an_old_one_or_none_is_replaced_by_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    bundled = find_ffmpeg()
    assert "imageio_ffmpeg" in str(bundled)
    program(tmp_path, "print('ffmpeg version 4.4.2-0ubuntu0 Copyright')")
    assert find_ffmpeg() == bundled


@pytest.mark.parametrize("body", ["raise SystemExit(1)", "print('not that program')"])
def test_the_configured_one_has_to_run(tmp_path: Path, body: str) -> None:
    with pytest.raises(FfmpegMissing):
        find_ffmpeg(tmp_path / "none")
    with pytest.raises(FfmpegMissing):
        find_ffmpeg(program(tmp_path, body))


def test_a_build_without_a_number_counts_as_new(tmp_path: Path) -> None:
    assert ffmpeg_version(program(tmp_path, "print('ffmpeg version N-118000-gabcdef')")) == (99, 0)


def test_every_call_is_fenced_in(wav: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each input names its one format and opens files only; nothing is read from the terminal; nothing is overwritten."""
    told: list[list[str]] = []
    real = subprocess.Popen

    def watch(arguments: list[str], **more: Any) -> subprocess.Popen[str]:
        told.append(arguments)
        return real(arguments, **more)

    invocation = FfmpegInvocation(find_ffmpeg(), 2)
    monkeypatch.setattr(subprocess, "Popen", watch)
    encode_sound(wav, tmp_path / "out.mp3", OutputKind.MP3, invocation)
    (arguments,) = told
    at = arguments.index("-i")
    before = arguments[1:at]
    assert dict(zip(before[::2], before[1::2], strict=True)) == {
        "-f": "wav",
        "-format_whitelist": "wav",
        "-protocol_whitelist": "file,pipe",
    }
    assert arguments[at + 1] == f"file:{wav}"
    assert f"file:{tmp_path}/out.mp3" in arguments
    assert {"-nostdin", "-n", "-xerror"} <= set(arguments)


def test_a_playlist_in_sheeps_clothing_opens_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=1:duration=1", secret], check=True)
    for text in (f"#EXTM3U\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n", f"ffconcat version 1.0\nfile {secret}\n"):
        hostile = tmp_path / "hostile.wav"
        hostile.write_text(text)
        with pytest.raises(CutFailed):
            encode_sound(hostile, tmp_path / "out.flac", OutputKind.FLAC, FfmpegInvocation(find_ffmpeg(), 1))


def test_progress_reaches_the_end(wav: Path, tmp_path: Path) -> None:
    told: list[float] = []
    encode_sound(wav, tmp_path / "out.flac", OutputKind.FLAC, FfmpegInvocation(find_ffmpeg(), 2, told.append))
    assert told[-1] == 1.0
    assert all(0 <= one <= 1 for one in told)


def test_cancelled_it_is_gone(tmp_path: Path, wav: Path) -> None:
    pid_file = tmp_path / "pid"
    endless = program(
        tmp_path,
        f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); print('x=1', flush=True); time.sleep(600)",
    )
    with pytest.raises(Cancelled):
        encode_sound(
            wav,
            tmp_path / "out.mp3",
            OutputKind.MP3,
            FfmpegInvocation(endless, 2, cancelled=lambda: pid_file.exists() and pid_file.stat().st_size > 0),
        )
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_a_failure_carries_its_last_words_for_the_log(tmp_path: Path, wav: Path) -> None:
    broken = program(tmp_path, "import sys; print('y' * 9000 + ' the end', file=sys.stderr); sys.exit(3)")
    with pytest.raises(CutFailed) as told:
        encode_sound(wav, tmp_path / "out.mp3", OutputKind.MP3, FfmpegInvocation(broken, 2))
    assert "ffmpeg 3" in told.value.detail
    assert len(told.value.detail) < 2100


@pytest.mark.parametrize(("kind", "frames"), [(OutputKind.GIF, 20), (OutputKind.WEBP, 30)])
def test_moving_pictures(tmp_path: Path, kind: OutputKind, frames: int) -> None:
    source, target = tmp_path / "in.mkv", tmp_path / f"out.{kind}"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=90x160:r=60:d=1", source], check=True)
    encode_animation(source, target, kind, FfmpegInvocation(find_ffmpeg(), 1), fps=60, height=45)
    if kind is OutputKind.WEBP:
        width, height, times = frame_times_ms(target.read_bytes())
        assert (width, height, len(times)) == (45, 80, frames), "the shorter side is 45"
    else:
        assert target.read_bytes()[6:10] == bytes([45, 0, 80, 0])


@pytest.mark.parametrize("kind", [OutputKind.GIF, OutputKind.WEBP])
def test_points_that_are_not_square_become_square(tmp_path: Path, kind: OutputKind) -> None:
    """Neither format can say that its points are shown wider than high."""
    source, target = tmp_path / "in.mkv", tmp_path / f"out.{kind}"
    wide = "testsrc2=s=180x160:r=10:d=1,setsar=4/3"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", wide, source], check=True)
    encode_animation(source, target, kind, FfmpegInvocation(find_ffmpeg(), 1), fps=10, height=80)
    data = target.read_bytes()
    size = frame_times_ms(data)[:2] if kind is OutputKind.WEBP else (data[6], data[8])
    assert size == (120, 80)


@pytest.mark.parametrize("pattern", ["testsrc2=s=90x160:r=30:d=0.03", "color=red:s=90x160:r=30:d=2"])
def test_a_single_picture_is_a_still(tmp_path: Path, pattern: str) -> None:
    """One there is, or many that are all the same."""
    source, target = tmp_path / "in.mkv", tmp_path / "out.webp"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", pattern, source], check=True)
    encode_animation(source, target, OutputKind.WEBP, FfmpegInvocation(find_ffmpeg(), 1), fps=30, height=45)
    assert frame_times_ms(target.read_bytes()) == (45, 80, [0])


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\x04\x00\x00\x00WEBP", b"RIFF\xff\xff\xff\xffWEBPANMF"])
def test_what_is_no_animated_webp(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"WebP|animation|cut off"):
        frame_times_ms(data)
