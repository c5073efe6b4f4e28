"""A speed limit holds over all workers together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from clipferry.jobs.worker.shared_rate_limit import SharedQuota

BOOK = """
import sys
from pathlib import Path
from clipferry.jobs.worker.shared_rate_limit import SharedQuota
quota = SharedQuota(Path(sys.argv[1]), 1000, clock=lambda: 50.0)
print(max(quota.wait_s(100) for _ in range(200)))
"""


def test_what_one_books_the_other_waits_for(tmp_path: Path) -> None:
    now = 100.0
    one, other = (SharedQuota(tmp_path / "speed", 1000, clock=lambda: now) for _ in range(2))
    one.wait_s(1)
    assert one.wait_s(2000) == pytest.approx(2.0, abs=0.01)
    assert other.wait_s(1000) == pytest.approx(3.0, abs=0.01)
    now += 10.0
    assert other.wait_s(500) == 0.0, "a second's worth may be saved up"
    assert one.wait_s(1000) == pytest.approx(0.5, abs=0.01)


def test_nothing_is_lost_between_processes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BOOK, str(tmp_path / "speed")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    longest = max(float(process.communicate()[0]) for process in running)
    assert longest == pytest.approx(4 * 200 * 100 / 1000, abs=1.0)


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff" * 8, b"\0" * 8, b"\x7f" * 8])
def test_a_file_of_any_content_costs_at_most_a_moment(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "speed"
    path.write_bytes(content)
    quota = SharedQuota(path, 1000, clock=lambda: 10.0)
    assert 0 <= quota.wait_s(100) <= 0.1
    assert quota.wait_s(5000) == pytest.approx(5.0, abs=1.2), "and the limit holds again"
