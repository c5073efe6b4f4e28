"""Read a remote file as if it were local: track which bytes are stored and which are being fetched, and fetch the rest.

This file is over 300 lines because reading and fetching share one state under one lock.
"""

from __future__ import annotations

import random
import threading
import time
import zlib
from collections.abc import Callable
from typing import NamedTuple

from ..errors import BadMedia, ClipError, NetworkError, UrlExpired
from ..http.media_url import Link
from ..http.range_client import MAX_UNSIZED_BYTES, Client, PastEnd, RangeResponse, Retry
from .interval_set import IntervalSet
from .sparse_store import JOURNAL_STEP, SparseStore

ON_DEMAND = 32 * 1024
"""Fetched when bytes are read that were not requested in time."""
_LARGE = 1 << 20
OPEN = 1 << 62
"""The end of a range that is not known yet."""


class Address(NamedTuple):
    """Where the bytes of a resource are on the internet."""

    current: Callable[[], Link]
    renew: Callable[[Link], bool]
    """Called with the link that expired; ``True``: there may be a better one in ``current``."""
    base: int = 0
    """Where the resource begins in the file behind the link."""
    size: int | None = None
    """How long the resource is, where it is a part of that file."""


class CancellationScope:
    """Work of one reader that is cancelled together. Once ``over``, nothing more is fetched for it."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.then: Callable[[], None] | None = None
        """Called by a thread that fetches, each time something has come; it must not wait for anything."""


Schedule = Callable[["RemoteFile", int, int, bool, CancellationScope], None]


class RemoteFile:
    """Bytes of a remote file by position. ``schedule`` queues a range for the fetching threads, which call ``pull``, then ``settle``."""

    def __init__(
        self,
        address: Address,
        store: SparseStore,
        client: Client,
        schedule: Schedule,
        on_bytes: Callable[[int], None],
    ) -> None:
        self.address = address
        self.client = client
        self._store = store
        self._schedule = schedule
        self._on_bytes = on_bytes
        self._base = address.base
        self._bounded = address.size
        self._changed = threading.Condition()
        self._turn = threading.Lock()
        self._own = CancellationScope()
        self._claimed = IntervalSet()
        self._failures: list[tuple[int, int, ClipError]] = []
        self._broken: ClipError | None = None
        self._served = False
        self._arrived = 0
        self._streaming = False
        self._complete_at: int | None = None

    @property
    def size(self) -> int | None:
        """Bytes in all; ``None`` until the first response names it."""
        if self._bounded is not None:
            return self._bounded
        if self._complete_at is not None:
            return self._complete_at
        return self._store.identity.size if self._store.identity else None

    # For the consumer ------------------------------------------------------------------------------------------------

    def want(
        self, start: int, end: int | None, scope: CancellationScope | None = None, *, urgent: bool = False
    ) -> None:
        """Begin to fetch what is missing of ``[start, end)`` in the background; ``end`` ``None``: all the rest."""
        for gap in self._claim(start, OPEN if end is None else end):
            self._schedule(self, *gap, urgent, scope or self._own)

    def _claim(self, start: int, end: int) -> list[tuple[int, int]]:
        """Claim the parts of ``[start, end)`` that are neither stored nor being fetched; the caller has to schedule them."""
        with self._changed:
            limit = end if self.size is None else min(end, self.size)
            gaps = [part for gap in self._store.missing(start, limit) for part in self._claimed.missing(*gap)]
            for gap in gaps:
                self._claimed.add(*gap)
            self._failures = [one for one in self._failures if one[1] <= start or one[0] >= end]
            self._changed.notify_all()
        return gaps

    def missing(self, start: int, end: int) -> int:
        """Return how many bytes of ``[start, end)`` are not stored."""
        with self._changed:
            return sum(b - a for a, b in self._store.missing(start, end))

    def read(self, position: int, count: int) -> bytes:
        """Return at least one and at most ``count`` bytes; empty only at the end. Blocks until they are stored.

        Raises:
            ClipError: they cannot be had, or the job is cancelled.
        """
        while count > 0 and not (self.size is not None and position >= self.size):
            if data := self._store.read(position, count):
                self._served = True
                return data
            self.client.check()
            gaps = []
            with self._changed:
                self._raise_failure(position)
                if self._claimed.run_end(position) > position:
                    self._changed.wait(0.2)
                elif self._progress(position) == position:  # it did not come since it was searched for
                    gaps = self._claim(position, position + max(count, ON_DEMAND))
            for gap in gaps:
                self._schedule(self, *gap, True, self._own)
        return b""

    def _raise_failure(self, position: int) -> None:
        if self._broken is not None:
            raise self._broken
        for failure in self._failures:
            if failure[0] <= position < failure[1]:
                self._failures.remove(failure)
                raise failure[2]

    def read_exactly(self, position: int, count: int) -> bytes:
        """``count`` bytes.

        Raises:
            BadMedia: the file ends before.
        """
        parts: list[bytes] = []
        if count > _LARGE:  # let it all come first, so that it is one piece and not many to be joined
            for step in range(position, position + count, _LARGE):
                self.read(step, 1)
            self.read(position + count - 1, 1)
        while count > 0:
            data = self.read(position, count)
            if not data:
                raise BadMedia(detail=f"the file ends at {position}, {count} bytes too soon")
            parts.append(data)
            position, count = position + len(data), count - len(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def coming(self, position: int) -> bool:
        """Return whether that byte is stored or requested."""
        with self._changed:
            return not self._claimed.missing(position, position + 1) or not self._store.missing(position, position + 1)

    def here(self, end: int | None = None) -> bool:
        """Return whether all bytes up to ``end`` (``None``: the end of the file) are stored."""
        limit = self.size if end is None else end if self.size is None else min(end, self.size)
        return limit is not None and not self._store.missing(0, limit)

    def arrive(self, end: int | None, scope: CancellationScope, timeout_s: float) -> bool:
        """Request all up to ``end`` and wait for it, no longer than ``timeout_s``; return whether it is here.

        Raises:
            ClipError: it cannot be had.
        """
        with self._changed:
            if self.here(end):
                return True
            self._raise_failure(self._store.run_end(0))
            idle = not any(self._claimed)
        if idle:
            self.want(0, end, scope, urgent=True)
        with self._changed:
            if not self.here(end):
                self._changed.wait(timeout_s)
            return self.here(end)

    def release(self) -> None:
        """Close the files; reading opens them again."""
        self._store.release()

    # For the fetcher -------------------------------------------------------------------------------------------------

    def settle(self, start: int, end: int, failure: ClipError | None = None) -> None:
        """Nobody is fetching ``[start, end)`` any more; with ``failure``, readers that wait for missing bytes raise it."""
        with self._changed:
            self._claimed.remove(start, end)
            if failure is not None:
                self._failures += [(a, b, failure) for a, b in self._store.missing(start, end)]
            self._changed.notify_all()

    def pull(self, start: int, end: int, scope: CancellationScope) -> None:
        """Fetch ``[start, end)``, resuming at the same byte after each failure, until the retry policy is exhausted or ``scope`` ends."""
        retry_policy = self.client.retry_policy
        position, failures, renewals, slow, seen = start, 0, 0, 0, self._arrived
        while position < end and not (self.size is not None and position >= self.size):
            self.client.check()
            if scope.over.is_set():
                return
            before, link = position, self.address.current()
            try:
                slow += self._pull_once(link, position, end, scope, accept_slow=slow >= retry_policy.slow_tries)
                position = self._progress(before)
                failures = 0 if position > before else failures + 1
                if failures >= retry_policy.tries:
                    raise NetworkError("stopped_sending")
            except PastEnd as error:
                if not self._ends(position, error.size):
                    raise
            except UrlExpired:
                position = self._progress(before)
                renewals, seen = (renewals + 1 if self._arrived == seen else 1), self._arrived
                if renewals > retry_policy.renewals or not self.address.renew(link):
                    raise
            except Retry as error:
                position = self._progress(before)
                failures = 1 if position > before else failures + 1
                refused = isinstance(error.cause, BadMedia)
                if error.crowded:
                    self.client.crowded()
                if failures >= (3 if refused else retry_policy.tries):
                    raise error.cause from error
                if refused:
                    self.address.renew(link)
                wait = retry_policy.wait_s(failures, random.random())  # noqa: S311 (jitter)
                self.client.sleep(max(error.wait_s or 0.0, wait if position == before else 0.0))

    def _progress(self, position: int) -> int:
        with self._changed:
            return self._store.run_end(position)

    def _ends(self, position: int, total: int | None) -> bool:
        """There is nothing at ``position``: return whether that is the end of a file of unknown size."""
        with self._changed:
            if self.size is None and (total is not None or self._store.run_end(position - 1) == position):
                self._complete_at = position if total is None else total
                return position >= self._complete_at
            return self.size is not None and self._complete_at is not None and position >= self.size

    def _pull_once(self, link: Link, start: int, end: int, scope: CancellationScope, *, accept_slow: bool) -> bool:
        """One request. ``True``: it was dropped as too slow, which ``accept_slow`` rules out."""
        if not self._streaming:
            return self._transfer(
                link, start, None if end >= OPEN else self._base + end, scope, accept_slow=accept_slow
            )
        while not self._turn.acquire(timeout=0.2):
            self.client.check()
            if self._progress(start) > start:
                return False
        try:
            return self._progress(start) == start and self._transfer(link, -self._base, None, scope, accept_slow=True)
        finally:
            self._turn.release()

    def _transfer(
        self, link: Link, start: int, stop: int | None, scope: CancellationScope, *, accept_slow: bool
    ) -> bool:
        with self.client.get(link, self._base + start, stop, scope) as answer:
            newly = self._agree(answer, start, part=self._base + start > 0 or stop is not None)
            try:
                return self._receive(answer, scope, accept_slow=accept_slow)
            finally:
                if newly:
                    self._turn.release()

    def _receive(self, answer: RangeResponse, scope: CancellationScope, *, accept_slow: bool) -> bool:
        """Store the body until it ends or no reader wants more. ``True``: it came too slowly."""
        limits, generation = self.client.retry_policy, answer.generation
        position = answer.start - self._base
        measured_at, since = position, time.monotonic()
        noted, checksum = max(0, position), 0
        try:
            for data in answer.pieces():
                self.client.meter(len(data))
                self._on_bytes(len(data))
                fresh = data[max(0, -position) :]
                position += len(data) - len(fresh)
                kept = fresh if self._bounded is None else fresh[: max(0, self._bounded - position)]
                if self.size is None and position > MAX_UNSIZED_BYTES:
                    raise BadMedia("endless_file")
                self._keep(position, kept, generation)
                checksum, position = zlib.crc32(kept, checksum), position + len(kept)
                if position - noted >= JOURNAL_STEP:
                    self._store.note(noted, position, checksum, generation)
                    noted, checksum = position, 0
                if len(kept) < len(fresh) or scope.over.is_set():
                    return False
                if self._streaming and not self._linger(position):
                    return False
                took = time.monotonic() - since
                if took > limits.stall_s:
                    if not accept_slow and position - measured_at < took * limits.slow_bps:
                        return True
                    measured_at, since = position, time.monotonic()
        finally:
            self._store.note(noted, position, checksum, generation)
        if answer.whole and answer.identity.size is None:
            self._complete_at = position  # HTTP/1.1 makes sure that a body without a length was not cut off
        return False

    def _keep(self, position: int, data: bytes, generation: int) -> None:
        if not data:
            return
        if not self._store.write(position, data, generation):
            raise Retry(NetworkError("changed"))
        self._arrived += len(data)
        with self._changed:
            self._changed.notify_all()

    def _agree(self, answer: RangeResponse, start: int, *, part: bool) -> bool:
        """Accept the response for a piece of the file, or reject it. ``True``: the server turned out to send only the whole file, and
        it is now our turn to read it."""
        if answer.encoding not in ("", "identity"):
            raise Retry(BadMedia("packed_data", detail=answer.encoding))
        with self._changed:
            if not self._store.adopt(answer.identity) and self._served:
                self._broken = NetworkError("changed_while_read")
                raise self._broken
            answer.generation = self._store.generation
            if not (answer.whole and part):
                return False
            self._streaming = True
        if self._base + start > 0 or not self._turn.acquire(blocking=False):
            raise Retry(NetworkError("no_ranges"))
        return True

    def _linger(self, position: int) -> bool:
        """Return whether anything behind ``position`` is wanted. The connection to a server that cannot send ranges is kept for a while."""
        until = time.monotonic() + self.client.retry_policy.stall_s
        with self._changed:
            while not any(b > position for _, b in self._claimed):
                self.client.check()
                if time.monotonic() > until:
                    return False
                self._changed.wait(0.2)
        return True
