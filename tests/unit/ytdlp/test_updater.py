"""The updater where the disk refuses: what was asked for is answered with a sentence, and nothing else stands still for it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from clipferry.clip.errors import DiskFull
from clipferry.clip.http.network import Network
from clipferry.system.clock import SystemClock
from clipferry.ytdlp import state
from clipferry.ytdlp.pip import Pip, Release
from clipferry.ytdlp.state import State
from clipferry.ytdlp.updater import Updater
from clipferry.ytdlp.versions import Versions


class Full(Versions):
    """On a disk that can be made full."""

    full = False

    def change(self, change: Callable[[State], State]) -> State:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().change(change)


class Index(Pip):
    """Knows one version."""

    async def newest(self, scratch: Path, *, nightly: bool) -> Release:
        return Release("2030.1.2", ())


async def no_trial(folder: Path, version: str, cache: Path) -> None:
    raise AssertionError("nothing gets that far")


@pytest.fixture
def engines(tmp_path: Path) -> Full:
    known = Full(tmp_path / "engines")
    known.change(lambda now: state.taken(now, "2030.1.1", 1.0))
    (tmp_path / "engines" / "yt-dlp-2030.1.1").mkdir()
    return known


def updater(engines: Versions) -> Updater:
    return Updater(engines, Index(Network, "test"), SystemClock(), try_out=no_trial, busy=set)


async def test_a_full_disk_is_a_sentence_and_leaves_nothing(engines: Full, tmp_path: Path) -> None:
    engines.full = True
    with pytest.raises(DiskFull):
        await updater(engines).update()
    assert sorted(path.name for path in (tmp_path / "engines").iterdir() if path.is_dir()) == ["yt-dlp-2030.1.1"]
    with pytest.raises(DiskFull):
        await updater(engines).roll_back()


def test_a_way_back_that_is_blocked_holds_up_no_job(engines: Full) -> None:
    ours = updater(engines)
    folder = engines.in_use().folder
    engines.full = True
    assert ours.attribute_failure(folder, "engine_broken", job="1", site="a") is None
    engines.full = False
    assert ours.attribute_failure(folder, "engine_broken", job="1", site="a") == frozenset(("1",))
    assert engines.in_use().folder is None


def test_a_failure_on_a_version_that_had_to_go_meanwhile_is_worth_another_try(engines: Full) -> None:
    ours = updater(engines)
    folder = engines.in_use().folder
    engines.leave_broken("2030.1.1")
    assert ours.attribute_failure(folder, "extractor_failed", job="1", site="a") == frozenset(("1",))
    assert ours.attribute_failure(folder, "private_video", job="1", site="a") is None
    assert ours.attribute_failure(None, "engine_broken", job="1", site="a") is None
