"""Export a pystray menu as ``com.canonical.dbusmenu``, which panels render in their own style.

Interface: the DBusMenu specification (launchpad.net/libdbusmenu, ``dbus-menu.xml``, version 3).
"""

import itertools
import logging
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Annotated

from dbus_fast import PropertyAccess, Variant
from dbus_fast.annotations import DBusBool, DBusInt32, DBusSignature, DBusStr, DBusUInt32, DBusVariant
from dbus_fast.errors import DBusError
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from ..pystray_base import KeyedItem, Menu, MenuItem

log = logging.getLogger(__name__)

ROOT_ID = 0
_INVALID = "com.canonical.dbusmenu.Error"
_REMEMBERED = 1000
"""Removed items, the newest ones, that can still be chosen: the menu may change while it is open."""

Properties = dict[str, Variant]
_Identity = tuple[int, Hashable]
"""Parent's id and key of an item."""
_DBusInt32s = Annotated[list[int], DBusSignature("ai")]
_DBusStrings = Annotated[list[str], DBusSignature("as")]
_DBusItems = Annotated[list[list[object]], DBusSignature("a(ia{sv})")]
_DBusEvents = Annotated[list[tuple[int, str, Variant, int]], DBusSignature("a(isvu)")]


class DBusMenu(ServiceInterface):
    """The menu at one object path; :meth:`show` replaces its content.

    An item with a :attr:`~..pystray_base.KeyedItem.key` keeps its id from one menu to the next, so that a panel keeps its
    selection. An id is never used for another item: an event for one that was removed activates what was shown.

    Args:
        activate: called with the item that was chosen.
    """

    def __init__(self, activate: Callable[[MenuItem], None]) -> None:
        super().__init__("com.canonical.dbusmenu")
        self._activate = activate
        self._revision = 0
        self._last_id = ROOT_ID
        self._ids: dict[_Identity, int] = {}
        self._properties: dict[int, Properties] = {}
        self._children: dict[int, list[int]] = {}
        self._items: dict[int, MenuItem] = {}
        self.show(None)

    def show(self, menu: Menu | None) -> None:
        """Replace the content by ``menu`` and signal the difference: changed properties, and the layout if it changed."""
        ids, properties, children = self._ids, self._properties, self._children
        self._ids, self._children = {}, {}
        self._properties = {ROOT_ID: {"children-display": Variant("s", "submenu")}}
        self._children[ROOT_ID] = self._add(menu or (), ROOT_ID, ids)
        oldest = self._last_id - _REMEMBERED
        self._items = {
            number: item for number, item in self._items.items() if number in self._properties or number > oldest
        }
        updated, removed = _difference(properties, self._properties)
        if updated or removed:
            self.items_properties_updated(updated, removed)
        if self._children != children:
            self._revision += 1
            self.layout_updated(self._revision, ROOT_ID)

    def _add(self, items: Iterable[MenuItem], parent: int, before: Mapping[_Identity, int]) -> list[int]:
        """Add ``items`` below ``parent``, with their ids of ``before``; returns the ids."""
        added = []
        separators = itertools.count()
        for item in items:
            identity = (parent, _key(item, separators))
            number = before.get(identity)
            if number is None or number in self._properties:
                self._last_id += 1
                number = self._last_id
            added.append(number)
            self._ids[identity] = number
            self._items[number] = item
            self._properties[number] = _properties(item)
            self._children[number] = self._add(item.submenu, number, before) if item.submenu is not None else []
        return added

    def _layout(self, number: int, depth: int, names: list[str]) -> list[object]:
        if number not in self._properties:
            raise DBusError(_INVALID, f"no item {number}")
        children = self._children[number] if depth != 0 else []
        below = [Variant("(ia{sv}av)", self._layout(child, depth - 1, names)) for child in children]
        return [number, self._chosen(number, names), below]

    def _chosen(self, number: int, names: list[str]) -> Properties:
        known = self._properties[number]
        return {name: value for name, value in known.items() if name in names} if names else known

    def _handle(self, number: int, kind: str) -> None:
        if kind == "clicked" and (item := self._items.get(number)) is not None and item.enabled:
            self._activate(item)

    # The interface ---------------------------------------------------------------------------------------------------

    @dbus_method()
    def GetLayout(  # noqa: N802
        self, parent: DBusInt32, depth: DBusInt32, names: _DBusStrings
    ) -> Annotated[tuple[int, list[object]], DBusSignature("u(ia{sv}av)")]:
        return self._revision, self._layout(parent, depth, names)

    @dbus_method()
    def GetGroupProperties(self, ids: _DBusInt32s, names: _DBusStrings) -> _DBusItems:  # noqa: N802
        known = [number for number in ids or self._properties if number in self._properties]
        return [[number, self._chosen(number, names)] for number in known]

    @dbus_method()
    def GetProperty(self, number: DBusInt32, name: DBusStr) -> DBusVariant:  # noqa: N802
        try:
            return self._properties[number][name]
        except KeyError:
            raise DBusError(_INVALID, f"no property {name} of item {number}") from None

    @dbus_method()
    def Event(self, number: DBusInt32, kind: DBusStr, data: DBusVariant, time: DBusUInt32) -> None:  # noqa: N802
        del data, time
        self._handle(number, kind)

    @dbus_method()
    def EventGroup(self, events: _DBusEvents) -> _DBusInt32s:  # noqa: N802
        for number, kind, _, _ in events:
            self._handle(number, kind)
        return [number for number, _, _, _ in events if number not in self._items]

    @dbus_method()
    def AboutToShow(self, number: DBusInt32) -> DBusBool:  # noqa: N802
        del number
        return False  # the content is always current

    @dbus_method()
    def AboutToShowGroup(  # noqa: N802
        self, ids: _DBusInt32s
    ) -> Annotated[tuple[list[int], list[int]], DBusSignature("aiai")]:
        return [], [number for number in ids if number not in self._properties]

    @dbus_signal(name="ItemsPropertiesUpdated")
    def items_properties_updated(
        self, updated: list[list[object]], removed: list[list[object]]
    ) -> Annotated[tuple[list[list[object]], list[list[object]]], DBusSignature("a(ia{sv})a(ias)")]:
        return updated, removed

    @dbus_signal(name="LayoutUpdated")
    def layout_updated(self, revision: int, parent: int) -> Annotated[tuple[int, int], DBusSignature("ui")]:
        return revision, parent

    @dbus_property(access=PropertyAccess.READ)
    def Version(self) -> DBusUInt32:  # noqa: N802
        return 3

    @dbus_property(access=PropertyAccess.READ)
    def Status(self) -> DBusStr:  # noqa: N802
        return "normal"

    @dbus_property(access=PropertyAccess.READ)
    def TextDirection(self) -> DBusStr:  # noqa: N802
        return "ltr"

    @dbus_property(access=PropertyAccess.READ)
    def IconThemePath(self) -> _DBusStrings:  # noqa: N802
        return []


