"""Keeping a job in one stage for as long as a test needs: by the site's answers, or by the program that makes the last step."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from origin import LocalInternet

from .companion import Companion

STAGES = ("resolving", "fetching", "cutting")
_WHERE = {"resolving": ("www.youtube.com", "/watch*"), "fetching": ("*.googlevideo.com", "*")}
_PROGRAM = """#!{python}
import os, sys
if sys.argv[1:] == ["-version"]:
    print("ffmpeg version 7.1")
else:
    for pipe in ({arrived!r}, {gate!r}):
        if os.path.exists(pipe):
            os.close(os.open(pipe, os.O_WRONLY))  # waits for whoever opens the other end
    os.execv({ffmpeg!r}, [{ffmpeg!r}, *sys.argv[1:]])
"""


class Hold:
    """A clip that is asked for with ``asked`` comes to ``stage`` and no further until ``release``. Made before the daemon starts."""

    def __init__(self, stage: str, companion: Companion, site: LocalInternet) -> None:
        self.stage, self._companion, self._site = stage, companion, site
        self.asked: dict[str, Any] = {}
        if stage == "cutting":
            self.asked = {"output": {"kind": "flac"}}
            self._arrived, self._gate = _stand_in(companion)
        else:
            site.fault("hold", host=_WHERE[stage][0], path=_WHERE[stage][1], times=0)

    def wait(self, file_id: str) -> None:
        """Until it is held: in the middle of the stage, not at its beginning."""
        self._companion.wait_for(file_id, (self.stage,))
        if self.stage == "cutting":
            _meet(self._arrived)
        else:
            self._site.wait_for(*_WHERE[self.stage])

    def release(self) -> None:
        """Let it go on, and whatever comes after it."""
        if self.stage == "cutting":
            _meet(self._gate)
            self._arrived.unlink()
            self._gate.unlink()
        else:
            self._site.mend()
            self._site.release()


def _stand_in(companion: Companion) -> tuple[Path, Path]:
    """Have the daemon use an ffmpeg that waits; the named pipes at which it does."""
    folder = companion.home.parent / "ffmpeg"
    folder.mkdir()
    arrived, gate, program = folder / "arrived", folder / "gate", folder / "ffmpeg"
    os.mkfifo(arrived)
    os.mkfifo(gate)
    real = shutil.which("ffmpeg")
    program.write_text(_PROGRAM.format(python=sys.executable, arrived=str(arrived), gate=str(gate), ffmpeg=real))
    program.chmod(0o755)
    companion.env["CLIPFERRY_FFMPEG"] = str(program)
    return arrived, gate


def _meet(pipe: Path) -> None:
    os.close(os.open(pipe, os.O_RDONLY))
