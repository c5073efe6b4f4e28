"""Contract with yt-dlp's private names: each one exists, each trim has its effect, and a clip is resolved without any of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from clipferry.clip.extract.ytdlp_adapter.trims import SWITCH, TRIMS
from origin import LocalInternet
from origin.media import Pack

NAMES = [trim.name for trim in TRIMS]
PRIVATE = [(trim.name, name) for trim in TRIMS for name in trim.private]
WATCH = "https://www.youtube.com/watch?v=AAAAAAAAAA2"
REEL = "https://www.instagram.com/reel/Caaaaaaaaa1/"

PROGRAM = """
import importlib.machinery, json, logging, os, sys
logging.basicConfig(format="%(message)s", level=logging.WARNING)

class Changed:
    '''Run `change` after the code of one module of yt-dlp, whenever that is imported, as another version of it might be.'''
    def __init__(self, name, change):
        self.name, self.change = name, change
        sys.meta_path.insert(0, self)
    def find_spec(self, name, path, target=None):
        if name != self.name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        run = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (run(module), self.change(module))
        return spec

from clipferry.clip.extract import ytdlp_adapter
from clipferry.clip.extract.ytdlp_adapter import trims
{change}
from clipferry.clip.extract.resolve import Query, resolve
from clipferry.clip.http.network import Network
video = resolve(Query(sys.argv[1], Network.from_environment(os.environ)))
print(json.dumps({{
    "formats": len(video.formats),
    "enabled": [trim.name for trim in trims.TRIMS if trims.enabled(trim.name)],
    "modules": sorted(sys.modules),
}}))
"""
"""Resolve a link with a yt-dlp that was changed, and print what came of it."""

BREAKS: Mapping[str, tuple[str, str]] = {
    "a skipped module became mandatory": (
        "optional_modules",
        "Changed('yt_dlp.cookies', lambda module: __import__('sqlite3').connect)",
    ),
    "an extractor uses a skipped module": (
        "optional_modules",
        """
def change(module):
    original = module.YoutubeIE._real_extract
    def extract(self, url):
        from yt_dlp.dependencies import mutagen
        mutagen.File
        return original(self, url)
    module.YoutubeIE._real_extract = extract
Changed("yt_dlp.extractor.youtube._video", change)
""",
    ),
    "a deferred module is not accepted": (
        "lazy_ciphers",
        """
def change(module):
    if type(module.AES).__name__ == "_LazyModule":
        raise TypeError("not a module")
Changed("yt_dlp.dependencies.Cryptodome", change)
""",
    ),
    "the handler on curl was moved": (
        "lazy_impersonation",
        """
from clipferry.clip.extract.ytdlp_adapter import impersonation
impersonation._MODULE = "yt_dlp.moved"
""",
    ),
    "the class of an extractor was renamed": (
        "one_extractor",
        """
from clipferry.clip.extract.ytdlp_adapter import one_extractor
one_extractor._CLASSES = ((("youtube.com",), "yt_dlp.extractor.youtube", "RenamedIE"),)
""",
    ),
    "the module of an extractor was moved": (
        "one_extractor",
        """
from clipferry.clip.extract.ytdlp_adapter import one_extractor
one_extractor._CLASSES = ((("youtube.com",), "yt_dlp.moved", "YoutubeIE"),)
""",
    ),
    "the registry of extractors was renamed": (
        "direct_media",
        """
ytdlp_adapter.warm_up()
from clipferry.clip.extract.ytdlp_adapter import guarded
original = guarded.generic_extractor
guarded.generic_extractor = lambda url, ydl: original(url, object())
""",
    ),
    "postprocessing returns another type": (
        "postprocessors",
        """
def change(module):
    class Result(dict):
        postprocessed = True
    module.YoutubeDL.run_all_pps = lambda self, key, info, **more: Result(info)
    process = module.YoutubeDL.process_video_result
    def processed(self, info, download=True):
        assert self.run_all_pps("probe", {}).postprocessed
        return process(self, info, download)
    module.YoutubeDL.process_video_result = processed
