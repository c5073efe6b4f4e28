from __future__ import annotations

from pathlib import Path

import pytest

from faults.reading import Bench
from origin import LocalInternet


@pytest.fixture
def bench(site: LocalInternet, tmp_path: Path) -> Bench:
    """The local internet and an empty store."""
    return Bench(site, tmp_path / "store")
