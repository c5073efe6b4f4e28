"""Open a file with its program, or show it in its folder."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

_WITHIN_S = 5.0


async def show(path: Path, *, reveal: bool) -> bool:
    """Open ``path``, or select it in its folder; return whether a program for that was found."""
    if not reveal:
        return await _run(_opener(path))
    return await _select(path) or await _run(_opener(path.parent))


def _opener(path: Path) -> list[str]:
    if sys.platform == "win32":
        return ["explorer.exe", str(path)]
    return ["open" if sys.platform == "darwin" else "xdg-open", str(path)]


async def _select(path: Path) -> bool:
    if sys.platform == "win32":
        return await _run(["explorer.exe", f"/select,{path}"])
    if sys.platform == "darwin":
        return await _run(["open", "-R", str(path)])
    return await _show_items(path)


async def _show_items(path: Path) -> bool:
    """Ask the session's file manager (specifications.freedesktop.org/file-manager-interface-spec)."""
    from dbus_fast import DBusFastError, Message, MessageType  # noqa: PLC0415 - memory only where it is used
    from dbus_fast.aio import MessageBus  # noqa: PLC0415

    name = "org.freedesktop.FileManager1"
    call = Message(
        destination=name,
        path="/org/freedesktop/FileManager1",
        interface=name,
        member="ShowItems",
        signature="ass",
        body=[[path.as_uri()], ""],
    )
    bus = None
    try:
        async with asyncio.timeout(_WITHIN_S):
            bus = await MessageBus().connect()
            answer = await bus.call(call)
    except (OSError, EOFError, DBusFastError):  # no session bus, or no answer: TimeoutError is an OSError
        return False
    finally:
        if bus is not None:
            bus.disconnect()
    return answer is not None and answer.message_type is MessageType.METHOD_RETURN


async def _run(command: list[str]) -> bool:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=sys.platform != "win32",
        )
    except OSError:
        return False
    try:
        # explorer.exe ends with 1 on success, so on Windows having started it is all that can be known.
        return await asyncio.wait_for(process.wait(), _WITHIN_S) == 0 or sys.platform == "win32"
    except TimeoutError:
        return True  # The program itself, in the foreground.
