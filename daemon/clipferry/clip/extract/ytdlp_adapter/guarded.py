"""``YoutubeDL`` that connects by clipferry's network rules. Its downloaders are not used."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping
from typing import Any

import yt_dlp
from yt_dlp.networking.common import Response
from yt_dlp.networking.exceptions import HTTPError, NoSupportingHandlers, TransportError

from ...container.media_files import SUFFIXES
from ...errors import ClipError
from ...http.network import Network
from . import impersonation, trims
from .one_extractor import PLAYLISTS, generic_extractor, names_media, site_extractor
from .options import OPTIONS

_PROBE_RANGE = "bytes=0-1023"
"""Of a media file, enough to recognise it: yt-dlp requests all of it and closes the connection."""
_MAX_PLAYLIST_BYTES = 8 * 1024 * 1024


class GuardedYoutubeDL(yt_dlp.YoutubeDL):  # type: ignore[misc]  # yt-dlp carries no types
    """Check every address before it is requested, and record whether the site asked to slow down.

    Args:
        given: options, all of them among ``OPTIONS``.
        before_request: called before each request.
    """

    def __init__(
        self, network: Network, given: Mapping[str, Any], before_request: Callable[[], None] = lambda: None
    ) -> None:
        if unknown := given.keys() - OPTIONS:
            raise AssertionError(f"not ours to set: {sorted(unknown)}")
        self.network = network
        self._before_request = before_request
        self.page: str | None = None
        """The page that is requested; after a redirect, its final address."""
        self.throttled = False
        """The site answered 429."""
        self.retry_after_s: float | None = None
        self.impersonation_missing = False
        """The extractor wanted to impersonate a browser, and that was not possible."""
        super().__init__(dict(given), auto_init=False)
        self._all_registered = False
        self._generic_only = False
        self._playlists: dict[str, tuple[bytes, Any]] = {}

    def register(self, url: str) -> None:
        """Register the extractors that ``url`` needs: one where a trim allows it, otherwise all of them."""
        if self._all_registered:
            return
        extractor = site_extractor(url)
        if extractor is None and (extractor := generic_extractor(url, self)) is not None:
            self._generic_only = True
        if extractor is None:
            self.register_all()
        else:
            self.add_info_extractor(extractor)

    def register_all(self) -> None:
        if self._all_registered:
            return
        self._all_registered = True
        if self._generic_only:
            self._generic_only = False
            self._ies.clear()
            self._ies_instances.clear()
        self.add_default_info_extractors()

    def extract_page(self, url: str) -> Any:
        """``extract_info`` without processing. An address that is only named like a media file is left to all extractors."""
        self.register(url)
        if self._generic_only:
            try:
                found = self.extract_info(url, download=False, process=False)
            except yt_dlp.utils.YoutubeDLError:
                found = None
            if found and (found.get("direct") or (found.get("formats") and names_media(url, PLAYLISTS))):
                return found
            self.register_all()
        return self.extract_info(url, download=False, process=False)

    def process_video_result(self, info: Any, download: bool = True) -> Any:
        """Keep all times the source's: of a section yt-dlp returns the length as the video's, and cuts chapters by it."""
        section = {name: info.pop(name) for name in ("section_start", "section_end") if name in info}
        done = super().process_video_result(info, download=download)
        done.update(section)
        return done

    def run_all_pps(self, key: str, info: Any, *args: Any, **options: Any) -> Any:
        """Trim ``postprocessors`` (40 ms for 80 formats): there are none, but yt-dlp renders tables of formats for ``--print``."""
        if trims.enabled("postprocessors"):
            return info
        return super().run_all_pps(key, info, *args, **options)

    @functools.cached_property
    def proxies(self) -> dict[str, str]:
        own = {"http": self.network.http_proxy, "https": self.network.https_proxy, "no": self.network.no_proxy}
        return {scheme: value for scheme, value in own.items() if value} or {"all": "__noproxy__"}

    def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
        """Build it of handlers that the guard sees."""
        return super().build_request_director(impersonation.guarded_handlers(handlers, self.network), preferences)

    def _impersonate_target_available(self, target: Any) -> bool:
        """yt-dlp asks this before a request that impersonates a browser, and for no other."""
        impersonation.load(self)
        available: bool = super()._impersonate_target_available(target)
        self.impersonation_missing |= not available
        return available

    def urlopen(self, req: Any) -> Any:
        url = req if isinstance(req, str) else req.url
        self.network.check(url, resolve=False)
        self._before_request()
        req = impersonation.impersonate_where_needed(self, req)
        if self._generic_only and names_media(url, SUFFIXES) and not isinstance(req, str):
            req.headers["Range"] = _PROBE_RANGE
        try:
            if self._generic_only and names_media(url, PLAYLISTS):
                return self._cached_playlist(req, url)
            response = super().urlopen(req)
        except HTTPError as exc:
            self._follow_page(url, exc.response.url)
            if exc.status == 429:
                self.throttled = True
                wait = exc.response.get_header("Retry-After") or ""
                self.retry_after_s = float(wait) if wait.isdecimal() else self.retry_after_s
            raise
        except NoSupportingHandlers as exc:
            # A handler met our guard. An extractor may do without this response; if not, ``query`` finds ours behind its own.
            ours = next((one for one in exc.unexpected_errors if isinstance(one, ClipError)), None)
            if ours is None:
                raise
            raise TransportError(cause=ours) from ours
        self._follow_page(url, response.url)
        return response

    def _follow_page(self, requested: str, final: str) -> None:
        if requested == self.page:
            self.page = final

    def _cached_playlist(self, req: Any, url: str) -> Any:
        """Request a playlist once: yt-dlp requests it three times."""
        if url not in self._playlists:
            response = super().urlopen(req)
            self._playlists[url] = response.read(_MAX_PLAYLIST_BYTES), response
        data, response = self._playlists[url]
        return Response(io.BytesIO(data), response.url, response.headers, response.status)
