"""Use the companion's current yt-dlp version in ``clipferry clip``, without a running companion."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..clip.errors import EngineBroken

if TYPE_CHECKING:
    from ..system.paths import Paths


class OtherEngine(Exception):
    """The yt-dlp in use could not be imported, and is another one now. Only a fresh process can import that: yt-dlp alters
    urllib3 when it is imported, which goes well once."""


@contextmanager
def engine_in_use(paths: Paths) -> Iterator[Path]:
    """Import yt-dlp in the version in use; yields the folder of its resolve cache.

    Raises:
        OtherEngine: the body raised ``EngineBroken``; the version was rolled back for all processes.
        EngineBroken: it was the one that was installed with clipferry.
    """
    if not paths.engines.is_dir():  # never updated: no further import is needed
        yield paths.resolve_cache
        return
    from ..clip.extract import ytdlp_adapter
    from ..ytdlp.versions import Versions, resolved_by

    engines = Versions(paths.engines)
    engine = engines.in_use()
    if engine.folder is None:
        yield paths.resolve_cache
        return
    ytdlp_adapter.use(engine.folder)
    try:
        yield resolved_by(paths.resolve_cache, engine.folder)
    except EngineBroken as error:
        engines.leave_broken(engine.version)
        raise OtherEngine from error
