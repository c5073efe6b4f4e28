"""Sites that mean harm, through the whole chain: the real yt-dlp, our own reader and the cutter, asked for by a page.

Whatever a site answers (a redirect, a manifest, a box, a name), no private port is called, no file of this computer is read into
a clip, nothing lands in Downloads that is not the video, and the daemon goes on.
"""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from pathvalidate import is_valid_filename

from api.client import CHROMIUM, FINAL, FrameClient, Json
from api.running import RunningDaemon
from attack.canary import Canary, canary_server
from origin import Film, LocalInternet
from origin.sites.hostile.site import TARGETS, Hostile

SETTLED = FINAL | {"waiting"}
WITHIN_S = 120.0
"""A bound for hangs; the longest of these, a playlist of 400,000 segments, takes some ten seconds and is tried three times."""
SECRET = "root:x:0:0"
FILM = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
# Where the site's own video is behind the attack, so that a clip is the right outcome: its name is judged below.
HARMLESS = {"/title", "/dash/many.mpd"}


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    async with canary_server() as found:
        yield found


async def clip(page: FrameClient, url: str, **more: Json) -> Json:
    """The job for ``url`` once it has ended, or waits to be tried again; what waits is cancelled."""
    asked = {"url": url, "start_time": 0, "end_time": 1, "again": True, **more}
    job = await page.ask("clip.create", asked)
    try:
        job = await page.job(job["file_id"], SETTLED, within_s=WITHIN_S)
    finally:
        if job["state"] not in FINAL:
            await page.ask("job.cancel", {"file_id": job["file_id"]})
    return job


async def still_works(page: FrameClient, url: str = "https://hostile.example/video.mp4") -> None:
    """The daemon does what it is for; and the site has a good mark again, for one that only fails is left alone for a while."""
    job = await clip(page, url)
    assert job["state"] == "done", job["error"]


