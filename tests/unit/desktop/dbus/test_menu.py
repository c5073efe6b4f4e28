"""The menu on the bus: what a click means when the menu changed under the pointer."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from clipferry.desktop.dbus.menu import ROOT_ID, DBusMenu
from clipferry.desktop.pystray_base import Menu, MenuItem


def menu(*labels: str) -> Menu:
    return Menu(*(MenuItem(label, lambda: None) for label in labels))


def shown(bus_menu: DBusMenu) -> dict[str, int]:
    """The id of each entry of the present menu, by its label."""
    _, (_, _, children) = DBusMenu.GetLayout.__wrapped__(bus_menu, ROOT_ID, -1, [])
    return {child.value[1]["label"].value: child.value[0] for child in children}


@pytest.fixture
def chosen() -> list[str]:
    return []


@pytest.fixture
def bus_menu(chosen: list[str]) -> DBusMenu:
    return DBusMenu(lambda item: chosen.append(item.text))


def click(bus_menu: DBusMenu, numbers: Iterable[int]) -> list[int]:
    """Click entries; gives the ids that the menu does not know."""
    return list(DBusMenu.EventGroup.__wrapped__(bus_menu, [(number, "clicked", None, 0) for number in numbers]))


def test_an_entry_of_the_menu_before_does_what_it_said(bus_menu: DBusMenu, chosen: list[str]) -> None:
    bus_menu.show(menu("Cancel this", "Quit"))
    seen = shown(bus_menu)
    bus_menu.show(menu("Cancel that", "Quit"))
    assert shown(bus_menu).keys() == {"Cancel that", "Quit"}
    bus_menu.Event(seen["Cancel this"], "clicked", None, 0)
    assert click(bus_menu, [seen["Quit"], shown(bus_menu)["Cancel that"]]) == []
    assert chosen == ["Cancel this", "Quit", "Cancel that"]


def test_an_entry_of_long_ago_is_forgotten(bus_menu: DBusMenu, chosen: list[str]) -> None:
    bus_menu.show(menu("Cancel this"))
    seen = shown(bus_menu)
    for number in range(2000):
        bus_menu.show(menu(f"{number} %"))
    assert click(bus_menu, seen.values()) == list(seen.values())
    assert chosen == []
