"""The contract of ``jobs.clip_storage.ClipStorage``, which every implementation passes: a local folder and memory."""

from __future__ import annotations

import errno
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from clipferry.clip.disk.folder_errors import NameRefused
from clipferry.clip.http.network import Network
from clipferry.jobs.clip_storage import ClipStorage
from clipferry.jobs.errors import FileGone, WrongState
from clipferry.jobs.job import Job, Staged
from clipferry.jobs.job_run import Dependencies, JobRun, RunPlan
from clipferry.jobs.local_storage import LocalStorage
from clipferry.jobs.policy.dedupe import Ids
from clipferry.jobs.recovery import recover
from clipferry.jobs.retention import Retention
from clipferry.jobs.sqlite.database import Database
from clipferry.jobs.sqlite.store import Store
from clipferry.jobs.staging import Staging
from clipferry.jobs.transitions import PublishAs
from clipferry.jobs.worker.pool import Workers, WorkerSpec
from clipferry.protocol.jobs import JobState, OutputParams
from clipferry.protocol.settings import RetentionSettings
from clipferry.system.clock import SystemClock

from .memory_storage import MemoryStorage

CONTENT = bytes(range(256)) * 400
IDS = Ids(lambda: 1_700_000_000.0)


@dataclass
class Storage:
    """An implementation, and what a test needs to look behind it."""

    clips: ClipStorage
    folder: Path
    change: Callable[[Path, bytes], object]
    """Put other content in the place of a clip."""
    trashed: Callable[[], list[bytes]]