Changed("yt_dlp.YoutubeDL", change)
""",
    ),
    "connecting was renamed": (
        "parallel_connect",
        "Changed('yt_dlp.networking._urllib', lambda module: module.__dict__.pop('create_connection'))",
    ),
}


def resolve(site: LocalInternet, url: str, change: str = "", **env: str) -> tuple[dict[str, Any], str]:
    """Run ``PROGRAM``; gives its report and its log."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(change=change), url],
        env={**site.env(), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


NAME = """
import importlib, sys
module, _, path = sys.argv[1].partition(":")
found = importlib.import_module(module)
for part in path.split("."):
    found = getattr(found, part.removesuffix("()"))
    found = found() if part.endswith("()") else found
assert found is not None
"""


@pytest.mark.parametrize(("trim", "name"), PRIVATE)
def test_the_private_name_exists(trim: str, name: str) -> None:
    """In a yt-dlp that is imported without trims: in this process another test may have skipped its modules."""
    done = subprocess.run([sys.executable, "-c", NAME, name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (trim, done.stderr)


@pytest.mark.parametrize("trim", TRIMS, ids=NAMES)
def test_a_trim_is_worth_having(trim: Any) -> None:
    assert trim.gain_ms >= 30
    assert trim.private


@pytest.mark.parametrize(("trim", "change"), BREAKS.values(), ids=BREAKS.keys())
def test_a_trim_that_fails_falls_back_in_the_same_attempt(trim: str, change: str, site: LocalInternet) -> None:
    others = {"direct_media": site.media_url("h264", Pack.MP4_FRONT, seconds=12), "lazy_impersonation": REEL}
    url = others.get(trim, WATCH)
    report, log = resolve(site, url, change)
    assert report["formats"] > 0
    assert trim not in report["enabled"]
    assert "disabled: " in log


def test_every_trim_is_broken_above() -> None:
    assert {trim for trim, _ in BREAKS.values()} == set(NAMES)


def test_a_list_of_patterns_disables_nothing(site: LocalInternet) -> None:
    change = """
def change(module):
    module.YoutubeIE._VALID_URL = [module.YoutubeIE._VALID_URL]
Changed("yt_dlp.extractor.youtube._video", change)
"""
    report, log = resolve(site, WATCH, change)
    assert report["enabled"] == NAMES
    assert log == ""


@pytest.mark.parametrize("trims", [None, "none"])
def test_a_site_is_asked_as_a_browser_with_and_without_trims(trims: str | None, site: LocalInternet) -> None:
    """Loaded by us when it is needed, or by yt-dlp from the start: guarded either way."""
    report, _ = resolve(site, REEL, **({SWITCH: trims} if trims else {}))
    assert {"curl_cffi", "clipferry.clip.http.connect_proxy"} < set(report["modules"])
    requests = site.log("www.instagram.com")
    assert requests
    assert all("sec-ch-ua" in entry.headers for entry in requests)


def test_a_handler_of_unknown_kind_is_not_used(site: LocalInternet) -> None:
    """A later yt-dlp may bring another one with sockets of its own."""
    change = """
def change(module):
    class OtherRH(module.CurlCFFIRH):
        pass
    module.OtherRH = sys.modules["yt_dlp.networking.common"].register_rh(OtherRH)
    del sys.modules["yt_dlp.networking.common"]._REQUEST_HANDLERS["CurlCFFI"]
Changed("yt_dlp.networking._curlcffi", change)
"""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(change=change), REEL],
        env={**site.env(), SWITCH: "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "handler Other is not used" in done.stderr
    assert done.stderr.rstrip().endswith("the part of clipferry that can act as one does not work.")
    assert not any("sec-ch-ua" in entry.headers for entry in site.log("www.instagram.com"))


def test_the_switch(site: LocalInternet) -> None:
    """``none`` leaves yt-dlp as it is; a list enables what it names."""
    skipped, listed = {"mutagen", "sqlite3", "curl_cffi"}, "yt_dlp.extractor.lazy_extractors"
    default, _ = resolve(site, WATCH)
    assert default["enabled"] == NAMES
    assert not {*skipped, listed} & set(default["modules"])
    plain, log = resolve(site, WATCH, **{SWITCH: "none"})
    assert (plain["enabled"], log) == ([], "")
    assert {*skipped, listed} < set(plain["modules"])
    assert plain["formats"] == default["formats"]
    some, _ = resolve(site, WATCH, **{SWITCH: "one_extractor, postprocessors"})
    assert some["enabled"] == ["one_extractor", "postprocessors"]
    assert skipped < set(some["modules"])
    assert listed not in some["modules"]


@pytest.mark.parametrize(
    "change",
    [
        "Changed('yt_dlp.YoutubeDL', lambda _: sys.modules['yt_dlp.globals'].__dict__.pop('plugin_dirs'))",
        "Changed('yt_dlp.utils._jsruntime', lambda module: setattr(module.DenoJsRuntime, '_info', None))",
        "import yt_dlp.globals; yt_dlp.globals.supported_js_runtimes.value.clear()",
    ],
    ids=["plugin folders", "runtime class", "runtimes"],
)
def test_the_version_check_survives_renames(change: str) -> None:
    """An update of yt-dlp is accepted only if ``about`` names a version and a JavaScript runtime."""
    program = PROGRAM.partition("from clipferry.clip.extract.resolve")[0] + "print(json.dumps(ytdlp_adapter.about()))"
    reports = []
    for code in ("", change):
        done = subprocess.run(
            [sys.executable, "-c", program.format(change=code)], capture_output=True, text=True, check=True
        )
        reports.append(json.loads(done.stdout))
    assert reports[0] == reports[1]
    assert reports[0]["javascript"]
