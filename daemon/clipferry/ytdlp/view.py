"""The engine as its clients see it."""

from __future__ import annotations

from ..protocol.ytdlp import EngineInfo
from .updater import VersionStatus


def to_message(standing: VersionStatus) -> EngineInfo:
    """``standing`` in the protocol's words; no path is among them."""
    return EngineInfo(
        version=standing.engine.version,
        installed=standing.engine.folder is None,
        offer=standing.offer,
        checked_at=standing.state.checked_at,
        under_way=standing.under_way,
        note=standing.state.note,
    )
