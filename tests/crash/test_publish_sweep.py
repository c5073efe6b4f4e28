"""Publishing, broken at every system call: SQLite's way of testing (sqlite.org/testing.html, "fail the n-th call, for n = 1 …").

``strace`` kills the process at its n-th ``fsync``, ``link``, ``pwrite64`` …, or has that call fail, for every n until it
gets through. After each, a start: the clip is in its place, whole and once, and nothing else is anywhere.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clipferry.clip.errors import DiskFull
from clipferry.jobs.job import Job, Wait, requeue, wait
from clipferry.jobs.queue_backend import Change, Lease
from clipferry.jobs.sqlite.store import Store
from clipferry.jobs.worker.pool import TaskFailed
from clipferry.protocol.jobs import JobState
from disks import small_disk

from .publish_once import CONTENT, JOB_ID, NAME, WAITS, Desk

TESTS = Path(__file__).parent.parent
# What SQLite commits with, and what the file's way takes. "/…": a regular expression, since machines differ in the variant.
CALLS = (
    *(
        "pwrite64",
        "fdatasync",
        "fsync",
        "ftruncate",
        "/^link",
        "/^rename",
        "/^unlink",
        "rmdir",
        "/^f?chmod",
        "/setxattr",
    ),
    *("/^mkdir", "write", "/^(sendfile|copy_file_range)"),
)
NAMING = ("/^link", "/^rename", "fsync", "/^mkdir")
"""What the file's own way takes and cannot do without."""
OPTIONAL = ("/^f?chmod", "/^f?chown", "/setxattr", "/getxattr", "/^unlink", "rmdir")
ERRORS = (
    *("EPERM", "EOPNOTSUPP", "EACCES", "EROFS", "EINVAL", "ENAMETOOLONG", "EDQUOT", "ENOSPC", "EIO", "ENOSYS", "EXDEV"),
    *("ETXTBSY", "EILSEQ", "ENOTCONN"),
)
FORCED = {"no_links": ("/^link:error=EPERM",), "other_disk_no_links": ("/^link:error=EPERM",)}
SCENES = ("here", "name_taken", "no_links", "other_disk", "other_disk_no_links")
TAKEN = b"somebody else's file"
LAST = 60


class Stage:
    """One installation with one finished clip, in the situation that ``scene`` names."""

    def __init__(self, root: Path, scene: str, downloads: Path) -> None:
        self.home, self.downloads, self.scene = root / "home", downloads, scene
        for folder in (self.home, self.downloads):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        if scene == "name_taken":
            (self.downloads / NAME).write_bytes(TAKEN)
        # For the other disk: the clip was made while Downloads lay elsewhere, so that the last step has to copy.
        beside = self.home if "other_disk" in scene else self.downloads
        with Desk(self.home, self.downloads) as desk:
            asyncio.run(desk.prepare(beside))

    def look_after_the_fault(self) -> None:
        """Whatever happened: what is to be seen in Downloads is whole."""
        for path in self.downloads.iterdir():
            if path.name != ".clipferry":
                taken = self.scene == "name_taken" and path.name == NAME
                assert path.read_bytes() == (TAKEN if taken else CONTENT), path

    def look_after_the_start(self, *, exact_name: bool = True) -> None:
        """Start again, and everything is as if nothing had happened. Where a name was refused once, it may have got another."""
        with Desk(self.home, self.downloads) as desk:
            asyncio.run(desk.recover())
            job = asyncio.run(desk.store.get(JOB_ID))
        assert job.state is JobState.DONE
        with closing(sqlite3.connect(self.home / "jobs.sqlite3")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert job.target is not None
        if not exact_name:
            assert job.target.read_bytes() == CONTENT
            assert len(list(self.downloads.iterdir())) == (2 if self.scene == "name_taken" else 1)
            return
        name = NAME.replace(".mp4", " (2).mp4") if self.scene == "name_taken" else NAME
        wanted = {name: CONTENT} | ({NAME: TAKEN} if self.scene == "name_taken" else {})
        assert {path.name: path.read_bytes() for path in self.downloads.iterdir()} == wanted
        assert job.target == self.downloads / name
        assert not [*(self.home / "cache" / "staging").iterdir()]


class Publisher:
    """A process that publishes as often as it is told, each time in a child under ``strace``."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crash.publish_once"],
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # Hundreds of tracebacks, all of them wanted.
            text=True,
        )

    def publish(self, stage: Stage, *faults: str) -> tuple[int, bool]:
        """Publish with ``faults`` injected; the exit code, negative for a signal, and whether a fault was met."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{stage.home}\t{stage.downloads}\n")
        self._process.stdin.flush()
        pid = self._process.stdout.readline().strip()
        options = [option for fault in faults for option in ("-e", f"inject={fault}")]
        tracer = subprocess.Popen(
            ["strace", "-f", "-o", str(self._trace), *options, "-p", pid], stderr=subprocess.PIPE, text=True
        )
        assert tracer.stderr
        while "attached" not in tracer.stderr.readline():
            assert tracer.poll() is None, tracer.stderr.read()
        os.kill(int(pid), signal.SIGCONT)
        code = int(self._process.stdout.readline())
        tracer.communicate()
        return code, "(INJECTED)" in self._trace.read_text(errors="replace") or code == -signal.SIGKILL

    def refused(self, call: str) -> bool:
        """Whether a fault was met at a call of that kind, which may be a regular expression."""
        kind = call.removeprefix("/")
        lines = self._trace.read_text(errors="replace").splitlines()
        return any("(INJECTED)" in line and re.search(kind, line.split()[1].partition("(")[0]) for line in lines)

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    running = Publisher(tmp_path_factory.mktemp("publisher") / "trace")
    yield running
    running.close()


