"""pystray's interface (``Icon``, ``Menu``, ``MenuItem``) without one of its backends.

``import pystray`` chooses a backend and fails where there is no display. The module ``_dummy`` imports nothing of a desktop
(pystray 0.19.5, ``pystray/__init__.py``), so the interface is available everywhere; :mod:`.backends` chooses later.
"""

from __future__ import annotations

import os
from typing import Any

_chosen = os.environ.get("PYSTRAY_BACKEND")
os.environ["PYSTRAY_BACKEND"] = "dummy"
try:
    from pystray import Icon, Menu, MenuItem
finally:
    if _chosen is None:
        del os.environ["PYSTRAY_BACKEND"]
    else:
        os.environ["PYSTRAY_BACKEND"] = _chosen

__all__ = ["Icon", "KeyedItem", "Menu", "MenuItem"]


class KeyedItem(MenuItem):  # type: ignore[misc]  # pystray is untyped
    """A menu item with an identity: in two menus, items of the same key below the same item do the same thing."""

    def __init__(self, key: str, text: str, action: Any, **options: Any) -> None:
        super().__init__(text, action, **options)
        self.key = key
