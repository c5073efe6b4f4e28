"""Adapter to yt-dlp: the only package that imports it or relies on its private names.

It is imported at the first use (0.25 s and 30 MB), with options of our own choice only: no configuration file, no plugins, no
command of the system, no file written. What is skipped of it for speed is listed in ``trims``; if a trim fails, the same query
continues with yt-dlp as it is.
"""

from __future__ import annotations

import functools
import importlib
import logging
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import ClipError, EngineBroken, OutdatedExtractor
from . import imports, trims
from .options import OPTIONS, options

if TYPE_CHECKING:
    from .guarded import GuardedYoutubeDL

__all__ = [
    "FLOOR",
    "OPTIONS",
    "about",
    "impersonation_targets",
    "options",
    "reload_with_trims",
    "reload_without_trims",
    "use",
    "warm_up",
]

log = logging.getLogger(__name__)

FLOOR = (2026, 7, 4)
"""The oldest yt-dlp that is accepted: the last security release at the time of writing (its Changelog.md)."""


@functools.cache
def warm_up() -> type[GuardedYoutubeDL]:
    """Import yt-dlp and return the subclass of ``YoutubeDL`` to use.

    Raises:
        OutdatedExtractor: the installed yt-dlp has known security holes.
        EngineBroken: it cannot be imported, or lacks a public name that is used.
    """
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    try:
        try:
            with imports.trimmed():
                return _load()
        except ClipError:
            raise
        except Exception as exc:  # what is broken may fail in any way
            if not trims.any_enabled():
                raise
            trims.disable_all(exc)
            imports.unload()
            return _load()
    except ClipError:
        raise
    except Exception as exc:
        raise EngineBroken(detail=f"{type(exc).__name__}: {exc}") from exc


def reload_without_trims(cause: BaseException | None) -> bool:
    """Have the next ``warm_up`` import yt-dlp again and unmodified, because ``cause`` may come from a trim.

    Returns ``False`` if no trim was in use.
    """
    if not trims.any_enabled():
        return False
    trims.disable_all(cause)
    imports.unload()
    warm_up.cache_clear()
    return True


def reload_with_trims() -> None:
    """Undo ``reload_without_trims``: it did not help."""
    trims.enable_all()
    imports.unload()
    warm_up.cache_clear()


def use(folder: Path) -> None:
    """Import yt-dlp, and what was installed beside it, from ``folder`` from now on. To be called before ``warm_up``: yt-dlp changes
    other modules when it is imported, so a process can use one version only."""
    sys.path.insert(0, str(folder))


def about() -> dict[str, str | None]:
    """Return what is in use: ``version``, ``ejs`` (the version of its JavaScript part) and ``javascript`` (the runtime that
    works), each ``None`` where there is none. Raises what ``warm_up`` raises."""
    warm_up()
    import yt_dlp  # noqa: PLC0415

    from .javascript import working_runtime  # noqa: PLC0415

    try:
        ejs = importlib.import_module("yt_dlp_ejs")
    except ImportError:
        ejs = None
    return {
        "version": yt_dlp.version.__version__,
        "ejs": getattr(ejs, "version", None),
        "javascript": working_runtime(),
    }


def impersonation_targets() -> list[str]:
    """Return the browsers that can be impersonated, the preferred one first; none where curl_cffi does not work with this yt-dlp.
    Raises what ``warm_up`` raises."""
    from ...http.network import Network  # noqa: PLC0415
    from .impersonation import targets  # noqa: PLC0415

    ydl = warm_up()(Network(), options(None, Network(), None))
    try:
        return targets(ydl)
    finally:
        ydl.close()


def _load() -> type[GuardedYoutubeDL]:
    import yt_dlp  # noqa: PLC0415 - takes a quarter of a second: only where it is needed

    version = tuple(int(part) for part in re.findall(r"\d+", yt_dlp.version.__version__)[:3])
    if version < FLOOR:
        raise OutdatedExtractor(detail=yt_dlp.version.__version__)
    _disable_plugins()
    from .connections import connect_in_parallel, encode_proxy_credentials  # noqa: PLC0415

    encode_proxy_credentials()
    connect_in_parallel()
    from .guarded import GuardedYoutubeDL  # noqa: PLC0415

    return GuardedYoutubeDL


def _disable_plugins() -> None:
    """Empty the list of plugin folders as well; ``YTDLP_NO_PLUGINS`` alone is enough."""
    try:
        from yt_dlp.globals import plugin_dirs  # noqa: PLC0415

        plugin_dirs.value = []
    except (ImportError, AttributeError) as exc:
        log.warning("cannot empty yt-dlp's list of plugin folders: %s", exc)