@pytest.fixture(params=["local", "memory"])
def storage(
    request: pytest.FixtureRequest, tmp_path: Path, downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> Storage:
    if request.param == "memory":
        memory = MemoryStorage()
        return Storage(memory, downloads, memory.clips.__setitem__, lambda: [*memory.trashed.values()])
    bin_folder = tmp_path / "Trash"
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", bytes(bin_folder))
    return Storage(
        *(LocalStorage(), downloads, Path.write_bytes),
        lambda: [path.read_bytes() for path in (bin_folder / "files").iterdir()],
    )


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir(mode=0o700)
    return folder


def published(storage: Storage, staging: Path, name: str = "Clip.mp4", content: bytes = CONTENT) -> Path:
    staged = staging / "clip.mp4"
    staged.write_bytes(content)
    storage.clips.publish(staged, storage.folder / name)
    staged.unlink(missing_ok=True)
    return storage.folder / name


def content_of(storage: Storage, location: Path) -> bytes:
    with storage.clips.open(location) as clip:
        return clip.read(0, clip.size_bytes)


# Publish and read -----------------------------------------------------------------------------------------------------


def test_what_was_published_is_read_whole_and_in_ranges(storage: Storage, staging: Path) -> None:
    location = published(storage, staging)
    assert storage.clips.exists(location)
    assert storage.clips.is_taken(location)
    with storage.clips.open(location) as clip:
        assert clip.size_bytes == len(CONTENT)
        for start, count in itertools.product(
            (0, 1, 255, 70_000, len(CONTENT) - 1, len(CONTENT)), (0, 1, 1000, 1 << 20)
        ):
            assert clip.read(start, count) == CONTENT[start : start + count]
    path = storage.clips.local_path(location)
    assert path is None or path.read_bytes() == CONTENT


def test_a_taken_location_is_never_overwritten(storage: Storage, staging: Path) -> None:
    location = published(storage, staging)
    with pytest.raises(FileExistsError):
        published(storage, staging, content=b"another")
    assert content_of(storage, location) == CONTENT


def test_of_many_that_want_one_location_one_gets_it(storage: Storage, staging: Path) -> None:
    target = storage.folder / "Clip.mp4"

    def publish(number: int) -> bytes | None:
        staged = staging / f"{number}.mp4"
        staged.write_bytes(b"%d" % number * 1000)
        with suppress(FileExistsError):
            storage.clips.publish(staged, target)
            return b"%d" % number * 1000
        return None

    with ThreadPoolExecutor(8) as pool:
        got = [content for content in pool.map(publish, range(40)) if content is not None]
    assert got == [content_of(storage, target)]


def test_clips_of_one_name_get_locations_of_their_own(storage: Storage, staging: Path) -> None:
    made = {}
    for number in range(5):
        for location in storage.clips.locations("Clip.mp4", storage.folder):
            with suppress(FileExistsError):
                made[published(storage, staging, location.name, b"%d" % number)] = b"%d" % number
                break
    assert {location: content_of(storage, location) for location in made} == made
    assert len(made) == 5
    assert storage.folder / "Clip.mp4" in made


def test_a_name_that_is_refused_gets_simpler_until_there_is_no_simpler_one(storage: Storage) -> None:
    locations = storage.clips.locations("Ein sehr länglicher Name: mit | allem.mp4", storage.folder)
    seen = []
    with pytest.raises(NameRefused):
        for location in locations:
            seen.append(location)
            locations.simplify(NameRefused(errno.EILSEQ, "no such name", location.name))
            assert len(seen) < 50
    assert len(set(seen)) == len(seen) > 1
    assert {location.parent for location in seen} == {storage.folder}


def test_a_staged_file_that_is_gone_publishes_nothing(storage: Storage, staging: Path) -> None:
    with pytest.raises(Exception):  # noqa: B017 - how it fails is the implementation's own
        storage.clips.publish(staging / "gone.mp4", storage.folder / "Clip.mp4")
    assert not storage.clips.exists(storage.folder / "Clip.mp4")


def test_a_published_file_is_known_again_and_no_other(storage: Storage, staging: Path) -> None:
    staged = staging / "clip.mp4"
    staged.write_bytes(CONTENT)
    location, other = storage.folder / "Clip.mp4", published(storage, staging, "Other.mp4", b"another")
    staged.write_bytes(CONTENT)
    assert not storage.clips.is_published(staged, location)
    storage.clips.publish(staged, location)
    assert storage.clips.is_published(staged, location)
    assert not storage.clips.is_published(staged, other)


def test_what_is_not_there_is_not_there(storage: Storage, staging: Path) -> None:
    there, missing = published(storage, staging), storage.folder / "Missing.mp4"
    assert (storage.clips.exists(missing), storage.clips.is_taken(missing)) == (False, False)
    assert storage.clips.existing([there, missing, storage.folder / "no folder" / "Clip.mp4"]) == {there}
    with pytest.raises(FileGone), storage.clips.open(missing):
        pass
    with pytest.raises(FileGone):
        storage.clips.local_path(missing)


# Remove ---------------------------------------------------------------------------------------------------------------


def test_a_deleted_clip_is_gone_and_deleting_it_again_is_nothing(storage: Storage, staging: Path) -> None:
    location, kept = published(storage, staging), published(storage, staging, "Kept.mp4")
    for _ in range(2):
        storage.clips.delete(location, len(CONTENT))
        assert not storage.clips.exists(location)
    assert content_of(storage, kept) == CONTENT


def test_a_trashed_clip_can_be_restored(storage: Storage, staging: Path) -> None:
    location = published(storage, staging)
    storage.clips.trash(location, len(CONTENT))
    assert not storage.clips.exists(location)
    assert storage.trashed() == [CONTENT]
    storage.clips.trash(location, len(CONTENT))


@pytest.mark.parametrize("method", ["delete", "trash"])
def test_what_was_changed_since_is_kept(storage: Storage, staging: Path, method: str) -> None:
    location = published(storage, staging)
    storage.change(location, b"the person's own cut of it")
    with pytest.raises(WrongState):
        getattr(storage.clips, method)(location, len(CONTENT))
    assert content_of(storage, location) == b"the person's own cut of it"


# With jobs ------------------------------------------------------------------------------------------------------------


@dataclass
class Desk:
    """A store with one job whose clip is finished and staged."""

    store: Store
    staging: Staging
    storage: Storage
    job: Job

    async def run(self) -> Job:
        claim = await self.store.claim("test", 2e9)
        assert claim is not None
        plan = RunPlan(self.storage.folder, WorkerSpec(Network(), Path("none")), "{title}", None, None, fresh=False)
        clock = SystemClock()
        parts = Dependencies(
            *(self.store, Workers("none"), self.staging, self.storage.clips, clock),
            lambda job, progress: None,
        )
        return await JobRun(claim, plan, parts).run()


@pytest.fixture
async def desk(tmp_path: Path, storage: Storage) -> AsyncIterator[Desk]:
    database, staging = Database(tmp_path / "jobs.sqlite3"), Staging(tmp_path / "cache")
    job_id = IDS.next()
    path = staging.folder(job_id, storage.folder) / "clip.mp4"
    path.write_bytes(CONTENT)
    staged = Staged(path, "Clip.mp4", len(CONTENT))
    job = Job(job_id, "https://v.example/1", OutputParams(), 1.0, 1.0, staged=staged)
    store = Store(database)
    await store.create(job, video=job.url, again=False, answer=lambda first: first)
    yield Desk(store, staging, storage, await store.get(job_id))
    database.close()


async def test_a_run_publishes_beside_what_is_there(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "beside"
    folder.mkdir()
    taken = published(desk.storage, folder, content=b"another")
    done = await desk.run()
    assert done.state is JobState.DONE
    assert done.target == desk.storage.folder / "Clip (2).mp4"
    assert content_of(desk.storage, done.target) == CONTENT
    assert content_of(desk.storage, taken) == b"another"


@pytest.mark.parametrize("died", ["before", "after"])
async def test_a_clip_is_there_once_whether_the_daemon_died_before_or_after_publishing(desk: Desk, died: str) -> None:
    claim = await desk.store.claim("test", 2e9)
    staged, target = desk.job.staged, desk.storage.folder / "Clip.mp4"
    assert claim is not None and staged is not None
    await desk.store.advance(claim.lease, PublishAs(staged, target, None, 2.0))
    if died == "after":
        desk.storage.clips.publish(staged.path, target)
    await recover(desk.store, desk.storage.clips, desk.staging, desk.storage.folder, 3.0)
    done = await desk.store.get(desk.job.id) if died == "after" else await desk.run()
    assert (done.state, done.target) == (JobState.DONE, target)
    assert content_of(desk.storage, target) == CONTENT
    assert not desk.storage.clips.exists(desk.storage.folder / "Clip (2).mp4")


async def test_retention_deletes_what_it_showed_and_the_history_stays(desk: Desk, tmp_path: Path) -> None:
    clips, beside = [], tmp_path / "beside"
    beside.mkdir()
    for number, pinned in enumerate([False, True, False, False, False]):
        location = published(desk.storage, beside, f"{number}.mp4", b"x" * 100)
        job = Job(IDS.next(), f"https://v.example/{number}", OutputParams(), 1.0, 1.0, JobState.DONE)
        clips.append(replace(job, target=location, size_bytes=100, pinned=pinned, finished_at=float(number)))
        await desk.store.create(clips[-1], video=job.url + "x", again=False, answer=lambda first: first)
    desk.storage.change(storage_location(clips[3]), b"somebody worked on this one")
    desk.storage.clips.delete(storage_location(clips[4]), 100)
    rules = RetentionSettings(max_total_bytes=150)
    retention = Retention(desk.store, desk.storage.clips, lambda: rules, lambda: 10.0)
    assert [job.id for job in await retention.preview(rules)] == [clips[number].id for number in (0, 2, 3)]
    assert [job.id for job in await retention.sweep()] == [clips[number].id for number in (0, 2)]
    there = [desk.storage.clips.exists(storage_location(clip)) for clip in clips]
    assert there == [False, True, False, True, False]
    assert len(await desk.store.done_by_age()) == 5
    assert await retention.preview(RetentionSettings()) == []


def storage_location(job: Job) -> Path:
    assert job.target is not None
    return job.target


# Of a folder alone ----------------------------------------------------------------------------------------------------


@pytest.fixture
def planted(downloads: Path, tmp_path: Path) -> Iterator[Path]:
    """A link in the place of a clip."""
    secret = tmp_path / "letter.txt"
    secret.write_bytes(b"a private letter")
    link = downloads / "Clip.mp4"
    link.symlink_to(secret)
    yield link
    assert secret.read_bytes() == b"a private letter"


def test_a_link_in_the_place_of_a_clip_is_neither_read_nor_followed(planted: Path) -> None:
    storage = LocalStorage()
    with pytest.raises(FileGone), storage.open(planted):
        pass
    with pytest.raises(FileGone):
        storage.local_path(planted)
    with pytest.raises(WrongState):
        storage.delete(planted, len(b"a private letter"))
    assert storage.is_taken(planted)
