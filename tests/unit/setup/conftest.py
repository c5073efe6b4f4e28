"""A machine of its own for each test: a home folder with nothing in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clipferry.setup.browsers import System
from clipferry.setup.machine import Machine
from clipferry.setup.manifests import identity
from clipferry.system.paths import Paths

MakeMachine = Callable[[System], Machine]


@pytest.fixture
def make_machine(tmp_path: Path) -> MakeMachine:
    def make(system: System) -> Machine:
        home = tmp_path / "home of Ána"  # a space and a letter beyond ASCII, as people have them
        home.mkdir(exist_ok=True)
        own = home / ".clipferry"
        env = {"HOME": str(home), "CLIPFERRY_HOME": str(own), "PATH": "/usr/bin:/bin"}
        paths = Paths(own / "run", own / "data", own / "cache", own / "log", own / "config", home / "Downloads")
        return Machine(system, home, env, paths, identity())

    return make


@pytest.fixture
def machine(make_machine: MakeMachine) -> Machine:
    return make_machine(System.LINUX)
