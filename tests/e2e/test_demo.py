"""`clipferry demo`: the product in a minute, offline, with and without the extension."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av

from clipferry.demo.film import FPS, film
from clipferry.demo.run import END_S, START_S
from clipferry.demo.site import Site
from clipferry.protocol.base import Empty
from clipferry.protocol.desktop import AllowPrivateParams
from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from origin import LocalInternet


def pictures(path: Path, *, first: int = 0, count: int | None = None) -> list[bytes]:
    """A small grey copy of each picture, to be compared: coding changes single values a little."""
    with av.open(path) as opened:
        shown = [f.reformat(64, 36, "gray").to_ndarray().tobytes() for f in opened.decode(video=0)]
    return shown[first : None if count is None else first + count]


def alike(left: bytes, right: bytes) -> bool:
    return sum(abs(a - b) for a, b in zip(left, right, strict=True)) / len(left) < 3


def test_it_takes_its_clip_through_the_host_and_says_where_it_is(desk: Desk, site: LocalInternet) -> None:
    """Without `setup`, extension and network: no request leaves the machine."""
    done = desk.clipferry("demo", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    clip = Path(said["path"])
    assert clip.parent == desk.downloads
    first, count = round(START_S * FPS), round((END_S - START_S) * FPS)
    taken, shown = pictures(clip), pictures(film(desk.machine.paths.cache_dir), first=first, count=count)
    assert len(taken) == count
    assert all(alike(one, other) for one, other in zip(taken, shown, strict=True))
    assert not alike(taken[0], taken[-1]), "the comparison tells pictures apart"
    assert said["proof"]["frames"] == count
    assert site.log() == []
    assert site.refused() == []


def test_doing_it_twice_takes_two_clips(desk: Desk) -> None:
    for _ in range(2):
        assert desk.clipferry("demo", "--no-open").returncode == 0
    assert len(list(desk.downloads.iterdir())) == 2


def test_a_company_proxy_is_not_in_its_way(desk: Desk) -> None:
    """Many a machine has a proxy for everything and no NO_PROXY; nothing on this computer is behind it."""
    for name in ("NO_PROXY", "no_proxy"):
        desk.env.pop(name, None)
    for name in ("HTTP_PROXY", "http_proxy"):
        desk.env[name] = "http://127.0.0.1:9"
    done = desk.clipferry("demo", "--json")
    assert done.returncode == 0, done.stderr


def test_its_site_is_closed_to_pages_again_afterwards(desk: Desk) -> None:
    """Only the origin that the person named, and nothing else of this computer."""
    done = desk.clipferry("demo", "--json")
    other = json.loads(done.stdout)["page_url"].replace("/clipferry-demo/", "/x/").replace("127.0.0.1", "127.0.0.2")
    with desk.person():
        refused = desk.clipferry("clip", other, "--start", "1", "--end", "2", "--json")
    assert json.loads(refused.stdout)["error"]["code"] == "blocked_address"


def test_the_scissors_work_on_its_page(desk: Desk, chromium: Chromium) -> None:
    with Site(film(desk.machine.paths.cache_dir)) as demo, desk.person() as person:
        person.ask("private.allow", AllowPrivateParams(origin=demo.origin), Empty)
        page = chromium.open(demo.page_url)
        page.click(".clipferry-button")
        panel = Hidden(page)
        panel.type("start", "0:20")
        panel.type("end", "0:21")
        panel.click("download")
        (job,) = desk.finished()
        assert len(pictures(desk.clip(job))) == FPS


def test_a_page_of_this_computer_that_nobody_named_is_refused(desk: Desk, chromium: Chromium) -> None:
    with Site(film(desk.machine.paths.cache_dir)) as demo:
        page = chromium.open(demo.page_url)
        page.click(".clipferry-button")
        assert Hidden(page).call("trouble", "function() { return this.dataset.code }") == "blocked_address"
    desk.nothing_left()


def test_in_words_it_says_what_was_measured(desk: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "clipferry", "demo"],
        env=desk.env,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0
    assert "120 pictures, the first of 0:12.400, the last until 0:17.200" in done.stdout
