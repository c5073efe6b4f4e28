"""Install clipferry for the person who runs this: ``python3 daemon/install.py`` in a clone. Standard library only.

It makes a private Python environment, puts clipferry into it, links the command ``clipferry`` into ``~/.local/bin``, makes
clipferry known to the browsers and takes a first clip from a small video site of its own. Nothing outside the person's
home folder is touched and nothing has to be there but Python 3.11 and pip: neither ensurepip (Debian's ``python3-venv``)
nor Node. ``python3 daemon/install.py --uninstall`` takes all of it away again; clips stay.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

OLDEST = (3, 11)
MARKER = "clipferry-environment.json"
"""Lies in the private environment and says how to take it away; ``clipferry uninstall`` reads it too."""
_UNWANTED = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
    "VIRTUAL_ENV",
)


class Stop(Exception):
    """Why the installation cannot go on: a sentence and what to do about it."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(f"{sentence}\n{hint}")


def environment_dir() -> Path:
    """Where the private environment goes: beside the person's other application data."""
    own_home = os.environ.get("CLIPFERRY_HOME")
    if own_home:
        return Path(own_home).absolute() / "app"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "clipferry" / "app"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "clipferry" / "app"
    shared = os.environ.get("XDG_DATA_HOME", "")
    return (Path(shared) if shared.startswith("/") else Path.home() / ".local" / "share") / "clipferry" / "app"


def inside(environment: Path, program: str) -> Path:
    """A program of the environment."""
    return environment / "Scripts" / f"{program}.exe" if os.name == "nt" else environment / "bin" / program


def check_python() -> None:
    """Stop with a sentence where this Python cannot do it, naming one that can if there is one."""
    if sys.version_info < OLDEST:
        newer = next((found for minor in range(20, 10, -1) if (found := shutil.which(f"python3.{minor}"))), None)
        hint = f"Run it with {newer} instead." if newer else "Install a newer Python and run this again with it."
        raise Stop(f"clipferry needs Python 3.11 or newer; this is {sys.version.split()[0]}.", hint)
    if importlib.util.find_spec("pip") is None and importlib.util.find_spec("ensurepip") is None:
        raise Stop(
            "This Python has no pip.", "On Debian and Ubuntu: sudo apt install python3-pip. Then run this again."
        )


