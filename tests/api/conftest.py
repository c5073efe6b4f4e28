"""Daemons for the tests of the doors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from api.running import RunningDaemon


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDaemon]:
    """A daemon that reaches nothing outside, one for each file of tests."""
    running = RunningDaemon(tmp_path_factory.mktemp("d"))
    asyncio.run(running.start())
    yield running
    asyncio.run(running.stop())
