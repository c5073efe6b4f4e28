"""``clipferry clip``: one clip in the foreground, without the daemon."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clipferry_host.printable import PrintableStream, one_line, printable

from ..clip.errors import Cancelled, ClipError, FolderMissing, FolderNotWritable, InvalidOutput, InvalidRange
from ..clip.extract.links import tidy_link
from ..clip.model import ClipRequest, CutMode, Ended, Output, OutputKind, StagedClip
from ..clip.timecode import format_time, parse
from . import options
from .hints import error_for_command
from .ytdlp_version import OtherEngine

if TYPE_CHECKING:
    from ..clip.model import Progress
    from ..clip.recording import Recording

_STALE_S = 24 * 3600.0
_REDRAW_S = 0.1
_KEEPING = "\nStopped: what has been recorded is kept. Press Ctrl+C once more to throw it away.\n"


@click.command()
@click.argument("url")
@click.option("--start", help="Where it begins: 83.5, 1:23.5, 0:01:23.500 or 1m23s.")
@click.option("--end", help="Where it ends.")
@click.option("--whole", is_flag=True, help="All of the video, even where the link names a part of it.")
@click.option("--audio-only", is_flag=True, help="Only the sound, as MP3 unless --format says.")
@click.option("--format", "kind", type=click.Choice(OutputKind, case_sensitive=False), help="The kind of file.")
@click.option("--height", type=click.IntRange(16, 8640), help="No larger a picture than this, e.g. 720.")
@click.option(
    "--codec", type=click.Choice(("h264", "hevc", "vp9", "av1")), help="Of the pictures, where there is a choice."
)
@click.option(
    "--mode",
    type=click.Choice(CutMode, case_sensitive=False),
    default=CutMode.EXACT.value,
    help="exact: to the frame. fast: from the keyframe before.",
)
@click.option("--quality", type=click.IntRange(0, 51), help="For --mode reencode: lower is better.")
@click.option("--subtitles", multiple=True, help="A language to take subtitles in; may be repeated.")
@click.option("--item", type=click.IntRange(1, 100), help="Which video of a post with several.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the clip goes instead of Downloads.")
@click.option("--name", help="A pattern for its name, e.g. '{title} [{range}]'.")
@click.option(
    "--cookies",
    type=click.Path(path_type=Path),
    help="A cookies.txt, or a browser add-on's JSON, to sign in with.",
)
@click.option("--allow-private", is_flag=True, help="Open addresses of this private network.")
@options.as_json
def clip(
    url: str,
    *,
    start: str | None,
    end: str | None,
    whole: bool,
    audio_only: bool,
    kind: OutputKind | None,
    height: int | None,
    codec: str | None,
    mode: CutMode,
    quality: int | None,
    subtitles: tuple[str, ...],
    item: int | None,
    folder: Path | None,
    name: str | None,
    cookies: Path | None,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Take a clip of a video, first frame to last.

    URL is the address of the video's page. Without --start and --end: the part that the address names (t=, a /clip/ page), else the
    whole video.
    """
    if whole and (start, end) != (None, None):
        raise InvalidRange("--whole and marks contradict each other.", hint="Leave one of them out.")
    request = ClipRequest(
        url=tidy_link(url),
        start_s=None if start is None else parse(start),
        end_s=None if end is None else parse(end),
        output=Output(_kind(kind, audio_only), height, codec, mode, quality, subtitles),
        item=item,
        name_template=name,
        cookie_file=cookies,
        ignore_link_range=whole,
    )
    try:
        path, made = _take(request, folder, allow_private=allow_private, show=not as_json and sys.stderr.isatty())
    except ClipError as error:
        reported = error_for_command(error, lent=cookies is not None)
        if reported is error:
            raise
        raise reported from error
    except OtherEngine:
        raise SystemExit(subprocess.call([sys.executable, *sys.orig_argv[1:]])) from None
    if as_json:
        click.echo(json.dumps(_result(path, made)))
    else:
        _say_path(path)
        if made.proof.note:
            click.echo(one_line(made.proof.note), err=True)


COMMANDS = (clip,)


