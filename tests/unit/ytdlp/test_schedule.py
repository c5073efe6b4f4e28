"""When the package index is asked by itself: as the settings say, once a day, never while a clip is being taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.errors import NetworkError
from clipferry.clip.http.network import Network
from clipferry.protocol.settings import Settings
from clipferry.ytdlp.pip import Pip, Release
from clipferry.ytdlp.schedule import EVERY_S, LOOK_EVERY_S, Daily, due
from clipferry.ytdlp.updater import Updater
from clipferry.ytdlp.versions import Versions


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.time = 1_900_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def awake_and_asleep(self) -> float:
        return self.time


class Asked(Pip):
    """Counts the questions; a fake, since only whether and when counts here."""

    def __init__(self) -> None:
        super().__init__(Network, "test")
        self.looks: list[bool] = []
        self.offline = False

    async def newest(self, scratch: Path, *, nightly: bool) -> Release:
        self.looks.append(nightly)
        if self.offline:
            raise NetworkError
        return Release("2030.1.1", ("something-that-nobody-has",))


class Desk:
    def __init__(self, folder: Path) -> None:
        self.clock, self.pip, self.settings, self.idle = Clock(), Asked(), Settings(), True
        updater = Updater(Versions(folder), self.pip, self.clock, try_out=self._never, busy=set)
        self.daily = Daily(updater, lambda: self.settings, self.clock, idle=lambda: self.idle)

    async def _never(self, folder: Path, version: str, cache: Path) -> None:
        raise AssertionError

    async def looks(self, days: float) -> int:
        """How often the index is asked in so many days."""
        before = len(self.pip.looks)
        for _ in range(int(days * EVERY_S / LOOK_EVERY_S)):
            await self.daily.check()
            self.clock.time += LOOK_EVERY_S
        return len(self.pip.looks) - before


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "engines")


async def test_once_a_day(desk: Desk) -> None:
    desk.settings = Settings(updates="ask")
    assert await desk.looks(3) == 3


async def test_never_where_the_person_said_so(desk: Desk) -> None:
    desk.settings = Settings(updates="off")
    assert await desk.looks(3) == 0


async def test_not_while_a_clip_is_being_taken(desk: Desk) -> None:
    desk.idle = False
    assert await desk.looks(3) == 0
    desk.idle = True
    assert await desk.looks(1) == 1


async def test_offline_it_tries_again_soon_and_then_more_rarely(desk: Desk) -> None:
    desk.pip.offline = True
    first = await desk.looks(1)
    assert 2 <= first <= 8
    assert await desk.looks(1) <= 2
    desk.pip.offline = False
    assert 1 <= await desk.looks(2) <= 2


async def test_one_that_does_not_fit_is_not_asked_for_more_often(desk: Desk) -> None:
    assert await desk.looks(3) <= 4


async def test_the_channel_is_the_settings(desk: Desk) -> None:
    desk.settings = Settings(updates="ask", update_channel="nightly")
    await desk.looks(1)
    assert desk.pip.looks == [True]


@given(st.floats(0, 4e9), st.floats(0, 4e9))
def test_a_clock_that_was_set_never_stops_it_for_good(checked_at: float, now: float) -> None:
    assert due(checked_at, now) is not (0 <= now - checked_at < EVERY_S)
    assert due(None, now)
