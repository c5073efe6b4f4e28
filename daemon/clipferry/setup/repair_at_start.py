"""The daemon's side of :mod:`.repair`: checks once after the start, and repairs stale paths in a process of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from .machine import Machine
from .repair import stale

WITHIN_S = 120.0

log = logging.getLogger(__name__)


async def mend_setup() -> None:
    """Check and repair. Failures are logged only: the daemon does not depend on it."""
    try:
        if not await asyncio.to_thread(stale, Machine.here(os.environ)):
            return
        log.info("what `clipferry setup` wrote is stale and is written anew")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "clipferry.setup.repair"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ.copy(),
        )
    except OSError as error:
        log.warning("what `clipferry setup` wrote could not be looked at: %s", error)
        return
    try:
        _, said = await asyncio.wait_for(process.communicate(), WITHIN_S)
    except TimeoutError:
        process.kill()
        said = b"it took too long"
    if said.strip():
        log.warning("not all of it could be mended: %s", said.decode("utf-8", "replace").strip()[-2000:])