def _take(request: ClipRequest, folder: Path | None, *, allow_private: bool, show: bool) -> tuple[Path, StagedClip]:
    # The engine is imported here, when it is certain to be needed: other commands start without it.
    from ..clip.disk.folder_errors import os_errors
    from ..clip.extract.resolve import ResolveCache
    from ..clip.http.network import guard_connections
    from ..clip.output.destination import check_folder, own_folder_errors, publish, staging_root
    from ..clip.output.file_name import check_template
    from ..clip.pipeline import make_clip
    from ..clip.recording import Recording
    from ..early_extraction import begun
    from ..system.memory_limit import limit_data
    from ..system.paths import Paths
    from .saved_settings import chosen
    from .ytdlp_version import engine_in_use

    limit_data()
    paths = Paths.from_environment(os.environ)
    with own_folder_errors(paths.data_dir):
        paths.check()
    settings = chosen(paths)
    for notice in settings.notices:
        click.echo(one_line(notice), err=True)
    network = settings.network(os.environ, allow_private=allow_private)
    guard_connections(network)
    network.check(request.url, resolve=False)
    _check_files(network.ca_file, request.cookie_file)
    if request.name_template is None:
        request = dataclasses.replace(request, name_template=settings.name_template)
    if request.name_template is not None:
        check_template(request.name_template)
    if folder is None and settings.downloads_dir is None:
        with os_errors(paths.downloads_dir):
            paths.downloads_dir.mkdir(parents=True, exist_ok=True)
    target = _absolute(folder or settings.downloads_dir or paths.downloads_dir)
    check_folder(target)
    staging = staging_root(target, paths.cache_dir)
    recording = Recording(settings.recording)
    with (
        _own_folder(staging) as work,
        _until_told_to_stop(recording) as stopped,
        _progress_line(show) as line,
        begun() or nullcontext() as extraction,
    ):
        with engine_in_use(paths) as cache:
            made = make_clip(
                request,
                staging_dir=work,
                network=network,
                cache=ResolveCache(cache),
                ffmpeg=settings.ffmpeg,
                on_progress=line.show,
                cancelled=stopped.is_set,
                recording=recording,
                extract=extraction.extract if extraction is not None else None,
                on_video=lambda _: extraction.end() if extraction is not None else None,
            )
        return publish(made, target), made


def _absolute(folder: Path) -> Path:
    try:
        return folder.expanduser().absolute()
    except (RuntimeError, OSError) as exc:  # somebody's home who is not there; a working directory that is gone
        raise FolderMissing(detail=str(exc)) from exc


def _check_files(ca_file: str | None, cookie_file: Path | None) -> None:
    """Before anything is asked of anybody, see whether the files that a person named are what they should be."""
    if ca_file is not None:
        from ..clip.http.ca_files import check_ca_file

        check_ca_file(ca_file)
    if cookie_file is not None and not _is_pipe(cookie_file):  # which can be read once
        from ..clip.extract.cookie_files import netscape_text

        netscape_text(cookie_file)


