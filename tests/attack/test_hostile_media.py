"""Text dressed up as media, given to ffmpeg by our own calls: with each ffmpeg that people have, none of it opens anything.

The samples are first shown to be live: without our fences ffmpeg does what they say.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest

from clipferry.clip.errors import CutFailed
from clipferry.clip.model import OutputKind
from clipferry.clip.output.ffmpeg import FfmpegInvocation, encode_animation, encode_sound

FFMPEGS = {"system": shutil.which("ffmpeg"), "bundled": imageio_ffmpeg.get_ffmpeg_exe()}
Sample = Callable[[str], str]


def _mpd(to: str) -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" type="static" mediaPresentationDuration="PT1S">'
        '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" codecs="avc1.4D401E" width="320"'
        f' height="180"><BaseURL>{to}</BaseURL></Representation></AdaptationSet></Period></MPD>'
    )


SAMPLES: dict[str, Sample] = {
    "hls": lambda to: f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{to}\n#EXT-X-ENDLIST\n",
    "hls, a key": lambda to: (
        f'#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="{to}"\n#EXTINF:1,\n{to}\n#EXT-X-ENDLIST\n'
    ),
    "hls, a map": lambda to: (
        f'#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MAP:URI="{to}"\n#EXTINF:1,\n{to}\n#EXT-X-ENDLIST\n'
    ),
    "dash": _mpd,
    "ffconcat": lambda to: f"ffconcat version 1.0\nfile '{to}'\n",
}
SPELLINGS = ("{name}", "{path}", "file:{path}", "file://{path}", "concat:{path}|{path}", "subfile,,start,0,end,4096,,:{path}",
             "crypto:{path}", "cache:{path}", "async:{path}", "data:video/mp4;base64,AAAA", "{web}", "tcp://{host}")  # fmt: skip


class Canary:
    """A port of this computer that nobody may call."""

    def __init__(self) -> None:
        self.visits = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        try:
            while True:
                self._socket.accept()[0].close()
                self.visits += 1
        except OSError:
            return  # closed

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    one = Canary()
    yield one
    one.close()


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of the person's own, which nothing may read."""
    path = tmp_path_factory.mktemp("home") / "secret.mp4"
    made = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=1", "-f", "lavfi", "-i", "sine=440:d=1")
    subprocess.run(["ffmpeg", "-v", "error", *made, "-movflags", "+frag_keyframe", str(path)], check=True)
    return path


@pytest.fixture(params=FFMPEGS)
def ffmpeg(request: pytest.FixtureRequest) -> Path:
    found = FFMPEGS[request.param]
    assert found, f"there is no {request.param} ffmpeg"
    return Path(found)


def test_the_two_are_two_versions() -> None:
    said = {
        subprocess.check_output([program, "-version"], text=True).split()[2] for program in FFMPEGS.values() if program
    }
    assert len(said) == 2, said


@pytest.mark.parametrize("sample", ["dash", "ffconcat"])
def test_the_samples_are_live(ffmpeg: Path, sample: str, secret: Path, tmp_path: Path) -> None:
    """What is not opened below is opened without our fences, so that the fences are what keeps it shut."""
    hostile = secret.with_name(f"{sample}.mp4")
    hostile.write_text(SAMPLES[sample](secret.name if sample == "ffconcat" else f"file://{secret}"))
    target = tmp_path / "out.mkv"
    command = [str(ffmpeg), "-v", "error", "-i", f"file:{hostile}", "-map", "0", "-c", "copy", str(target)]
    subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL)
    assert target.exists() and target.stat().st_size > 1000


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_opens_what_a_sample_names(
    ffmpeg: Path, sample: str, spelling: str, secret: Path, tmp_path: Path, canary: Canary
) -> None:
    shutil.copy(secret, tmp_path)
    to = spelling.format(name=secret.name, path=secret, web=f"http://{canary.host}/x.mp4", host=canary.host)
    invocation = FfmpegInvocation(ffmpeg, 1)
    for name, make in _calls(tmp_path, invocation).items():
        hostile = tmp_path / name
        hostile.write_text(SAMPLES[sample](to))
        with pytest.raises(CutFailed):
            make(hostile)
    assert canary.visits == 0
    left = {path.name: path.stat().st_size for path in tmp_path.iterdir() if path.name.startswith("out")}
    assert all(size == 0 for size in left.values()), left


def _calls(folder: Path, invocation: FfmpegInvocation) -> dict[str, Callable[[Path], None]]:
    """Every way in which we have ffmpeg read a file, by the file's name."""
    return {
        "clip.wav": lambda path: encode_sound(path, folder / "out.flac", OutputKind.FLAC, invocation),
        "clip.mkv": lambda path: encode_animation(
            path, folder / "out.gif", OutputKind.GIF, invocation, fps=10, height=90
        ),
        "clip.mp4": lambda path: encode_animation(
            path, folder / "out.webp", OutputKind.WEBP, invocation, fps=10, height=90
        ),
    }
