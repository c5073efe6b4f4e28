"""Removing clips, with and without their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipferry.clip.errors import ClipError
from clipferry.jobs.commands import JobCommands
from clipferry.jobs.errors import JobNotFound, WrongState
from clipferry.jobs.job import Job
from clipferry.jobs.policy.undo import UNDO_WITHIN_S
from clipferry.service import Principal

from .desk import PAGE, PERSON, Desk


async def test_removing_keeps_the_file_unless_asked(desk: Desk) -> None:
    kept, gone = await desk.create(start_time=1), await desk.create(start_time=2)
    kept_path, gone_path = await desk.finish(kept.file_id, "a.mp4"), await desk.finish(gone.file_id, "b.mp4")
    await desk.ask("job.remove", file_id=kept.file_id)
    await desk.ask("job.remove", file_id=gone.file_id, delete_file=True)
    assert kept_path.exists()
    assert not gone_path.exists()
    with pytest.raises(JobNotFound):
        await desk.ask("job.get", file_id=gone.file_id)


@pytest.mark.parametrize(
    ("caller", "params"), [(PAGE, {"delete_file": True}), (PAGE, {"trash": True}), (PERSON, {"trash": True})]
)
async def test_an_undone_clip_goes_to_the_bin(
    desk: Desk, caller: Principal, params: dict[str, bool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", bytes(tmp_path / "Trash"))
    made = await desk.create(PAGE)
    path = await desk.finish(made.file_id, when=desk.now())
    await desk.ask("job.remove", caller, file_id=made.file_id, **params)
    assert not path.exists()
    (kept,) = (tmp_path / "Trash" / "files").iterdir()
    assert kept.read_bytes() == b"0123456789"
    with pytest.raises(JobNotFound):
        await desk.ask("job.get", file_id=made.file_id)


@pytest.mark.parametrize("case", ["long ago", "pinned", "changed", "no bin"])
async def test_what_cannot_be_undone_keeps_its_file_and_its_place_in_the_history(
    desk: Desk, case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", bytes(tmp_path / "Trash"))
    made = await desk.create(PAGE)
    path = await desk.finish(made.file_id, when=desk.now() - (UNDO_WITHIN_S + 1 if case == "long ago" else 0))
    if case == "pinned":
        await desk.ask("job.pin", file_id=made.file_id, pinned=True)
    elif case == "changed":
        path.write_bytes(b"the person's own cut of it")
    elif case == "no bin":
        (tmp_path / "Trash").write_text("in the way")
    with pytest.raises(ClipError):
        await desk.ask("job.remove", PAGE, file_id=made.file_id, trash=True)
    assert path.exists()
    assert await desk.ask("job.get", file_id=made.file_id)


async def test_a_done_clip_cannot_be_cancelled(desk: Desk) -> None:
    made = await desk.create()
    await desk.finish(made.file_id)
    with pytest.raises(WrongState):
        await desk.ask("job.cancel", file_id=made.file_id)


async def test_a_clip_that_ends_while_it_is_removed_is_removed_and_its_file_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await desk.create()
    cancel, paths = JobCommands.cancel, []

    async def too_late(commands: JobCommands, job_id: str) -> Job:
        paths.append(await desk.finish(job_id))
        return await cancel(commands, job_id)

    monkeypatch.setattr(JobCommands, "cancel", too_late)
    await desk.ask("job.remove", file_id=made.file_id)
    with pytest.raises(JobNotFound):
        await desk.ask("job.get", file_id=made.file_id)
    assert paths[0].exists()
