"""A worker that cannot allocate reports that as such, and goes on with the next task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from av.error import FFmpegError, err_check

from clipferry.clip.errors import CutFailed
from clipferry.jobs.errors import TooMuchMemory
from clipferry.jobs.worker import tasks

ENOMEM = 12


def too_large(_: object) -> Any:
    return bytearray(1 << 62)


def enomem(_: object) -> Any:
    err_check(-ENOMEM)


def converted(_: object) -> Any:
    """As the cutter and the muxer report whatever libav refuses."""
    try:
        err_check(-ENOMEM)
    except FFmpegError as error:
        raise CutFailed(detail=str(error)) from error


@pytest.mark.parametrize("work", [too_large, enomem, converted])
def test_an_allocation_that_fails_is_an_error_with_a_code(
    work: Callable[[object], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks._Tasks, "clip", lambda _, task: work(task))
    worker = object.__new__(tasks._Tasks)
    said = tasks._run(worker, {"do": "clip"})
    assert said["is"] == "error"
    assert (said["failure"]["code"], said["failure"]["sentence"]) == ("too_much_memory", TooMuchMemory.sentence)
    assert said["failure"]["hint"] == "Try a lower quality or a shorter clip."


def test_what_fails_for_another_reason_keeps_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Any:
        raise CutFailed

    monkeypatch.setattr(tasks._Tasks, "clip", fail)
    assert tasks._run(object.__new__(tasks._Tasks), {"do": "clip"})["failure"]["code"] == "cut_failed"
