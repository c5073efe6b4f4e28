"""Methods on the daemon itself: open a session, warm a worker, allow a private origin, stop."""

from __future__ import annotations

from typing import Literal

from .. import __version__
from ..jobs.errors import ClientOutdated
from ..permissions import Principal
from ..protocol.base import OLDEST_PROTOCOL, PROTOCOL_VERSION, Empty
from ..protocol.desktop import AllowPrivateParams
from ..protocol.envelope import ExtensionConnected, HelloParams, HelloResult
from .components import Components, Handler


class DaemonMethods:
    """``hello``, ``worker.warm``, ``private.allow``, ``daemon.stop``."""

    def __init__(self, components: Components) -> None:
        self._components = components
        self.handlers: dict[str, Handler] = {
            "hello": self._hello,
            "worker.warm": self._warm,
            "private.allow": self._allow_private,
            "daemon.stop": self._stop,
        }

    async def _hello(self, params: HelloParams, caller: Principal) -> HelloResult:
        if params.protocol < OLDEST_PROTOCOL:
            raise ClientOutdated(detail=f"{params.client} {params.version} speaks protocol {params.protocol}")
        if params.client != "tray":
            self._components.desktop.check_again()
        if caller.rights == "page":
            family: Literal["chromium", "firefox"] = "chromium" if "://" in caller.name else "firefox"
            self._components.events.publish("extension.connected", ExtensionConnected(browser=family))
        return HelloResult(
            version=__version__,
            protocol=min(params.protocol, PROTOCOL_VERSION),
            downloads_dir_name=self._components.downloads().name,
            running=await self._components.store.count_open(caller.owner),
            notices=[*self._components.notices, *self._components.updater.news()],
        )

    async def _warm(self, params: Empty, caller: Principal) -> Empty:
        del params, caller
        await self._components.resolver.warm(self._components.network(False))
        return Empty()

    async def _allow_private(self, params: AllowPrivateParams, caller: Principal) -> Empty:
        del caller
        self._components.private_origins.allow(params.origin.rstrip("/"), params.seconds)
        return Empty()

    async def _stop(self, params: Empty, caller: Principal) -> Empty:
        del params, caller
        self._components.stop()
        return Empty()
