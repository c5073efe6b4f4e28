"""An X11 system tray of the tests' own: it owns the selection of the display and embeds one icon (System Tray Protocol, XEmbed)."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Self

from Xlib import X
from Xlib.display import Display
from Xlib.protocol import event as events

SIZE = 48
"""Pixels of the tray, which has room for one icon, in the left upper corner of the screen."""
_REQUEST_DOCK = 0
_EMBEDDED_NOTIFY = 0


class SystemTray:
    """A context manager; the tray's end takes what it embeds along, as that of a killed panel does."""

    def __init__(self, display: str) -> None:
        self._display = Display(display)
        self._root = self._display.screen().root
        self.docked: list[int] = []
        """The windows that asked for a place, in that order."""

    def __enter__(self) -> Self:
        tray = self._root.create_window(
            0, 0, SIZE, SIZE, 0, X.CopyFromParent, background_pixel=0x808080, override_redirect=True
        )
        tray.map()
        selection = self._display.intern_atom(f"_NET_SYSTEM_TRAY_S{self._display.get_default_screen()}")
        tray.set_selection_owner(selection, X.CurrentTime)
        manager = self._display.intern_atom("MANAGER")
        self._send(self._root, manager, [X.CurrentTime, selection, tray.id, 0, 0], X.StructureNotifyMask)
        self._window = tray
        self._thread = threading.Thread(target=self._embed, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._send(self._window, self._display.intern_atom("_TEST_END"), [0] * 5)
        self._thread.join()
        self._display.close()

    def _embed(self) -> None:
        opcode = self._display.intern_atom("_NET_SYSTEM_TRAY_OPCODE")
        xembed, end = self._display.intern_atom("_XEMBED"), self._display.intern_atom("_TEST_END")
        while True:
            event = self._display.next_event()
            if event.type != X.ClientMessage:
                continue
            if event.client_type == end:
                return
            if event.client_type == opcode and event.data[1][1] == _REQUEST_DOCK:
                icon = self._display.create_resource_object("window", event.data[1][2])
                icon.reparent(self._window, 0, 0)
                icon.configure(width=SIZE, height=SIZE)
                icon.map()
                self._send(icon, xembed, [X.CurrentTime, _EMBEDDED_NOTIFY, 0, self._window.id, 0])
                self.docked.append(icon.id)

    def _send(self, window: Any, kind: int, data: list[int], mask: int = X.NoEventMask) -> None:
        message = events.ClientMessage(window=window, client_type=kind, data=(32, data))
        window.send_event(message, event_mask=mask)
        self._display.flush()
