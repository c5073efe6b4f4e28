"""The desktop around it: starting with the session. It is not needed to take a clip."""

from __future__ import annotations

from collections.abc import Iterator

from ..machine import Machine
from ..steps import autostart_entry
from .model import Finding, ok


def session(machine: Machine) -> Iterator[Finding]:
    """What there is of a desktop."""
    on = autostart_entry(machine).is_on()
    yield ok("autostart", "It starts with your session." if on else "It starts when a browser needs it.")
