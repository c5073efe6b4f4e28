"""Commands for the day clipferry comes, the day something is wrong, and the day it goes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Register the commands of this file."""
    for command in (setup, doctor, uninstall, demo):
        app.command()(command)


def setup(
    autostart: Annotated[
        bool | None,
        typer.Option("--autostart/--no-autostart", help="Start with your session. Off unless you turn it on."),
    ] = None,
    profile: Annotated[
        list[Path] | None,
        typer.Option(
            help="A browser's own --user-data-dir that needs the companion too.", exists=True, file_okay=False
        ),
    ] = None,
) -> None:
    """Make clipferry known to your browsers and say how to load the extension."""
    from ..setup.machine import Machine
    from ..setup.steps import restart_if_old, set_up
    from ..setup.words import what_to_click

    machine = Machine.here()
    done = set_up(machine, autostart=autostart, profiles=profile or [])
    restart_if_old(machine)
    typer.echo(f"These browsers find the companion now: {', '.join(done.browsers)}.")
    for line in what_to_click(done.extensions):
        typer.echo(line)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Look at the whole chain and say what is wrong and what to do. Ends with 1 where clips cannot be taken."""
    from ..setup.doctor import as_json as in_json
    from ..setup.doctor import as_line, examine, healthy
    from ..setup.machine import Machine

    findings = []
    for finding in examine(Machine.here()):
        findings.append(finding)
        if not as_json:
            typer.echo(as_line(finding))
    well = healthy(findings)
    if as_json:
        typer.echo(in_json(findings))
    else:
        typer.echo("All is well." if well else "Clips cannot be taken until the lines marked NO are mended.")
    sys.exit(0 if well else 1)


def uninstall(
    purge: Annotated[bool, typer.Option("--purge", help="Forget history and settings too.")] = False,
) -> None:
    """Take clipferry away again. Your clips stay where they are."""
    from ..setup import removal
    from ..setup.machine import Machine

    removed = removal.uninstall(Machine.here(), purge=purge)
    for line in removed.lines:
        typer.echo(line)
    typer.echo("Your clips are where they were.")
    for line in removed.left:
        typer.echo(line)


def demo(
    open_page: Annotated[
        bool | None,
        typer.Option("--open/--no-open", help="Open the demo page in a browser; by itself where there is a screen."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output; opens nothing.")] = False,
) -> None:
    """Take a clip from a small video site on this computer, the whole way a clip goes. Needs no internet."""
    from ..demo.run import run

    run(open_page=False if as_json else open_page, as_json=as_json)
