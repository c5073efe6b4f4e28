"""What `clipferry doctor` says of each browser, by the files that it finds: the host, the clicks, or the way round."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipferry.setup.browsers import BROWSERS, PASTE_LINK, SANDBOXED, Browser, ManifestDialect, System
from clipferry.setup.checks.browsers import browsers
from clipferry.setup.checks.model import Finding, Verdict
from clipferry.setup.install import set_up
from clipferry.setup.machine import Machine
from disks import small_disk
from unit.setup.test_set_up import tree

CHROMIUM = ".config/chromium"
LINUX = [browser for browser in BROWSERS if browser.linux is not None]


def findings(machine: Machine) -> dict[str, Finding]:
    return {one.check: one for one in browsers(machine)}


def home_of(machine: Machine, browser: Browser) -> Path:
    (place,) = (place for place in machine.places() if place.browser == browser.name)
    assert machine.system is System.LINUX
    return place.home


@pytest.mark.parametrize("browser", LINUX, ids=lambda browser: browser.name)
def test_every_browser_that_is_used_is_served_and_told_its_clicks(machine: Machine, browser: Browser) -> None:
    home_of(machine, browser).mkdir(parents=True)
    slug = browser.name.lower().replace(" ", "-")
    before = findings(machine)[f"browser:{slug}"]
    assert (before.verdict, before.fix) == (Verdict.FAIL, "Run `clipferry setup`.")
    set_up(machine)
    after = findings(machine)
    assert after[f"browser:{slug}"].verdict is Verdict.OK
    if browser.external:
        assert after[f"installs_itself:{slug}"].verdict is Verdict.OK
    elif browser.name != "Firefox":  # what it keeps is a matter of its profiles: `firefox_keeps_it`
        way = after[f"way:{slug}"]
        page = "about:debugging#/runtime/this-firefox" if browser.family is ManifestDialect.FIREFOX else "://extensions"
        assert page in (way.fix or "")
        assert str(machine.paths.data_dir / "extension") in (way.fix or "")


@pytest.mark.parametrize(("name", "folder", "advice"), SANDBOXED, ids=[name for name, _, _ in SANDBOXED])
def test_every_sandboxed_browser_is_told_of_and_how_clips_are_taken_from_it(
    machine: Machine, name: str, folder: str, advice: str
) -> None:
    assert "sandboxed_browser" not in findings(machine)
    (machine.home / folder).mkdir(parents=True)
    told = findings(machine)["sandboxed_browser"]
    assert (told.verdict, told.fix) == (Verdict.WARN, advice)
    assert name in told.said
    ways = ("when Firefox asks", "xdg-native-messaging-proxy") if name.startswith("Firefox") else (PASTE_LINK,)
    assert any(way in advice for way in ways)


def test_a_read_only_profile_is_not_sent_to_setup_alone(machine: Machine) -> None:
    with small_disk("64k", read_only=True) as disk:
        (machine.home / ".config").mkdir()
        (machine.home / CHROMIUM).symlink_to(disk)
        assert set_up(machine).problems
        found = findings(machine)
    told = found["browser:chromium"]
    assert "cannot be written to" in (found["installs_itself:chromium"].fix or "")
    assert told.verdict is Verdict.FAIL
    assert "cannot be written to" in (told.fix or "")
    assert PASTE_LINK in (told.fix or "")


@pytest.mark.parametrize("content", ["not json", json.dumps({"external_crx": "/opt/other.crx"})])
def test_a_foreign_file_is_named_as_what_stands_in_the_way(machine: Machine, content: str) -> None:
    set_up(machine)
    [told] = (machine.home / CHROMIUM / "External Extensions").iterdir()
    told.write_text(content)
    finding = findings(machine)["installs_itself:chromium"]
    assert finding.verdict is Verdict.WARN
    assert f"{told} is not clipferry's" in (finding.fix or "")


def test_a_browser_that_runs_meanwhile_keeps_all_that_is_its_own(machine: Machine) -> None:
    """Its lock points to nothing, and what it is writing is half there: nothing of that is read as ours or changed."""
    profile = machine.home / CHROMIUM / "Default"
    profile.mkdir(parents=True)
    (profile.parent / "SingletonLock").symlink_to("computer-4242")
    (profile / "Preferences").write_text('{"extensions": {"settings": {')
    (profile / "Secure Preferences").write_bytes(b"\xff\x00 half")
    before = tree(machine.home)
    done = set_up(machine)
    assert done.problems == ()
    assert "Chromium" in done.installing
    after = tree(machine.home)
    assert {path: after[path] for path in before} == before
    assert (profile.parent / "SingletonLock").readlink() == Path("computer-4242")
    finding = findings(machine)["installs_itself:chromium"]
    assert finding.verdict is Verdict.OK
    assert "when it is started" in finding.said
