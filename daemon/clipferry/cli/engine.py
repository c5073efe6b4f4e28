"""Which yt-dlp ``clipferry clip`` works with: the one that the companion chose, without asking the companion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..clip.errors import EngineBroken

if TYPE_CHECKING:
    from ..system.paths import Paths

Made = TypeVar("Made")


def with_engine(paths: Paths, work: Callable[[Path], Made]) -> Made:
    """Do ``work``, which is given the folder of resolved videos, with the yt-dlp in use.

    One that cannot be imported is left for the one before, here and for everybody else, until one can or none is left.

    Raises:
        EngineBroken: not even the one that was installed with clipferry can be imported.
    """
    if not paths.engines.is_dir():  # never updated: nothing more has to be loaded to know that
        return work(paths.resolve_cache)
    from ..clip import extractor
    from ..ytdlp.engines import Engines, resolved_by

    engines = Engines(paths.engines)
    while True:
        engine = engines.in_use()
        if engine.folder is None:
            return work(paths.resolve_cache)
        extractor.use(engine.folder)
        try:
            return work(resolved_by(paths.resolve_cache, engine.folder))
        except EngineBroken:
            extractor.leave(engine.folder)
            engines.leave_broken(engine.version)
