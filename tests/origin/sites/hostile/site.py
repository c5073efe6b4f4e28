"""``hostile.example``: answers that try to make a downloader do something else than download.

``/`` lists everything. ``?to=`` sets the address that an attack leads to (default: :data:`TARGETS`\\ ``["metadata"]``), or
``?target=loopback`` names one of :data:`TARGETS`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import quote

from ...media import Pack, make, recipe
from ...reply import Ask, Reply, missing, page, redirect
from ..templates import text

TARGETS: dict[str, str] = {
    "loopback": "http://127.0.0.1:9/",
    "localhost": "http://localhost:9/",
    "decimal": "http://2130706433:9/",
    "hex": "http://0x7f.1:9/",
    "octal": "http://0177.0.0.1:9/",
    "mapped": "http://[::ffff:127.0.0.1]:9/",
    "v6": "http://[::1]:9/",
    "nat64": "http://[64:ff9b::7f00:1]:9/",
    "private": "http://10.0.0.1/",
    "private-192": "http://192.168.0.1/",
    "link-local": "http://169.254.1.1/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "zero": "http://0.0.0.0:9/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:9/x",
    "ftp": "ftp://127.0.0.1/x",
    "userinfo": "http://video.example@127.0.0.1:9/",
}
HLS, MPD, HTML = "application/vnd.apple.mpegurl", "application/dash+xml", "text/html; charset=utf-8"
EVIL_TITLE = '../../../etc/<script>alert(1)</script>"; rm -rf ~ | \u202egpj.exe\u202c\u0000\r\nX: y CON.mp4' + "🎬" * 60


class Hostile:
    def __init__(self) -> None:
        self._attacks: dict[str, Callable[[str], Reply]] = {
            "/redirect": redirect,
            "/redirect/video.mp4": redirect,
            "/page": _page,
            "/title": lambda to: page(f"<title>{text(EVIL_TITLE)}</title><video src='/video.mp4'></video>"),
            "/hls/segment.m3u8": _playlist,
            "/hls/key.m3u8": lambda to: _playlist("/video.ts", f'#EXT-X-KEY:METHOD=AES-128,URI="{to}"'),
            "/hls/map.m3u8": lambda to: _playlist("/video.ts", f'#EXT-X-MAP:URI="{to}"'),
            "/hls/concat.m3u8": lambda to: _playlist(f"concat:{to}|{to}"),
            "/hls/crypto.m3u8": lambda to: _playlist(f"crypto+{to}"),
            "/hls/loop.m3u8": lambda to: _body(HLS, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nloop.m3u8\n"),
            "/hls/long.m3u8": lambda to: _body(
                HLS, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n" + "#EXTINF:0.001,\nx.ts\n" * 400_000
            ),
            "/hls/negative.m3u8": lambda to: _playlist(
                "/video.ts", "#EXT-X-BYTERANGE:-5@99999999999999999999", duration="-1e999"
            ),
            "/dash/base.mpd": lambda to: _body(MPD, _mpd(to)),
            "/dash/entity.mpd": lambda to: _body(MPD, _external_entity(to)),
            "/dash/laughs.mpd": lambda to: _body(MPD, _billion_laughs()),
            "/dash/many.mpd": lambda to: _body(
                MPD, _mpd("/video.mp4").replace("</AdaptationSet>", "</AdaptationSet>" + "<AdaptationSet/>" * 100_000)
            ),
            "/mp4/concat.mp4": lambda to: Reply(
                body=f"ffconcat version 1.0\nfile {to}\n".encode(), content_type="video/mp4"
            ),
            "/mp4/playlist.mp4": lambda to: Reply(body=_playlist(to).body, content_type="video/mp4"),
            "/mp4/empty.mp4": lambda to: Reply(content_type="video/mp4"),
            "/mp4/html.mp4": lambda to: Reply(body=b"<html>no video</html>", content_type="video/mp4"),
            "/mp4/random.mp4": lambda to: Reply(body=bytes(range(256)) * 400, content_type="video/mp4", ranges=True),
            "/mp4/box.mp4": lambda to: Reply(
                body=b"\0\0\0\x18ftypisom\0\0\0\0isomiso2\xff\xff\xff\xf0moov" + b"\0" * 4096,
                content_type="video/mp4",
                ranges=True,
            ),
            "/mp4/deep.mp4": lambda to: Reply(body=_deep_boxes(), content_type="video/mp4", ranges=True),
            "/headers/name.mp4": lambda to: Reply(
                body=b"x",
                content_type="video/mp4",
                headers={"Content-Disposition": 'attachment; filename="../../.bashrc"'},
            ),
        }

    async def __call__(self, ask: Ask) -> Reply:
        query = ask.query
        target = query.get("to") or TARGETS.get(query.get("target", "metadata"), TARGETS["metadata"])
        if ask.path == "/video.mp4":
            path = await asyncio.to_thread(make, recipe("h264", Pack.MP4_FRONT, seconds=6.0))
            return Reply(file=path, content_type="video/mp4", ranges=True)
        if ask.path == "/mp4/cut.mp4":
            path = await asyncio.to_thread(make, recipe("h264", Pack.MP4_END, seconds=6.0))
            return Reply(body=path.read_bytes()[:-50_000], content_type="video/mp4", ranges=True)
        if ask.path == "/":
            return page("".join(f'<a href="{path}">{path}</a><br>' for path in self.paths()))
        attack = self._attacks.get(ask.path)
        return attack(target) if attack else missing()

    def paths(self) -> list[str]:
        return [*self._attacks, "/mp4/cut.mp4"]


def _body(content_type: str, value: str) -> Reply:
    return Reply(body=value.encode(), content_type=content_type)


def _playlist(segment: str, *lines: str, duration: str = "4.0") -> Reply:
    extra = "".join(line + "\n" for line in lines)
    return _body(
        HLS,
        f"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n{extra}#EXTINF:{duration},\n{segment}\n#EXT-X-ENDLIST\n",
    )


def _page(to: str) -> Reply:
    """An ordinary-looking page whose video lies elsewhere."""
    return page(
        f'<html><head><title>Nice</title><meta property="og:video" content="{text(to)}"><meta property="og:video:type" content="video/mp4"></head>'
        f'<body><video src="{text(to)}"></video><iframe src="https://www.youtube.com/embed/{quote(to, safe="")}"></iframe></body></html>'
    )


def _mpd(base: str) -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT6S"><Period>'
        '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" codecs="avc1.4D401E" width="320" height="180">'
        f'<BaseURL>{text(base)}</BaseURL><SegmentBase indexRange="0-99"/></Representation></AdaptationSet></Period></MPD>'
    )


def _external_entity(to: str) -> str:
    return _mpd("&x;").replace("&amp;x;", "&x;").replace("<MPD", f'<!DOCTYPE MPD [<!ENTITY x SYSTEM "{to}">]><MPD', 1)


def _billion_laughs() -> str:
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return _mpd("&a9;").replace("&amp;a9;", "&a9;").replace("<MPD", f"<!DOCTYPE MPD [{entities}]><MPD", 1)


def _deep_boxes() -> bytes:
    """Ten thousand boxes, each inside the one before."""
    content = b""
    for _ in range(10_000):
        content = (len(content) + 8).to_bytes(4, "big") + b"moov" + content
    return b"\0\0\0\x10ftypisom\0\0\0\0" + content
