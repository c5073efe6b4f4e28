"""Methods that open the dashboard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlencode

from ..jobs.errors import CannotOpen
from ..permissions import Principal
from ..protocol.base import Empty
from ..protocol.desktop import DashboardLink, DashboardOpenParams
from .components import Handler


def _no_dashboard(_owner: str) -> str:
    raise CannotOpen("no_dashboard")


class DashboardMethods:
    """``dashboard.open``, ``dashboard.link``."""

    def __init__(self) -> None:
        self.make_link: Callable[[str], str] = _no_dashboard
        """Set by the HTTP server: makes a link that opens an owner's dashboard once."""
        self.open_link: Callable[[str], bool] = lambda _: False
        """Set by ``app``: opens such a link in a browser and returns whether there was one. Blocks."""
        self.handlers: dict[str, Handler] = {"dashboard.open": self._open, "dashboard.link": self._link}

    async def _open(self, params: DashboardOpenParams, caller: Principal) -> Empty:
        wanted = {"link": params.link, "start": params.start_s, "end": params.end_s, "view": params.view}
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        if not await asyncio.to_thread(self.open_link, f"{self.make_link(caller.owner)}&{query}"):
            raise CannotOpen("no_browser")
        return Empty()

    async def _link(self, params: Empty, caller: Principal) -> DashboardLink:
        del params
        return DashboardLink(url=self.make_link(caller.owner))
