"""``clipferry clip`` may take no more memory than a worker."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from cli.conftest import CLIP, CommandLine
from clipferry.system import memory_limit

MAIN = "import sys; from clipferry.system import memory_limit; {patch}; from clipferry.__main__ import main; main()"


def test_a_clip_that_grows_too_large_is_ended_and_nothing_is_left(cli: CommandLine) -> None:
    """Any Python is larger than a byte."""
    command = [sys.executable, "-c", MAIN.format(patch="memory_limit.MAX_RSS_BYTES = 1"), "clip", "--json", CLIP]
    done = subprocess.run(command, env=cli.env, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["error"]["code"] == "too_much_memory"
    assert (done.returncode, done.stderr) == (51, "")
    assert cli.left_behind() == []


def test_memory_that_is_wanted_at_once_is_not_given() -> None:
    code = "from clipferry.system.memory_limit import limit_data; limit_data(); bytearray(1 << 30); bytearray(4 << 30)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == "MemoryError"


def test_the_limit_is_the_worker_s() -> None:
    assert memory_limit.MAX_RSS_BYTES == 2 << 30
    assert 0 < memory_limit.resident_bytes() < 2 << 30


ENOMEM = """
def make_clip(*_, **__):
    import av.error
    from clipferry.clip.errors import CutFailed
    try:
        av.error.err_check(-12)
    except av.error.FFmpegError as error:
        raise CutFailed(detail=str(error)) from None
"""


@pytest.mark.parametrize(
    "patch",
    [
        "import clipferry.clip.pipeline as e; e.make_clip = lambda *_, **__: bytearray(1 << 60)",
        f"exec({ENOMEM!r}); import clipferry.clip.pipeline as e; e.make_clip = make_clip",
    ],
    ids=["ours", "libav's"],
)
def test_what_does_not_fit_is_said_as_such(cli: CommandLine, patch: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MAIN.format(patch=patch), "clip", "--json", CLIP],
        env=cli.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout)["error"]["code"] == "too_much_memory"
