"""``clipferry`` on the command line.

A command lives in a file of its own subject (``clip.py``, ``daily.py``, ``setup_commands.py``): its ``COMMANDS`` are what it holds, and
it is named in ``_SUBJECTS`` below. Nothing heavy is imported at the head of such a file: every start of every
command pays for it.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import threading
from typing import NoReturn

import click

from clipferry_host.printable import guard_output, one_line
from clipferry_host.private_dir import UnsafeDirectory

from .. import __version__
from ..clip.errors import ClipError
from . import clip, daemon_commands, setup_commands, update_command
from .log import log_to_file

_SUBJECTS = (clip, daemon_commands, setup_commands, update_command)
_USAGE = 2
_COLLECT_EVERY = 100_000
"""New objects per collection. Imported objects stay: with the default of 700, collections take a tenth of the start."""


class _InOrder(click.Group):
    """Lists its commands in the order of their registration."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(
    __version__, prog_name="clipferry", message="%(prog)s %(version)s", help="Say which version this is."
)
def app() -> None:
    """Take exactly the piece of a video you are watching home."""


for _subject in _SUBJECTS:
    for _command in _subject.COMMANDS:
        app.add_command(_command)


def main() -> None:
    """Run the command that ``sys.argv`` names; ends the process.

    Exit codes: 0 done; 2 wrong usage; otherwise ``ClipError.exit_code`` (3 and up, one per kind of failure); 1 is left to
    commands that answer a question with no (``clipferry doctor``).
    """
    as_json = "--json" in sys.argv[1:]
    gc.set_threshold(_COLLECT_EVERY)
    guard_output()
    log_to_file()
    try:
        app(prog_name="clipferry")
    except SystemExit as exc:
        if as_json and exc.code == _USAGE:
            _answer("usage", "The command is not spelled that way.", "Run it with --help.")
        _leave(exc.code)
    except ClipError as exc:
        logging.getLogger(__name__).info("%s: %s", exc.code, exc.detail or exc.sentence, exc_info=exc)
        _fail(exc, as_json=as_json)
    except UnsafeDirectory as exc:
        from ..clip.output.destination import not_safe

        _fail(not_safe(exc), as_json=as_json)
    except Exception:  # The last resort, for what nobody foresaw: the log gets the traceback, a person a sentence.
        logging.getLogger(__name__).exception("clipferry failed in a way that it does not know")
        _fail(ClipError(), as_json=as_json)


def _fail(error: ClipError, *, as_json: bool) -> NoReturn:
    if as_json:
        _answer(error.code, error.sentence, error.hint)
    else:
        click.echo(f"{one_line(error.sentence)}\n{one_line(error.hint)}", err=True)
    _leave(error.exit_code)


def _leave(code: str | int | None) -> NoReturn:
    """Exit without interpreter shutdown: unloading libav and yt-dlp takes longer than some commands."""
    logging.shutdown()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 1  # whoever read our output has gone
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.current_thread()):
        sys.exit(code)  # somebody still works: let them finish
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _answer(code: str, message: str, hint: str) -> None:
    click.echo(json.dumps({"error": {"code": code, "message": message, "hint": hint}}))
