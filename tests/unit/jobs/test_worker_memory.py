"""A worker that cannot allocate reports that as such, and goes on with the next task."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from av.error import FFmpegError, err_check

from clipferry.clip.errors import CutFailed
from clipferry.clip.model import ClipRequest
from clipferry.clip.recording import RecordingLimits
from clipferry.jobs.errors import TooMuchMemory
from clipferry.jobs.failure import Failure
from clipferry.jobs.worker import tasks
from clipferry.jobs.worker.messages import JobSpec

ENOMEM = 12
SPEC = JobSpec(
    "a", ClipRequest("https://a.test/"), Path("staging"), None, fresh=False, finishing=False, limits=RecordingLimits()
)


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
    said = tasks._run(worker, SPEC)
    assert isinstance(said, Failure)
    assert (said.code, said.sentence) == ("too_much_memory", TooMuchMemory.sentence)
    assert said.hint == "Try a lower quality or a shorter clip."


def test_what_fails_for_another_reason_keeps_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Any:
        raise CutFailed

    monkeypatch.setattr(tasks._Tasks, "clip", fail)
    said = tasks._run(object.__new__(tasks._Tasks), SPEC)
    assert isinstance(said, Failure) and said.code == "cut_failed"
