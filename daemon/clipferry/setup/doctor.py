"""``clipferry doctor``: checks every part of the chain and reports what is wrong and how to fix it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence

from clipferry_host.printable import one_line

from .. import __version__
from ..settings import load
from ..settings_check import folder_of
from ..ytdlp.versions import Versions
from .checks.browsers import browsers
from .checks.daemon import companion
from .checks.disk import disk
from .checks.model import Finding, Verdict, warn
from .checks.programs import engine
from .checks.session import session
from .machine import Machine

_MARKS = {Verdict.OK: "ok  ", Verdict.WARN: "note", Verdict.FAIL: "NO  "}


def examine(machine: Machine) -> Iterator[Finding]:
    """Yield every finding, in the order of the chain; takes some seconds."""
    loaded = load(machine.paths.settings)
    settings = loaded.settings
    today = datetime.datetime.now(tz=datetime.UTC).date()
    ffmpeg = folder_of(settings.ffmpeg) if settings.ffmpeg else None
    yield from engine(machine.env, ffmpeg, today, Versions(machine.paths.engines))
    yield from browsers(machine)
    yield from companion(machine)
    yield from disk(
        machine, folder_of(settings.downloads_dir) if settings.downloads_dir else machine.paths.downloads_dir
    )
    for notice in loaded.notices:
        yield warn("settings", notice, "Set it again in the dashboard.")
    yield from session(machine)


def healthy(findings: Sequence[Finding]) -> bool:
    """Return whether clips can be created."""
    return all(finding.verdict is not Verdict.FAIL for finding in findings)


def as_line(finding: Finding) -> str:
    """Format the findings for a terminal."""
    fix = f"\n        → {one_line(finding.fix)}" if finding.fix else ""
    return f"  {_MARKS[finding.verdict]}  {one_line(finding.said)}{fix}"


def as_json(findings: Sequence[Finding]) -> str:
    """Format the findings as JSON: ``{healthy, version, findings: [{check, verdict, said, fix}]}``."""
    rows = [{"check": f.check, "verdict": f.verdict.value, "said": f.said, "fix": f.fix} for f in findings]
    return json.dumps({"healthy": healthy(findings), "version": __version__, "findings": rows}, ensure_ascii=False)
