"""yt-dlp, fenced in: imported here and nowhere else, at the first use (it costs a quarter of a second and 30 MB), with options of
our own choice only: no configuration file, no plugins, no command of the system, no file written. Its downloaders are not used.
"""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..container.media_files import SUFFIXES
from ..errors import ClipError, EngineBroken, OutdatedExtractor
from ..http.network import Network
from ..http.proxies import basic_authorization
from .import_trims import broadcasts, only, sparing

if TYPE_CHECKING:
    from yt_dlp import YoutubeDL

log = logging.getLogger(__name__)

FLOOR = (2026, 7, 4)
"""The oldest yt-dlp that we run: the last security release at the time of writing (its Changelog.md)."""
OPTIONS = frozenset(
    {
        "cachedir", "compat_opts", "cookiefile", "extractor_retries", "format", "http_headers", "js_runtimes", "logger", "noplaylist",
        "noprogress", "playlist_items", "quiet", "skip_download", "socket_timeout",
    }
)  # fmt: skip
"""Every option that may reach yt-dlp. Nothing that runs a program, writes a file, or comes from a page is among them."""

_QUICK = (
    (("youtube.com", "youtu.be"), "yt_dlp.extractor.youtube", "_video", "YoutubeIE"),
    (("instagram.com",), "yt_dlp.extractor", "instagram", "InstagramIE"),
)
_PLAYLISTS = (".m3u8",)
_ENOUGH = "bytes=0-1023"
"""Of a media file, to see that it is one: yt-dlp asks for all of it and hangs up."""
_MAX_PLAYLIST_BYTES = 8 * 1024 * 1024
_TIMEOUT_S = 15.0


@functools.cache
def warm_up() -> type[YoutubeDL]:
    """Import yt-dlp, safely set up; gives our kind of ``YoutubeDL``.

    Raises:
        OutdatedExtractor: the installed yt-dlp has known security holes.
        EngineBroken: it cannot be imported, or is no longer what we know.
    """
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    try:
        with sparing():
            return _our_kind()
    except ClipError:
        raise
    except Exception as exc:  # what is broken may fail in any way
        raise EngineBroken(detail=f"{type(exc).__name__}: {exc}") from exc


def use(engine: Path) -> None:
    """From now on yt-dlp, and what was put beside it, is imported from the folder ``engine``. Before ``warm_up``: a process can
    import one yt-dlp in its life, since that alters other modules."""
    sys.path.insert(0, str(engine))


def about() -> dict[str, str | None]:
    """What is in use here: ``version``, ``ejs`` (the version of its JavaScript part) and ``javascript`` (the runtime that
    answers), each ``None`` where there is none. Raises what ``warm_up`` raises."""
    warm_up()
    import yt_dlp  # noqa: PLC0415
    from yt_dlp.dependencies import yt_dlp_ejs  # noqa: PLC0415

    return {
        "version": yt_dlp.version.__version__,
        "ejs": getattr(yt_dlp_ejs, "version", None),
        "javascript": _javascript(),
    }


