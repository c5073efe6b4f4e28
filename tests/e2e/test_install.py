"""The first line of the README, on a machine with git, Python and pip, and nothing else."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from e2e.readme import install_line

ROOT = Path(__file__).parents[2]
PROGRAMS = ("sh", "git", "python3", "env")


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has just got an account: no Node, no ffmpeg, no compiler on the path."""
    programs, home = tmp_path / "bin", tmp_path / "home"
    programs.mkdir()
    home.mkdir()
    for name in PROGRAMS:
        found = Path("/usr/bin") / name
        (programs / name).symlink_to(found if found.exists() else shutil.which(name) or found)
    way_out = {name: value for name, value in os.environ.items() if name.upper().endswith("_PROXY")}
    return {**way_out, "HOME": str(home), "PATH": str(programs), "LANG": "C.UTF-8"}


@pytest.mark.timeout(900)
def test_one_line_installs_and_takes_a_clip_and_one_line_takes_it_away(bare: dict[str, str], tmp_path: Path) -> None:
    clone, home = tmp_path / "clone", Path(bare["HOME"])
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{ROOT}", clone], check=True)

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=clone, env=bare, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )

    done = run(*shlex.split(install_line()))
    assert done.returncode == 0, done.stdout + done.stderr
    (clip,) = (home / "Downloads").iterdir()
    assert str(clip) in done.stdout, "it says where the clip is"
    assert "120 pictures" in done.stdout, "and what was measured on it"
    assert "Traceback" not in done.stdout + done.stderr
    command = str(home / ".local" / "bin" / "clipferry")
    try:
        doctor = run(command, "doctor")
        assert doctor.returncode == 0, doctor.stdout
        again = run("python3", "daemon/install.py", "--no-demo")
        assert again.returncode == 0, again.stdout + again.stderr
    finally:
        gone = run("python3", "daemon/install.py", "--uninstall", "--purge")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    left = [path for path in home.rglob("*") if path.is_file() or path.is_symlink()]
    assert left == [clip], "nothing but the clip"
