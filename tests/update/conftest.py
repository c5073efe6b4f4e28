"""A companion whose package index is ``packages.test``, and the wheels that it may be offered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from crash.companion import Companion
from origin import LocalInternet

from . import wheels
from .wheels import Index


@pytest.fixture
def index(site: LocalInternet) -> Index:
    """Empty."""
    return Index(site)


@pytest.fixture
def env(site: LocalInternet) -> dict[str, str]:
    """The way to the index, and nothing of what this machine's pip is told otherwise."""
    own = {name: "" for name in os.environ if name.startswith("PIP_")}
    return {**own, **site.env(), "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": wheels.INDEX}


@pytest.fixture
def companion(env: dict[str, str], index: Index, tmp_path: Path) -> Iterator[Companion]:
    """Not started yet."""
    with Companion(tmp_path, env) as one:
        yield one


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 2030.1.2, as good as the installed one; titles begin with "(new) "."""
    return wheels.ytdlp(tmp_path_factory.mktemp("sound"), "2030.01.02", changes=wheels.titled("(new) "))
