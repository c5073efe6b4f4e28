"""The dashboard's row about yt-dlp, in a real browser: look, update, go back, each one button."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from attack.browsers import CHROMIUM
from crash.companion import Companion

from .wheels import Index

INSTALLED = metadata.version("yt-dlp")
PATIENCE_MS = 120_000


def row(page: Page, hook: str) -> None:
    page.locator(f"[data-hook={hook}]").click()


def test_look_update_and_go_back(companion: Companion, index: Index, sound: Path) -> None:
    index.offer("yt-dlp", [sound])
    companion.start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(companion.ask("dashboard.link")["url"])
        page.locator("[data-hook=settings] summary").click()
        engine = page.locator("[data-hook=engine]")
        expect(engine).to_contain_text(f"yt-dlp {INSTALLED} is in use.")
        expect(engine.locator("[data-hook=engine-back]")).to_have_count(0)
        row(page, "engine-look")
        expect(page.locator("[data-hook=engine-update]")).to_have_text("Update to 2030.1.2", timeout=PATIENCE_MS)
        row(page, "engine-update")
        expect(engine).to_contain_text("yt-dlp 2030.1.2 is in use.", timeout=PATIENCE_MS)
        row(page, "engine-back")
        expect(engine).to_contain_text(f"yt-dlp {INSTALLED} is in use.")
        expect(engine).to_contain_text("You went back from yt-dlp 2030.1.2")
        row(page, "engine-look")
        expect(engine).to_contain_text("There is none that is newer.", timeout=PATIENCE_MS)
        page.locator("[data-hook=updates]").select_option("off")
        row(page, "save-settings")
        expect(page.locator("[data-hook=settings] [role=status]")).to_have_text("Saved.")
        browser.close()
    kept = json.loads((companion.home / "config" / "settings.json").read_text())
    assert kept["updates"] == "off"
