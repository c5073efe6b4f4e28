"""Convert the version status to its message on the wire."""

from __future__ import annotations

from ..protocol.ytdlp import EngineInfo
from .updater import VersionStatus


def to_message(status: VersionStatus) -> EngineInfo:
    """``status`` in the protocol's words; no path is among them."""
    return EngineInfo(
        version=status.in_use.version,
        installed=status.in_use.folder is None,
        offer=status.offer,
        checked_at=status.state.checked_at,
        under_way=status.under_way,
        note=status.state.note,
    )
