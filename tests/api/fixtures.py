"""Fixtures for tests of the transports: a daemon alone, and one on the local internet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from api.running import RunningDaemon
from origin import LocalInternet


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDaemon]:
    """A daemon that reaches nothing outside, one for each file of tests."""
    yield from _running(RunningDaemon(tmp_path_factory.mktemp("d")))


@pytest.fixture(scope="module")
def online(tmp_path_factory: pytest.TempPathFactory, internet: LocalInternet) -> Iterator[RunningDaemon]:
    """A daemon on the local internet, one for each file of tests."""
    yield from _running(RunningDaemon(tmp_path_factory.mktemp("o"), internet.env()))


def _running(daemon: RunningDaemon) -> Iterator[RunningDaemon]:
    asyncio.run(daemon.start())
    yield daemon
    asyncio.run(daemon.stop())
