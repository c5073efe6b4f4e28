"""Methods that read and replace the settings."""

from __future__ import annotations

import asyncio

from ..permissions import Principal, for_page
from ..protocol.base import Empty
from ..protocol.settings import Settings
from ..settings_check import check_settings
from .components import Components, Handler


class SettingsMethods:
    """``settings.get``, ``settings.set``."""

    def __init__(self, components: Components) -> None:
        self._components = components
        self._file = components.settings
        self.handlers: dict[str, Handler] = {"settings.get": self._get, "settings.set": self._set}

    async def _get(self, params: Empty, caller: Principal) -> Settings:
        del params
        return for_page(self._file.current) if caller.rights == "page" else self._file.current

    async def _set(self, params: Settings, caller: Principal) -> Settings:
        """Check, keep and apply all settings at once."""
        del caller
        await asyncio.to_thread(check_settings, params, self._file.current)
        before = self._file.current
        settings = await asyncio.to_thread(self._file.replace, params)
        self._components.events.publish("settings", for_page(settings))
        commands = self._components.dispatcher.commands
        if settings.network != before.network:
            commands.network_changed()
        if settings.downloads_dir != before.downloads_dir:
            commands.folder_changed()
        commands.check_queue()
        self._components.retention.rules_changed()
        self._components.desktop.check_again()
        return settings
