"""The helper of these tests that looks into closed shadow roots keeps up with a page that draws its nodes anew all the time."""

from __future__ import annotations

from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from origin import LocalInternet

DRAWN_AGAIN = """() => {
    const root = document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'closed' });
    Object.assign(globalThis, { clicks: 0, every: 1 });
    const draw = () => {
        root.innerHTML = '<button data-hook="thing" style="width: 300px; height: 200px">here</button>';
        root.firstChild.addEventListener('mousedown', () => { clicks += 1; });
        setTimeout(draw, every);
    };
    draw();
}"""


def test_a_node_that_is_replaced_meanwhile_is_looked_for_again(desk: Desk, site: LocalInternet) -> None:
    with Chromium(desk, site, extension=False) as browser:
        page = browser.open("https://video.example/page")
        page.evaluate(DRAWN_AGAIN)
        hidden = Hidden(page)
        assert {hidden.text("thing") for _ in range(50)} == {"here"}
        page.evaluate("() => { every = 200; }")  # longer than the commands of one click take
        hidden.click("thing")
        page.wait_for_function("() => clicks > 0")
