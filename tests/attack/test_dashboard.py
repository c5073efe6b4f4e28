"""What a stranger wrote (a title, an uploader, an error's address) is text on the dashboard, never markup."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import async_playwright

import clipferry
from api.client import CHROMIUM
from api.running import RunningDaemon
from attack.browsers import CHROMIUM as PROGRAM

BUILT = Path(clipferry.__file__).parent / "web" / "dashboard" / "index.html"
TITLES = [
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "\"><svg onload=document.title='owned'>",
    "javascript:document.title='owned'",
    "{{constructor.constructor('document.title=1')()}}",
    "<a href=https://evil.test>click</a><style>*{display:none}</style>",
]


async def test_hostile_titles_are_shown_as_text(daemon: RunningDaemon) -> None:
    async with daemon.talk(CHROMIUM) as page, daemon.talk() as person:
        for number, title in enumerate(TITLES):
            url = f"https://video.invalid/{number}"
            await page.ask("clip.create", {"url": url, "title": title, "start_time": 0, "end_time": 1})
        link = (await person.ask("dashboard.link"))["url"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        tab = await browser.new_page()
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        tab.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
        tab.on("pageerror", lambda error: said.append(str(error)))
        await tab.goto(link)
        for title in TITLES:
            await tab.get_by_text(title, exact=False).first.wait_for(state="attached", timeout=30_000)
        assert await tab.title() != "owned"
        assert await tab.locator("img[src=x], svg[onload], a[href*='evil.test'], body script:not([src])").count() == 0
        assert "#c=" not in tab.url  # the code is out of the address, and so out of the history
        assert [
            line for line in said if "Content Security Policy" in line or line.startswith(("dialog", "owned"))
        ] == []
        await browser.close()
