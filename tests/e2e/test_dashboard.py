"""The dashboard's list of clips: the queue's order, everything paused, clips that are never cleaned up."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page

from clipferry.jobs.failure import Failure
from clipferry.jobs.job import Job as StoredJob
from clipferry.jobs.policy.dedupe import Ids
from clipferry.jobs.sqlite.database import Database
from clipferry.jobs.sqlite.rows import to_row
from clipferry.protocol.base import Empty
from clipferry.protocol.desktop import DashboardLink
from clipferry.protocol.jobs import ClipCreateParams, Job, JobPinParams, JobState, OutputParams, PauseAllParams
from clipferry.protocol.settings import Settings
from e2e.chromium import Chromium
from e2e.desk import Desk

URL = "https://www.youtube.com/watch?v=AAAAAAAAAA1"


def dashboard(chromium: Chromium) -> Page:
    with chromium.desk.person() as talk:
        page = chromium.open(talk.ask("dashboard.link", Empty(), DashboardLink).url)
    page.wait_for_selector("[data-hook=connection][data-state=connected]")
    return page


def picture(page: Page, name: str) -> None:
    """Kept where somebody wants to look at it."""
    if folder := os.environ.get("CLIPFERRY_TEST_PICTURES"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"{name}-{scheme}.png")


def test_a_queued_clip_is_taken_sooner_and_all_can_be_paused(desk: Desk, chromium: Chromium) -> None:
    with desk.person() as talk:
        talk.ask("settings.set", Settings(concurrency=1), Settings)
        talk.ask("queue.pause", PauseAllParams(paused=True), Empty)
        first, second = (
            talk.ask("clip.create", ClipCreateParams(url=URL, start_time=at, end_time=at + 2), Job) for at in (1.0, 4.0)
        )
    page = dashboard(chromium)
    at = "[data-hook=job]:nth-child({})[data-id='{}']"
    page.wait_for_selector(at.format(1, first.file_id))
    page.wait_for_selector(at.format(2, second.file_id))
    picture(page, "queue")
    assert page.query_selector(f"[data-id='{first.file_id}'] [data-hook=job-sooner]") is None, "nothing to pass"
    page.click(f"[data-id='{second.file_id}'] [data-hook=job-sooner]")
    page.wait_for_selector(at.format(1, second.file_id))
    popup = chromium.popup()
    popup.wait_for_selector("[data-hook=job]")
    picture(popup, "popup-queue")
    page.click("[data-hook=pause-all][aria-pressed=true]")
    page.wait_for_selector("[data-hook=pause-all][aria-pressed=false]")
    jobs = {job.file_id: job for job in desk.finished(2)}
    assert {job.state for job in jobs.values()} == {JobState.DONE}
    assert (jobs[second.file_id].finished_at or 0) < (jobs[first.file_id].finished_at or 0)


def test_a_clip_that_is_pinned_stays_pinned(desk: Desk, chromium: Chromium) -> None:
    with desk.person() as talk:
        made = talk.ask("clip.create", ClipCreateParams(url=URL, start_time=1.0, end_time=3.0), Job)
    page = dashboard(chromium)
    page.wait_for_selector("[data-hook=job][data-state=done]")
    page.click("[data-hook=job-pin]")
    page.wait_for_selector("[data-hook=job-pin][aria-pressed=true]")
    picture(page, "pinned")
    (job,) = desk.finished()
    assert (job.file_id, job.pinned) == (made.file_id, True)


def test_what_the_limits_would_delete_is_named_before_they_are_saved(desk: Desk, chromium: Chromium) -> None:
    with desk.person() as talk:
        for at in (1.0, 4.0):
            talk.ask("clip.create", ClipCreateParams(url=URL, start_time=at, end_time=at + 2), Job)
    kept, going = desk.finished(2)
    with desk.person() as talk:
        talk.ask("job.pin", JobPinParams(file_id=kept.file_id, pinned=True), Job)
    page = dashboard(chromium)
    page.click("[data-hook=settings] summary")
    page.fill("[data-hook=retention-size]", "0.001")
    page.click("[data-hook=going] summary")
    assert page.locator("[data-hook=going] li").all_inner_texts() == [going.file_name]
    picture(page, "going")
    assert desk.clip(going).exists(), "nothing is deleted by looking"


def test_a_page_that_was_kept_busy_comes_back_by_itself(desk: Desk, chromium: Chromium) -> None:
    """Its key came later than the companion waits; it is a good one all the same."""
    chromium.context.add_init_script(
        "const send = WebSocket.prototype.send; let late = false;"
        "WebSocket.prototype.send = function (text) {"
        "  if (late) return send.call(this, text);"
        "  late = true; this.addEventListener('close', ({ code }) => { window.closedWith = code; });"
        "};"
    )
    page = dashboard(chromium)
    assert page.evaluate("window.closedWith") == 1013
    assert page.locator("[role=alert]").count() == 0


def test_it_opens_with_the_marks_that_it_was_opened_for(chromium: Chromium) -> None:
    page = opened(chromium, link=URL, start="12.5", end="14.0", view="history")
    page.wait_for_selector("[data-hook=found]")
    assert [page.input_value(f"[data-hook={edge}]") for edge in ("start", "end")] == ["0:12.500", "0:14.000"]
    assert page.query_selector("[data-hook=settings][open]") is None
    page = opened(chromium, link=URL, start="50", view="history")
    page.wait_for_selector("[data-hook=found]")
    assert [page.input_value(f"[data-hook={edge}]") for edge in ("start", "end")] == ["0:50.000", "1:00.000"]


def test_it_opens_at_the_settings_where_icon_and_notifications_are_switched(desk: Desk, chromium: Chromium) -> None:
    page = opened(chromium, view="settings")
    page.wait_for_selector("[data-hook=settings][open] [data-hook=tray]:checked")
    page.wait_for_function(
        "() => scrollY > 0 && document.querySelector('[data-hook=save-settings]').getBoundingClientRect().bottom < innerHeight"
    )
    picture(page, "settings")
    page.uncheck("[data-hook=tray]")
    page.uncheck("[data-hook=notifications]")
    page.locator("[data-hook=tray]").scroll_into_view_if_needed()
    picture(page, "settings-switches")
    page.click("[data-hook=save-settings]")
    page.wait_for_selector("[data-hook=settings] [role=status]:has-text('Saved.')")
    with desk.person() as talk:
        settings = talk.ask("settings.get", Empty(), Settings)
    assert (settings.tray, settings.notifications) == (False, False)


def fill_history(desk: Desk, titles: list[str]) -> None:
    """Put a failed clip into the history for each title, the first one oldest."""
    path = desk.machine.paths.database
    path.parent.mkdir(parents=True, exist_ok=True)
    Database(path).close()
    ids = Ids(lambda: 1_700_000_000.0)
    failure = Failure("network", "The connection failed.", "Check that you are online, then try again.")
    job = StoredJob(ids.next(), URL, OutputParams(), 1.0, 1.0, JobState.FAILED, failure=failure, site="video.example")
    with sqlite3.connect(path) as database:
        for title in titles:
            row = to_row(replace(job, id=ids.next(), title=title))
            marks = ", ".join("?" * len(row))
            database.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
    database.close()


def test_search_and_filter_reach_clips_that_are_not_loaded(desk: Desk, chromium: Chromium) -> None:
    fill_history(desk, ["The heron at dawn", *(f"Clip number {number}" for number in range(230))])
    page = dashboard(chromium)
    rows = page.locator("[data-hook=history] [data-hook=job]")
    page.wait_for_selector("[data-hook=history] [data-hook=job]")
    assert page.locator("[data-hook=history]").inner_text().count("heron") == 0, "it is on the fifth page"
    page.fill("[data-hook=search]", "HERON the")
    page.wait_for_selector("[data-hook=history] [data-hook=job]:only-child >> text=The heron at dawn")
    page.fill("[data-hook=search]", "video.example number")
    page.wait_for_selector("[data-hook=history] [data-hook=job]:nth-child(50)")
    page.click("[data-hook=more]")
    page.wait_for_selector("[data-hook=history] [data-hook=job]:nth-child(100)")
    assert rows.count() == 100
    page.select_option("[data-hook=filter]", "done")
    page.wait_for_selector("text=No clip matches.")
    page.select_option("[data-hook=filter]", "all")
    page.fill("[data-hook=search]", "heron")
    page.wait_for_selector("[data-hook=history] [data-hook=job]:only-child")
    page.click("[data-hook=history] [data-hook=job-remove]")
    page.click("[data-hook=keep-file]")
    page.wait_for_selector("text=No clip matches.")
    page.fill("[data-hook=search]", "")
    page.wait_for_selector("[data-hook=history] [data-hook=job]:nth-child(50)")


def test_a_history_that_was_put_aside_is_told_in_the_dashboard_and_the_popup(desk: Desk, chromium: Chromium) -> None:
    path = desk.machine.paths.database
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"no history" * 1000)
    for shown in (dashboard(chromium), chromium.popup()):
        shown.wait_for_selector("[data-hook=notice] >> text=The history of clips was damaged")


def opened(chromium: Chromium, **wanted: str) -> Page:
    """The dashboard as `dashboard.open` opens it."""
    with chromium.desk.person() as talk:
        link = talk.ask("dashboard.link", Empty(), DashboardLink).url
    page = chromium.open(f"{link}&{urlencode(wanted)}")
    page.wait_for_selector("[data-hook=connection][data-state=connected]")
    return page
