"""Updates from a real index by the real pip: through the proxy and authority of everything else, tried, and only then in use."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
import trustme

from crash.companion import Companion, Refused
from origin import LocalInternet

from . import wheels
from .taking import FILM, engines, take
from .wheels import Index

INSTALLED = metadata.version("yt-dlp")
Offer = Callable[[Index, Path], None]


def test_a_newer_version_is_fetched_tried_and_used(
    companion: Companion, index: Index, sound: Path, site: LocalInternet
) -> None:
    index.offer("yt-dlp", [sound])
    companion.start()
    companion.ask("worker.warm")  # with the old one: it must not be the one that takes the clip
    before = companion.ask("engine.get")
    assert (before["version"], before["installed"], before["checked_at"]) == (INSTALLED, True, None)
    told = companion.ask("engine.update")
    assert (told["version"], told["installed"], told["offer"], told["note"]) == ("2030.1.2", False, None, None)
    assert site.log("packages.test")  # through the proxy, then, and trusted by the local authority
    assert site.refused() == []
    assert engines(companion) == ["current.json", "yt-dlp-2030.1.2"]
    job = take(companion)
    assert job["state"] == "done", job
    assert job["title"].startswith("(new) ")
    companion.stop()
    companion.start()
    assert companion.ask("engine.get")["version"] == "2030.1.2"


def test_looking_changes_nothing(companion: Companion, index: Index, sound: Path) -> None:
    index.offer("yt-dlp", [sound])
    companion.start()
    told = companion.ask("engine.update", check_only=True)
    assert (told["version"], told["offer"]) == (INSTALLED, "2030.1.2")
    assert told["checked_at"] is not None
    assert engines(companion) == ["current.json"]


def test_what_is_not_newer_is_not_fetched(companion: Companion, index: Index, tmp_path: Path) -> None:
    index.offer("yt-dlp", [wheels.ytdlp(tmp_path, "2026.07.04")])
    companion.start()
    told = companion.ask("engine.update")
    assert (told["version"], told["offer"]) == (INSTALLED, None)
    assert engines(companion) == ["current.json"]


def test_nightly_versions_only_for_who_asks(companion: Companion, index: Index, sound: Path, tmp_path: Path) -> None:
    night = wheels.ytdlp(tmp_path, "2030.01.03.123456.dev0")
    index.offer("yt-dlp", [sound, night])
    companion.start()
    assert companion.ask("engine.update", check_only=True)["offer"] == "2030.1.2"
    assert companion.ask("engine.update", check_only=True, nightly=True)["offer"] == "2030.1.3.123456.dev0"
    companion.ask("settings.set", update_channel="nightly")
    assert companion.ask("engine.update")["version"] == "2030.1.3.123456.dev0"


def offer_broken(index: Index, folder: Path) -> None:
    index.offer("yt-dlp", [wheels.ytdlp(folder, "2030.02.01", changes={"__init__.py": wheels.broken_import})])


def offer_other_version_inside(index: Index, folder: Path) -> None:
    index.offer("yt-dlp", [wheels.ytdlp(folder, "2030.02.01", changes={"version.py": lambda text: text})])


def offer_one_that_reads_no_pages(index: Index, folder: Path) -> None:
    changes = {"extractor/generic.py": wheels.after_extraction("GenericIE", "info['no such key']")}
    index.offer("yt-dlp", [wheels.ytdlp(folder, "2030.02.01", changes=changes)])


def offer_too_new(index: Index, folder: Path) -> None:
    index.offer("yt-dlp", [wheels.ytdlp(folder, "2030.02.01", requires={"requests<": "requests>=99"})])


def offer_without_its_javascript(index: Index, folder: Path) -> None:
    index.offer("yt-dlp", [wheels.ytdlp(folder, "2030.02.01", requires={"yt-dlp-ejs==": "yt-dlp-ejs==99.0"})])


def offer_damaged(index: Index, folder: Path) -> None:
    index.offer("yt-dlp", [wheels.ytdlp(folder, "2030.02.01")], checksum="0" * 64)


def offer_source_only(index: Index, folder: Path) -> None:
    source = folder / "yt_dlp-2030.2.1.tar.gz"
    source.write_bytes(b"setup.py would run here")
    index.offer("yt-dlp", [source])


@pytest.mark.parametrize(
    ("offer", "code", "refused"),
    [
        (offer_broken, "update_unsound", True),
        (offer_other_version_inside, "update_unsound", True),
        (offer_one_that_reads_no_pages, "update_unsound", True),
        (offer_too_new, "update_refused", False),
        (offer_without_its_javascript, "update_failed", False),
        (offer_damaged, "update_failed", False),
        (offer_source_only, "update_failed", False),
    ],
)
def test_what_is_not_good_is_not_used(
    companion: Companion, index: Index, tmp_path: Path, offer: Offer, code: str, refused: bool
) -> None:
    offer(index, tmp_path)
    companion.start()
    with pytest.raises(Refused) as told:
        companion.ask("engine.update")
    assert told.value.code == code
    after = companion.ask("engine.get")
    assert (after["version"], after["installed"], after["under_way"]) == (INSTALLED, True, False)
    assert [name for name in engines(companion) if name != "current.json"] == []
    assert companion.wait_no_workers(10) == []
    if refused:  # it is not offered again, and the person can read why
        again = companion.ask("engine.update")
        assert (again["version"], again["offer"]) == (INSTALLED, None)
        assert "2030.2.1" in again["note"]
        assert companion.ask("hello", client="script", version="test")["notices"] == [again["note"]]
    assert take(companion)["state"] == "done"


def test_its_javascript_part_comes_along(companion: Companion, index: Index, tmp_path: Path) -> None:
    index.offer("yt-dlp", [wheels.ytdlp(tmp_path, "2030.03.01", requires={"yt-dlp-ejs==": "yt-dlp-ejs==99.0"})])
    index.offer("yt-dlp-ejs", [wheels.ejs(tmp_path, "99.0")])
    companion.start()
    assert companion.ask("engine.update")["version"] == "2030.3.1"
    engine = companion.home / "data" / "engines" / "yt-dlp-2030.3.1"
    assert {"yt_dlp", "yt_dlp_ejs"} < {path.name for path in engine.iterdir()}
    assert metadata.version("yt-dlp-ejs") != "99.0"  # the installed one was left alone
    assert take(companion)["state"] == "done"


def test_the_settings_proxy_and_certificate_are_the_way(
    index: Index, sound: Path, site: LocalInternet, env: dict[str, str], tmp_path: Path
) -> None:
    index.offer("yt-dlp", [sound])
    nothing = {name: "" for name in env if name.upper().endswith("_PROXY")}
    for_other_things = tmp_path / "other.pem"  # what this person's pip is told counts less than what clipferry is told
    for_other_things.write_text(trustme.CA().cert_pem.bytes().decode())
    own = {**env, **nothing, "SSL_CERT_FILE": "", "PIP_CERT": str(for_other_things)}
    with Companion(tmp_path, own) as companion:
        companion.start()
        with pytest.raises(Refused) as told:  # the name means nothing outside of the local internet
            companion.ask("engine.update")
        assert told.value.code == "network"
        assert site.log("packages.test") == []
        companion.ask("settings.set", network={"proxy": site.auth_proxy_url})
        with pytest.raises(Refused) as told:
            companion.ask("engine.update")
        assert told.value.code == "tls"
        assert site.log("packages.test") == []
        companion.ask("settings.set", network={"proxy": site.auth_proxy_url, "ca_file": str(site.ca_file)})
        assert companion.ask("engine.update")["version"] == "2030.1.2"
        written = (companion.home / "log" / "daemon.log").read_text()
        assert "somebody:secret" not in written


def test_a_clip_that_is_being_taken_ends_on_the_version_that_it_began_with(
    companion: Companion, index: Index, sound: Path, site: LocalInternet
) -> None:
    index.offer("yt-dlp", [sound])
    companion.start()
    site.fault("hold", path="/videoplayback*", times=0)
    job = companion.ask("clip.create", url=FILM, start_time=1, end_time=2, output={"max_height": 360})
    site.wait_for("*.googlevideo.com")
    assert companion.ask("engine.update")["version"] == "2030.1.2"
    site.mend()
    site.release()
    done = companion.wait_for(job["file_id"], ("done", "failed"))
    assert done["state"] == "done", done
    assert not done["title"].startswith("(new) ")
    assert take(companion, start_time=3, end_time=4)["title"].startswith("(new) ")


def test_two_updates_at_once_are_one(companion: Companion, index: Index, sound: Path, site: LocalInternet) -> None:
    index.offer("yt-dlp", [sound])
    companion.start()
    site.fault("hold", host="packages.test", path="/file/*", times=0)
    with companion.talk() as first, companion.talk() as second:
        first.begin("engine.update")
        site.wait_for("packages.test", "/file/*")
        assert second.ask("engine.get")["under_way"]
        with pytest.raises(Refused) as told:
            second.ask("engine.update")
        assert told.value.code == "update_under_way"
        site.mend()
        site.release()
        assert first.end()["version"] == "2030.1.2"


def test_a_state_that_cannot_be_read_means_the_installed_one(companion: Companion, index: Index, sound: Path) -> None:
    index.offer("yt-dlp", [sound])
    companion.start()
    companion.ask("engine.update")
    file = companion.home / "data" / "engines" / "current.json"
    good = json.loads(file.read_bytes())
    for bad in (b"{", b"[]", json.dumps({**good, "current": "../../elsewhere"}).encode(), b'{"current": 1}'):
        file.write_bytes(bad)
        assert companion.ask("engine.get")["version"] == INSTALLED
    assert take(companion)["state"] == "done"
