"""Methods on the yt-dlp version in use (``engine.*`` on the wire)."""

from __future__ import annotations

import asyncio

from ..permissions import Principal
from ..protocol.base import Empty
from ..protocol.ytdlp import EngineInfo, EngineUpdateParams
from ..ytdlp.view import to_message
from .components import Components, Handler


class YtdlpMethods:
    """``engine.get``, ``engine.update``, ``engine.rollback``."""

    def __init__(self, components: Components) -> None:
        self._updater, self._settings = components.updater, components.settings
        self.handlers: dict[str, Handler] = {
            "engine.get": self._get,
            "engine.update": self._update,
            "engine.rollback": self._roll_back,
        }

    async def _get(self, params: Empty, caller: Principal) -> EngineInfo:
        del params, caller
        return to_message(await asyncio.to_thread(self._updater.status))

    async def _update(self, params: EngineUpdateParams, caller: Principal) -> EngineInfo:
        del caller
        nightly = self._settings.current.update_channel == "nightly" if params.nightly is None else params.nightly
        run = self._updater.check if params.check_only else self._updater.update
        return to_message(await run(nightly=nightly))

    async def _roll_back(self, params: Empty, caller: Principal) -> EngineInfo:
        del params, caller
        return to_message(await self._updater.roll_back())
