"""One clip in the foreground: the pipeline with the saved settings, a private staging folder and signal handling."""

from __future__ import annotations

import dataclasses
import os
import secrets
import shutil
import signal
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clipferry_host.printable import one_line

from ..clip.errors import Cancelled, ClipError, FolderMissing, FolderNotWritable
from ..clip.model import ClipRequest, Ended, StagedClip
from .progress_line import progress_line

if TYPE_CHECKING:
    from ..clip.recording import Recording

_STALE_S = 24 * 3600.0
_KEEPING = "\nStopped: what has been recorded is kept. Press Ctrl+C once more to throw it away.\n"


def run_clip(request: ClipRequest, folder: Path | None, *, allow_private: bool, show: bool) -> tuple[Path, StagedClip]:
    """Make the clip of ``request`` and publish it; returns its path.

    Args:
        folder: where it goes; ``None``: as the settings have it.
        show: draw a progress line on the terminal.

    Raises:
        ClipError
        OtherEngine: another version of yt-dlp is in use since this process started.
    """
    # The pipeline is imported here: other commands start without it.
    from ..clip.disk.folder_errors import os_errors
    from ..clip.extract.resolve import ResolveCache, Resolving
    from ..clip.http.network import guard_connections
    from ..clip.output.destination import check_folder, own_folder_errors, publish, staging_root
    from ..clip.output.file_name import check_template
    from ..clip.pipeline import make_clip
    from ..clip.progress import ProgressMeter
    from ..clip.recording import Recording
    from ..clip.run_context import RunContext
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
        _stopped_by_signals(recording) as stopped,
        progress_line(show) as line,
        begun() or nullcontext() as extraction,
    ):
        with engine_in_use(paths) as cache:
            made = make_clip(
                request,
                staging_dir=work,
                network=network,
                run=RunContext(
                    ProgressMeter(line.show),
                    stopped.is_set,
                    recording,
                    on_video=lambda _: extraction.end() if extraction is not None else None,
                ),
                resolving=Resolving(ResolveCache(cache), extraction.extract if extraction is not None else None),
                ffmpeg=settings.ffmpeg,
            )
        return publish(made, target), made


def _absolute(folder: Path) -> Path:
    try:
        return folder.expanduser().absolute()
    except (RuntimeError, OSError) as exc:  # the home of an unknown user, or a working directory that is gone
        raise FolderMissing(detail=str(exc)) from exc


def _check_files(ca_file: str | None, cookie_file: Path | None) -> None:
    """Check the named files before the first request is sent."""
    if ca_file is not None:
        from ..clip.http.ca_files import check_ca_file

        check_ca_file(ca_file)
    if cookie_file is not None and not _is_pipe(cookie_file):  # a pipe can be read only once
        from ..clip.extract.cookie_files import netscape_text

        netscape_text(cookie_file)


def _is_pipe(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


@contextmanager
def _own_folder(staging: Path) -> Iterator[Path]:
    """Create a folder for this run, removed afterwards; also remove those that killed runs left a day ago."""
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
def _stopped_by_signals(recording: Recording) -> Iterator[threading.Event]:
    """Cancel the run on Ctrl+C and SIGTERM, with all clean-up. While a broadcast is recorded, the first Ctrl+C ends the
    recording, which is kept, and the second one discards it."""
    from ..system.memory_limit import watched

    stopped = threading.Event()
    too_large = threading.Event()

    def too_much() -> None:
        too_large.set()
        main = threading.main_thread().ident
        if sys.platform == "win32" or main is None:
            signal.raise_signal(signal.SIGTERM)
        else:
            signal.pthread_kill(main, signal.SIGTERM)  # interrupts a blocking call

    def stop(number: int, frame: object) -> None:
        if number == signal.SIGINT and recording.running and not recording.stopped:
            recording.stop(Ended.ASKED)
            os.write(sys.stderr.fileno(), _KEEPING.encode())  # not through the buffer, which may be in use
            return
        stopped.set()
        raise KeyboardInterrupt  # interrupts a blocking call

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
