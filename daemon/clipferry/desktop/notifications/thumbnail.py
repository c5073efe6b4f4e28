"""Make the thumbnail of a finished clip: ``python -m clipferry.desktop.notifications.thumbnail CLIP TARGET``.

A process of its own, since libav is loaded nowhere else in the desktop process or the daemon.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import av

from ...system.parent import die_with

LONGEST_SIDE = 256
"""Pixels."""


def make_thumbnail(clip: Path, target: Path) -> bool:
    """Write the first picture of ``clip``, or the cover of an audio file, to ``target`` as JPEG; False where it has none.

    Raises:
        OSError | av.FFmpegError: the file cannot be read.
    """
    with clip.open("rb") as file, av.open(file, "r") as media:
        if not media.streams.video:
            return False
        frame = next(media.decode(media.streams.video[0]), None)
    if frame is None:
        return False
    scale = min(1.0, LONGEST_SIDE / max(frame.width, frame.height))
    image = frame.to_image(  # type: ignore[no-untyped-call]  # of PyAV
        width=max(1, round(frame.width * scale)), height=max(1, round(frame.height * scale))
    )
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    image.save(part, "JPEG", quality=85)
    part.replace(target)
    return True


def main() -> int:
    """Make the thumbnail that the arguments name; 1 where the clip has no picture."""
    if daemon_pid := os.environ.pop("CLIPFERRY_DAEMON_PID", ""):
        die_with(int(daemon_pid))
    try:
        return 0 if make_thumbnail(Path(sys.argv[1]), Path(sys.argv[2])) else 1
    except (OSError, av.FFmpegError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
