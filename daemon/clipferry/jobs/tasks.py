"""Helpers for asyncio tasks that must outlive the failures of what they run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import ParamSpec

P = ParamSpec("P")

log = logging.getLogger(__name__)


def is_stop(error: BaseException) -> bool:
    """Return whether ``error`` ends the current task, rather than being a failure inside it (such as an inner cancellation)."""
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return True
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


async def cancel_tasks(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel ``tasks`` and wait until each has ended."""
    ending = [*tasks]
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)


def guarded(listener: Callable[P, None]) -> Callable[P, None]:
    """Return ``listener`` with its failures logged instead of raised: what it is notified of is committed already."""

    def notify(*args: P.args, **more: P.kwargs) -> None:
        try:
            listener(*args, **more)
        except BaseException as error:
            if is_stop(error):
                raise
            log.exception("a listener of job changes failed")

    return notify
