"""clipferry's native messaging host: what a browser starts when the extension opens its port.

It passes frames between the browser and the daemon and understands none of them. Standard library only, so that it starts in
tens of milliseconds. Exit codes: 0 the browser or the daemon went, 2 a bad frame, 3 not our extension, 4 no daemon.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from . import private_dir, rendezvous
from .frames import BadFrame, frame
from .identity import ours
from .printable import one_line
from .relay import relay
from .start import CannotStart, connect

GONE, BAD_FRAME, NOT_OURS, NO_DAEMON = 0, 2, 3, 4
VERSION = 1
"""Of ``host.hello``; the daemon refuses a host that is newer than itself."""
_LOG_LIMIT_BYTES = 64 * 1024


def main(argv: Sequence[str] | None = None, *, ids: str | None = None) -> NoReturn:
    """Run the host and end the process.

    Args:
        argv: as the browser gives it, with the program first.
        ids: path of a file with further extension ids (:func:`.identity.ours`).
    """
    out = _claim_stdout()
    # _exit: the thread that waits for the browser's next frame cannot be woken, and nothing is left to flush.
    os._exit(_run(sys.argv if argv is None else argv, out, Path(ids) if ids else None))


def _run(argv: Sequence[str], out: int, ids: Path | None) -> int:
    origin = ours(ids).caller(argv)
    if origin is None:
        _log(f"refused: not started by clipferry's extension: {argv[1:]!r}")
        return NOT_OURS
    try:
        daemon = connect(os.environ)
    except (CannotStart, private_dir.UnsafeDirectory, OSError) as error:
        _log(f"no daemon: {error} {getattr(error, 'detail', '')}")
        os.write(out, frame({"event": "host.error", "data": _no_daemon(error)}))
        return NO_DAEMON
    hello = {"id": 0, "method": "host.hello", "params": {"origin": origin, "version": VERSION}}
    try:
        daemon.sendall(frame(hello))
        relay(sys.__stdin__.fileno() if sys.__stdin__ else 0, out, daemon)
    except BadFrame as error:
        _log(f"bad frame: {error}")
        return BAD_FRAME
    except OSError as error:
        _log(f"the daemon went away: {error}")
    return GONE


def _no_daemon(error: Exception) -> dict[str, str]:
    sentence = str(error) if isinstance(error, CannotStart) else "clipferry's companion cannot be reached."
    return {"code": "no_daemon", "message": sentence, "hint": "Run `clipferry doctor`: it says what is wrong."}


def _claim_stdout() -> int:
    """Duplicate standard output for frames, and redirect everything else printed to it to standard error."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - exists on Windows only

        for descriptor in (0, 1):
            msvcrt.setmode(descriptor, os.O_BINARY)
    out = os.dup(1)
    os.dup2(2, 1)
    return out


def _log(line: str) -> None:
    """Write one line to standard error, for a browser started from a terminal."""
    entry = f"{time.strftime('%Y-%m-%d %H:%M:%S')} clipferry-host[{os.getpid()}] {one_line(line)}\n"
    try:
        sys.stderr.write(entry)
        folder = rendezvous.runtime_dir(os.environ)
        private_dir.check_private(folder)  # in somebody else's, host.log could be a link to a file of ours
        path = folder / "host.log"
        fresh = not path.exists() or path.stat().st_size > _LOG_LIMIT_BYTES
        with path.open("w" if fresh else "a", encoding="utf-8", errors="replace") as file:
            file.write(entry)
    except (OSError, private_dir.UnsafeDirectory):
        return  # a host without a place to write is still a host


if __name__ == "__main__":
    main()
