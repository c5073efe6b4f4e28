"""The icon's D-Bus interface ``org.kde.StatusNotifierItem`` (freedesktop.org's StatusNotifierItem specification)."""

from typing import Annotated, Any, Protocol

from dbus_fast import PropertyAccess
from dbus_fast.annotations import DBusBool, DBusInt32, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal
from PIL import Image

_SIZES = (24, 48)
"""Pixels; a panel scales the nearest one."""

Pixmaps = list[list[Any]]
_DBusPixmaps = Annotated[Pixmaps, DBusSignature("a(iiay)")]
_DBusToolTip = Annotated[list[Any], DBusSignature("(sa(iiay)ss)")]


class IconState(Protocol):
    """What the item exports of its icon."""

    name: Any
    title: Any
    visible: Any
    attention: bool

    def pixmaps(self) -> Pixmaps: ...
    def activate(self) -> None: ...


class StatusNotifierItem(ServiceInterface):
    """``org.kde.StatusNotifierItem`` of one icon; ``menu_path``: the object path of its menu."""

    def __init__(self, icon: IconState, menu_path: str) -> None:
        super().__init__("org.kde.StatusNotifierItem")
        self._icon = icon
        self._menu_path = menu_path

    @dbus_method()
    def Activate(self, x: DBusInt32, y: DBusInt32) -> None:  # noqa: N802
        del x, y
        self._icon.activate()

    @dbus_method()
    def SecondaryActivate(self, x: DBusInt32, y: DBusInt32) -> None:  # noqa: N802
        del x, y
        self._icon.activate()

    @dbus_method()
    def ContextMenu(self, x: DBusInt32, y: DBusInt32) -> None:  # noqa: N802
        """Do nothing: called by panels that do not render ``Menu`` themselves, and there is no window for it here."""

    @dbus_method()
    def Scroll(self, delta: DBusInt32, orientation: DBusStr) -> None:  # noqa: N802
        """Do nothing."""

    @dbus_property(access=PropertyAccess.READ)
    def Category(self) -> DBusStr:  # noqa: N802
        return "ApplicationStatus"

    @dbus_property(access=PropertyAccess.READ)
    def Id(self) -> DBusStr:  # noqa: N802
        return str(self._icon.name)

    @dbus_property(access=PropertyAccess.READ)
    def Title(self) -> DBusStr:  # noqa: N802
        return str(self._icon.title)

    @dbus_property(access=PropertyAccess.READ)
    def Status(self) -> DBusStr:  # noqa: N802
        if not self._icon.visible:
            return "Passive"
        return "NeedsAttention" if self._icon.attention else "Active"

    @dbus_property(access=PropertyAccess.READ)
    def WindowId(self) -> DBusInt32:  # noqa: N802
        return 0

    @dbus_property(access=PropertyAccess.READ)
    def IconName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def IconThemePath(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def IconPixmap(self) -> _DBusPixmaps:  # noqa: N802
        return self._icon.pixmaps()

    @dbus_property(access=PropertyAccess.READ)
    def OverlayIconName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def OverlayIconPixmap(self) -> _DBusPixmaps:  # noqa: N802
        return []

    @dbus_property(access=PropertyAccess.READ)
    def AttentionIconName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def AttentionIconPixmap(self) -> _DBusPixmaps:  # noqa: N802
        return self._icon.pixmaps()

    @dbus_property(access=PropertyAccess.READ)
    def AttentionMovieName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def ToolTip(self) -> _DBusToolTip:  # noqa: N802
        return ["", [], str(self._icon.title), ""]

    @dbus_property(access=PropertyAccess.READ)
    def ItemIsMenu(self) -> DBusBool:  # noqa: N802
        return False

    @dbus_property(access=PropertyAccess.READ)
    def Menu(self) -> DBusObjectPath:  # noqa: N802
        return self._menu_path

    @dbus_signal(name="NewIcon")
    def new_icon(self) -> None: ...

    @dbus_signal(name="NewTitle")
    def new_title(self) -> None: ...

    @dbus_signal(name="NewToolTip")
    def new_tool_tip(self) -> None: ...

    @dbus_signal(name="NewStatus")
    def new_status(self) -> DBusStr:
        if not self._icon.visible:
            return "Passive"
        return "NeedsAttention" if self._icon.attention else "Active"


def argb_pixmaps(image: Image.Image) -> Pixmaps:
    """Convert ``image`` to the sizes that panels use, each ``[width, height, ARGB32 bytes in network byte order]``."""
    made: Pixmaps = []
    for size in _SIZES:
        red, green, blue, alpha = image.convert("RGBA").resize((size, size), Image.Resampling.LANCZOS).split()
        made.append([size, size, Image.merge("RGBA", (alpha, red, green, blue)).tobytes()])
    return made
