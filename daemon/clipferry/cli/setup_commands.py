"""Commands to install, check and remove clipferry: setup, doctor, uninstall, demo."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clipferry_host.printable import one_line

from ..clip.errors import ClipError, add_texts
from . import options
from .error_texts import TEXTS

if TYPE_CHECKING:
    from ..setup.install import SetUp
    from ..setup.machine import Machine

add_texts(TEXTS)


class CannotSetUp(ClipError):
    """The launcher that browsers start could not be written."""

    code, exit_code = "cannot_set_up", 68


@click.command()
@click.option("--autostart/--no-autostart", default=None, help="Start with your session. Off unless you turn it on.")
@click.option(
    "--profile",
    "profiles",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="A browser's own --user-data-dir that needs the companion too.",
)
@click.option(
    "--firefox-permanent/--no-firefox-permanent",
    default=None,
    help="Keep the extension in Firefox ESR and Developer Edition. Turns off Firefox's check of signatures, for all add-ons.",
)
@click.option("--system", is_flag=True, help="Let Google Chrome install the extension by itself. One command as root.")
@click.option("--dry-run", is_flag=True, help="Only list what would be written.")
@click.option(
    "--open/--no-open",
    "open_page",
    default=None,
    help="Open the page that shows what is still to do; by itself where there is a screen.",
)
def setup(
    autostart: bool | None,
    profiles: Sequence[Path],
    firefox_permanent: bool | None,
    system: bool,
    dry_run: bool,
    open_page: bool | None,
) -> None:
    """Make clipferry known to your browsers.

    Says how to load the extension, too. Doing it again changes nothing that is right.
    """
    from ..setup.files import rehearsal
    from ..setup.install import restart_if_old, set_up
    from ..setup.load_instructions import what_to_click
    from ..setup.machine import Machine
    from ..system.open_page import has_screen

    machine = Machine.here()
    if dry_run:
        with rehearsal() as changes:
            done = set_up(machine, autostart=autostart, profiles=profiles, firefox_permanent=firefox_permanent)
            if system:
                _tell_chrome(machine, done)
        for line in changes:
            click.echo(f"would {line}")
        click.echo("Nothing was written." if changes else "Nothing would be written: all is as it should be.")
        _say_problems(done.problems)
        return
    try:
        done = set_up(machine, autostart=autostart, profiles=profiles, firefox_permanent=firefox_permanent)
    except OSError as error:
        raise CannotSetUp(
            "not_written",
            detail=str(error),
            file=str(error.filename or machine.paths.data_dir),
            said=str(error.strerror),
        ) from error
    restart_if_old(machine)
    click.echo(f"These browsers find the companion now: {', '.join(done.browsers) or 'none'}.")
    if system and _tell_chrome(machine, done):
        click.echo("Chrome installs the extension when it is started.")
    for line in what_to_click(done.extensions, done.installing):
        click.echo(line)
    if not done.autostart:
        click.echo("It starts when a browser needs it; `clipferry setup --autostart` starts it with your session.")
    _say_problems(done.problems)
    if open_page is None:
        open_page = has_screen() and sys.stdin.isatty()
    if open_page:
        from ..demo.run import guide

        guide(machine)


def _say_problems(problems: Sequence[str]) -> None:
    for problem in problems:
        click.echo(one_line(problem), err=True)


def _tell_chrome(machine: Machine, done: SetUp) -> bool:
    """Carry out ``--system``; print what failed."""
    from ..setup.extension.chrome_system import tell_chrome
    from ..setup.extension.chromium_external import ForeignFile

    if done.packed is None:
        click.echo("Chrome: only on Linux can it be told to install the extension.", err=True)
        return False
    try:
        return tell_chrome(done.packed, _agree, machine.env)
    except ForeignFile as error:
        click.echo(f"Chrome: {error} is not clipferry's and was left alone.", err=True)
    except OSError as error:
        click.echo(f"Chrome: {error.filename} cannot be written ({error.strerror}).", err=True)
    return False


def _agree(command: str) -> bool:
    """Print a command that needs root; run it after confirmation."""
    click.echo(f"This needs root, once:\n    {command}")
    return sys.stdin.isatty() and click.confirm("Run it now?", default=False)


@click.command()
@options.as_json
def doctor(as_json: bool) -> None:
    """Look at the whole chain and say what is wrong and what to do. Ends with 1 where clips cannot be taken."""
    from ..setup.doctor import as_json as in_json
    from ..setup.doctor import as_line, examine, healthy
    from ..setup.machine import Machine

    findings = []
    for finding in examine(Machine.here()):
        findings.append(finding)
        if not as_json:
            click.echo(as_line(finding))
    well = healthy(findings)
    if as_json:
        click.echo(in_json(findings))
    else:
        click.echo("All is well." if well else "Clips cannot be taken until the lines marked NO are mended.")
    sys.exit(0 if well else 1)


@click.command()
@click.option("--purge", is_flag=True, help="Forget history and settings too.")
def uninstall(purge: bool) -> None:
    """Take clipferry away again. Your clips stay where they are."""
    from ..setup import uninstall
    from ..setup.machine import Machine

    removed = uninstall.uninstall(Machine.here(), purge=purge, agree=_agree)
    for line in removed.lines:
        click.echo(line)
    click.echo("Your clips are where they were.")
    for line in removed.left:
        click.echo(line)


@click.command()
@click.option(
    "--open/--no-open",
    "open_page",
    default=None,
    help="Open the demo page in a browser; by itself where there is a screen.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output; opens nothing.")
def demo(open_page: bool | None, as_json: bool) -> None:
    """Take a clip from a small video site on this computer.

    It goes the whole way a clip goes, and needs no internet.
    """
    from ..demo.run import run

    run(open_page=False if as_json else open_page, as_json=as_json)


COMMANDS = (setup, doctor, uninstall, demo)
