"""A companion for each test; nothing of it is left afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from origin import LocalInternet

from .companion import Companion


@pytest.fixture
def companion(site: LocalInternet, tmp_path: Path) -> Iterator[Companion]:
    """Not started yet."""
    with Companion(tmp_path, site.env()) as one:
        yield one
