"""The child process that takes clips: ``python -m clipferry.jobs.worker``; what it does is in ``tasks``.

First of all it binds its life to the daemon's: the imports of ``tasks`` take a second, in which a daemon may die.
"""

from __future__ import annotations

import os

from ...system.parent import die_with


def main() -> None:
    daemon_pid = int(os.environ.pop("CLIPFERRY_DAEMON_PID"))
    die_with(daemon_pid)
    from .tasks import serve  # noqa: PLC0415

    serve(daemon_pid)


if __name__ == "__main__":
    main()