def leaked(daemon: RunningDaemon) -> list[Path]:
    """Files of the daemon's that hold what only a file of this computer holds."""
    return [path for path in daemon.root.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


LEADING = (
    "/redirect",
    "/page",
    "/hls/segment",
    "/hls/key",
    "/hls/map",
    "/hls/concat",
    "/dash/base",
    "/dash/entity",
    "/mp4/concat",
    "/mp4/playlist",
)
"""Those whose answer leads to the address that they are given; for the others one run is enough."""


def led_astray() -> list[tuple[str, str]]:
    paths = [path for path in Hostile().paths() if path not in HARMLESS]
    return [*((path, "loopback") for path in paths), *((path, "file") for path in paths if path.startswith(LEADING))]


@pytest.mark.parametrize(("path", "towards"), led_astray())
async def test_no_answer_of_a_site_leads_us_astray(
    path: str, towards: str, online: RunningDaemon, canary: Canary, site: LocalInternet
) -> None:
    to = f"http://127.0.0.1:{canary.port}/secret.mp4" if towards == "loopback" else "file:///etc/passwd"
    before = set(online.downloads.iterdir())
    async with online.talk(CHROMIUM) as page:
        await page.hello()
        job = await clip(page, f"https://hostile.example{path}?to={quote(to, safe='')}")
        assert job["state"] in ("failed", "waiting"), job
        assert job["error"] is None or job["error"]["code"] not in ("internal", "worker_crashed"), job["error"]
        assert canary.visits == 0
        assert set(online.downloads.iterdir()) == before
        assert leaked(online) == []
        if job["error"] is None or job["error"]["code"] in ("bad_media", "site_error", "extractor_failed", "network"):
            await still_works(page)


async def test_a_redirect_to_any_spelling_of_this_computer_is_not_followed(
    online: RunningDaemon, site: LocalInternet
) -> None:
    async with online.talk(CHROMIUM) as page:
        await page.hello()
        for target in sorted(TARGETS):
            job = await clip(page, f"https://hostile.example/redirect?target={target}")
            assert job["state"] in ("failed", "waiting"), target
            assert site.refused() == [], target  # nor was it asked of the proxy
            if job["state"] == "waiting":  # counted against the site
                await still_works(page)
        await still_works(page)


@pytest.mark.parametrize("what", ["media", "thumbnail", "subtitles"])
async def test_a_known_site_whose_hosts_redirect_inwards_is_not_followed(
    what: str, online: RunningDaemon, canary: Canary, site: LocalInternet
) -> None:
    """An open redirect, or a host that was taken over: judged at every hop, not at entry only."""
    host, path = {
        "media": ("*.googlevideo.com", "*"),
        "thumbnail": ("*.ytimg.com", "*"),
        "subtitles": ("www.youtube.com", "/api/timedtext*"),
    }[what]
    site.fault("redirect", host=host, path=path, times=0, location=f"http://127.0.0.1:{canary.port}/x")
    output = {"kind": "mp3"} if what == "thumbnail" else {"subtitles": ["en"]} if what == "subtitles" else {}
    before = set(online.downloads.iterdir())
    async with online.talk(CHROMIUM) as page:
        await page.hello()
        job = await clip(page, FILM, output=output)
        site.mend()
        after = set(online.downloads.iterdir())
        await still_works(page, FILM)
    assert canary.visits == 0
    assert job["state"] == "done" if what == "thumbnail" else True  # a cover is a nicety
    if what == "media":
        assert job["state"] in ("failed", "waiting")
        assert after == before


async def test_the_redirects_above_are_followed_where_they_may_be(online: RunningDaemon, site: LocalInternet) -> None:
    async with online.talk(CHROMIUM) as page:
        await page.hello()
        job = await clip(
            page, "https://hostile.example/redirect/video.mp4?" + urlencode({"to": "https://hostile.example/video.mp4"})
        )
    assert job["state"] == "done", job["error"]


@pytest.mark.parametrize("kind", ["huge_length", "gzip_bomb", "endless", "html", "corrupt", "wrong_range"])
async def test_bodies_that_lie_are_bounded(kind: str, online: RunningDaemon, site: LocalInternet) -> None:
    """No fault of a body makes a clip that is not the video, or takes the machine's memory or disk."""
    before = set(online.downloads.iterdir())
    site.fault(kind, host="*.googlevideo.com", path="*", times=0)
    async with online.talk(CHROMIUM) as page:
        await page.hello()
        job = await clip(page, FILM, start_time=3, end_time=4)
        staged = sum(path.stat().st_size for path in (online.home / "cache").rglob("*") if path.is_file())
        after = set(online.downloads.iterdir())
        site.mend()
        await still_works(page, FILM)
    if job["state"] == "done":
        assert job["proof"]["frames"] == 30  # it got over it
    else:
        assert after == before
    assert staged < 64 << 20


# Names ----------------------------------------------------------------------------------------------------------------

TITLES = {
    "parents": "../../../../tmp/owned",
    "absolute": "/etc/cron.d/owned",
    "Windows parents": "..\\..\\owned",
    "newline and escape": "a\nb\x1b[31mred\x07",
    "direction": "cute\u202egnp.exe\u202c",
    "isolates": "\u2066x\u2069\u200b\ufeff",
    "emoji": "🎬" * 300,
    "combining": "e" + "\u0301" * 400,
    "CON": "CON",
    "nul.txt": "nul.txt",
    "COM superscript": "COM¹.mp4",
    "an option": "-rf --exec=id",
    "a dot file": ".bashrc",
    "dots": "...",
    "spaces": "   ",
    "trailing": "name. . .",
    "a template of yt-dlp": "%(title)s%(epoch)s",
    "a template of ours": "{title}{id}",
    "a shell": '"; touch owned; $(touch owned) `touch owned` | & > owned',
    "an executable": "movie.mp4.exe",
    "a launcher": "movie.desktop",
    "HTML": "<img src=x onerror=alert(1)>",
    "ADS": "movie.mp4:evil.exe",
    "Zalgo": "Z\u0336a\u0337l\u0338g\u0335o\u0336" * 20,
}


async def test_a_title_names_one_file_in_downloads_and_nothing_else(online: RunningDaemon, site: LocalInternet) -> None:
    outside = sorted(path for path in online.root.iterdir())
    async with online.talk(CHROMIUM) as page, online.talk() as person:
        await page.hello()
        await person.ask("settings.set", {**(await person.ask("settings.get")), "concurrency": 3})
        ids = {}
        for number, (name, title) in enumerate(TITLES.items()):
            film = site.add_film(Film(f"HOSTILE{number:04}", title, seconds=12, itags=(134, 140)))
            job = await page.ask(
                "clip.create", {"url": f"https://www.youtube.com/watch?v={film.id}", "start_time": 1, "end_time": 1.5}
            )
            ids[name] = job["file_id"]
        jobs = {name: await page.job(file_id) for name, file_id in ids.items()}
    for name, job in jobs.items():
        assert job["state"] == "done", (name, job["error"])
        made = job["file_name"]
        file = online.downloads / made
        assert file.parent == online.downloads and file.is_file() and not file.is_symlink(), name
        assert made.endswith(".mp4") and made.count("/") == 0 and not made.startswith((".", "-", " ")), (name, made)
        assert is_valid_filename(made, platform="universal", max_len=255), (name, made)
        assert len(made.encode()) <= 255 and made.isprintable(), (name, made)
        mode = stat.S_IMODE(file.stat().st_mode)
        assert mode & 0o111 == 0, (name, oct(mode))
    assert len({job["file_name"].casefold() for job in jobs.values()}) == len(jobs)
    assert sorted(path for path in online.root.iterdir()) == outside
    assert not list(online.root.rglob("owned"))


async def test_a_site_names_neither_the_type_nor_the_place(online: RunningDaemon, site: LocalInternet) -> None:
    """A video that calls itself a program is a video; the name that a header gives is not read."""
    async with online.talk(CHROMIUM) as page:
        await page.hello()
        media = site.media_url("h264", "mp4-front", seconds=6)
        for name in ("movie.exe", "movie.desktop", "movie.lnk", "movie.mp4%2f..%2f..%2fx", "movie.html", "movie.sh"):
            url = site.put(f"https://video.example/go/{name}", "", status=302, headers={"Location": media})
            job = await clip(page, url)
            if job["state"] == "done":
                assert job["file_name"].endswith(".mp4") and (online.downloads / job["file_name"]).is_file(), name
            else:
                assert job["error"] is None or job["error"]["code"] != "internal", (name, job["error"])


async def test_cookies_stay_with_their_site(online: RunningDaemon, site: LocalInternet) -> None:
    """Lent for one site, they are sent to that site only, also where it redirects elsewhere, and are gone when the job is."""
    cookie = {
        "domain": ".youtube.com",
        "name": "LOGIN_INFO",
        "value": "SECRETCOOKIE",
        "path": "/",
        "secure": True,
        "host_only": False,
    }
    other = {
        "domain": ".hostile.example",
        "name": "other",
        "value": "OTHERCOOKIE",
        "path": "/",
        "secure": True,
        "host_only": False,
    }
    site.fault("redirect", host="*.googlevideo.com", path="*", times=0, location="https://hostile.example/video.mp4")
    async with online.talk(CHROMIUM) as page:
        await page.hello()
        job = await clip(page, FILM, cookies=[cookie, other])
        told = str(job)
    assert "SECRETCOOKIE" not in told
    sent = {entry.host for entry in site.log() if "SECRETCOOKIE" in str(entry.headers)}
    assert sent and all(host.endswith("youtube.com") for host in sent), sent
    assert not [entry for entry in site.log() if "OTHERCOOKIE" in str(entry.headers)]
    await asyncio.sleep(0)
    left = [path for path in online.root.rglob("*") if path.is_file() and b"SECRETCOOKIE" in path.read_bytes()]
    assert left == []
