"""The menu on the bus: ids of items, and clicks on items of a menu that was replaced meanwhile."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from clipferry.desktop.dbus.menu import ROOT_ID, DBusMenu
from clipferry.desktop.pystray_base import KeyedItem, Menu, MenuItem


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


def test_an_item_of_the_previous_menu_does_what_it_was_labelled(bus_menu: DBusMenu, chosen: list[str]) -> None:
    bus_menu.show(menu("Cancel this", "Quit"))
    seen = shown(bus_menu)
    bus_menu.show(menu("Cancel that", "Quit"))
    assert shown(bus_menu).keys() == {"Cancel that", "Quit"}
    bus_menu.Event(seen["Cancel this"], "clicked", None, 0)
    assert click(bus_menu, [seen["Quit"], shown(bus_menu)["Cancel that"]]) == []
    assert chosen == ["Cancel this", "Quit", "Cancel that"]


def test_an_item_of_an_old_menu_is_forgotten(bus_menu: DBusMenu, chosen: list[str]) -> None:
    bus_menu.show(menu("Cancel this"))
    seen = shown(bus_menu)
    for number in range(2000):
        bus_menu.show(menu(f"{number} %"))
    assert click(bus_menu, seen.values()) == list(seen.values())
    assert chosen == []


def keyed(**labels: str) -> Menu:
    """A menu with an item for each key."""
    return Menu(*(KeyedItem(key, label, lambda: None) for key, label in labels.items()))


def test_an_item_with_a_key_keeps_its_id(bus_menu: DBusMenu, chosen: list[str]) -> None:
    bus_menu.show(keyed(a="1 %", b="Quit"))
    before = shown(bus_menu)
    bus_menu.show(keyed(a="2 %", b="Quit"))
    assert list(shown(bus_menu).values()) == list(before.values())
    click(bus_menu, [before["1 %"]])
    assert chosen == ["2 %"]


def test_an_id_is_never_used_for_another_item(bus_menu: DBusMenu) -> None:
    bus_menu.show(keyed(a="A", b="B"))
    first = shown(bus_menu)
    bus_menu.show(keyed(b="B", c="C"))
    bus_menu.show(keyed(a="A", b="B"))
    last = shown(bus_menu)
    assert last["B"] == first["B"]
    assert last["A"] not in first.values()


def test_two_items_of_one_key_have_two_ids(bus_menu: DBusMenu) -> None:
    for _ in range(2):
        bus_menu.show(Menu(*(KeyedItem("same", label, lambda: None) for label in ("A", "B"))))
        assert len(set(shown(bus_menu).values())) == 2


def test_a_long_lived_item_is_not_forgotten(bus_menu: DBusMenu, chosen: list[str]) -> None:
    bus_menu.show(keyed(a="A"))
    first = shown(bus_menu)["A"]
    for number in range(2000):
        bus_menu.show(keyed(**{"a": "A", f"b{number}": "B"}))
    assert click(bus_menu, [first]) == []
    assert chosen == ["A"]