@pytest.fixture
def downloads(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Downloads; on another file system than staging for the scene that is about that."""
    if "other_disk" not in request.node.name:
        yield tmp_path / "Downloads"
        return
    with small_disk("64m") as disk:
        yield disk / "Downloads"


def _sweep(publisher: Publisher, root: Path, scene: str, downloads: Path, effect: str) -> int:
    """Run the scene with ``effect`` at call 1, 2, … of every kind, each kind until it gets through; how many were hit."""
    hit = 0
    for call in CALLS:
        for number in range(1, LAST):
            stage = Stage(root, scene, downloads)
            code, met = publisher.publish(stage, *FORCED.get(scene, ()), f"{call}:{effect}:when={number}")
            stage.look_after_the_fault()
            stage.look_after_the_start()
            if not met or (code == 0 and "KILL" in effect):
                break
            hit += 1
    return hit


@pytest.mark.parametrize("scene", SCENES)
def test_killed_at_every_step_of_publishing(publisher: Publisher, tmp_path: Path, downloads: Path, scene: str) -> None:
    hit = _sweep(publisher, tmp_path, scene, downloads, "signal=KILL")
    print(f"\n{scene}: {hit} kill points")
    assert hit >= 30


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_a_disk_that_refuses_any_step_of_publishing(
    publisher: Publisher, tmp_path: Path, downloads: Path, error: str
) -> None:
    hit = _sweep(publisher, tmp_path, "here", downloads, f"error={error}")
    print(f"\n{hit} refusals with {error}")
    assert hit >= 30


@pytest.mark.parametrize("scene", SCENES)
def test_what_a_mount_refuses_leaves_the_file_or_a_job_that_waits(
    publisher: Publisher, tmp_path: Path, downloads: Path, scene: str
) -> None:
    """The real calls, each with the next error of the list; ``tests/unit/clip/test_publish_refusals.py`` has all of them at all."""
    errors = itertools.cycle(ERRORS)
    hit = 0
    for call in (*NAMING, *OPTIONAL):
        for number in range(1, LAST):
            stage = Stage(tmp_path, scene, downloads)
            fault = f"{call}:error={next(errors)}:when={number}"
            code, _ = publisher.publish(stage, *(f for f in FORCED.get(scene, ()) if call not in f), fault)
            stage.look_after_the_fault()
            assert code == 0 or (code == WAITS and call not in OPTIONAL), (scene, fault)
            stage.look_after_the_start(exact_name=False)
            if not publisher.refused(call):
                break
            hit += 1
    print(f"\n{scene}: {hit} refusals")
    assert hit >= 6


class FullAtTheEnd(Store):
    """A disk that has no room left for the very last commit."""

    async def finish(self, lease: Lease, change: Change) -> Job | None:
        raise DiskFull


async def test_a_clip_that_was_placed_but_not_noted_is_placed_once(tmp_path: Path) -> None:
    downloads = tmp_path / "Downloads"
    downloads.mkdir()
    with Desk(tmp_path, downloads) as desk:
        await desk.prepare(downloads)
        whole, desk.store = desk.store, FullAtTheEnd(desk.database)
        with pytest.raises(TaskFailed):
            await desk.publish()
        desk.store = whole
        assert (downloads / NAME).exists()
        # What the runner makes of it, without a new start in between.
        await desk.store.stop(JOB_ID, lambda job: wait(job, Wait.DISK_FULL, 0.0, 2.0))
        await desk.store.change(JOB_ID, lambda job: requeue(job, 3.0))
        await desk.publish()
        assert (await desk.store.get(JOB_ID)).state is JobState.DONE
    assert [path.name for path in downloads.iterdir()] == [NAME]


def test_without_a_fault_it_is_published(publisher: Publisher, tmp_path: Path) -> None:
    stage = Stage(tmp_path, "here", tmp_path / "Downloads")
    assert publisher.publish(stage) == (0, False)
    assert (stage.downloads / NAME).read_bytes() == CONTENT
