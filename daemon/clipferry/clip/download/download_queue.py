"""Queue of byte ranges and the threads that fetch them, in requests small enough not to be throttled, in the order of reading."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque

from ..errors import Cancelled, ClipError, NetworkError
from ..http.range_client import Client
from ..http.retry_policy import ConcurrencyController
from .remote_file import OPEN, CancellationScope, RemoteFile

MiB = 1024 * 1024
MOST_BYTES = 10 * MiB
"""Of one request: googlevideo sends longer answers slowly. Less than that is one request too: two halves at once come no sooner
together than one after the other over a line that both share, and the first half, which is cut meanwhile, comes later."""


_MOST_PIECES = 1024
"""Into how many pieces a range is cut, at most: its length may be a false claim."""


def pieces(start: int, end: int) -> list[tuple[int, int]]:
    """``[start, end)`` in as many requests of equal size, at most 10 MiB, as it takes; what is beyond 10 GiB in one. Pure."""
    size = end - start
    if end >= OPEN:
        return [(start, end)]
    if size > _MOST_PIECES * MOST_BYTES:
        near = start + _MOST_PIECES * MOST_BYTES
        return [*pieces(start, near), (near, end)]
    count = max(1, -(-size // MOST_BYTES))
    step = -(-size // count)
    return [(at, min(at + step, end)) for at in range(start, end, step)]


Task = tuple[RemoteFile, int, int, CancellationScope]


class DownloadQueue:
    """Up to four connections for one source. Threads start when there is something to do and end when there is not."""

    def __init__(self, client: Client, *, not_before: float | None = None, most: int = 4) -> None:
        self._client = client
        self._not_before = not_before
        self._queue: deque[Task] = deque()
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._pace = ConcurrencyController(most)
        self._most = most
        self._closed = False
        client.crowded = self._ease

    def _ease(self) -> None:
        with self._lock:
            self._pace.trouble()

    def schedule(self, resource: RemoteFile, start: int, end: int, urgent: bool, scope: CancellationScope) -> None:
        """Fetch ``[start, end)`` of ``resource``; what is ``urgent`` comes first and gets a connection of its own."""
        tasks = [(resource, a, b, scope) for a, b in pieces(start, end)]
        with self._lock:
            if self._closed:
                raise Cancelled
            if urgent:
                self._queue.extendleft(reversed(tasks))
            else:
                self._queue.extend(tasks)
            idle = min(len(self._queue), self._pace.limit - len(self._threads))
            for _ in range(max(idle, 1 if urgent and len(self._threads) < self._most else 0)):
                self._start()

    def _start(self) -> None:
        thread = threading.Thread(target=self._work, name="clipferry-fetch", daemon=True)
        self._threads.add(thread)
        thread.start()

    def moved(self, count: int) -> None:
        """Count bytes that came, to judge how many connections are worth while."""
        with self._lock:
            before = self._pace.limit
            self._pace.moved(count, time.monotonic())
            if self._pace.limit > before and self._queue and not self._closed and len(self._threads) < self._most:
                self._start()

    def forget(self, scope: CancellationScope | None = None) -> None:
        """Cancel requests of ``scope`` (``None``: all), whether begun or not."""
        with self._lock:
            dropped = [task for task in self._queue if scope in (None, task[3])]
            self._queue = deque(task for task in self._queue if scope not in (None, task[3]))
        for resource, start, end, _ in dropped:
            resource.settle(start, end)
        if scope is not None:
            scope.over.set()
            self._client.hang_up(scope)

    def close(self, timeout_s: float = 1.0) -> None:
        """Abort everything; wait a moment for the threads to end."""
        with self._lock:
            self._closed = True
            threads = list(self._threads)
        self.forget()
        self._client.close()
        until = time.monotonic() + timeout_s
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - time.monotonic()))

    def _next(self) -> Task | None:
        with self._lock:
            if self._closed or not self._queue or len(self._threads) > self._pace.limit + 1:
                self._threads.discard(threading.current_thread())
                return None
            return self._queue.popleft()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            resource, start, end, scope = task
            failure: ClipError | None = None
            try:
                if self._not_before is not None:
                    self._client.sleep(max(0.0, self._not_before - time.time()))
                resource.pull(start, end, scope)
            except ClipError as error:
                failure = error
            except Exception as error:  # noqa: BLE001 (a thread must hand every failure to who waits for it)
                failure = NetworkError(detail=f"{type(error).__name__}: {error}")
                failure.__cause__ = error
            if failure is not None and not isinstance(failure, Cancelled):
                with self._lock:
                    self._pace.trouble()
                    hopeless = [task for task in self._queue if task[0] is resource]
                    self._queue = deque(task for task in self._queue if task[0] is not resource)
                for _, a, b, _ in hopeless:
                    resource.settle(a, b, failure)
            resource.settle(start, end, failure)
            then = scope.then
            if failure is None and then is not None and not scope.over.is_set():
                with contextlib.suppress(Exception):  # whatever is wrong there, who reads there will meet it
                    then()
