"""Real browsers take the local internet for the real one, and its videos play."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from marionette_driver.marionette import Marionette
from playwright.sync_api import Page, sync_playwright

from origin import LocalInternet
from origin.firefox import load
from origin.ytdlp import yt_dlp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")

NUMBER_ON_SCREEN = """async video => {
    const canvas = document.createElement('canvas');
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0);
    const row = y => context.getImageData(0, y, canvas.width, 1).data;
    const upper = row(Math.round(canvas.height * 0.05)), lower = row(Math.round(canvas.height * 0.15));
    let number = 0;
    for (let bit = 0; bit < 20; bit++) {
        const at = 4 * Math.round((bit + 0.5) * canvas.width / 20);
        number = number * 2 + (upper[at + 1] > lower[at + 1] ? 1 : 0);
    }
    return number;
}"""
"""The verifier's rule, in the page; the canvas is readable because the media allows the page's origin."""


@pytest.fixture(scope="module")
def page(internet: LocalInternet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.fail("no Chromium on this machine: `python3 tests/run.py` brings it")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("chromium"),
            executable_path=CHROMIUM,
            headless=True,
            args=[*internet.chromium_args(), "--no-sandbox"],
        )
        yield context.pages[0]
        context.close()


def until(page: Page, condition: str) -> None:
    """Wait until it holds; Playwright's own ``wait_for_function`` needs the eval that YouTube's policy forbids."""
    page.evaluate(
        f"new Promise(done => {{ const look = () => {condition} ? done() : requestAnimationFrame(look); look(); }})"
    )


@pytest.mark.parametrize("query", ["", "&variant=classic"])
def test_the_watch_page_plays_and_its_player_tells_the_truth(page: Page, site: LocalInternet, query: str) -> None:
    page.goto(f"https://www.youtube.com/watch?v=AAAAAAAAAA1{query}")
    facts = page.evaluate("""async () => {
        const { player, video } = fixture;
        video.muted = true;
        await video.play();
        const shown = await new Promise(done => video.requestVideoFrameCallback((now, frame) => done(frame.mediaTime)));
        const playing = player.getPlayerState();
        player.pauseVideo();
        const at = await fixture.seek(12.5);
        return { shown, playing, at, time: player.getCurrentTime(), id: player.getVideoData().video_id, length: player.getDuration(),
                 classes: player.className, delhi: !!player.querySelector('.ytp-right-controls-left'), error: video.error?.message };
    }""")
    assert facts["error"] is None
    assert (facts["playing"], facts["id"], round(facts["length"])) == (1, "AAAAAAAAAA1", 60)
    assert facts["at"] == facts["time"] == pytest.approx(12.5, abs=0.02)
    assert "paused-mode" in facts["classes"]
    assert facts["delhi"] is ("classic" not in query)
    assert site.counters("*.googlevideo.com", "*itag=18*").requests >= 1


def test_the_picture_on_the_page_is_the_numbered_one(page: Page, site: LocalInternet) -> None:
    page.goto("https://www.instagram.com/reel/Caaaaaaaaa1/")
    page.evaluate("fixture.ready.then(() => fixture.seek(fixture.videos()[0], 3.51))")
    number = page.evaluate(f"({NUMBER_ON_SCREEN})(fixture.videos()[0])")
    assert number == 105


def test_youtube_goes_from_video_to_video_without_loading(page: Page, site: LocalInternet) -> None:
    page.goto("https://www.youtube.com/watch?v=AAAAAAAAAA1")
    page.evaluate("""() => {
        window.heard = [];
        for (const name of ['yt-navigate-start', 'yt-navigate-finish', 'yt-page-data-updated'])
            document.addEventListener(name, event => heard.push([name, event.detail.endpoint?.watchEndpoint.videoId]));
    }""")
    page.evaluate("fixture.go('AAAAAAAAAA2')")
    assert page.url.endswith("/watch?v=AAAAAAAAAA2")
    assert page.evaluate("document.querySelector('ytd-watch-flexy').getAttribute('video-id')") == "AAAAAAAAAA2"
    assert ["yt-navigate-finish", "AAAAAAAAAA2"] in page.evaluate("heard")
    until(page, "Math.round(fixture.player.getDuration()) === 30")
    page.go_back()
    until(page, "fixture.player.getVideoData().video_id === 'AAAAAAAAAA1'")


def test_trusted_types_are_enforced_as_on_youtube(page: Page, site: LocalInternet) -> None:
    page.goto("https://www.youtube.com/watch?v=AAAAAAAAAA1")
    assert page.evaluate("fixture.innerHtmlThrows()") is True


def test_shorts_reuse_one_renderer(page: Page, site: LocalInternet) -> None:
    page.goto("https://www.youtube.com/shorts/SSSSSSSSSS1")
    assert page.evaluate("fixture.seek(2)") == pytest.approx(2, abs=0.02)
    page.evaluate("window.renderer = document.querySelector('ytd-reel-video-renderer'); fixture.next()")
    assert page.url.endswith("/shorts/SSSSSSSSSS2")
    assert (
        page.evaluate(
            "renderer === document.querySelector('ytd-reel-video-renderer[is-active]') && renderer.parentElement.id"
        )
        == "1"
    )
    until(page, "Math.round(fixture.player.getDuration()) === 10")


def test_the_mobile_page_plays_and_tells_when_it_went_on(page: Page, site: LocalInternet) -> None:
    page.goto("https://m.youtube.com/watch?v=AAAAAAAAAA1&t=0m8s")
    until(page, "Math.abs(fixture.player.getCurrentTime() - 8) < 0.1")
    page.evaluate("window.heard = 0; window.addEventListener('state-navigateend', () => heard++)")
    page.evaluate("fixture.go('AAAAAAAAAA2')")
    until(page, "heard > 0 && fixture.player.getVideoData().video_id === 'AAAAAAAAAA2'")


def test_embeds_play_inside_another_site(page: Page, site: LocalInternet) -> None:
    site.put(
        "https://video.example/blog",
        '<iframe width=640 height=360 src="https://www.youtube-nocookie.com/embed/AAAAAAAAAA2"></iframe>',
    )
    page.goto("https://video.example/blog")
    frame = page.frame(url="**/embed/*")
    assert frame is not None
    assert frame.evaluate("fixture.seek(5)") == pytest.approx(5, abs=0.02)


def test_instagram_reels_and_carousels(page: Page, site: LocalInternet) -> None:
    page.goto("https://www.instagram.com/reels/Caaaaaaaaa1/")
    page.evaluate("fixture.ready")
    assert page.evaluate("fixture.videos().map(video => [video.src.slice(0, 5), Math.round(video.duration)])") == [
        ["blob:", 12],
        ["blob:", 10],
    ]
    page.evaluate("fixture.show(1)")
    assert page.url.endswith("/reels/Cbbbbbbbbb2/")
    page.goto("https://www.instagram.com/p/Dcarousel001/")
    page.click("[aria-label=Next]")
    assert page.url.endswith("img_index=2")


def test_curl_shakes_hands_as_the_browser_does(page: Page, site: LocalInternet) -> None:
    """What is given out as Chrome is compared with a real one: ciphers and version as named by JA4; extensions come and go with versions."""
    page.goto("https://www.instagram.com/p/Dsingle00001/")
    real = {entry.ja4 for entry in site.log("www.instagram.com")}
    site.clear_log()
    assert yt_dlp(site, "--simulate", "https://www.instagram.com/p/Dsingle00001/").returncode == 0
    ours = {entry.ja4 for entry in site.log("www.instagram.com")}
    assert {(one or "")[:6] + (one or "").split("_")[1] for one in real | ours} == {"t13d158daaf6152771"}


def test_curl_speaks_http2_as_the_browser_does(page: Page, site: LocalInternet) -> None:
    page.goto("https://www.instagram.com/p/Dcarousel002/")
    assert page.title().startswith("fixture_user on Instagram")
    real = {entry.http2 for entry in site.log("www.instagram.com", "/p/*")}
    site.clear_log()
    assert yt_dlp(site, "--simulate", "https://www.instagram.com/p/Dsingle00001/").returncode == 0
    assert {entry.http2 for entry in site.log("www.instagram.com")} == real
    assert None not in real


@contextmanager
def firefox(site: LocalInternet, folder: Path) -> Iterator[Marionette]:
    """A browser with a profile of its own. Its number of the port is chosen by us: Firefox does not say which it took."""
    assert FIREFOX
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    preferences = {**site.firefox_prefs(), "marionette.port": port, "datareporting.policy.dataSubmissionEnabled": False}
    (folder / "user.js").write_text(
        "".join(f'user_pref("{name}", {json.dumps(value)});\n' for name, value in preferences.items())
    )
    command = [FIREFOX, "--marionette", "--headless", "--no-remote", "--profile", str(folder)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        browser = Marionette(host="127.0.0.1", port=port)
        browser.raise_for_port(60)
        browser.start_session({"acceptInsecureCerts": True})
        yield browser
    finally:
        process.kill()
        process.wait()


def test_firefox_plays_the_watch_page(site: LocalInternet, tmp_path: Path) -> None:
    with firefox(site, tmp_path) as browser:
        load(browser, "https://www.youtube.com/watch?v=AAAAAAAAAA1")
        script = "const done = arguments[0]; window.wrappedJSObject.fixture.seek(12.5).then(done)"
        assert browser.execute_async_script(script, new_sandbox=False) == pytest.approx(12.5, abs=0.02)
        assert site.counters("*.googlevideo.com").requests >= 1
