"""Displays of a test's own, X11 (Xvfb) and Wayland (sway without a screen), and what programs paint on them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbus_fast.aio import MessageBus
from PIL import Image, ImageChops, ImageGrab

from desktop.session import WITHIN_S, Changes, ask
from e2e.screen import Screen

NOBODY = 65534
Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""
Grab = Callable[[], Image.Image]
"""Takes a picture of a display."""


def x11_picture(screen: Screen) -> Image.Image:
    return ImageGrab.grab(xdisplay=screen.name).convert("RGB")


def changed_box(before: Image.Image, after: Image.Image) -> Box | None:
    """What differs; ``None``: nothing."""
    return ImageChops.difference(before, after).getbbox()


def coloured_box(picture: Image.Image) -> Box | None:
    """Where it is not grey: what panels paint in grey stays out, our icon has colours in all its states."""
    saturation = picture.convert("HSV").getchannel("S").point(lambda value: 255 if value > 140 else 0)
    return saturation.getbbox()


async def until_painted(
    grab: Grab, fits: Callable[[Image.Image], bool], what: str, *, within_s: float = 2 * WITHIN_S
) -> Image.Image:
    """Look at the display until a picture of it ``fits``, and stands still; gives it."""
    try:
        async with asyncio.timeout(within_s):
            last = await asyncio.to_thread(grab)
            while True:
                now = await asyncio.to_thread(grab)
                if fits(now) and changed_box(last, now) is None:
                    return now
                last = now
    except TimeoutError:
        raise AssertionError(f"not painted within {within_s:.0f} s: {what}") from None


async def until_changed(grab: Grab, before: Image.Image, what: str) -> tuple[Image.Image, Box]:
    """Wait until the display differs from ``before``; gives its picture and what differs."""
    now = await until_painted(grab, lambda picture: changed_box(before, picture) is not None, what)
    box = changed_box(before, now)
    assert box is not None
    return now, box


async def until_output(command: Sequence[str], env: Mapping[str, str], wanted: str) -> None:
    """Run a program again and again until it prints ``wanted``."""
    path = {"PATH": os.environ["PATH"]}

    def output() -> str:
        done = subprocess.run(
            command,
            env={**path, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WITHIN_S,
            check=False,
        )
        return done.stdout.decode(errors="replace").strip()

    last = ""
    try:
        async with asyncio.timeout(WITHIN_S):
            while (last := await asyncio.to_thread(output)) != wanted:
                pass
    except TimeoutError:
        raise AssertionError(f"{command[0]} printed {last!r}, not {wanted!r}") from None


def middle(box: Box) -> tuple[int, int]:
    return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


@contextlib.contextmanager
def program(command: Sequence[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of the desktop, with what it starts itself, until the end of the block."""
    known = {"PATH": os.environ["PATH"], "NO_AT_BRIDGE": "1", "GSETTINGS_BACKEND": "memory", "GTK_THEME": "Adwaita"}
    running = subprocess.Popen(
        command,
        env={**known, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield running
    finally:
        kill(running)


def kill(running: subprocess.Popen[bytes]) -> None:
    """Kill a :func:`program` and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.pid, 9)
    running.wait()


@dataclass(frozen=True)
class Sway:
    """A Wayland compositor with one screen of 900 by 300 pixels that nobody sees, without XWayland."""

    env: Mapping[str, str]
    """What leads a program to it."""

    def picture(self) -> Image.Image:
        done = subprocess.run(
            ["grim", "-"], env={"PATH": os.environ["PATH"], **self.env}, stdout=subprocess.PIPE, check=True
        )
        return Image.open(io.BytesIO(done.stdout)).convert("RGB")

    @classmethod
    @contextlib.contextmanager
    def open(cls) -> Iterator[Sway]:
        """Start one. It refuses to run as root and is given another user then."""
        root = Path(tempfile.mkdtemp(prefix="cf-sway-"))
        try:
            ready = root / "ready"
            os.mkfifo(ready)
            config = root / "config"
            tell = f"sh -c 'echo $WAYLAND_DISPLAY > {ready}'"
            config.write_text(f"xwayland disable\noutput HEADLESS-1 resolution 900x300\nexec {tell}\n")
            command = ["sway", "-c", str(config)]
            if os.geteuid() == 0:
                for path in (root, ready, config):
                    os.chown(path, NOBODY, NOBODY)
                command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
            env = {"XDG_RUNTIME_DIR": str(root), "HOME": str(root)}
            headless = {"WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman"}
            with program(command, {**env, **headless}):
                display = ready.read_text().strip()
                assert display
                yield cls({"XDG_RUNTIME_DIR": str(root), "WAYLAND_DISPLAY": display})
        finally:
            shutil.rmtree(root, ignore_errors=True)


async def until_owned(address: str, name: str) -> None:
    """Wait until somebody owns ``name`` on the bus."""
    bus = await MessageBus(bus_address=address).connect()
    changes = Changes()
    bus.add_message_handler(lambda _: changes.note())
    daemon = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
    await ask(bus, *daemon, "AddMatch", "s", ["type='signal',member='NameOwnerChanged'"])

    async def owned() -> bool:
        [there] = await ask(bus, *daemon, "NameHasOwner", "s", [name])
        return bool(there)

    try:
        await changes.until(owned, f"{name} is owned")
    finally:
        bus.disconnect()
