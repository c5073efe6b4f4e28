"""A person's session on a site, through a real daemon to a real site that asks for one: brought late, expired, gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipferry.jobs.lent_cookies import CookieJars

from .companion import Companion, Refused

WALLED = {
    "url": "https://www.instagram.com/reel/Lloginwall01/",
    "start_time": 1.0,
    "end_time": 2.0,
    "output": {"max_height": 360},
}
SESSION = [{"domain": ".instagram.com", "name": "sessionid", "value": "fixture-session"}]
EXPIRED = [{"domain": ".instagram.com", "name": "sessionid", "value": "of-last-year"}]
ELSEWHERE = [{"domain": ".elsewhere.example", "name": "sessionid", "value": "fixture-session"}]


def test_a_session_that_is_brought_after_a_failure_opens_the_same_job(companion: Companion) -> None:
    companion.start()
    first = companion.ask("clip.create", **WALLED)
    failed = companion.wait_for(first["file_id"], ("done", "failed"))
    assert failed["error"]["code"] == "login_required"
    with pytest.raises(Refused, match="session_needed"):
        companion.ask("job.retry", file_id=first["file_id"])

    expired = companion.ask("clip.create", **WALLED, cookies=EXPIRED)
    assert (expired["file_id"], expired["created"]) == (first["file_id"], False)
    told = companion.wait_for(first["file_id"], ("done", "failed"))
    assert told["error"]["code"] == "session_expired"
    assert told["error"]["hint"] != failed["error"]["hint"]

    companion.ask("job.retry", file_id=first["file_id"], cookies=SESSION)
    assert companion.wait_for(first["file_id"], ("done", "failed"))["state"] == "done"


def test_a_session_that_is_lost_with_the_machine_is_told_so(companion: Companion) -> None:
    companion.start()
    companion.ask("queue.pause", paused=True)
    made = companion.ask("clip.create", **WALLED, cookies=SESSION)
    companion.kill()
    jars = CookieJars(Path(companion.mark))
    assert jars.file(made["file_id"]) is not None, "it outlives the daemon"
    jars.take_back(made["file_id"])  # as memory does when the machine is switched off
    companion.start()
    companion.ask("queue.pause", paused=False)
    told = companion.wait_for(made["file_id"], ("done", "failed"))["error"]
    assert told["code"] == "session_needed"
    assert "restarted" in told["message"]


@pytest.mark.parametrize(
    ("cookies", "code"), [([], "login_required"), (EXPIRED, "session_expired"), (ELSEWHERE, "session_needed")]
)
def test_no_client_is_told_to_lend_what_it_has_lent(
    companion: Companion, cookies: list[dict[str, str]], code: str
) -> None:
    companion.start()
    with pytest.raises(Refused, match=code):
        companion.ask("resolve", url=WALLED["url"], cookies=cookies)
    made = companion.ask("clip.create", **WALLED, cookies=cookies)
    assert companion.wait_for(made["file_id"], ("done", "failed"))["error"]["code"] == code
