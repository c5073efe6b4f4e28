"""Table of the trims, what clipferry skips of yt-dlp to save time, and their switch.

``CLIPFERRY_YTDLP_TRIMS`` in the environment is a comma-separated list of the trims to use, or ``none``; unset: all of them. A trim
that fails is disabled for the life of the process with a warning in the log, and yt-dlp continues unmodified.
``tests/unit/clip/extract/test_ytdlp_contract.py`` checks each private name against the installed yt-dlp, and that a clip is resolved
without it.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass

log = logging.getLogger(__name__)

SWITCH = "CLIPFERRY_YTDLP_TRIMS"


@dataclass(frozen=True, slots=True)
class Trim:
    name: str
    gain_ms: int
    """Measured with yt-dlp 2026.8.19 on two cores of a shared server, the least of several runs. Below 30 a trim is not worth having."""
    private: tuple[str, ...]
    """The names of yt-dlp that it relies on, as ``module:attribute.attribute``; ``()`` makes an instance."""


TRIMS = (
    Trim("optional_modules", 33, ("yt_dlp.dependencies:mutagen", "yt_dlp.dependencies:sqlite3")),
    Trim("lazy_ciphers", 36, ("yt_dlp.dependencies.Cryptodome:AES", "yt_dlp.dependencies.Cryptodome:Blowfish")),
    Trim(
        "lazy_impersonation",
        45,
        (
            "yt_dlp.dependencies:curl_cffi",
            "yt_dlp.networking._curlcffi:CurlCFFIRH._create_instance",
            "yt_dlp.networking._curlcffi:CurlCFFIRH._send",
            "yt_dlp.networking._curlcffi:CurlCFFIRH._clear_instances",
            "yt_dlp.networking.common:_REQUEST_HANDLERS.keys",
            "yt_dlp.networking.common:_RH_PREFERENCES.update",
            "yt_dlp:YoutubeDL._impersonate_target_available",
            "yt_dlp:YoutubeDL._get_available_impersonate_targets",
            "yt_dlp:YoutubeDL()._request_director.add_handler",
        ),
    ),
    Trim("one_extractor", 80, ("yt_dlp.extractor.youtube:YoutubeIE", "yt_dlp.extractor.instagram:InstagramIE")),
    Trim(
        "direct_media",
        330,
        (
            "yt_dlp.extractor.generic:GenericIE",
            "yt_dlp:YoutubeDL()._ies.clear",
            "yt_dlp:YoutubeDL()._ies_instances.clear",
        ),
    ),
    Trim("postprocessors", 40, ("yt_dlp:YoutubeDL.run_all_pps",)),
    Trim(
        "parallel_connect",
        15_000,  # one connect time-out, for a host with an address that does not answer
        ("yt_dlp.networking._urllib:create_connection", "yt_dlp.networking._requests:create_connection"),
    ),
)
_NAMES = frozenset(trim.name for trim in TRIMS)
_disabled: set[str] = set()


def enabled(name: str) -> bool:
    """Return whether the trim ``name`` of ``TRIMS`` is to be used."""
    assert name in _NAMES, name
    chosen = os.environ.get(SWITCH)
    return name not in _disabled and (chosen is None or name in {part.strip() for part in chosen.split(",")})


def any_enabled() -> bool:
    return any(enabled(name) for name in _NAMES)


@contextlib.contextmanager
def fallback(name: str) -> Iterator[None]:
    """Disable the trim ``name`` if the body fails, whatever the exception, and continue after it."""
    try:
        yield
    except Exception as exc:  # noqa: BLE001 - a name that yt-dlp changed may fail in any way
        _disabled.add(name)
        log.warning("yt-dlp trim %s disabled: %s: %s", name, type(exc).__name__, exc)


def disable_all(cause: BaseException | None) -> None:
    """Disable every trim; ``cause`` ``None``: the site's answers were of use without them before."""
    log.warning("all yt-dlp trims disabled: %s: %s", type(cause).__name__, cause)
    _disabled.update(_NAMES)


def enable_all() -> None:
    """Enable again what ``disable_all`` disabled."""
    _disabled.clear()
