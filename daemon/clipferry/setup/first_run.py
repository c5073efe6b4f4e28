"""The first-run page's steps: companion, browser, extension, first clip. Pure but for reading what ``setup`` wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .browsers import SANDBOXED, ManifestDialect
from .install import is_used
from .install_methods import Click, places_of, way_of
from .machine import Machine
from .manifests import manifest_path, read_manifest

State = Literal["waiting", "done", "trouble"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser that opened the page."""

    name: str
    family: ManifestDialect | None
    """``None``: there is no extension for it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The facts from which the steps are derived."""

    companion: bool = False
    trouble: str = ""
    """The reason why the companion cannot be reached, a sentence."""
    connected: frozenset[ManifestDialect] = frozenset()
    """Families of browsers whose extension has connected to the companion."""
    clip: str | None = None
    """The name of the first clip's file."""
    failure: str = ""
    """The reason why the last clip failed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the page."""

    name: Literal["companion", "browser", "extension", "clip"]
    state: State
    title: str
    text: str = ""
    clicks: tuple[Click, ...] = ()


_BRANDS = (
    ("Microsoft Edge", "Edge"),
    ("Brave", "Brave"),
    ("Vivaldi", "Vivaldi"),
    ("Opera", "Opera"),
    ("Google Chrome", "Chrome"),
    ("Chromium", "Chromium"),
)
_AGENTS = (
    (r"\bEdg/", "Edge", ManifestDialect.CHROMIUM),
    (r"\bOPR/", "Opera", ManifestDialect.CHROMIUM),
    (r"\bVivaldi/", "Vivaldi", ManifestDialect.CHROMIUM),
    (r"\bChrom(e|ium)/", "Chrome", ManifestDialect.CHROMIUM),
    (r"\bFirefox/", "Firefox", ManifestDialect.FIREFOX),
)


def visitor(headers: Mapping[str, str]) -> Visitor:
    """Identify the browser by ``Sec-CH-UA`` (wicg.github.io/ua-client-hints) or else ``User-Agent``."""
    brands = re.findall(r'"([^"]*)";v=', headers.get("Sec-CH-UA", "")[:1000])
    for brand, name in _BRANDS:
        if brand in brands:
            return Visitor(name, ManifestDialect.CHROMIUM)
    agent = headers.get("User-Agent", "")[:1000]
    for pattern, name, family in _AGENTS:
        if re.search(pattern, agent):
            return Visitor(name, family)
    return Visitor("This browser", None)


def steps(machine: Machine, who: Visitor, progress: Progress) -> list[Step]:
    """Return the state of the four steps for ``who``."""
    if progress.trouble:
        companion = Step("companion", "trouble", "The companion does not answer", progress.trouble)
    elif progress.companion:
        companion = Step("companion", "done", "The companion runs")
    else:
        companion = Step("companion", "waiting", "The companion starts")
    return [companion, _browser(machine, who), _extension(machine, who, progress), _clip(progress)]


def _browser(machine: Machine, who: Visitor) -> Step:
    if who.family is None:
        return Step("browser", "trouble", "This browser is not one that clipferry knows", "Open this page in another.")
    places = list(places_of(machine, who.name))
    sandboxed = [
        advice for name, folder, advice in SANDBOXED if name.startswith(who.name) and (machine.home / folder).is_dir()
    ]
    if sandboxed and not any(is_used(place) for place in places):
        return Step("browser", "trouble", f"This is {who.name}, kept in a sandbox", sandboxed[0])
    for place in places:
        path = manifest_path(place, machine.who)
        if path.is_file() and read_manifest(path, place.family, machine.who).problem is None:
            return Step("browser", "done", f"{who.name} knows the companion")
    again = Click("Run this in a terminal.", "clipferry setup")
    return Step("browser", "trouble", f"{who.name} does not know the companion", clicks=(again,))


def _extension(machine: Machine, who: Visitor, progress: Progress) -> Step:
    if who.family is None:
        return Step("extension", "waiting", "The extension")
    if who.family in progress.connected:
        return Step("extension", "done", "The extension is there")
    way = way_of(machine, who.name, who.family)
    return Step("extension", "waiting", "The extension", way.said, way.clicks)


def _clip(progress: Progress) -> Step:
    if progress.clip is not None:
        return Step("clip", "done", "Your first clip is there", progress.clip)
    if progress.failure:
        return Step("clip", "trouble", "The clip could not be taken", progress.failure)
    told = "Point at the film, press the scissors, set a start and an end, and press “Download clip”."
    return Step("clip", "waiting", "A first clip", told)
