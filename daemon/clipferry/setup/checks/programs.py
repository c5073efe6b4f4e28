"""Check Python and the programs of the pipeline: yt-dlp, its JavaScript runtime, PyAV, ffmpeg."""

from __future__ import annotations

import datetime
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from ...clip.errors import EngineBroken
from ...ytdlp.versions import Version, Versions
from .model import Finding, fail, ok, warn

_REINSTALL = "Run the install line again: `python3 daemon/install.py`."
_UPDATE = "Run `clipferry update`."
YT_DLP_OLDEST = (2026, 7, 4)
"""Last release that fixes a published vulnerability."""
YT_DLP_STALE_DAYS = 30
FFMPEG_OLDEST = (5, 1)
NODE_OLDEST = (22,)
DENO_OLDEST = (2, 3, 0)
_CLOCK_FLOOR = datetime.date(2026, 11, 1)
"""Build date lower bound: a clock before it is wrong."""


def engine(env: Mapping[str, str], ffmpeg: Path | None, today: datetime.date, engines: Versions) -> Iterator[Finding]:
    """Everything that a worker needs.

    Args:
        env: for ``PATH``.
        ffmpeg: the one that the settings name, if they do.
        today: by this machine's clock.
        engines: the versions of yt-dlp.
    """
    yield _python()
    yield from _yt_dlp(today, engines)
    yield _javascript(env)
    yield _pyav()
    yield _ffmpeg(env, ffmpeg)
    yield _clock(today)


def _python() -> Finding:
    said = f"Python {sys.version.split()[0]} in {sys.prefix}"
    return ok("python", said)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _yt_dlp(today: datetime.date, engines: Versions) -> Iterator[Finding]:
    try:
        using = engines.in_use()
    except EngineBroken as error:
        yield fail("yt_dlp", error.sentence, _REINSTALL)
        return
    version, note = using.version, engines.state().note
    numbers = _numbers(version)
    age = (today - datetime.date(*numbers)).days if len(numbers) == 3 else 0
    if numbers < YT_DLP_OLDEST:
        yield fail("yt_dlp", f"yt-dlp {version} has known weaknesses.", _UPDATE)
    elif age > YT_DLP_STALE_DAYS:
        yield warn("yt_dlp", f"yt-dlp {version} is {age} days old; sites change.", _UPDATE)
    else:
        came = "" if using.folder is None else ", which came by an update (`clipferry update --rollback` goes back)"
        yield ok("yt_dlp", f"yt-dlp {version}{came}")
    if note is not None:
        yield warn("yt_dlp_update", note, "Nothing has to be done: a later version is tried by itself.")
    yield from _yt_dlp_ejs(using)
    yield _impersonation(using)


def _yt_dlp_ejs(using: Version) -> Iterator[Finding]:
    """Check yt-dlp's JavaScript component: the version that it requires, in the same folder or installed."""
    folders = [str(using.folder), *sys.path] if using.folder else sys.path
    itself = next(iter(metadata.distributions(name="yt-dlp", path=folders)), None)
    asked = next((one for one in (itself and itself.requires) or [] if one.startswith("yt-dlp-ejs")), "")
    part = next(iter(metadata.distributions(name="yt-dlp-ejs", path=folders)), None)
    want = re.search(r"==\s*([\d.]+)", asked)
    if part is None:
        yield fail("yt_dlp_ejs", "yt-dlp-ejs, which YouTube needs, is missing.", _REINSTALL)
    elif want is not None and want[1] != part.version:
        yield fail("yt_dlp_ejs", f"yt-dlp-ejs is {part.version} but yt-dlp asks for {want[1]}.", _REINSTALL)
    else:
        yield ok("yt_dlp_ejs", f"yt-dlp-ejs {part.version}")


_TARGETS = """
import sys
from pathlib import Path
from clipferry.clip.extract import ytdlp_adapter
if sys.argv[1]:
    ytdlp_adapter.use(Path(sys.argv[1]))
found = ytdlp_adapter.impersonation_targets()
print(len(found), *found[:1])
"""


def _impersonation(using: Version) -> Finding:
    """Check whether yt-dlp can act as a browser. In a process of its own: curl is a large library."""
    said = first_line([sys.executable, "-c", _TARGETS, str(using.folder or "")]) or "0"
    count, _, first = said.partition(" ")
    part = next(iter(metadata.distributions(name="curl_cffi")), None)
    if first and part is not None:
        return ok("impersonation", f"curl_cffi {part.version} can act as {count} browsers ({first} first)")
    why = f"yt-dlp {using.version} does not work with curl_cffi {part.version}" if part else "curl_cffi is missing"
    needed = "Instagram without a login, TikTok and other sites that answer browsers only"
    return warn("impersonation", f"{why}, which is needed for {needed}.", _REINSTALL)


def first_line(command: list[str]) -> str | None:
    """Return the first line of a program's output; ``None`` where it does not run."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=20, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.partition("\n")[0].strip() if done.returncode == 0 else None


def _javascript(env: Mapping[str, str]) -> Finding:
    path = f"{Path(sys.executable).parent}:{env.get('PATH', '')}"
    deno, node = shutil.which("deno", path=path), shutil.which("node", path=path)
    said = first_line([deno, "--version"]) if deno else None
    if said and _numbers(said) >= DENO_OLDEST:
        return ok("javascript", said)
    said = first_line([node, "--version"]) if node else None
    if said and _numbers(said) >= NODE_OLDEST:
        return ok("javascript", f"node {said}")
    return fail("javascript", "There is no JavaScript runtime, which YouTube needs.", _REINSTALL)


def _pyav() -> Finding:
    # In a process of its own: a broken library must not take the doctor down, and the import is slow.
    said = first_line([sys.executable, "-c", "import av; print(av.__version__)"])
    if said is None:
        return fail("pyav", "PyAV, which cuts the clips, does not load.", _REINSTALL)
    return ok("pyav", f"PyAV {said}")


def _ffmpeg(env: Mapping[str, str], chosen: Path | None) -> Finding:
    found = str(chosen) if chosen else shutil.which("ffmpeg", path=env.get("PATH"))
    if found is None:
        try:
            import imageio_ffmpeg  # noqa: PLC0415  (only where the system has none)

            found = imageio_ffmpeg.get_ffmpeg_exe()
        except (ImportError, RuntimeError):
            return fail("ffmpeg", "ffmpeg was not found.", "On Debian and Ubuntu: sudo apt install ffmpeg.")
    said = first_line([found, "-version"])
    version = re.match(r"ffmpeg version n?(\d[\d.]*)", said or "")
    if said is None:
        return fail("ffmpeg", f"ffmpeg does not run ({found}).", "Choose another one in the settings, or none.")
    if version is not None and _numbers(version[1])[:2] < FFMPEG_OLDEST:
        return fail("ffmpeg", f"ffmpeg {version[1]} is too old ({found}).", "Install ffmpeg 5.1 or newer.")
    return ok("ffmpeg", f"ffmpeg {version[1] if version else '(own build)'} at {found}")


def _clock(today: datetime.date) -> Finding:
    if today < _CLOCK_FLOOR:
        return fail(
            "clock", f"This computer thinks it is {today:%d %B %Y}.", "Set the clock: sites refuse a wrong one."
        )
    return ok("clock", "The clock is plausible.")
