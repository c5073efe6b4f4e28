"""Pictures of the tray's menu and of notifications for ``docs/gallery``, made from the real thing.

Use, from the repository's root: ``PYTHONPATH=tests .venv/bin/python tests/gallery/tray.py``

xfce4-panel and xfce4-notifyd (Debian packages of these names) show what the daemon's desktop process sends them over a bus of its
own; the clips are taken from the local internet. Look at the pictures before they are committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from Xlib.display import Display

from api.client import SocketClient
from api.running import RunningDaemon
from desktop.conftest import prepare
from desktop.displays import changed_box, program, until_changed, until_owned, x11_picture
from desktop.session import NOTIFICATIONS, WITHIN_S, session_bus
from desktop.test_tray import restart_tray
from desktop.xfce import HEIGHT, XfcePanel, write_settings
from e2e.screen import Screen
from origin import Film, LocalInternet

TARGET = Path(__file__).resolve().parents[2] / "docs" / "gallery"
NOTIFYD = "/usr/lib/x86_64-linux-gnu/xfce4/notifyd/xfce4-notifyd"
THEMES = {"light": "Adwaita", "dark": "Adwaita:dark"}
BACKGROUND = 0x3A5F7D
MARGIN = 12
"""Pixels of the desktop around what is shown."""
MEDIA = "/videoplayback*"
TITLES = (
    "How to fold a paper crane",
    "Sourdough for beginners, part 2",
    "Steam locomotive crossing the viaduct",
    "Every chord you need for this song",
    "Night sky over the Alps, time lapse",
)
BEGUN = ("Rowing across the lake at dawn", "Restoring a rusty pocket knife")
"""Videos of the jobs under way."""
WATCH = "https://www.youtube.com/watch?v="


async def main() -> None:
    """Make all pictures anew."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cf-g-")))
        home = root / "home"
        write_settings(home)
        internet = stack.enter_context(LocalInternet())
        bus = stack.enter_context(session_bus(home))
        screen = stack.enter_context(Screen())
        display = Display(screen.name)
        stack.callback(display.close)
        paint_background(display)
        session = {"DISPLAY": screen.name, "DBUS_SESSION_BUS_ADDRESS": bus}
        films = [internet.add_film(Film(f"GALLERY000{number}", title)) for number, title in enumerate(TITLES)]
        begun = [internet.add_film(Film(f"GALLERY001{number}", title)) for number, title in enumerate(BEGUN)]
        internet.prepare(*(film.id for film in (*films, *begun)))
        daemon = prepare(root / "d", {**internet.env(), **session})
        await daemon.start()
        try:
            themes = {theme: {**session, "HOME": str(home), "GTK_THEME": gtk} for theme, gtk in THEMES.items()}
            for number, (theme, env) in enumerate(themes.items()):
                await show_notifications(screen, daemon, films, env, theme, 2.0 + number)
            internet.fault("hold", path=MEDIA, times=9)
            await begin_jobs(daemon, begun)
            for theme, env in themes.items():
                await show_menu(screen, env, theme)
        finally:
            await daemon.stop()


async def begin_jobs(daemon: RunningDaemon, films: list[Film]) -> None:
    """One job that is under way and others that wait for it."""
    async with daemon.talk() as client:
        await client.hello()
        await client.ask("settings.set", {**(await client.ask("settings.get")), "concurrency": 1})
        for film in films:
            await begin(client, film, 20.0, 26.0)
        await client.event("job", lambda job: job["state"] == "fetching", within_s=WITHIN_S)


async def show_menu(screen: Screen, env: Mapping[str, str], theme: str) -> None:
    """The menu with a running job, a queued one and the last clips; and the entries below a clip."""
    async with XfcePanel.open(screen, env) as panel:
        empty = await panel.open_menu()
        save(screen, empty, f"tray-menu-{theme}", below=HEIGHT)
        for keys in (["Up"] * 6, ["Right"], ["Right"]):
            await panel.select(*keys)
        save(screen, empty, f"tray-clip-menu-{theme}", below=HEIGHT)


async def show_notifications(
    screen: Screen, daemon: RunningDaemon, films: list[Film], env: Mapping[str, str], theme: str, start: float
) -> None:
    """A finished clip, one that failed, several at once; the clips begin at ``start``, in seconds, and later."""
    bus = env["DBUS_SESSION_BUS_ADDRESS"]
    async with daemon.talk() as client:
        await client.hello()
        for name in ("finished", "failed", "several"):
            await restart_tray(client)  # a new one adds nothing to the notification before
            with program([NOTIFYD], env):
                await until_owned(bus, NOTIFICATIONS)
                empty = x11_picture(screen)
                if name == "failed":
                    await client.ask("clip.create", {"url": f"{WATCH}private____", "title": TITLES[0]})
                elif name == "finished":
                    job = await begin(client, films[-1], start, start + 6)
                    await client.job(job["file_id"], within_s=WITHIN_S)
                else:
                    jobs = [await begin(client, film, start + 3, start + 8) for film in films]
                    for job in jobs:
                        await client.job(job["file_id"], within_s=WITHIN_S)
                await until_changed(lambda before=empty: x11_picture(screen), empty, "a notification")
                if name == "several":
                    await asyncio.sleep(6)  # each clip is added a second after its end, with a thumbnail
                save(screen, empty, f"notification-{name}-{theme}")


async def begin(client: SocketClient, film: Film, start: float, end: float) -> Any:
    request = {"url": f"{WATCH}{film.id}", "start_time": start, "end_time": end, "title": film.title, "again": True}
    return await client.ask("clip.create", request)


def paint_background(display: Any) -> None:
    root = display.screen().root
    root.change_attributes(background_pixel=BACKGROUND)
    root.clear_area()
    display.sync()


def save(screen: Screen, empty: Image.Image, name: str, *, below: int = 0) -> None:
    """Keep what differs from ``empty``, with some desktop around it.

    Args:
        below: pixels from the upper edge that ``empty`` leaves out: those of the panel, which are kept.
    """
    picture = x11_picture(screen)
    box = changed_box(empty, picture.crop((0, below, picture.width, picture.height)))
    assert box is not None, name
    left, top, right, bottom = box
    top = 0 if below else max(0, top - MARGIN)
    kept = picture.crop(
        (max(0, left - MARGIN), top, min(picture.width, right + MARGIN), min(picture.height, bottom + below + MARGIN))
    )
    kept.quantize(128, dither=Image.Dither.NONE).save(TARGET / f"{name}.png", optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
