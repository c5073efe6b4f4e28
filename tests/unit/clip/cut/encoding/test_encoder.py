"""Side effects on the process of opening an encoder."""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from clipferry.clip.cut.encoding.encoder import EdgeEncoder, EncoderSettings


@pytest.mark.skipif(sys.platform != "linux", reason="real-time priorities are Linux's here")
def test_no_thread_becomes_a_real_time_one() -> None:
    """Only root sees it fail: others may not."""
    EdgeEncoder.opened(
        EncoderSettings(
            encoder="libsvtav1",
            width=320,
            height=180,
            pix_fmt="yuv420p",
            time_base=Fraction(1, 30),
            rate=Fraction(30),
            sample_aspect_ratio=None,
            colour=(0, 2, 2, 2),
            options={"preset": "9"},
        )
    )
    policies = {os.sched_getscheduler(int(thread.name)) for thread in Path("/proc/self/task").iterdir()}
    assert policies == {os.SCHED_OTHER}
