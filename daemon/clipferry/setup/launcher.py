"""The program that browsers start: a two-line script with the absolute interpreter, so that the host starts in about 40 ms.

A console script of pip would search its shebang's interpreter for packages first; the host needs the standard library only,
so it runs isolated and without ``site`` (``-IS``). Browsers take one path and no arguments, hence the script.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from clipferry_host.identity import IDS_FILE

from .browsers import System
from .files import replace_text

_HOST = """\
# Written by `clipferry setup`; started by browsers through the manifest {name}.
import sys

sys.path.insert(0, {packages!r})

from clipferry_host.__main__ import main

main(ids={ids!r})
"""


def host_packages() -> Path:
    """Return the folder of this installation's ``clipferry_host`` package."""
    import clipferry_host  # noqa: PLC0415  (imported where it is looked for, so that a broken installation is a finding)

    return Path(str(clipferry_host.__file__)).resolve().parent.parent


def launcher_path(system: System, data_dir: Path) -> Path:
    """Return the launcher's path; it stays the same over upgrades, so that manifests stay valid."""
    return data_dir / "host" / ("clipferry-host.bat" if system is System.WINDOWS else "clipferry-host")


def write_launcher(system: System, data_dir: Path, host_name: str) -> tuple[Path, bool]:
    """Write the launcher for the running interpreter; return its path and whether anything had to change."""
    path = launcher_path(system, data_dir)
    body = path.with_name("clipferry-host.py")
    changed = replace_text(
        body, _HOST.format(name=host_name, packages=str(host_packages()), ids=str(path.with_name(IDS_FILE)))
    )
    if system is System.WINDOWS:
        text = f'@"{sys.executable}" -IS "{body}" %*\r\n'
    else:
        text = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -IS {shlex.quote(str(body))} "$@"\n'
    return path, replace_text(path, text, program=True) or changed
