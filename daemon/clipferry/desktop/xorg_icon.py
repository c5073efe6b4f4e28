"""pystray's X11 icon with fixes, for panels that show X11 icons only (XEmbed).

Imported where a display answers only: pystray's module connects to it at import.
"""

from __future__ import annotations

from typing import Any

from pystray._xorg import Icon
from Xlib import X

_BUTTONS = (1, 2, 3)
"""Left, middle, right."""


class XorgIcon(Icon):  # type: ignore[misc]  # pystray is untyped
    """``pystray.Icon`` on X11. A click with any button does the menu's default action: there is no menu on this backend.

    pystray 0.19.5 handles ``ButtonPress`` but never selects it, asks to be docked again at each change of the picture, does not
    listen for the next owner of the system tray, and ends when an owner takes the icon's window with it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._inbox: Any = None
        """Receives the calls of other threads. Never embedded, so it is not destroyed with a tray."""
        self._stopping = False
        super().__init__(*args, **kwargs)
        self._manager = self._display.intern_atom("MANAGER")
        root = self._display.screen().root
        root.change_attributes(event_mask=X.StructureNotifyMask)
        self._inbox = root.create_window(-1, -1, 1, 1, 0, X.CopyFromParent, window_class=X.InputOnly)
        self._handle_call = self._message_handlers[X.ClientMessage]
        self._message_handlers[X.ClientMessage] = self._on_client_message

    def _mainloop(self) -> None:
        """Show the icon until :meth:`_stop`, in a new window each time a tray has destroyed it."""
        super()._mainloop()
        while not self._stopping:
            self._window = self._create_window()
            self._gc = self._window.create_gc()
            self._systray_manager = self._icon_data = None
            if self.visible:
                self._dock_window()
            super()._mainloop()

    def _stop(self) -> None:
        self._stopping = True
        super()._stop()

    def _create_window(self) -> Any:
        window = super()._create_window()
        window.change_attributes(event_mask=X.ExposureMask | X.StructureNotifyMask | X.ButtonPressMask)
        return window

    def _assert_docked(self) -> None:
        """Dock unless docked already. Without a tray, wait for the next one."""
        if not self._systray_manager:
            self._dock_window()

    def _send_message(self, window: Any, client_type: int, *data: int) -> None:
        super()._send_message(self._inbox if window is self._window else window, client_type, *data)

    def _on_button_press(self, event: Any) -> None:
        if event.detail in _BUTTONS:
            self()

    def _on_destroy_notify(self, event: Any) -> None:
        if self._systray_manager and event.window.id == self._systray_manager.id:
            self._systray_manager = None
            self._assert_docked()

    def _on_client_message(self, event: Any) -> None:
        """Dock with a new system tray: it tells the root window so (System Tray Protocol, "Locating the system tray")."""
        if event.client_type != self._manager:
            self._handle_call(event)
        elif event.data[1][1] == self._net_system_tray_sx and self.visible:
            owner = self._get_systray_manager()
            if owner and (self._systray_manager is None or owner.id != self._systray_manager.id):
                self._dock_window()
