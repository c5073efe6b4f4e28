"""One SQLite file: one thread writes, a few read, and a damaged file is put aside and said, never fatal.

The pattern is Datasette's (simonw/datasette, ``database.py``). Writers never wait for each other inside SQLite, so there is no
SQLITE_BUSY; readers see the last commit (WAL) and never wait at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import TypeVar

from ...clip.errors import DiskFull

log = logging.getLogger(__name__)

T = TypeVar("T")
_READERS = 2
RESERVE_BYTES = 1 << 20
"""Room for some hundred commits on a full disk; the WAL is used over and over."""
_REFILL_AFTER_S = 30.0
_FULL = re.compile(r"database or disk is full|disk I/O error")


class HistoryTooNew(sqlite3.OperationalError):
    """The file is of a newer version, and this one can neither read nor write it. Nothing was changed."""


class Database:
    """An open database. ``damaged``: where the file that could not be read was put, if that happened."""

    def __init__(self, path: Path) -> None:
        """Open ``path``, made and migrated as needed.

        Raises:
            HistoryTooNew
            OSError | sqlite3.Error: the folder cannot be written to.
        """
        self._path = path
        self.damaged: Path | None = None
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # No permission, no space: the file itself may be well.
            self.damaged = _put_aside(path)
            self._connection = _open(path)
        self._durable = False
        self._reserve = Reserve(path.with_name(f"{path.name}.reserve"))
        self._reserve.fill()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="db-write")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="db-read")
        self._local = threading.local()
        self._open_readers: list[sqlite3.Connection] = []

    async def write(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Run ``work`` in one transaction on the writer thread; when this returns it is committed.

        Every commit survives the death of the process; ``durable`` ones survive a power cut too (synchronous=FULL).

        Raises:
            DiskFull: nothing was changed.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writer, self.write_now, work, durable)

    def write_now(self, work: Callable[[sqlite3.Connection], T], durable: bool = False) -> T:
        """``write`` for the thread that owns the connection (and for callers without an event loop)."""
        try:
            result = self._transaction(work, durable)
        except DiskFull:
            # What becomes of the jobs has to be noted above all on a full disk: that is what the reserve is for.
            if not self._reserve.spend():
                raise
            return self._transaction(work, durable)
        self._reserve.refill()
        return result

    def _transaction(self, work: Callable[[sqlite3.Connection], T], durable: bool) -> T:
        connection = self._connection
        try:
            if durable != self._durable:
                connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            if _FULL.search(str(error)):
                raise DiskFull(detail=f"{self._path}: {error}") from error
            raise
        return result

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``work`` on a reader; it sees the last commit."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)

    def read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = _connect(self._path)
            connection.execute("PRAGMA query_only=ON")
            self._local.connection = connection
            self._open_readers.append(connection)
        return work(connection)

    def close(self) -> None:
        """Finish what is under way and close; the WAL is folded into the file."""
        self._readers.shutdown()
        self._writer.shutdown()
        for connection in (*self._open_readers, self._connection):
            connection.close()


class Reserve:
    """A file that keeps a little room on the disk, given up when nothing else is left and taken again when there is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._spent_at: float | None = None

    def fill(self) -> None:
        """Take the room, if there is plenty. Never a reason to fail."""
        with contextlib.suppress(OSError):
            if self._path.exists() and self._path.stat().st_size == RESERVE_BYTES:
                return
            if shutil.disk_usage(self._path.parent).free > 8 * RESERVE_BYTES:
                self._path.write_bytes(bytes(RESERVE_BYTES))

    def spend(self) -> bool:
        """Give the room up; False where that has been done already."""
        try:
            self._path.unlink()
        except OSError:
            return False
        self._spent_at = time.monotonic()
        return True

    def refill(self) -> None:
        """Take the room again, some time after it was spent."""
        if self._spent_at is not None and time.monotonic() - self._spent_at > _REFILL_AFTER_S:
            self._spent_at = None
            self.fill()


def _connect(path: Path) -> sqlite3.Connection:
    # One thread at a time uses each connection, but not the one that made it.
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)


def _open(path: Path) -> sqlite3.Connection:
    connection = _connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        _check(connection)
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    with contextlib.suppress(OSError):  # a mount without modes; the folder is this user's alone
        path.chmod(0o600)
    return connection


def _check(connection: sqlite3.Connection) -> None:
    """Raises ``sqlite3.DatabaseError`` for a file that is damaged."""
    if (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise sqlite3.DatabaseError(found)


def _migrate(connection: sqlite3.Connection) -> None:
    """Apply the numbered scripts that this file has not seen; each wholly or not at all.

    A newer version's file is read and written as it is where its fact ``oldest_schema`` allows that: what its scripts added has
    defaults, and no statement here touches a column that it does not name. A script after which older programs cannot do that sets
    the fact to its own number.

    Raises:
        HistoryTooNew
    """
    seen = int(connection.execute("PRAGMA user_version").fetchone()[0])
    folder = resources.files(__package__) / "migrations"
    scripts = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    newest = int(scripts[-1].name[:4])
    if seen > newest:
        oldest = connection.execute("SELECT value FROM facts WHERE name='oldest_schema'").fetchone()
        if oldest is not None and str(oldest[0]).isdigit() and int(oldest[0]) <= newest:
            log.info("the history is of a newer clipferry: schema %d, this one has %d", seen, newest)
            return
        raise HistoryTooNew(f"the history was written by a newer clipferry (schema {seen}, this one has {newest})")
    for script in scripts:
        number = int(script.name[:4])
        if number > seen:
            connection.executescript(f"BEGIN; {script.read_text('utf-8')}; PRAGMA user_version={number}; COMMIT;")


def _put_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
    return aside
