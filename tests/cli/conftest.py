"""The command line as a person or a script runs it: a process of its own, the local internet for a world."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from origin import LocalInternet

WATCH = "https://www.youtube.com/watch?v="
CLIP = f"{WATCH}AAAAAAAAAA1"
"""60 s, 30 pictures a second, pictures and sound numbered."""


@dataclass(frozen=True)
class Answer:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> dict[str, Any]:
        """The one object of ``--json``."""
        return dict(json.loads(self.out))

    @property
    def path(self) -> Path:
        return Path(self.said["path"])


@dataclass(frozen=True)
class CommandLine:
    """Runs ``clipferry`` with folders of its own."""

    home: Path
    downloads: Path
    env: dict[str, str]

    def start(self, *arguments: str | Path, **more: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "clipferry", *(os.fspath(one) for one in arguments)],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            **more,
        )

    def run(self, *arguments: str | Path) -> Answer:
        process = self.start(*arguments)
        out, err = process.communicate()
        assert "Traceback" not in out + err
        return Answer(process.returncode, out, err)

    def clip(self, *arguments: str | Path) -> Answer:
        """``clipferry clip … --json``."""
        return self.run("clip", "--json", *arguments)

    def log(self) -> str:
        path = self.home / "log" / "cli.log"
        return path.read_text() if path.exists() else ""

    def left_behind(self) -> Sequence[str]:
        """Everything in Downloads and in staging."""
        staging = self.home / "cache" / "staging"
        return sorted(
            str(path) for folder in (self.downloads, staging) if folder.exists() for path in folder.rglob("*")
        )


@pytest.fixture
def cli(site: LocalInternet, home: Path, downloads: Path) -> CommandLine:
    return CommandLine(home, downloads, {**os.environ, **site.env()})
