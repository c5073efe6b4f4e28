"""Room for a clip: need and a tenth, and something left for everybody else, on disks of every size."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.disk.space import allocated_bytes, check_space, missing_bytes, reserve_bytes
from clipferry.clip.errors import DiskFull, FolderMissing

MB, GB = 10**6, 10**9
sizes = st.integers(0, 1 << 50)


class Disk(NamedTuple):
    total: int
    used: int
    free: int


@given(sizes, sizes, sizes)
def test_what_is_missing_is_exactly_what_would_make_it_fit(needed: int, free: int, disk: int) -> None:
    missing = missing_bytes(needed, free, disk)
    assert missing_bytes(needed, free + missing, disk) == 0
    assert missing == 0 or missing_bytes(needed, free + missing - 1, disk) == 1


@given(sizes)
def test_an_empty_disk_of_any_size_takes_a_clip(disk: int) -> None:
    assert missing_bytes(disk // 2, disk, disk) == 0


@pytest.mark.parametrize(("disk", "left_alone"), [(50 * MB, MB), (16 * GB, 320 * MB), (1000 * GB, 512 << 20)])
def test_more_is_left_alone_on_a_larger_disk_up_to_half_a_gigabyte(disk: int, left_alone: int) -> None:
    assert reserve_bytes(disk) == left_alone


def test_a_small_stick_with_less_than_32_mib_free_is_no_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(64 << 20, 40 << 20, 24 << 20))
    check_space(tmp_path)
    check_space(tmp_path, 20 << 20)
    with pytest.raises(DiskFull):
        check_space(tmp_path, 23 << 20)


def test_the_person_is_told_how_much_is_there_and_how_much_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(1000 * GB, 999 * GB, 600 * MB))
    check_space(tmp_path, 50 * MB)
    with pytest.raises(DiskFull) as full:
        check_space(tmp_path, 1000 * MB)
    assert full.value.sentence == "There is not enough space on the disk: 600 MB are free, 1.7 GB are needed."
    assert full.value.hint == DiskFull.hint


def test_a_folder_that_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing):
        check_space(tmp_path / "none")


def test_holes_do_not_count_as_taken(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.seek(50 << 20)
        file.write(b"x" * 4096)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "whole").write_bytes(b"x" * (1 << 20))
    assert (1 << 20) <= allocated_bytes(tmp_path) < (2 << 20)
    assert allocated_bytes(tmp_path / "none") == 0
