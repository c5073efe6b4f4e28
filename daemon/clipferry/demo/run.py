"""Run the demo: start the site, create a clip through the native host as a browser would, and print where it is."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from ..client.blocking_client import BlockingClient, as_error, over_socket, through_host
from ..clip.timecode import format_time
from ..protocol.base import Empty
from ..protocol.desktop import AllowPrivateParams
from ..protocol.jobs import ClipCreateParams, Job, JobState
from ..protocol.settings import Settings
from ..protocol.videos import ResolveParams, VideoInfo
from ..setup.launcher import write_launcher
from ..setup.machine import Machine
from ..system.open_page import has_screen, open_page
from .film import film
from .first_run import ALLOWED_S, FirstRun
from .site import Site

START_S, END_S = 12.4, 17.2
_SILENCE_S = 120.0
"""The companion reports progress every second: time-out without one."""


@dataclass(frozen=True, slots=True)
class DemoClip:
    """The clip that the demo created."""

    job: Job
    path: Path
    seconds: float
    """From the request to the file."""


def run(*, open_page: bool | None, as_json: bool) -> None:
    """Create the clip, print the result, and keep the page up where a browser can show it.

    Args:
        open_page: ``None``: where there is a screen and somebody at the keyboard.
        as_json: one object on standard output, nothing else.

    Raises:
        ClipError: whatever the chain says went wrong.
    """

    def say(text: str) -> None:
        if not as_json:
            click.echo(text)

    machine = Machine.here()
    machine.paths.make()
    say("A small film is drawn, once …" if not _drawn(machine) else "The film is there already.")
    with Site(film(machine.paths.cache_dir)) as site, over_socket(machine.env) as person:
        person.hello()
        _allow(person, site)
        say(f"The demo's video site is at {site.page_url}")
        taken = take(machine, site, person)
        if as_json:
            click.echo(_as_json(taken, site))
        for line in words(taken):
            say(line)
        if open_page is None:
            open_page = has_screen() and sys.stdin.isatty()
        if open_page:
            _stay(machine, site)


def _drawn(machine: Machine) -> bool:
    return any((machine.paths.cache_dir / "demo").glob("film-*.mp4"))


def take(machine: Machine, site: Site, person: BlockingClient) -> DemoClip:
    """Create one clip through the real chain: host process → daemon → worker → yt-dlp → cut → Downloads."""
    launcher, _ = write_launcher(machine.system, machine.paths.data_dir, machine.who.host_name)
    settings = person.ask("settings.get", Empty(), Settings)
    with through_host(launcher, [machine.who.chrome_origin], machine.env) as browser:
        browser.hello("extension")
        browser.ask("resolve", ResolveParams(url=site.page_url), VideoInfo)
        began = time.monotonic()
        # `again`: whoever runs the demo twice wants to see it work twice.
        wanted = ClipCreateParams(url=site.page_url, start_time=START_S, end_time=END_S, again=True)
        job = browser.ask("clip.create", wanted, Job)
        for event in browser.events(timeout_s=_SILENCE_S):
            if event.event == "job" and event.data["file_id"] == job.file_id:
                job = Job.model_validate(event.data)
                if job.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED):
                    break
        seconds = time.monotonic() - began
    if job.error is not None:
        raise as_error(job.error)
    folder = Path(settings.downloads_dir or machine.paths.downloads_dir)
    return DemoClip(job, folder / (job.file_name or ""), seconds)


def words(taken: DemoClip) -> list[str]:
    """Format the result: where the clip is, and what was verified."""
    proof, size = taken.job.proof, taken.job.size_bytes or 0
    lines = [
        f"Taken in {taken.seconds:.1f} s: {format_time(START_S)} to {format_time(END_S)} of {format_time(40, millis=False)}",
        f"    {taken.path}  ({size / 1000:.0f} kB)",
    ]
    if proof is not None:
        lines.append(
            f"Measured on the file: {proof.frames} pictures, the first of {format_time(proof.start_s)}, "
            f"the last until {format_time(proof.end_s)}; {proof.copied_frames} of them copied bit for bit."
        )
    return lines


def _as_json(taken: DemoClip, site: Site) -> str:
    return json.dumps(
        {
            "path": str(taken.path),
            "start_s": START_S,
            "end_s": END_S,
            "seconds": round(taken.seconds, 3),
            "page_url": site.page_url,
            "proof": taken.job.proof.model_dump() if taken.job.proof else None,
        },
        ensure_ascii=False,
    )


def _allow(person: BlockingClient, site: Site) -> None:
    """Permit the demo's origin as a source for a while: loopback addresses are refused otherwise."""
    person.ask("private.allow", AllowPrivateParams(origin=site.origin, seconds=ALLOWED_S), Empty)


def guide(machine: Machine) -> None:
    """Open the first-run page and serve it until Ctrl+C; its steps turn green as they are completed."""
    machine.paths.make()
    if not _drawn(machine):
        click.echo("A small film is drawn, once …")
    with Site(film(machine.paths.cache_dir)) as site:
        _stay(machine, site)


def _stay(machine: Machine, site: Site) -> None:
    """Keep the site up until Ctrl+C."""
    with FirstRun(machine, site), suppress(KeyboardInterrupt):
        opened = open_page(site.page_url)
        click.echo("\nThe page is open in your browser." if opened else f"\nOpen {site.page_url} in your browser.")
        click.echo("Try the scissors on it. Press Ctrl+C here when you are done.")
        threading.Event().wait()
    click.echo(os.linesep + "The page is closed. The clips stay.")
