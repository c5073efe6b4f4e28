"""The methods of the protocol, for every transport: check the caller's rights, then hand over to a domain's handler."""

from __future__ import annotations

from collections.abc import Collection

from ..event_bus import Subscription
from ..jobs.errors import BadRequest, UnknownMethod
from ..permissions import Principal, PrivateOrigins, check
from ..protocol.base import Message
from ..protocol.methods import METHODS
from .clips import ClipMethods
from .components import Components, FinishedClip, Handler
from .daemon import DaemonMethods
from .dashboard import DashboardMethods
from .desktop import DesktopMethods
from .history import HistoryMethods
from .queue import QueueMethods
from .settings import SettingsMethods
from .ytdlp import YtdlpMethods


class Service:
    """``call`` a method of ``protocol.METHODS``, ``subscribe`` to events."""

    def __init__(self, components: Components) -> None:
        self._components = components
        self.dashboard = DashboardMethods()
        domains = (
            DaemonMethods(components),
            ClipMethods(components),
            QueueMethods(components),
            HistoryMethods(components),
            SettingsMethods(components),
            YtdlpMethods(components),
            self.dashboard,
            DesktopMethods(components),
        )
        self._handlers: dict[str, Handler] = {}
        for domain in domains:
            self._handlers.update(domain.handlers)

    @property
    def methods(self) -> Collection[str]:
        """The names that ``call`` takes."""
        return self._handlers.keys()

    async def call(self, method: str, params: Message, *, caller: Principal) -> Message:
        """Run ``method``. ``params`` is the model that ``METHODS`` names for it.

        Raises:
            ClipError: with a code, a sentence and a hint for the person.
        """
        handler = self._handlers.get(method)
        if handler is None:
            raise UnknownMethod
        check(method, caller)
        if not isinstance(params, METHODS[method].params):
            raise BadRequest(detail=f"{method} takes no {type(params).__name__}")
        return await handler(params, caller)

    def subscribe(self, caller: Principal) -> Subscription:
        """Return every event from now on that concerns ``caller``."""
        return self._components.events.subscribe(caller.owner)

    async def clip(self, file_id: str, caller: Principal) -> FinishedClip:
        """Return the clip of a job of ``caller``. Raises ``JobNotFound`` or ``NotReady``."""
        return await self._components.clip(file_id, caller)


__all__ = ["Components", "FinishedClip", "Principal", "PrivateOrigins", "Service", "Subscription"]
