"""A page that attacks the extension: forges player responses, events and clicks, and patches its own globals."""

from __future__ import annotations

from clipferry.protocol.jobs import JobState
from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from e2e.test_other_pages import BUTTON, FPS, VIDEO_READY, WATCH, take
from origin import verify

FORGE = """() => {
    const victim = {id: 'private____', title: '<img src=x onerror=alert(1)>', time: 1, duration: 9, live: false, ad: false};
    const say = detail => document.dispatchEvent(new CustomEvent('clipferry:tell', {detail}));
    for (const one of [JSON.stringify(victim), '{', 'null', '[]', '{"id":{}}', 'x'.repeat(1e6), 7, null, victim]) say(one);
    document.addEventListener('clipferry:ask', () => say(JSON.stringify(victim)));
    const button = document.querySelector('.clipferry-button');
    for (const type of ['pointerdown', 'mousedown', 'mouseup', 'click'])
        button.dispatchEvent(new MouseEvent(type, {bubbles: true, composed: true, shiftKey: true}));
    for (const key of ['Enter', ' ']) button.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    for (const message of [{type: 'clip', url: location.href}, {method: 'clip.create', params: {url: 'http://127.0.0.1/'}}])
        window.postMessage(message, '*');
    if (window.chrome && chrome.runtime) throw new Error('the page can speak to the extension');
}"""
BEND = """() => {
    window.heard = '';
    const listen = (object, name, lie) => {
        const usual = object[name];
        object[name] = function (...given) { window.heard += name + ' '; return lie ?? usual.apply(this, given); };
    };
    listen(window, 'fetch', Promise.resolve(new Response('{}')));
    listen(JSON, 'stringify', '"bent"');
    listen(JSON, 'parse', {id: 'private____'});
    listen(Element.prototype, 'attachShadow');
    listen(String.prototype, 'slice', 'bent');
    listen(Array.prototype, 'push', 0);
    listen(Map.prototype, 'get', null);
    listen(Promise.prototype, 'then');
}"""


def test_what_a_page_forges_starts_nothing(desk: Desk, chromium: Chromium) -> None:
    page = chromium.open(WATCH)
    page.wait_for_function(VIDEO_READY)
    page.wait_for_selector(BUTTON)
    page.evaluate(FORGE)
    take(page, "0:02", "0:03")
    (job,) = desk.finished()
    assert [one.file_id for one in desk.jobs()] == [job.file_id], "only the person's own click counts"
    assert job.url.endswith("AAAAAAAAAA1"), "the address is the tab's, whatever the page says that it plays"
    assert page.evaluate("() => document.querySelectorAll('img[src=x]').length") == 0


def test_a_page_that_bends_its_own_world_bends_not_ours(desk: Desk, chromium: Chromium) -> None:
    page = chromium.open(WATCH)
    page.wait_for_function(VIDEO_READY)
    page.wait_for_selector(BUTTON)
    page.evaluate(BEND)
    page.click(BUTTON)
    panel = Hidden(page)
    panel.type("start", "0:02")
    panel.type("end", "0:04.5")
    panel.click("download")
    (job,) = desk.finished()
    assert job.state is JobState.DONE, job.error
    assert (job.start_s, job.end_s) == (2.0, 4.5)
    assert verify.pictures(desk.clip(job)).faults(2 * FPS, round(4.5 * FPS) - 1) == []
    # By way of the document: what Playwright gives back from this world is bent as well.
    page.evaluate("() => { document.documentElement.dataset.heard = window.heard; }")
    heard = page.locator("html").get_attribute("data-heard") or ""
    assert "stringify" in heard, "the page does listen: to the bridge, which tells what the page itself knows"
    assert "attachShadow" not in heard, "our root is made where the page does not hear it"