def _our_kind() -> type[YoutubeDL]:
    import yt_dlp  # noqa: PLC0415 (costs a quarter of a second: only where it is needed)
    from yt_dlp import globals as yt_globals  # noqa: PLC0415
    from yt_dlp.networking.common import Response  # noqa: PLC0415
    from yt_dlp.networking.exceptions import HTTPError, NoSupportingHandlers, TransportError  # noqa: PLC0415

    version = tuple(int(part) for part in re.findall(r"\d+", yt_dlp.version.__version__)[:3])
    if version < FLOOR:
        raise OutdatedExtractor(detail=yt_dlp.version.__version__)
    yt_globals.plugin_dirs.value = []
    _encode_proxy_credentials()
    _connect_to_the_first_that_answers()

    class Extraction(yt_dlp.YoutubeDL):  # type: ignore[misc]  # yt-dlp carries no types
        """Goes out by our network rules and remembers whether it was told to slow down."""

        def __init__(
            self, network: Network, given: Mapping[str, Any], before_asking: Callable[[], None] = lambda: None
        ) -> None:
            if unknown := given.keys() - OPTIONS:
                raise AssertionError(f"not ours to set: {sorted(unknown)}")
            self._way = network
            self._before_asking = before_asking
            self.page: str | None = None
            """The page that is asked for, the link itself or what it leads to."""
            self.throttled = False
            self.retry_after_s: float | None = None
            super().__init__(dict(given), auto_init=False)
            self._complete = False
            self._direct = False
            self._computes = False
            self._playlists: dict[str, tuple[bytes, Any]] = {}

        def know(self, url: str) -> None:
            """Register the extractors for ``url``: for the sites that most clips come from, and for what is named like a media file,
            one, otherwise all 1,700."""
            one = None if self._complete else _quick_extractor(url)
            if one is None and not self._complete and _names_media(url):
                from yt_dlp.extractor.generic import GenericIE  # noqa: PLC0415

                self._direct, one = True, GenericIE
            if one is not None:
                self._computes = one.ie_key() == "Youtube"
                self.add_info_extractor(one())  # an instance: for a class yt-dlp would look in the list of them all
            else:
                self.know_all()

        def know_all(self) -> None:
            if not self._complete:
                self._complete = True
                self._ies.clear()  # the one for files suits every address, and must come last
                self._ies_instances.clear()
                if self._direct:
                    self._direct = False
                    if (director := self.__dict__.pop("_request_director", None)) is not None:
                        director.close()  # made anew at the next request, with all handlers
                broadcasts()
                self.add_default_info_extractors()

        def look(self, url: str) -> Any:
            """``extract_info`` without its second half. What is only named like a media file is looked at by all extractors."""
            self.know(url)
            if self._direct:
                try:
                    found = self.extract_info(url, download=False, process=False)
                except yt_dlp.utils.YoutubeDLError:
                    found = None
                if found and (found.get("direct") or (found.get("formats") and _names_media(url, _PLAYLISTS))):
                    return found
                self.know_all()
            return self.extract_info(url, download=False, process=False)

        def process_video_result(self, info: Any, download: bool = True) -> Any:
            """All times stay the source's: of a section yt-dlp would give the length as the video's, and cut chapters by it."""
            section = {name: info.pop(name) for name in ("section_start", "section_end") if name in info}
            done = super().process_video_result(info, download=download)
            done.update(section)
            return done

        def run_all_pps(self, key: str, info: Any, *, additional_pps: Any = None) -> Any:
            """There are no postprocessors; yt-dlp would draw tables of the formats all the same, in case somebody prints them."""
            del key, additional_pps
            return info

        @functools.cached_property
        def proxies(self) -> dict[str, str]:
            ways = {"http": self._way.http_proxy, "https": self._way.https_proxy, "no": self._way.no_proxy}
            return {scheme: value for scheme, value in ways.items() if value} or {"all": "__noproxy__"}

        def urlopen(self, req: Any) -> Any:
            url = req if isinstance(req, str) else req.url
            self._way.check(url, resolve=False)
            getattr(self, "_request_director", None)  # made here and now: what is begun next would hinder that
            self._before_asking()
            if not self._computes:
                return self._go_out(req, url)
            self._computes = False
            finding = threading.Thread(
                target=_find_javascript, args=(getattr(self, "_js_runtimes", {}),), name="javascript", daemon=True
            )
            finding.start()
            try:
                return self._go_out(req, url)
            finally:
                finding.join()  # else yt-dlp might begin the same

        def _go_out(self, req: Any, url: str) -> Any:
            if self._direct and _names_media(url, SUFFIXES) and not isinstance(req, str):
                req.headers["Range"] = _ENOUGH
            try:
                if self._direct and _names_media(url, _PLAYLISTS):
                    return self._once(req, url)
                answer = super().urlopen(req)
            except HTTPError as exc:
                self._led(url, exc.response.url)
                if exc.status == 429:
                    self.throttled = True
                    wait = exc.response.get_header("Retry-After") or ""
                    self.retry_after_s = float(wait) if wait.isdecimal() else self.retry_after_s
                raise
            except NoSupportingHandlers as exc:
                # A handler met our guard. An extractor may do without this answer; if not, ``asking`` finds ours behind its own.
                ours = next((one for one in exc.unexpected_errors if isinstance(one, ClipError)), None)
                if ours is None:
                    raise
                raise TransportError(cause=ours) from ours
            self._led(url, answer.url)
            return answer

        def _led(self, asked: str, there: str) -> None:
            """Where the page that was asked for really is."""
            if asked == self.page:
                self.page = there

        def _once(self, req: Any, url: str) -> Any:
            """A playlist, which yt-dlp asks for three times."""
            if url not in self._playlists:
                answer = super().urlopen(req)
                self._playlists[url] = answer.read(_MAX_PLAYLIST_BYTES), answer
            data, answer = self._playlists[url]
            return Response(io.BytesIO(data), answer.url, answer.headers, answer.status)

    return Extraction


def _encode_proxy_credentials() -> None:
    """Have requests, which yt-dlp connects by, send a proxy's credentials in UTF-8 as everything else does: it takes Latin-1."""
    try:
        from requests.adapters import HTTPAdapter  # noqa: PLC0415
    except ImportError:  # then yt-dlp connects by urllib
        return
    setattr(HTTPAdapter, "proxy_headers", lambda _, proxy: basic_authorization(proxy))  # noqa: B010 - mypy knows methods only


def options(item: int | None, network: Network, cookie_file: Path | None) -> dict[str, Any]:
    """Everything that yt-dlp is told. Raises ``InvalidCookies``: the file holds none."""
    given: dict[str, Any] = {
        "cachedir": False,
        "compat_opts": {"no-certifi"} if network.ca_file else set(),
        "extractor_retries": 1,  # retries are the scheduler's
        "format": _any_format,
        "js_runtimes": {name: {"path": _program(name)} for name in ("deno", "node")},
        "logger": _Log(),
        "noplaylist": True,
        "noprogress": True,
        "playlist_items": str(item or 1),
        "quiet": True,
        "skip_download": True,
        "socket_timeout": _TIMEOUT_S,
    }
    if cookie_file is not None:
        from .cookie_files import netscape_text  # noqa: PLC0415 - few clips need it

        given["cookiefile"] = io.StringIO(netscape_text(cookie_file))  # a copy: yt-dlp writes back what it is given
    return given


