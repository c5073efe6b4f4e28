"""Commands that call the daemon: status, jobs, cancel, finish, dashboard, daemon."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING

import click

from clipferry_host.printable import one_line

from . import options

if TYPE_CHECKING:
    from ..protocol.jobs import Job, JobState


class DaemonCommand(StrEnum):
    START = "start"
    STOP = "stop"
    RESTART = "restart"
    STATUS = "status"


_file_id = click.argument("file_id", metavar="ID")


@click.command()
@options.as_json
def status(as_json: bool) -> None:
    """Say whether the companion runs and what it is doing."""
    from ..client.blocking_client import NoCompanion, over_socket
    from ..protocol.jobs import JobListParams, JobPage

    try:
        talk = over_socket(start=False)
    except NoCompanion:
        click.echo('{"running": false}' if as_json else "The companion is not running; it starts when it is needed.")
        return
    with talk:
        hello = talk.hello()
        page = talk.ask("job.list", JobListParams(limit=200, states=_unfinished()), JobPage)
    if as_json:
        click.echo(f'{{"running": true, "hello": {hello.model_dump_json()}, "jobs": {page.model_dump_json()}}}')
        return
    click.echo(f"The companion {hello.version} is running. Clips go to “{one_line(hello.downloads_dir_name)}”.")
    for notice in hello.notices:
        click.echo(one_line(notice))
    for job in page.jobs:
        click.echo(_line(job))
    if not page.jobs:
        click.echo("Nothing is being taken at the moment.")


@click.command()
@click.option("--limit", type=click.IntRange(1, 200), default=20, help="How many, newest first.")
@options.as_json
def jobs(limit: int, as_json: bool) -> None:
    """List the clips that are being taken and those taken before."""
    from ..client.blocking_client import over_socket
    from ..protocol.jobs import JobListParams, JobPage

    with over_socket() as talk:
        talk.hello()
        page = talk.ask("job.list", JobListParams(limit=limit), JobPage)
    if as_json:
        click.echo(page.model_dump_json())
        return
    for job in page.jobs:
        click.echo(_line(job))
    if not page.jobs:
        click.echo("No clips yet.")


@click.command()
@_file_id
def cancel(file_id: str) -> None:
    """Stop a clip that is being taken; nothing of it is kept.

    ID is the clip's, or the beginning of it, as `clipferry jobs` shows it.
    """
    click.echo(_line(_ask("job.cancel", file_id)))


@click.command()
@_file_id
def finish(file_id: str) -> None:
    """Stop recording a running broadcast; keep what there is.

    ID is the clip's, or the beginning of it, as `clipferry jobs` shows it.
    """
    click.echo(_line(_ask("job.finish", file_id)))


def _ask(method: str, file_id: str) -> Job:
    """Call ``method`` for the one unfinished job whose id begins with a prefix."""
    from ..client.blocking_client import over_socket
    from ..jobs.errors import JobNotFound
    from ..protocol.jobs import Job, JobListParams, JobPage, JobRef

    with over_socket() as talk:
        talk.hello()
        page = talk.ask("job.list", JobListParams(limit=200, states=_unfinished()), JobPage)
        meant = [job.file_id for job in page.jobs if job.file_id.startswith(file_id.lower())]
        if len(meant) != 1:
            raise JobNotFound("not_running")
        return talk.ask(method, JobRef(file_id=meant[0]), Job)


@click.command()
@click.option("--link", "link_only", is_flag=True, help="Print the one-time link instead of opening it.")
def dashboard(link_only: bool) -> None:
    """Open the dashboard in your browser: history, queue, settings."""
    from ..client.blocking_client import over_socket
    from ..protocol.base import Empty
    from ..protocol.desktop import DashboardLink
    from ..setup.machine import Machine
    from ..system.open_page import open_privately

    with over_socket() as talk:
        talk.hello()
        link = talk.ask("dashboard.link", Empty(), DashboardLink)
    if link_only:
        click.echo(link.url)
    elif open_privately(link.url, Machine.here().paths.runtime_dir):
        click.echo("The dashboard opens in your browser.")
    else:
        click.echo(f"No browser could be opened here. This link works once, within a minute:\n{link.url}")


@click.command("daemon")
@click.argument("verb", type=click.Choice(DaemonCommand, case_sensitive=False))
def daemon_command(verb: DaemonCommand) -> None:
    """Start, stop or restart the companion, or say whether it runs. It starts by itself when a browser needs it."""
    from ..client.blocking_client import NoCompanion, over_socket, stop_daemon

    if verb is DaemonCommand.STATUS:
        try:
            with over_socket(start=False) as talk:
                hello = talk.hello()
        except NoCompanion:
            click.echo("The companion is not running.")
            sys.exit(1)
        click.echo(f"The companion {hello.version} is running, with {hello.running} unfinished clips.")
        return
    if verb in (DaemonCommand.STOP, DaemonCommand.RESTART):
        was = stop_daemon()
        if verb is DaemonCommand.STOP:
            click.echo("The companion has stopped." if was else "The companion was not running.")
            return
    with over_socket() as talk:
        hello = talk.hello()
    click.echo(f"The companion {hello.version} is running.")


COMMANDS = (status, jobs, cancel, finish, dashboard, daemon_command)


def _unfinished() -> list[JobState]:
    from ..protocol.jobs import JobState

    return [s for s in JobState if s not in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)]


def _line(job: Job) -> str:
    """Format a job as one line, with its problem in a second one."""
    from ..clip.timecode import format_time

    span = ""
    if job.start_s is not None or job.end_s is not None:
        end = format_time(job.end_s, millis=False) if job.end_s is not None else "end"
        span = f" [{format_time(job.start_s or 0, millis=False)}-{end}]"
    state = job.state.value
    if job.progress is not None and job.progress.recorded_s is not None and job.finished_at is None:
        state = f"recording {format_time(job.progress.recorded_s, millis=False)}"
    elif job.progress is not None and job.finished_at is None:
        state += f" {job.progress.fraction:.0%}"
    line = one_line(f"{job.file_id}  {state:<14} {job.file_name or (job.title or job.url) + span}")
    return f"{line}\n{'':28}{one_line(f'{job.error.message} {job.error.hint}')}" if job.error else line
