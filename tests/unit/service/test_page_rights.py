"""What a page may call, read and change."""

from __future__ import annotations

import contextlib

import pytest

from clipferry.jobs.errors import CannotOpen, NotAllowed, WrongState
from clipferry.permissions import PAGE_SETTINGS
from clipferry.protocol.base import Empty
from clipferry.protocol.methods import METHODS, Method
from clipferry.protocol.settings import Settings

from .desk import PAGE, PERSON, URL, Desk


async def test_every_method_of_the_protocol_has_a_handler(desk: Desk) -> None:
    assert set(desk.service.methods) == set(METHODS)


VALID_PARAMS: dict[str, dict[str, object]] = {
    "hello": {"client": "script", "version": "1"},
    "resolve": {"url": URL},
    "clip.create": {"url": URL},
    "private.allow": {"origin": "http://127.0.0.1:8000"},
    "job.pin": {"pinned": True},
    "queue.pause": {"paused": False},
}


@pytest.mark.parametrize("method", [name for name, row in METHODS.items() if not row.page])
async def test_a_method_that_the_table_keeps_from_pages_is_denied_and_changes_nothing(desk: Desk, method: str) -> None:
    made = await desk.create(PAGE)
    file_id = {"file_id": made.file_id} if "file_id" in METHODS[method].params.model_fields else {}
    with pytest.raises(NotAllowed):
        await desk.ask(method, PAGE, **file_id, **VALID_PARAMS.get(method, {}))
    assert desk.stopped == []
    assert await desk.ask("settings.get") == Settings()
    assert await desk.ask("job.get", file_id=made.file_id) == made.model_copy(update={"created": None})


async def test_a_method_is_denied_to_pages_until_its_row_allows_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "hello", Method(METHODS["hello"].params, METHODS["hello"].result))
    with pytest.raises(NotAllowed):
        await desk.ask("hello", PAGE, client="extension", version="1")
    await desk.ask("hello", PERSON, client="cli", version="1")


@pytest.mark.parametrize("method", ["resolve", "clip.create"])
async def test_a_page_is_never_given_a_private_address(desk: Desk, method: str) -> None:
    with pytest.raises(NotAllowed):
        await desk.ask(method, PAGE, url=URL, allow_private=True)


CHANGES = [
    name
    for name, row in METHODS.items()
    if row.page and name.startswith("job.") and name not in ("job.get", "job.list", "job.open", "job.copy")
]


@pytest.mark.parametrize("method", CHANGES)
async def test_a_page_changes_only_jobs_that_pages_asked_for(desk: Desk, method: str) -> None:
    person, page = await desk.create(PERSON), await desk.create(PAGE, start_time=5)
    with pytest.raises(NotAllowed):
        await desk.ask(method, PAGE, file_id=person.file_id)
    assert await desk.ask("job.get", file_id=person.file_id) == person.model_copy(update={"created": None})
    with contextlib.suppress(WrongState):  # It may, only not in the state that this job is in.
        await desk.ask(method, PAGE, file_id=page.file_id)


OTHER_SETTINGS: dict[str, object] = {
    "downloads_dir": "/srv/films",
    "name_template": "{id}",
    "output": {"kind": "mp3"},
    "concurrency": 5,
    "per_site": 5,
    "network": {"proxy": "http://proxy.example:1"},
    "retention": {"max_age_days": 1},
    "recording": {"max_s": 60.0},
    "ffmpeg": "/usr/local/bin/ffmpeg",
    "updates": "off",
    "update_channel": "nightly",
    "tray": False,
    "notifications": False,
}


@pytest.mark.parametrize("name", Settings.model_fields)
async def test_a_page_changes_no_setting_and_sees_only_what_is_named(desk: Desk, name: str) -> None:
    chosen = Settings.model_validate({name: OTHER_SETTINGS[name]})
    with pytest.raises(NotAllowed):
        await desk.service.call("settings.set", chosen, caller=PAGE)
    assert await desk.ask("settings.get") == Settings()
    desk.settings.replace(chosen)
    seen = await desk.ask("settings.get", PAGE)
    assert seen == (chosen if name in PAGE_SETTINGS else Settings())
    with desk.service.subscribe(PERSON) as events:
        await desk.service.call("settings.set", chosen, caller=PERSON)
        assert (await anext(events)).data == seen


async def test_the_dashboard_is_opened_for_a_page_without_telling_it_the_link(desk: Desk) -> None:
    opened: list[str] = []
    desk.service.dashboard.make_link = lambda owner: "http://127.0.0.1:8804/#c=secret"
    desk.service.dashboard.open_link = lambda url: not opened.append(url)
    answer = await desk.ask("dashboard.open", PAGE, link="https://video.example/a?b=1&c=evil")
    assert answer == Empty()
    assert opened == [
        "http://127.0.0.1:8804/#c=secret&link=https%3A%2F%2Fvideo.example%2Fa%3Fb%3D1%26c%3Devil&view=history"
    ]
    desk.service.dashboard.open_link = lambda _: False
    with pytest.raises(CannotOpen):
        await desk.ask("dashboard.open", PAGE)
