"""Update the first-run page live: follow the companion's events and publish the steps."""

from __future__ import annotations

import threading
from dataclasses import replace

from ..client.blocking_client import BlockingClient, over_socket
from ..clip.errors import ClipError
from ..protocol.base import Empty
from ..protocol.desktop import AllowPrivateParams
from ..protocol.envelope import Event, ExtensionConnected
from ..protocol.jobs import Job, JobState
from ..setup.browsers import ManifestDialect
from ..setup.first_run import Progress, Step, Visitor, steps
from ..setup.machine import Machine
from .site import Site

ALLOWED_S = 600
"""How long the site is permitted as a source, renewed halfway."""
_AGAIN_S = 2.0
"""Between two attempts to reach a companion that went away."""


class FirstRun:
    """Watches until it is closed. A context manager; its thread holds a connection to the companion."""

    def __init__(self, machine: Machine, site: Site) -> None:
        self._machine, self._site = machine, site
        self._progress = Progress()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        site.show(self._steps)

    def __enter__(self) -> FirstRun:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()

    def _steps(self, who: Visitor) -> list[Step]:
        return steps(self._machine, who, self._progress)

    def _tell(self, progress: Progress) -> None:
        self._progress = progress
        self._site.changed()

    def _run(self) -> None:
        start = True  # a companion that the person stops afterwards is not started again
        while not self._closed.is_set():
            try:
                with over_socket(self._machine.env, start=start) as talk:
                    talk.hello()
                    start = False
                    self._follow(talk)
            except ClipError as error:
                said = f"{error.sentence} {error.hint}".strip()
                self._tell(replace(self._progress, companion=False, trouble=said))
            self._closed.wait(_AGAIN_S)

    def _follow(self, talk: BlockingClient) -> None:
        while not self._closed.is_set():
            talk.ask("private.allow", AllowPrivateParams(origin=self._site.origin, seconds=ALLOWED_S), Empty)
            if not self._progress.companion:
                self._tell(replace(self._progress, companion=True, trouble=""))
            while (event := talk.next_event(timeout_s=ALLOWED_S / 2)) is not None:
                self._take(event)

    def _take(self, event: Event) -> None:
        if event.event == "extension.connected":
            family = ManifestDialect(ExtensionConnected.model_validate(event.data).browser)
            if family not in self._progress.connected:
                self._tell(replace(self._progress, connected=self._progress.connected | {family}))
        elif event.event == "job":
            job = Job.model_validate(event.data)
            if not job.url.startswith(f"{self._site.origin}/"):
                return
            if job.state is JobState.DONE and job.file_name:
                self._tell(replace(self._progress, clip=job.file_name, failure=""))
            elif job.state is JobState.FAILED and job.error is not None and self._progress.clip is None:
                self._tell(replace(self._progress, failure=f"{job.error.message} {job.error.hint}"))
