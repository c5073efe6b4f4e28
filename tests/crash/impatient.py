"""The daemon, with less patience and less memory for its workers than in earnest: ``python -m crash.impatient``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from clipferry import app, daemon
from clipferry.jobs.worker import pool

from .companion import Companion

STANDSTILL, MEMORY = "CRASH_STANDSTILL_S", "CRASH_MEMORY_BYTES"


def impatient(
    companion: Companion, *, standstill_s: float = pool.STANDSTILL_S, memory_bytes: int = pool.MAX_RSS_BYTES
) -> Companion:
    """``companion``, whose daemon will be this one."""
    companion.program = "crash.impatient"
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    companion.env |= {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    companion.env |= {STANDSTILL: str(standstill_s), MEMORY: str(memory_bytes)}
    return companion


class _Workers(pool.Workers):
    def __init__(self, mark: str) -> None:
        super().__init__(mark, standstill_s=float(os.environ[STANDSTILL]))


if __name__ == "__main__":
    pool.MAX_RSS_BYTES = int(os.environ[MEMORY])
    setattr(app, "Workers", _Workers)  # noqa: B010 - the composition root's own name for the class; no part of its interface
    sys.exit(daemon.main())