# Inside ---------------------------------------------------------------------------------------------------------------


def _connect_to_the_first_that_answers() -> None:
    """Have yt-dlp's own HTTP handlers try a host's addresses as ours does. Where yt-dlp has moved that, it goes on as it does."""
    from ..http import happy_eyeballs  # noqa: PLC0415

    with contextlib.suppress(ImportError, AttributeError):
        from yt_dlp.networking import _urllib  # noqa: PLC0415

        theirs = _urllib.create_connection

        def connect(address: Any, *args: Any, **how: Any) -> Any:
            if "_create_socket_func" in how:  # by SOCKS: the address is the proxy's
                given = {name: how[name] for name in ("timeout", "source_address") if name in how}
                return theirs((happy_eyeballs.responsive_address(address, *args, **given), address[1]), *args, **how)
            return happy_eyeballs.create_connection(address, *args, **how)

        # The handler on requests, where that is installed, connects so by SOCKS only; the rest of it is urllib3.
        for handler in (_urllib, sys.modules.get("yt_dlp.networking._requests")):
            if hasattr(handler, "create_connection"):
                handler.create_connection = connect  # type: ignore[union-attr]


def _program(name: str) -> str:
    """Where it is: beside Python, where pip puts programs, or wherever the system looks. yt-dlp looks there too, but asks
    ``sysconfig`` first, which takes 10 to 20 ms to read how Python was built."""
    ours = str(Path(sys.executable).parent)
    return shutil.which(name, path=os.pathsep.join([ours, os.environ.get("PATH", os.defpath)])) or name


def _any_format(context: Mapping[str, Any]) -> list[Any]:
    """We choose among all formats ourselves, but yt-dlp insists on a choice. Without a word of ours it starts ffmpeg to see what
    that can merge (a twentieth of a second); words it would have to parse (a hundredth)."""
    formats: list[Any] = context["formats"]
    return formats[-1:]


def _quick_extractor(url: str) -> Any:
    """The one extractor for a video page of YouTube or Instagram, without loading the list of them all (70 ms) or the other kinds of
    pages (25 ms)."""
    host = urlsplit(url).hostname or ""
    for domains, package, part, name in _QUICK:
        if any(host == domain or host.endswith(f".{domain}") for domain in domains):
            try:
                found = getattr(only(package, part), name)
            except (ImportError, AttributeError):
                return None  # yt-dlp has moved it: the long way knows where
            mine = _without_mirrors(found)
            return mine if mine.suitable(url) else None
    return None


def _without_mirrors(extractor: Any) -> Any:
    """YouTube's extractor suits a hundred sites that show the same videos: to compile their names takes 20 to 50 ms."""
    mirrors = "|".join(getattr(extractor, "_INVIDIOUS_SITES", ()))
    if not mirrors:
        return extractor
    return type(extractor.__name__, (extractor,), {"_VALID_URL": extractor._VALID_URL.replace(mirrors, "(?!)")})


def _names_media(url: str, suffixes: tuple[str, ...] = (*SUFFIXES, *_PLAYLISTS)) -> bool:
    """Whether the path of ``url`` ends as a media file's or a playlist's."""
    return urlsplit(url).path.lower().endswith(suffixes)


def _find_javascript(runtimes: Mapping[str, Any]) -> None:
    """Have the first of yt-dlp's runtimes that is there tell its version. yt-dlp does so when the page is there, and waits a fiftieth
    of a second; it keeps what it learned."""
    with contextlib.suppress(Exception):  # yt-dlp meets it again
        for runtime in runtimes.values():
            if runtime is not None and runtime.info is not None:
                return


def _javascript() -> str | None:
    """The runtime that yt-dlp would start, if it computes."""
    from yt_dlp.utils import _jsruntime as runtimes  # noqa: PLC0415

    for kind, how in ((runtimes.DenoJsRuntime, "eval"), (runtimes.NodeJsRuntime, "--eval")):
        info = kind().info
        if info is None or not info.supported:
            continue
        asked = [info.path, how, "console.log(6 * 7)"]
        done = subprocess.run(asked, capture_output=True, stdin=subprocess.DEVNULL, timeout=_TIMEOUT_S, check=False)
        if done.stdout.strip() == b"42":
            return f"{info.name} {info.version}"
    return None


class _Log:
    """yt-dlp's talk goes to our log, not to the terminal."""

    def debug(self, text: str) -> None:
        log.debug("%s", text)

    def warning(self, text: str) -> None:
        log.info("%s", text)

    def error(self, text: str) -> None:
        log.info("%s", text)
