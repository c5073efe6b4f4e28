"""``clipferry clip``: one clip in the foreground, without the daemon."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from io import TextIOWrapper
from pathlib import Path

import click

from clipferry_host.printable import PrintableStream, one_line

from ..clip.errors import ClipError, InvalidOutput, InvalidRange
from ..clip.extract.links import tidy_link
from ..clip.model import ClipRequest, CutMode, Output, OutputKind, StagedClip
from ..clip.timecode import parse
from . import options
from .clip_run import run_clip
from .hints import error_for_command
from .ytdlp_version import OtherEngine


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
def clip(  # noqa: PLR0913  (click passes each option by name)
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
        raise InvalidRange("whole_and_marks")
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
        path, made = run_clip(request, folder, allow_private=allow_private, show=not as_json and sys.stderr.isatty())
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
        _print_path(path)
        if made.proof.note:
            click.echo(one_line(made.proof.note), err=True)


COMMANDS = (clip,)


def _print_path(path: Path) -> None:
    """Print ``path``: its exact bytes to a pipe, in printable characters to a terminal."""
    raw = sys.stdout.raw if isinstance(sys.stdout, PrintableStream) else sys.stdout
    if raw.isatty() or not isinstance(raw, TextIOWrapper):
        click.echo(one_line(str(path)))
        return
    raw.flush()
    raw.buffer.write(os.fsencode(path) + os.linesep.encode())
    raw.flush()


def _result(path: Path, made: StagedClip) -> dict[str, object]:
    """Build the result of ``--json``: ``start_s`` and ``end_s`` are the requested range, ``proof`` is measured on the file."""
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
        raise InvalidOutput("no_audio_format", kind=kind.upper())
    return kind
