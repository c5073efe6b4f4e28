"""xfce4-panel on a screen of its own: one panel along the top edge, with a tray at its right end."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from PIL import Image

from desktop.displays import (
    Box,
    changed_box,
    coloured_box,
    kill,
    middle,
    program,
    until_changed,
    until_painted,
    x11_picture,
)
from desktop.session import WITHIN_S
from e2e.screen import Screen

HEIGHT = 40
"""Pixels from the top edge in which the panel lies."""
AWAY = 100, 500
"""Where the pointer is over nothing: a program hears of it when it comes from there."""
TALLER_THAN_A_TOOLTIP = 120
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-2" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
      <property name="known-items" type="array">
        <value type="string" value="clipferry"/>
      </property>
    </property>
  </property>
</channel>
"""


def write_settings(home: Path) -> None:
    """Have the session's ``xfconfd``, whose home this is, describe that panel."""
    folder = home / ".config" / "xfce4" / "xfconf" / "xfce-perchannel-xml"
    folder.mkdir(parents=True)
    (folder / "xfce4-panel.xml").write_text(SETTINGS)


class XfcePanel:
    """A running panel, used as a person does: with the pointer and keys."""

    def __init__(self, screen: Screen, running: subprocess.Popen[bytes]) -> None:
        self.screen, self._running = screen, running

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, screen: Screen, env: Mapping[str, str]) -> AsyncIterator[XfcePanel]:
        with program(["xfce4-panel", "--disable-wm-check"], env) as running:
            yield cls(screen, running)

    def kill(self) -> None:
        kill(self._running)

    async def icon(self) -> Box:
        """Wait until a coloured icon is painted in the panel; gives where."""
        picture = await until_painted(self._picture, lambda now: coloured_box(_strip(now)) is not None, "an icon")
        box = coloured_box(_strip(picture))
        assert box is not None
        return box

    async def until_gone(self) -> None:
        """Wait until no icon is painted."""
        await until_painted(self._picture, lambda now: coloured_box(_strip(now)) is None, "no icon")

    async def click(self) -> None:
        """Click the icon."""
        self.screen.point(*AWAY)
        self.screen.click(*middle(await self.icon()))

    async def open_menu(self) -> Image.Image:
        """Click the icon with the right button until its menu is painted; gives the desktop below it."""
        async with asyncio.timeout(WITHIN_S * 2):
            while True:
                self.screen.point(*AWAY)
                place = middle(await self.icon())
                before = self._below()  # anew each time: a menu or a notification may still have been there
                self.screen.click(*place, button=3)
                with contextlib.suppress(AssertionError):
                    await until_painted(
                        self._below, lambda now, before=before: _has_menu(before, now), "a menu", within_s=5
                    )
                    return before
                self.screen.press("Escape")  # it had not fetched the menu yet

    async def select(self, *keys: str) -> Box:
        """Press keys, which leave one entry of the open menu selected; gives where it is painted."""
        before = self._below()
        self.screen.press(*keys)
        _, box = await until_changed(self._below, before, f"a selection after {keys}")
        return box[0], box[1] + HEIGHT, box[2], box[3] + HEIGHT

    async def choose(self, *keys: str) -> None:
        """Open the menu, go to an entry by ``keys`` and click it."""
        before = await self.open_menu()
        self.screen.click(*middle(await self.select(*keys)))
        await until_painted(self._below, lambda now: not _has_menu(before, now), "no menu")

    def _picture(self) -> Image.Image:
        return x11_picture(self.screen)

    def _below(self) -> Image.Image:
        picture = self._picture()
        return picture.crop((0, HEIGHT, picture.width, picture.height))


def _strip(picture: Image.Image) -> Image.Image:
    return picture.crop((0, 0, picture.width, HEIGHT))


def _has_menu(before: Image.Image, now: Image.Image) -> bool:
    box = changed_box(before, now)
    return box is not None and box[3] - box[1] > TALLER_THAN_A_TOOLTIP