def _key(item: MenuItem, separators: Iterator[int]) -> Hashable:
    """Return what identifies ``item`` among those of its parent; an item without a key is a new one each time."""
    if item is Menu.SEPARATOR:
        return next(separators)
    return item.key if isinstance(item, KeyedItem) else object()


def _difference(
    before: Mapping[int, Properties], after: Mapping[int, Properties]
) -> tuple[list[list[object]], list[list[object]]]:
    """The changed and the removed properties of the items in both, as ``ItemsPropertiesUpdated`` has them."""
    updated: list[list[object]] = []
    removed: list[list[object]] = []
    for number in before.keys() & after.keys():
        old, new = before[number], after[number]
        if changed := {name: value for name, value in new.items() if old.get(name) != value}:
            updated.append([number, changed])
        if gone := [name for name in old if name not in new]:
            removed.append([number, gone])
    return updated, removed


def _properties(item: MenuItem) -> Properties:
    if item is Menu.SEPARATOR:
        return {"type": Variant("s", "separator")}
    found = {
        "label": Variant("s", item.text.replace("_", "__")),  # one underscore marks an access key
        "enabled": Variant("b", bool(item.enabled)),
        "visible": Variant("b", True),
    }
    if item.submenu is not None:
        found["children-display"] = Variant("s", "submenu")
    if item.checked is not None:
        found["toggle-type"] = Variant("s", "radio" if item.radio else "checkmark")
        found["toggle-state"] = Variant("i", int(bool(item.checked)))
    return found
