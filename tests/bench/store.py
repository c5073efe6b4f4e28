"""The store beside raw SQLite, in one run: 10,000 finished clips and 1,000 queued ones. ``python -m bench.store`` in ``tests``.

Raw is the same statement with ``sqlite3`` alone from a coroutine, so on a thread as well (a daemon that waits for its disk is no
daemon): same pragmas, rows as they come, nothing checked, nothing made of them. Prints a table and writes JSON.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from clipferry.clip.extract.video_links import video_address
from clipferry.jobs.job import LOCAL_OWNER, Job, move
from clipferry.jobs.policy.dedupe import Ids, clip_identity
from clipferry.jobs.sqlite.database import Database
from clipferry.jobs.sqlite.rows import COLUMNS, to_row
from clipferry.jobs.sqlite.store import Store
from clipferry.protocol.jobs import JobState, OutputParams, ProofInfo

HISTORY = 10_000
QUEUED = 1_000
TURNS = 200
MOST = 3.0
"""How many times raw SQLite's time a call may take."""
_INSERT = f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join(':' + name for name in COLUMNS)})"
_SAVE = f"UPDATE jobs SET {', '.join(f'{name}=:{name}' for name in COLUMNS if name != 'id')} WHERE id=:id"


@dataclass(frozen=True)
class Figure:
    name: str
    ours_ms: float
    ours_p95_ms: float
    raw_ms: float
    raw_p95_ms: float

    @property
    def ratio(self) -> float:
        return self.ours_ms / self.raw_ms


def a_job(ids: Ids, number: int, state: JobState) -> Job:
    url = f"https://www.youtube.com/watch?v={number:011}"
    done = state is JobState.DONE
    return Job(
        *(ids.next(), url, OutputParams(), float(number), float(number), state),
        start_s=float(number),
        end_s=number + 20.0,
        identity=clip_identity(video_address(url), float(number), number + 20.0, OutputParams()),
        position=float(number),
        site="youtube.com",
        title=f"A video about the number {number}",
        uploader="Somebody",
        finished_at=float(number) if done else None,
        target=Path(f"/home/p/Downloads/{number}.mp4") if done else None,
        size_bytes=4_000_000 if done else None,
        proof=ProofInfo(start_s=1.0, end_s=21.0, frames=600, copied_frames=580, path="smart") if done else None,
    )


def fill(database: Database) -> Ids:
    ids = Ids(time.time)
    rows = [to_row(a_job(ids, number, JobState.DONE)) for number in range(HISTORY)]
    rows += [to_row(a_job(ids, HISTORY + number, JobState.QUEUED)) for number in range(QUEUED)]
    database.write_now(lambda c: c.executemany(_INSERT, rows))
    database.write_now(lambda c: c.execute("ANALYZE"))
    return ids


async def timed(ours: Callable[[int], Awaitable[object]], raw: Callable[[int], Awaitable[object]], name: str) -> Figure:
    """Both in turn, so that whatever else the machine does hits both."""
    ours_s, raw_s = [], []
    for turn in range(TURNS):
        began = time.perf_counter()
        await ours(turn)
        middle = time.perf_counter()
        await raw(turn)
        ours_s.append(middle - began)
        raw_s.append(time.perf_counter() - middle)
    p95 = int(TURNS * 0.95)
    ours_ms, raw_ms = [sorted(1000 * s for s in taken) for taken in (ours_s, raw_s)]
    return Figure(name, statistics.median(ours_ms), ours_ms[p95], statistics.median(raw_ms), raw_ms[p95])


async def measure(folder: Path) -> list[Figure]:
    database, beside = Database(folder / "ours.sqlite3"), Database(folder / "raw.sqlite3")
    ids = fill(database)
    fill(beside)
    store = Store(database)
    thread = ThreadPoolExecutor(1)

    def read(work: Callable[[sqlite3.Connection], object]) -> Awaitable[object]:
        return asyncio.get_running_loop().run_in_executor(thread, beside.read_now, work)

    def write(work: Callable[[sqlite3.Connection], object], durable: bool = False) -> Awaitable[object]:
        return asyncio.get_running_loop().run_in_executor(thread, beside.write_now, work, durable)

    newest = [job.id for job in await store.page(LOCAL_OWNER, limit=2)]
    queued = await store.in_states([JobState.QUEUED])

    def page(c: sqlite3.Connection) -> list[sqlite3.Row]:
        return c.execute("SELECT * FROM jobs WHERE id < '~' ORDER BY id DESC LIMIT 50").fetchall()

    def search(c: sqlite3.Connection) -> list[sqlite3.Row]:
        sql = "SELECT * FROM jobs WHERE instr(search, 'number 77') > 0 ORDER BY id DESC LIMIT 50"
        return c.execute(sql).fetchall()

    def claim(c: sqlite3.Connection) -> None:
        sql = (
            "SELECT id FROM jobs WHERE state='queued' AND lease_owner IS NULL ORDER BY priority DESC, position LIMIT 1"
        )
        job_id = c.execute(sql).fetchone()[0]
        c.execute("UPDATE jobs SET lease_owner='x', lease_until=1, lease_no=lease_no+1 WHERE id=?", (job_id,))

    def raw_job(turn: int) -> dict[str, object]:
        return dict(to_row(a_job(ids, 50_000 + turn, JobState.QUEUED)))

    async def create(turn: int) -> None:
        job = replace(a_job(ids, 50_000 + turn, JobState.QUEUED), identity=None)
        await store.create(job, video=video_address(job.url), again=False, answer=lambda first: first)

    changed = [to_row(job) for job in await Store(beside).in_states([JobState.QUEUED])]
    figures = [
        await timed(lambda _: store.page(LOCAL_OWNER, limit=50), lambda _: read(page), "first page of 50"),
        await timed(lambda _: store.page(LOCAL_OWNER, limit=50, query="number 77"), lambda _: read(search), "search"),
        await timed(lambda _: store.get(newest[1]), lambda _: read(_get(newest[1])), "one job"),
        await timed(lambda _: store.claim("me", 1e10), lambda _: write(claim), "claim"),
        await timed(
            lambda turn: store.change(queued[turn].id, lambda job: move(job, JobState.WAITING, 1.0)),
            lambda turn: write(lambda c: c.execute(_SAVE, {**changed[turn], "state": "waiting"}), durable=True),
            "change of state, on disk",
        ),
        await timed(
            create, lambda turn: write(lambda c: c.execute(_INSERT, raw_job(turn)), durable=True), "new job, on disk"
        ),
    ]
    database.close()
    thread.shutdown()
    beside.close()
    return figures


def _get(job_id: str) -> Callable[[sqlite3.Connection], object]:
    return lambda c: c.execute("SELECT * FROM jobs WHERE id=?", (job_id,)).fetchone()


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder)))
    print(f"{'':28}{'ours ms':>10}{'p95':>10}{'raw ms':>10}{'p95':>10}{'ratio':>8}")
    for one in figures:
        row = f"{one.ours_ms:10.3f}{one.ours_p95_ms:10.3f}{one.raw_ms:10.3f}{one.raw_p95_ms:10.3f}{one.ratio:8.2f}"
        print(f"{one.name:28}{row}")
    if len(sys.argv) > 1:
        data = [{**vars(one), "ratio": one.ratio} for one in figures]
        Path(sys.argv[1]).write_text(json.dumps(data, indent=2) + "\n")
    return int(any(one.ratio > MOST for one in figures))


if __name__ == "__main__":
    sys.exit(main())
