"""What libav reads of a file of ours that fails or whose job is cancelled."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from clipferry.clip.container.libav_file import LibavFile
from clipferry.clip.errors import Cancelled

FAILING = """
import io, av
from clipferry.clip.container.libav_file import LibavFile
from clipferry.clip.errors import ClipError, NetworkError

class Failing(io.BytesIO):
    def read(self, size=-1):
        raise NetworkError

    def seek(self, offset, whence=0):
        raise NetworkError

for demuxer in ("mov", "matroska", "mpegts", "ogg", "flac", "wav"):
    try:
        av.open(LibavFile(Failing()), format=demuxer)
    except NetworkError:
        print(demuxer)
"""


def test_the_first_exception_is_the_one_that_is_raised_and_no_traceback_is_printed() -> None:
    done = subprocess.run([sys.executable, "-c", FAILING], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["mov", "matroska", "mpegts", "ogg", "flac", "wav"]


def test_after_it_the_file_is_at_its_end() -> None:
    cancelled = [False]
    file = LibavFile(io.BytesIO(b"0123456789"), cancelled=lambda: cancelled[0])
    assert file.read(4) == b"0123"
    cancelled[0] = True
    with pytest.raises(Cancelled):
        file.read(4)
    assert (file.read(4), file.seek(0)) == (b"", -1)
