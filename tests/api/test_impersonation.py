"""A job for a site that answers browsers only."""

from __future__ import annotations

from api.running import RunningDaemon
from origin import LocalInternet, verify


async def test_a_job_takes_a_reel_without_a_login(online: RunningDaemon, site: LocalInternet) -> None:
    async with online.talk() as person:
        await person.hello()
        asked = {"url": "https://www.instagram.com/reel/Caaaaaaaaa1/", "start_time": 2, "end_time": 4}
        job = await person.ask("clip.create", asked)
        done = await person.job(job["file_id"])
    assert done["state"] == "done", done["error"]
    assert verify.pictures(online.downloads / done["file_name"]).faults(60, 119) == []
    assert {(entry.ja4 or "")[:10] for entry in site.log("www.instagram.com")} == {"t13d1516h2"}