class Steps:
    """Runs the steps one after another, with one line for each on the screen and all that they say in a log."""

    def __init__(self, log: Path, total: int) -> None:
        self._log, self._total, self._done = log, total, 0
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("", encoding="utf-8")

    def step(self, title: str, work: Callable[[], None]) -> None:
        self._done += 1
        print(f"  {self._done} of {self._total}  {title} … ", end="", flush=True)
        began = time.monotonic()
        try:
            work()
        except BaseException:
            print("no", flush=True)
            raise
        print(f"done ({time.monotonic() - began:.0f} s)")

    def run(
        self, command: Sequence[str | Path], *, sentence: str, hint: str, env: Mapping[str, str] | None = None
    ) -> None:
        """Run a program quietly; ``Stop`` with ``sentence`` and the end of what it said if it fails."""
        kept = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
        done = subprocess.run(
            [str(part) for part in command],
            env={**kept, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        said = done.stdout.decode("utf-8", "replace")
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(str(part) for part in command)}\n{said}\n")
        if done.returncode != 0:
            last = "\n".join(f"    {line}" for line in said.strip().splitlines()[-8:])
            raise Stop(f"{sentence} The last it said:\n{last}", f"{hint} All of it is in {self._log}.")


def make_environment(steps: Steps, environment: Path) -> None:
    """A virtual environment without pip; an existing one is used again if its Python still runs and is this one's kind."""
    python = inside(environment, "python")
    if python.is_file():
        with contextlib.suppress(OSError):
            asked = subprocess.run(
                [str(python), "-c", "import sys; print(sys.version_info[:2] == tuple(map(int, sys.argv[1:])))"]
                + [str(part) for part in sys.version_info[:2]],
                capture_output=True,
                check=False,
            )
            if asked.stdout.strip() == b"True":
                return
    steps.run(
        [sys.executable, "-m", "venv", "--clear", "--without-pip", environment],
        sentence="The private Python environment could not be made.",
        hint="Is there space on the disk, and may you write to your home folder?",
    )


def pip_for(environment: Path) -> list[str]:
    """How pip is called for the environment: this Python's own, or else the one that comes inside Python."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--python", str(inside(environment, "python"))]
    subprocess.run([str(inside(environment, "python")), "-m", "ensurepip"], check=True, capture_output=True)
    return [str(inside(environment, "python")), "-m", "pip"]


def install(steps: Steps, environment: Path, clone: Path) -> None:
    options = ["--no-input", "--disable-pip-version-check", "--no-warn-script-location"]
    with tempfile.TemporaryDirectory(prefix="clipferry-") as scratch:
        steps.run(
            [*pip_for(environment), "install", *options, "--upgrade", "--upgrade-strategy", "eager", clone],
            sentence="clipferry could not be installed.",
            hint="Most often the connection to the package registry failed: check that you are online and try again.",
            env={"npm_config_cache": scratch},  # building the extension leaves nothing in the home folder
        )


def link_command(environment: Path) -> Path | None:
    """Put ``clipferry`` where a person's own commands are. Gives the link, or ``None`` where something else has the name."""
    command = inside(environment, "clipferry")
    if os.name == "nt":
        return None
    link = Path.home() / ".local" / "bin" / "clipferry"
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink():
        if link.resolve() == command.resolve():
            return link
        if link.exists() and "clipferry" not in str(link.resolve().parent):
            return None
        link.unlink()
    elif link.exists():
        return None
    link.symlink_to(command)
    return link


def on_path(link: Path) -> bool:
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return any(folder and Path(folder).absolute() == link.parent for folder in folders)


def install_all(*, demo: bool) -> int:
    check_python()
    clone = Path(__file__).resolve().parent.parent
    environment = environment_dir()
    steps = Steps(environment.parent / "install.log", total=3)
    print("clipferry is installed for you alone, inside your home folder.")
    command = inside(environment, "clipferry")
    if command.is_file():  # a running companion would find its own files replaced; its clips go on with the new one
        subprocess.run([str(command), "daemon", "stop"], stdout=subprocess.DEVNULL, check=False)
    steps.step("A private Python environment", lambda: make_environment(steps, environment))
    steps.step("clipferry and its browser extension (a minute or two)", lambda: install(steps, environment, clone))
    link: Path | None = None

    def link_it() -> None:
        nonlocal link
        link = link_command(environment)
        said = {"link": str(link) if link else None, "clone": str(clone)}
        (environment / MARKER).write_text(json.dumps(said) + "\n", encoding="utf-8")

    steps.step("The command `clipferry`", link_it)
    if link is None or not on_path(link):
        print(f"      It is {link or command}; a new terminal may find it as `clipferry`.")
    print()
    code = hand_over(command, "setup", "--no-open")
    if code == 0 and demo:
        print()
        code = hand_over(command, "demo")  # opens the page of the first steps where somebody can see it
    return code


def hand_over(command: Path, *arguments: str) -> int:
    """Run the installed command with the screen and keyboard its own: Ctrl+C is for it, and we wait until it is done."""
    running = subprocess.Popen([str(command), *arguments])
    while True:
        try:
            return running.wait()
        except KeyboardInterrupt:
            continue


def uninstall_all(*, purge: bool) -> int:
    environment = environment_dir()
    command = inside(environment, "clipferry")
    if not environment.exists():
        print("clipferry is not installed for you; there is nothing to take away.")
        return 0
    if command.is_file():
        subprocess.run([str(command), "uninstall", *(["--purge"] if purge else [])], check=False)
    with contextlib.suppress(OSError, ValueError):
        link = json.loads((environment / MARKER).read_text(encoding="utf-8"))["link"]
        if link and Path(link).is_symlink():
            Path(link).unlink()
    shutil.rmtree(environment, ignore_errors=True)
    (environment.parent / "install.log").unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        environment.parent.rmdir()
    return 1 if environment.exists() else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 daemon/install.py", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--no-demo", action="store_true", help="install only; take no first clip")
    parser.add_argument("--uninstall", action="store_true", help="take clipferry away again; your clips stay")
    parser.add_argument("--purge", action="store_true", help="with --uninstall: forget history and settings too")
    chosen = parser.parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # what the steps print comes in its place, into a file as well
    try:
        if chosen.uninstall:
            return uninstall_all(purge=chosen.purge)
        return install_all(demo=not chosen.no_demo)
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run it again to go on.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