def _is_pipe(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _say_path(path: Path) -> None:
    """For a script byte for byte, as the file system spells it; for a terminal as it can be shown."""
    raw = sys.stdout.raw if isinstance(sys.stdout, PrintableStream) else sys.stdout
    if raw.isatty() or not isinstance(raw, TextIOWrapper):
        click.echo(one_line(str(path)))
        return
    raw.flush()
    raw.buffer.write(os.fsencode(path) + os.linesep.encode())
    raw.flush()


def _result(path: Path, made: StagedClip) -> dict[str, object]:
    """What ``--json`` answers. ``start_s`` and ``end_s`` are the marks; ``proof`` is what was measured on the file."""
    return {
        "path": str(path),
        "start_s": made.start_s,
        "end_s": made.end_s,
        "title": made.video.title,
        "url": made.video.webpage_url,
        "duration_s": made.video.duration_s,
        "size_bytes": made.size_bytes,
        "fetched_bytes": made.fetched_bytes,
        "proof": dataclasses.asdict(made.proof),
    }


def _kind(kind: OutputKind | None, audio_only: bool) -> OutputKind:
    if kind is None:
        return OutputKind.MP3 if audio_only else OutputKind.MP4
    if audio_only and not kind.audio_only:
        raise InvalidOutput(f"{kind.upper()} is not a sound format.", hint="Choose mp3, m4a, opus or flac.")
    return kind


# Around the work ------------------------------------------------------------------------------------------------------


@contextmanager
def _own_folder(staging: Path) -> Iterator[Path]:
    """A folder for this run alone, gone afterwards; also clears what runs that were killed left a day ago."""
    from ..clip.disk.folder import HIDDEN_DIR
    from ..clip.disk.folder_errors import os_errors

    for old in staging.glob("cli-*"):
        if old.is_dir() and not old.is_symlink() and old.stat().st_mtime < time.time() - _STALE_S:
            shutil.rmtree(old, ignore_errors=True)
    work = staging / f"cli-{os.getpid()}-{secrets.token_hex(4)}"
    with os_errors(staging):
        try:
            work.mkdir(mode=0o700)
        except FileExistsError as exc:
            raise FolderNotWritable(detail=str(work)) from exc
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if staging.name == HIDDEN_DIR and not any(staging.iterdir()):
            staging.rmdir()


@contextmanager
def _until_told_to_stop(recording: Recording) -> Iterator[threading.Event]:
    """Ctrl+C and SIGTERM end the work wherever it is, and everything is cleaned up on the way out. While a broadcast is recorded
    the first Ctrl+C ends the recording, which is kept; the second one throws it away."""
    from ..system.memory_limit import watched

    stopped = threading.Event()
    too_large = threading.Event()

    def too_much() -> None:
        too_large.set()
        main = threading.main_thread().ident
        if sys.platform == "win32" or main is None:
            signal.raise_signal(signal.SIGTERM)
        else:
            signal.pthread_kill(main, signal.SIGTERM)  # wakes it from what it waits for

    def stop(number: int, frame: object) -> None:
        if number == signal.SIGINT and recording.running and not recording.stopped:
            recording.stop(Ended.ASKED)
            os.write(sys.stderr.fileno(), _KEEPING.encode())  # not by the buffer, which may be in use just now
            return
        stopped.set()
        raise KeyboardInterrupt  # what waits for the network or the disk is woken

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with watched(too_much):
            yield stopped
    except (KeyboardInterrupt, MemoryError, ClipError) as error:
        from ..jobs.errors import TooMuchMemory, ran_out_of_memory

        if too_large.is_set() or ran_out_of_memory(error):
            raise TooMuchMemory from None
        if isinstance(error, KeyboardInterrupt):
            raise Cancelled from None
        raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


class _Line:
    """One line on the terminal that follows the work."""

    def __init__(self, shown: bool) -> None:
        self._shown = shown
        self._drawn_at = 0.0

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        if not self._shown or now - self._drawn_at < _REDRAW_S:
            return
        self._drawn_at = now
        if progress.recorded_s is not None:
            parts = [f"recording {format_time(progress.recorded_s, millis=False)}"]
            parts.append(f"{(progress.recorded_bytes or 0) / 1e6:.1f} MB")
        else:
            parts = [f"{progress.stage} {progress.fraction:4.0%}", _megabytes(progress)]
        if progress.speed_bps:
            parts.append(f"{progress.speed_bps / 1e6:.1f} MB/s")
        if progress.eta_s is not None:
            parts.append(f"{format_time(progress.eta_s, millis=False)} left")
        _redraw(" · ".join(part for part in parts if part))

    def clear(self) -> None:
        if self._drawn_at:
            _redraw("")


def _redraw(line: str) -> None:
    """Replace the line that the cursor stands on (ECMA-48, EL)."""
    stream = sys.stderr.raw if isinstance(sys.stderr, PrintableStream) else sys.stderr
    stream.write("\r\x1b[2K" + printable(line))
    stream.flush()


@contextmanager
def _progress_line(shown: bool) -> Iterator[_Line]:
    line = _Line(shown)
    try:
        yield line
    finally:
        line.clear()


def _megabytes(progress: Progress) -> str:
    if progress.total_bytes:
        return f"{progress.done_bytes / 1e6:.1f} of {progress.total_bytes / 1e6:.1f} MB"
    return f"{progress.done_bytes / 1e6:.1f} MB" if progress.done_bytes else ""
