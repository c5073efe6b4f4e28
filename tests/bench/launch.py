"""Run a program and write what it cost to a file, as JSON: ``python -I -S launch.py FILE PROGRAM [ARGUMENT ...]``.

A process inherits the peak memory of the one that started it (Linux notes the peak of the memory that ``exec`` gives up as its
own, ``setmax_mm_hiwater_rss`` in fs/exec.c), and the benchmark itself may have made films before. This process is small.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    began = time.perf_counter()
    pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
    _, status, usage = os.wait4(pid, 0)
    cost = {
        "wall_s": time.perf_counter() - began,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_rss_mb": usage.ru_maxrss / 1024,
    }
    Path(sys.argv[1]).write_text(json.dumps(cost))
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
