"""Commands for the day clipferry comes, the day something is wrong, and the day it goes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from . import options


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
def setup(autostart: bool | None, profiles: Sequence[Path], firefox_permanent: bool | None) -> None:
    """Make clipferry known to your browsers.

    Says how to load the extension, too.
    """
    from ..setup.machine import Machine
    from ..setup.steps import restart_if_old, set_up
    from ..setup.words import what_to_click

    machine = Machine.here()
    done = set_up(machine, autostart=autostart, profiles=profiles, firefox_permanent=firefox_permanent)
    restart_if_old(machine)
    click.echo(f"These browsers find the companion now: {', '.join(done.browsers)}.")
    for line in what_to_click(done.extensions, done.installing):
        click.echo(line)
    for problem in done.problems:
        click.echo(problem, err=True)


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
    from ..setup import removal
    from ..setup.machine import Machine

    removed = removal.uninstall(Machine.here(), purge=purge)
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
