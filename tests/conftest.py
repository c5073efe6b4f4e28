"""Fixtures that all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from origin import LocalInternet

settings.register_profile("clipferry", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("clipferry")

# A shell without job control starts what runs in the background with SIGINT ignored (POSIX.1-2024, 2.11 of the shell), and every
# program would inherit that from here.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def internet() -> Iterator[LocalInternet]:
    """The local internet, one process for the whole run. Tests that count or break things take ``site``."""
    with LocalInternet() as running:
        running.prepare("AAAAAAAAAA1", "AAAAAAAAAA2", "SSSSSSSSSS1")
        yield running


@pytest.fixture
def site(internet: LocalInternet) -> Iterator[LocalInternet]:
    """The local internet as freshly started: no faults, an empty log, a plain network."""
    internet.reset()
    yield internet
    internet.reset()


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """The person's Downloads folder."""
    folder = tmp_path / "Downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def home(tmp_path: Path, downloads: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """clipferry's own folders, and Downloads, somewhere that only this test knows; also for the programs that it starts."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("CLIPFERRY_HOME", os.fspath(folder))
    monkeypatch.setenv("CLIPFERRY_DOWNLOADS", os.fspath(downloads))
    return folder
