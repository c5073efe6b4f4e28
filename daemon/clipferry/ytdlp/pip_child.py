"""pip in a process that never outlives the daemon: ``python -m clipferry.ytdlp.pip_child ARGUMENTS``."""

from __future__ import annotations

import os
import runpy

from ..system.parent import die_with


def main() -> None:
    die_with(int(os.environ.pop("CLIPFERRY_DAEMON_PID")))
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
