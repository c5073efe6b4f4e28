"""The test's side of the local internet: start it, point programs at it, ask it what it saw, break it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from .faults import Fault, Kind
from .log import Entry, Refused, matches
from .media import Pack
from .proxy import AuthenticatedHttpProxy
from .sites.youtube.films import Film

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Counters:
    """Totals of the requests that matched."""

    requests: int
    bytes: int
    """Bytes of body that went out."""
    throttled: int


class LocalInternet:
    """A context manager around a process of its own. All methods are synchronous and quick, except ``wait_for``.

    Attributes: ``proxy_url`` (HTTP proxy with CONNECT), ``ca_file`` (PEM of the only authority there is), ``plain_url``
    (``video.example``'s paths over plain HTTP on loopback, without the proxy).
    """

    proxy_url: str
    auth_proxy_url: str
    """The same, wanting the credentials that are in it."""
    tls_proxy_url: str
    """The same, itself spoken to over TLS."""
    socks_url: str
    ca_file: Path
    plain_url: str

    def __enter__(self) -> Self:
        path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH", "")]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "origin.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the local internet did not start (exit status {self._process.wait()})")
        where: dict[str, Any] = json.loads(line)
        self.proxy_url = f"http://127.0.0.1:{where['proxy']}"
        self.auth_proxy_url = f"http://{AuthenticatedHttpProxy.credentials}@127.0.0.1:{where['auth_proxy']}"
        self.tls_proxy_url = f"https://localhost:{where['tls_proxy']}"
        self.socks_url = f"socks5h://127.0.0.1:{where['socks']}"
        self.plain_url = f"http://127.0.0.1:{where['http']}"
        self.https_port = int(where["https"])
        self.ca_file = Path(where["ca_file"])
        self._spki = str(where["spki"])
        self._control = int(where["control"])
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    # Ways in ----------------------------------------------------------------------------------------------------------

    def env(self) -> dict[str, str]:
        """Environment variables that lead a program here; merge them over ``os.environ``. ``""`` removes a variable's effect."""
        names = {
            "HTTPS_PROXY": self.proxy_url,
            "HTTP_PROXY": self.proxy_url,
            "NO_PROXY": "127.0.0.1,localhost",
            "ALL_PROXY": "",
        }
        return {**names, **{name.lower(): value for name, value in names.items()}, "SSL_CERT_FILE": str(self.ca_file)}

    def chromium_args(self) -> list[str]:
        """Command line options; TLS stays verified for everything but this process's own certificate."""
        return [
            f"--proxy-server={self.proxy_url}",
            f"--ignore-certificate-errors-spki-list={self._spki}",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--autoplay-policy=no-user-gesture-required",
        ]

    def firefox_prefs(self) -> dict[str, str | int | bool]:
        """Preferences for a Firefox profile. Use them with ``acceptInsecureCerts``."""
        port = int(self.proxy_url.rpartition(":")[2])
        return {
            "network.proxy.type": 1,
            "network.proxy.http": "127.0.0.1",
            "network.proxy.http_port": port,
            "network.proxy.ssl": "127.0.0.1",
            "network.proxy.ssl_port": port,
            "network.proxy.no_proxies_on": "127.0.0.1,localhost",
            "network.http.http3.enable": False,
            "network.stricttransportsecurity.preloadlist": False,
            "security.cert_pinning.enforcement_level": 0,
            "media.autoplay.default": 0,
        }

    # What it saw ------------------------------------------------------------------------------------------------------

    def log(self, host: str = "*", path: str = "*") -> list[Entry]:
        """Requests in the order of their arrival; ``host`` and ``path`` (with its query) are shell patterns."""
        found = [Entry(**one) for one in self._ask("log")["entries"]]
        return [entry for entry in found if matches(entry, host, path)]

    def refused(self) -> list[Refused]:
        """Hosts outside of this internet that somebody asked the proxy for."""
        return [Refused(**one) for one in self._ask("log")["refused"]]

    def counters(self, host: str = "*", path: str = "*") -> Counters:
        found = self.log(host, path)
        return Counters(len(found), sum(entry.sent for entry in found), sum(entry.throttled for entry in found))

    def clear_log(self) -> None:
        self._ask("clear")

    def wait_for(
        self,
        host: str = "*",
        path: str = "*",
        *,
        requests: int = 1,
        sent: int = 0,
        finished: int = 0,
        timeout_s: float = 30.0,
    ) -> list[Entry]:
        """Block until that many matching requests came, ``sent`` bytes went out to them and ``finished`` of them ended."""
        asked = {
            "host": host,
            "path": path,
            "requests": requests,
            "sent": sent,
            "finished": finished,
            "timeout_s": timeout_s,
        }
        return [Entry(**one) for one in self._ask("wait", asked, timeout_s + 10)]

    # How it behaves ---------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """As freshly started; answers that are on their way are let go."""
        self._ask("reset")

    def fault(self, kind: Kind | str, **how: Any) -> None:
        """Break what is to come: the fields of :class:`origin.faults.Fault`, e.g. ``fault("status", path="/watch*", status=429)``."""
        self._ask("fault", asdict(Fault(kind=Kind(kind), **how)))

    def faults(self) -> list[Fault]:
        """The faults that are switched on, with how often each struck."""
        return [Fault(**{**one, "kind": Kind(one["kind"])}) for one in self._ask("faults")]

    def mend(self) -> None:
        """Switch all faults off."""
        self._ask("mend")

    def release(self) -> None:
        """Let answers go on that a ``hold`` fault keeps."""
        self._ask("release")

    def shape(self, **values: Any) -> None:
        """How the network behaves: the fields of :class:`origin.shape.Shape`, e.g. ``shape(latency_s=0.05, link_bps=12_500_000)``."""
        self._ask("shape", values)

    def expire_urls(self) -> None:
        """Every media URL given out so far gets 403 from now on."""
        self._ask("expire")

    def settings(self, **values: Any) -> None:
        """``url_lifetime_s`` of new media URLs; ``instagram``: ``open``, ``login`` or ``429``; ``live_segments``,
        ``live_window``, ``live_ended``, ``live_growth``: how far the broadcast is (:class:`origin.sites.youtube.live.Broadcast`)."""
        self._ask("settings", values)

    def add_film(self, film: Film, **changes: Any) -> Film:
        """Put a video into YouTube's catalogue until the next reset."""
        film = replace(film, **changes)
        self._ask("film", asdict(film))
        return film

    def plain(self, url: str) -> str:
        """The same resource of ``video.example`` over plain HTTP on loopback, without the proxy: a server of one's own."""
        return self.plain_url + url.removeprefix("https://video.example")

    def prepare(self, *video_ids: str) -> None:
        """Make the media of these videos now: on a fresh machine that takes longer than a client waits for an answer."""
        self._ask("prepare", {"ids": video_ids}, 600.0)

    def publish(self, path: Path) -> str:
        """Serve a file of this machine until the next reset; gives its ``https://video.example/…`` URL."""
        return "https://video.example" + str(self._ask("publish", {"path": str(path)})["path"])

    def put(
        self,
        url: str,
        body: str,
        *,
        content_type: str = "text/html; charset=utf-8",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        ranges: bool = False,
    ) -> str:
        """Answer ``url`` (of any host of this internet, its query left out) with ``body`` until the next reset."""
        parts = urlsplit(url)
        facts = {"content_type": content_type, "status": status, "headers": dict(headers or {}), "ranges": ranges}
        self._ask("put", {"host": parts.hostname, "path": parts.path or "/", "body": body, **facts})
        return url

    def media_url(
        self,
        picture: str | None,
        pack: str,
        *,
        sound: str | None = "aac",
        seconds: float = 20.0,
        start_s: float = 0.0,
        name: str | None = None,
    ) -> str:
        """The URL of a recipe of the matrix, e.g. ``media_url("h264-vfr", "hls-ts")``; made when first asked for."""
        query = f"?start={start_s:g}" if start_s else ""
        entry = name or Pack(pack).entry
        return (
            f"https://video.example/media/{picture or '-'}/{Pack(pack).value}/{sound or '-'}/{seconds:g}/{entry}{query}"
        )

    def _ask(self, verb: str, body: Mapping[str, Any] | None = None, timeout_s: float = 60.0) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._control, timeout=timeout_s)
        try:
            connection.request("POST", f"/{verb}", json.dumps(body or {}), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            value = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status == 504:
            raise TimeoutError(f"{body}: {json.dumps(value)[-2000:]}")
        if answer.status != 200:
            raise RuntimeError(f"{verb}: {answer.status} {value}")
        return value
