"""The first-run page: what it says to which browser, and to whom it says anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from clipferry.demo.site import MAX_STREAMS, Site
from clipferry.setup.browsers import ManifestDialect
from clipferry.setup.first_run import Progress, Step, Visitor, steps, visitor
from clipferry.setup.install import set_up
from clipferry.setup.machine import Machine

CHROME = {"Sec-CH-UA": '"Chromium";v="156", "Google Chrome";v="156", "Not.A/Brand";v="8"'}


@pytest.mark.parametrize(
    ("headers", "name", "family"),
    [
        (CHROME, "Chrome", ManifestDialect.CHROMIUM),
        ({"Sec-CH-UA": '"Not)A;Brand";v="8", "Chromium";v="156"'}, "Chromium", ManifestDialect.CHROMIUM),
        ({"Sec-CH-UA": '"Chromium";v="156", "Microsoft Edge";v="156"'}, "Edge", ManifestDialect.CHROMIUM),
        ({"Sec-CH-UA": '"Brave";v="156", "Chromium";v="156"'}, "Brave", ManifestDialect.CHROMIUM),
        (
            {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"},
            "Firefox",
            ManifestDialect.FIREFOX,
        ),
        ({"User-Agent": "Mozilla/5.0 AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"}, "This browser", None),
        ({}, "This browser", None),
    ],
)
def test_it_knows_which_browser_opened_it(headers: dict[str, str], name: str, family: ManifestDialect | None) -> None:
    assert visitor(headers) == Visitor(name, family)


def states(machine: Machine, name: str, family: ManifestDialect | None, progress: Progress) -> dict[str, str]:
    return {step.name: step.state for step in steps(machine, Visitor(name, family), progress)}


def test_it_turns_green_step_by_step(machine: Machine) -> None:
    assert set(states(machine, "Chromium", ManifestDialect.CHROMIUM, Progress()).values()) == {"waiting", "trouble"}
    set_up(machine)
    now = Progress()
    waiting = dict.fromkeys(("companion", "extension", "clip"), "waiting")
    assert states(machine, "Chromium", ManifestDialect.CHROMIUM, now) == {**waiting, "browser": "done"}
    now = Progress(companion=True, connected=frozenset({ManifestDialect.CHROMIUM}))
    assert states(machine, "Chromium", ManifestDialect.CHROMIUM, now)["extension"] == "done"
    assert states(machine, "Firefox", ManifestDialect.FIREFOX, now)["extension"] == "waiting", (
        "another browser's extension"
    )
    done = Progress(companion=True, connected=frozenset({ManifestDialect.CHROMIUM}), clip="a.mp4")
    assert set(states(machine, "Chromium", ManifestDialect.CHROMIUM, done).values()) == {"done"}


def extension_step(machine: Machine, name: str, family: ManifestDialect) -> Step:
    return next(step for step in steps(machine, Visitor(name, family), Progress()) if step.name == "extension")


def test_each_browser_is_shown_its_own_clicks(machine: Machine) -> None:
    set_up(machine)
    assert [click.copy for click in extension_step(machine, "Chromium", ManifestDialect.CHROMIUM).clicks] == [None]
    chrome = [click.copy for click in extension_step(machine, "Chrome", ManifestDialect.CHROMIUM).clicks]
    assert chrome == ["chrome://extensions", None, None, str(machine.paths.data_dir / "extension" / "chromium")]
    assert extension_step(machine, "Brave", ManifestDialect.CHROMIUM).clicks[0].copy == "brave://extensions"
    firefox = [click.copy for click in extension_step(machine, "Firefox", ManifestDialect.FIREFOX).clicks]
    assert firefox[0] == "about:debugging#/runtime/this-firefox"
    assert Path(firefox[-1] or "").is_file()


def test_a_sandboxed_browser_is_told_what_it_lacks(machine: Machine) -> None:
    set_up(machine)
    (machine.home / "snap/chromium").mkdir(parents=True)
    [browser] = [
        s for s in steps(machine, Visitor("Chromium", ManifestDialect.CHROMIUM), Progress()) if s.name == "browser"
    ]
    assert browser.state == "done", "its own Chromium was set up and may be the one"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    with Site(film) as running:
        running.show(lambda who: [Step("browser", "done", who.name)])
        yield running


async def first(response: aiohttp.ClientResponse) -> Any:
    line = await asyncio.wait_for(response.content.readline(), 20)
    return json.loads(line.removeprefix(b"data: "))


async def test_the_steps_come_as_they_change(site: Site) -> None:
    async with (
        aiohttp.ClientSession(headers=CHROME) as session,
        session.get(f"{site.origin}/clipferry-demo/steps") as line,
    ):
        assert [step["title"] for step in await first(line)] == ["Chrome"]
        site.show(lambda who: [Step("browser", "trouble", f"not {who.name}")])
        site.changed()
        await line.content.readline()
        assert [step["title"] for step in await first(line)] == ["not Chrome"]


@pytest.mark.parametrize(
    "path", ["/clipferry-demo/steps", "/clipferry-demo/media/first-film.mp4", "/clipferry-demo/watch?v=first-film"]
)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "rebound.example"}, 421),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, 403),
    ],
)
async def test_other_pages_are_told_nothing(site: Site, path: str, headers: dict[str, str], status: int) -> None:
    async with aiohttp.ClientSession(headers=headers) as session, session.get(site.origin + path) as answer:
        assert answer.status == status
        assert b"step" not in await answer.read()


async def test_a_link_from_elsewhere_opens_the_page_and_no_frame_does(site: Site) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    async with aiohttp.ClientSession(headers=link) as session, session.get(site.page_url) as answer:
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


async def test_streams_are_bounded_and_end_with_the_site(site: Site) -> None:
    url = f"{site.origin}/clipferry-demo/steps"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        lines = [await session.get(url) for _ in range(MAX_STREAMS)]
        for line in lines:
            await first(line)
        async with session.get(url) as one_more:
            assert one_more.status == 503
        for line in lines:
            line.close()
